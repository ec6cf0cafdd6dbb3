import type { Rng } from '../../src/engine/model/rng.ts';
import { instancesOf } from '../../test/support/instances.ts';
import { sendSignal } from '../../test/support/processes.ts';
import type { Counter } from './counters.ts';
import type { Stage } from './stage.ts';
import { pause } from './pause.ts';

export type KillKind = 'worker' | 'instance' | 'master' | 'aws' | 'console';

export interface Kill {
  readonly kind: KillKind;
  readonly at: number;
  /** Of a worker or an instance. */
  readonly instanceId: string | undefined;
  /** Of a master that led. */
  readonly epoch: number | undefined;
}

/** How often each kind dies, of a hundred. */
const SHARES: Readonly<Record<KillKind, number>> = { worker: 32, instance: 22, master: 18, aws: 10, console: 18 };
/** A leader is worth more than a standby. */
const LEADER_SHARE = 0.7;
/** Usually AWS is back before a lease ends; one time in six it is away for longer. */
const DOWN_MAX_MS = 3_000;
const DOWN_LONG_SHARE = 1 / 6;
const DOWN_LONG_MS = 12_000;
/** So often in a row there is nothing of the kind drawn: the jobs have ended, and with them the workers. */
const VAIN_MAX = 100;

export interface KillPlan {
  readonly kills: number;
  /** Mean time between two. */
  readonly everyMs: number;
  /** Counters that are submitted in between; each submission of some of them is killed in the middle. */
  readonly batches: readonly (readonly Counter[])[];
}

/** Kills, at moments of chance, what chance says. Returns what it did. */
export async function killAll(stage: Stage, plan: KillPlan): Promise<readonly Kill[]> {
  const { rng, say } = stage;
  const batches = [...plan.batches];
  const kills: Kill[] = [];
  const deck = shuffled(deckOf(plan.kills), rng);
  for (let vain = 0; deck.length > 0;) {
    await pause(plan.everyMs * (0.3 + 1.4 * rng.next()));
    const kind = deck.shift() ?? 'worker';
    const kill = await killOne(stage, kind, batches);
    if (kill === undefined) {
      deck.push(kind);
      vain += 1;
      if (vain > VAIN_MAX) throw new Error(`no ${kind} to kill: the jobs ended too soon; more --jobs or --steps`);
      continue;
    }
    vain = 0;
    kills.push(kill);
    say(
      `${kills.length} of ${plan.kills}: ${kind} ${kill.instanceId ?? ''}${kill.epoch === undefined ? '' : `that led with epoch ${kill.epoch}`}`,
    );
  }
  for (const batch of batches) await stage.operators.submit(batch);
  return kills;
}

/** Every kind by its share, also where there are few. */
function deckOf(count: number): KillKind[] {
  const kinds = Object.keys(SHARES) as KillKind[];
  const deck = kinds.flatMap((kind) => Array.from({ length: Math.floor((count * SHARES[kind]) / 100) }, () => kind));
  for (let at = 0; deck.length < count; at++) deck.push(kinds[at % kinds.length] ?? 'worker');
  return deck;
}

/** Fisher and Yates. */
function shuffled<T>(cards: readonly T[], rng: Rng): T[] {
  const deck = [...cards];
  for (let at = deck.length - 1; at > 0; at--) {
    const other = rng.below(at + 1);
    [deck[at], deck[other]] = [deck[other] as T, deck[at] as T];
  }
  return deck;
}

/** undefined when there is none of that kind to kill at this moment. */
async function killOne(stage: Stage, kind: KillKind, batches: (readonly Counter[])[]): Promise<Kill | undefined> {
  const { rng, outages, masters, operators, watch } = stage;
  const none = { instanceId: undefined, epoch: undefined };
  switch (kind) {
    case 'worker':
    case 'instance': {
      const alive = watch.alive();
      const victim = alive[rng.below(alive.length)];
      if (victim?.agent === undefined) return undefined;
      const at = Date.now();
      if (kind === 'worker') sendSignal(victim.agent, 'SIGKILL');
      else killWhole(stage, victim.id);
      return { kind, at, ...none, instanceId: victim.id };
    }
    case 'master': {
      const { running, leader } = masters;
      const victim = leader !== undefined && rng.next() < LEADER_SHARE ? leader : running[rng.below(running.length)];
      if (victim === undefined) return undefined;
      const at = Date.now();
      const epoch = masters.epochOf(victim);
      masters.kill(victim);
      return { kind, at, ...none, epoch };
    }
    case 'aws': {
      if (!outages.isUp) return undefined;
      const at = Date.now();
      await outages.kill(rng.next() < DOWN_LONG_SHARE ? DOWN_LONG_MS : rng.below(DOWN_MAX_MS));
      return { kind, at, ...none };
    }
    case 'console': {
      const at = Date.now();
      const batch = rng.next() < 0.7 ? batches.pop() : undefined;
      await (batch === undefined ? operators.lookKilled() : operators.submitKilled(batch));
      return { kind, at, ...none };
    }
  }
}

/** Every process of an instance, as a power cut does: again, until a look finds none. */
function killWhole({ world }: Stage, instanceId: string): void {
  for (;;) {
    const pids = instancesOf(world).get(instanceId)?.pids ?? [];
    if (pids.length === 0) return;
    for (const pid of pids) sendSignal(pid, 'SIGKILL');
  }
}
