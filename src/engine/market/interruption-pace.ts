import type { DurationMs, EpochMs } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';
import { HOUR_MS } from '../model/units.ts';
import { interruptionRecord } from './interruption-record.ts';

/** How often EC2 takes instances of a pool back, as workers are told it. */
export interface PoolHazard {
  /** Mean time between interruptions of an instance. */
  readonly meanMs: DurationMs;
  /** Share of them that come without a notice. */
  readonly untoldShare: number;
}

/** Before anything was seen: one of ten comes without a notice, and that weighs as much as ten interruptions. */
const UNTOLD_PRIOR = { untold: 1, all: 10 };

/** Of the interruptions that this deployment saw, how many came without a notice; drawn toward one in ten. */
export function untoldShare(workers: Iterable<WorkerRow>): number {
  let [untold, all] = [UNTOLD_PRIOR.untold, UNTOLD_PRIOR.all];
  for (const { notice, detail } of workers) {
    if (notice !== undefined) all++;
    else if (/Server\.SpotInstance/.test(detail)) {
      all++;
      untold++;
    }
  }
  return untold / all;
}

/**
 * Mean time between interruptions from what was seen of all pools together, where the time scale is another than EC2's, as in the
 * embedded AWS: n in T hours, and one more in the time that is assumed (a gamma prior of weight one, as in interruption-hazard.ts).
 * Example: assumed 60 s; 15 in 40 minutes of instances: (60 s + 2400 s) / 16 = 154 s.
 */
export function recordedMeanMs(workers: Iterable<WorkerRow>, assumedMs: DurationMs, now: EpochMs): DurationMs {
  let [hours, interruptions] = [0, 0];
  for (const count of interruptionRecord(workers, now)) {
    hours += count.instanceHours;
    interruptions += count.interruptions;
  }
  return (assumedMs + hours * HOUR_MS) / (1 + interruptions);
}
