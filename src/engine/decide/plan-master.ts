import type { Command, Plan, Proposal } from '../model/command.ts';
import type { Deployment } from '../model/deployment.ts';
import { hasLeader } from './has-leader.ts';
import type { PlanContext } from './plan-parts.ts';

/** Of an id: enough to tell two masters of one machine apart. */
const ID_TAIL_CHARACTERS = 4;
const MACHINE_CHARACTERS_MAX = 12;

function refused(code: 'no-data' | 'nothing-to-do', sentence: string): Proposal {
  return { ok: false, refusal: { code, sentence } };
}

/** A master for a deployment that has none, on the machine that this console runs on. */
export function proposeMaster(
  command: Extract<Command, { kind: 'master.start' }>,
  deployment: Deployment,
  context: PlanContext,
): Proposal {
  const { snapshot, now, host, newId } = context;
  if (host === undefined)
    return refused('no-data', `no master can be started from here; run: cbas master --deployment ${deployment.name}`);
  if (hasLeader(snapshot, now)) return refused('nothing-to-do', `${snapshot.leader?.id ?? ''} leads already`);
  if (host.running() !== undefined)
    return refused('nothing-to-do', 'the master that you started runs already, and waits for the lead');
  const planId = newId();
  const machine = host.machine.replace(/[^\w.-]/g, '').slice(0, MACHINE_CHARACTERS_MAX);
  const id = `m-${machine}-${planId.slice(-ID_TAIL_CHARACTERS)}`;
  const plan: Plan = {
    id: planId,
    command,
    title: `start a master for ${deployment.name}`,
    madeAt: now,
    steps: [
      {
        text: host.commandLine,
        note: `on ${host.machine}, this machine, as ${id}`,
        effect: { kind: 'master.start', id },
      },
    ],
    usdPerHour: 0,
    usd: 0,
    losesMs: 0,
    notes: [costOf(deployment), workersNote(context), `its log: ${host.logFile(id)}`, STAYS],
  };
  return { ok: true, plan };
}

const STAYS = 'it goes on when this console ends; q asks whether it should';

function costOf({ mode }: Deployment): string {
  return mode === 'local'
    ? 'costs nothing: the embedded AWS runs on this machine'
    : 'no instance is launched for it; its requests to AWS are billed as those of any master';
}

/** What a leader does first, and what that costs, is no surprise. */
function workersNote({ snapshot }: PlanContext): string {
  const { targetWorkers } = snapshot.settings;
  return targetWorkers === 0
    ? 'it launches no worker: none is asked for'
    : `where work waits it launches workers at their bids, up to the ${targetWorkers} that are asked for`;
}
