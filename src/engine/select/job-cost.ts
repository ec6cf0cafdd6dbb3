import type { JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { HOUR_MS, type EpochMs, type Pct, type Usd } from '../model/units.ts';
import { workerUsdPerHour } from '../decide/cost.ts';
import { ranMs } from './jobs.ts';

/** What a job has cost, beside what the same time would have cost on demand. */
export interface JobCost {
  /** Counted at its transitions: all runs but the present one. */
  readonly usd: Usd;
  /** The present run at the price of now; 0 when there is none. */
  readonly runUsd: Usd;
  /** All its time on workers, at the on-demand price of the pool that it is in or was in last; undefined while that is not known. */
  readonly onDemandUsd: Usd | undefined;
  /** Share of it that was not paid; negative when more was. */
  readonly savedPct: Pct | undefined;
}

/**
 * A job pays for its share of a worker: 12 min on one slot of two at 0.034 $/h are 12/60 * 0.034 / 2 = $0.0034, against
 * 12/60 * 0.085 / 2 = $0.0085 on demand: 60 % saved.
 */
export function jobCost(snapshot: Snapshot, row: JobRow, now: EpochMs): JobCost {
  const worker = snapshot.workers.get(row.leaseOwner);
  const slots = Math.max(1, worker?.slots ?? snapshot.settings.slotsPerWorker);
  const totalMs = ranMs(row, now);
  const runHours = (totalMs - row.tally.ranMs) / HOUR_MS;
  const usdPerHour = worker === undefined ? 0 : workerUsdPerHour(snapshot, worker.pool, worker.bidUsdPerHour);
  const usd = row.tally.costUsd;
  const runUsd = (runHours * usdPerHour) / slots;
  const onDemand = snapshot.markets[row.pool]?.onDemandUsdPerHour ?? 0;
  if (onDemand === 0 || totalMs === 0) return { usd, runUsd, onDemandUsd: undefined, savedPct: undefined };
  const onDemandUsd = ((totalMs / HOUR_MS) * onDemand) / slots;
  return { usd, runUsd, onDemandUsd, savedPct: 100 * (1 - (usd + runUsd) / onDemandUsd) };
}
