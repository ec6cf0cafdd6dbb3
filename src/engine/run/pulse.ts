import { deadlineSums } from '../decide/rescue.ts';
import { spendRate, workerCost } from '../decide/cost.ts';
import type { Pulse } from '../model/deployment.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { deadQueue } from '../protocol/messages.ts';
import { MINUTE_MS, type EpochMs } from '../model/units.ts';
import type { WorkerCost } from '../model/worker.ts';

/** Rates are taken over this long: long enough to be steady, short enough to follow. */
const RATE_WINDOW_MS = MINUTE_MS;

/** Remembers counts over the last minute; a leader keeps one. */
export class PulseMaker {
  readonly #done: { at: EpochMs; done: number; begun: number }[] = [];

  make(
    snapshot: Snapshot,
    leader: { readonly id: string; readonly epoch: number },
    facts: { readonly at: EpochMs; readonly queueDepths: Readonly<Record<string, number>> },
  ): Pulse {
    const { at, queueDepths } = facts;
    const { jobCounts, jobSums } = snapshot;
    const done = jobCounts.SUCCEEDED + jobCounts.FAILED + jobCounts.KILLED;
    const begun = done + jobCounts.STARTING + jobCounts.RUNNING + jobCounts.INTERRUPTING;
    this.#done.push({ at, done, begun });
    while ((this.#done[0]?.at ?? at) < at - RATE_WINDOW_MS) this.#done.shift();
    const first = this.#done[0] ?? { at, done, begun };
    const minutes = Math.max(at - first.at, 1_000) / MINUTE_MS;
    const cost = costOfAll(snapshot, at);
    const lostShare = jobSums.ranMs > 0 ? jobSums.lostMs / jobSums.ranMs : 0;
    return {
      at,
      leaderId: leader.id,
      leaderEpoch: leader.epoch,
      // What no ping has come of since the lead changed hands, the leader before had heard of.
      pingAt: ofThoseThere(snapshot, { ...snapshot.pulse?.pingAt, ...snapshot.pingAt }),
      startedPerMin: Math.max(0, begun - first.begun) / minutes,
      donePerMin: (done - first.done) / minutes,
      spendUsdPerHour: spendRate(snapshot),
      spentUsd: cost.usd,
      onDemandUsd: cost.onDemandUsd,
      wastedUsd: jobSums.costUsd * lostShare,
      interruptions: jobSums.interruptions,
      queueDepths: { ...queueDepths, ...deadDepths(snapshot) },
      capacity: snapshot.decisions['capacity:']?.sentence ?? '',
      deadlines: deadlineSums(snapshot, at),
      poolRetryAt: snapshot.poolRetryAt,
      poolFaults: snapshot.poolFaults,
      rebalanceAt: ofThoseThere(snapshot, snapshot.rebalanceAt),
      unknown: snapshot.unknownMessages,
      calls: snapshot.calls,
      ...(snapshot.push !== undefined && { push: snapshot.push }),
    };
  }
}

/** Of all workers there ever were. One whose instance outlives it is charged on. */
function costOfAll({ workers, markets, instances }: Snapshot, now: EpochMs): WorkerCost {
  let usd = 0;
  let onDemandUsd = 0;
  for (const worker of workers) {
    const state = instances.get(worker.id)?.state;
    const runsOn = worker.phases.endedAt > 0 && (state === 'running' || state === 'pending');
    const row = runsOn ? { ...worker, phases: { ...worker.phases, endedAt: now } } : worker;
    const cost = workerCost(row, markets[worker.pool], now);
    usd += cost.usd;
    onDemandUsd += cost.onDemandUsd;
  }
  return { usd, onDemandUsd };
}

function deadDepths({ deadLetters }: Snapshot): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(deadLetters).map(([queue, depth]) => [deadQueue(queue), depth]));
}

/** What is known of a worker is of no use to anybody once its instance is gone. */
function ofThoseThere(
  { workers }: Snapshot,
  times: Readonly<Record<string, EpochMs>>,
): Readonly<Record<string, EpochMs>> {
  const isThere = (id: string): boolean => workers.get(id)?.state !== 'TERMINATED';
  return Object.fromEntries(Object.entries(times).filter(([id]) => isThere(id)));
}
