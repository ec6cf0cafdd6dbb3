import { hasLeader } from '../decide/has-leader.ts';
import type { StepOutcome } from '../model/command.ts';
import type { OwnMaster } from '../model/engine.ts';
import type { Clock, MasterHost, MasterProcess } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** Loading takes a second or two, and the lease of one that died must run out first. */
const LEADS_WITHIN_MS = 30_000;
/** Its work is handed over in order; the same patience as with every other child. */
const ENDS_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

export interface OwnMasterOptions {
  readonly host: MasterHost;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot;
  /** The console is going: nobody waits any longer. */
  readonly signal: AbortSignal;
}

/** The lead of a master that this console started, as the tables tell it: `start` resolves when it leads, or cannot. */
export async function startMaster(options: OwnMasterOptions, id: string): Promise<Omit<StepOutcome, 'text'>> {
  const { host, clock, snapshot, signal } = options;
  if (hasLeader(snapshot(), clock.now()))
    return { state: 'conflict', detail: `${snapshot().leader?.id ?? ''} leads meanwhile` };
  if (host.running() !== undefined) return { state: 'conflict', detail: 'the one that you started runs already' };
  const master = host.start(id);
  const deadline = clock.monotonicMs() + LEADS_WITHIN_MS;
  for (;;) {
    const told = stateOf(master, snapshot(), clock.now());
    if (told !== undefined) return told;
    if (clock.monotonicMs() >= deadline || signal.aborted) {
      const detail = `it runs as process ${master.pid}, but does not lead after ${LEADS_WITHIN_MS / 1_000} s; its log: ${master.logFile}`;
      return { state: 'failed', detail };
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

function stateOf(master: MasterProcess, snapshot: Snapshot, now: number): Omit<StepOutcome, 'text'> | undefined {
  const end = master.end();
  if (end !== undefined) {
    const said = master.lastLine();
    return {
      state: 'failed',
      detail: `it ended with ${end}${said === '' ? '' : `: ${said}`}; its log: ${master.logFile}`,
    };
  }
  if (!hasLeader(snapshot, now)) return undefined;
  const leader = snapshot.leader?.id ?? '';
  return {
    state: 'done',
    detail: leader === master.id ? `${leader} leads` : `${leader} leads, ${master.id} stands by`,
  };
}

export function ownMaster(host: MasterHost | undefined): OwnMaster | undefined {
  const master = host?.running();
  return master === undefined ? undefined : { id: master.id, pid: master.pid, logFile: master.logFile };
}

/** Ends it in order: it resigns the lead, so that the next need not wait. */
export async function stopMaster(host: MasterHost | undefined): Promise<StepOutcome> {
  const master = host?.running();
  const text = 'stop the master';
  if (master === undefined) return { text, state: 'done', detail: 'it had ended already' };
  const isGone = await master.stop(ENDS_WITHIN_MS);
  return isGone
    ? { text, state: 'done', detail: '' }
    : {
        text,
        state: 'failed',
        detail: `process ${master.pid} has not ended within ${ENDS_WITHIN_MS / 1_000} s; its log: ${master.logFile}`,
      };
}
