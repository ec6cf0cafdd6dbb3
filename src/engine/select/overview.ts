import type { JobState } from '../model/job.ts';
import type { UnknownMessages } from '../model/deployment.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs, EpochMs, Pct, Usd, UsdPerHour } from '../model/units.ts';
import { callSums, type CallSums, type ServiceTrouble, serviceTroubles } from './calls.ts';
import { addCells, type CellCounts, cellKind, fleetOf } from './fleet.ts';
import { type PoolLine, poolLines } from './market.ts';
import type { WorkerRow } from '../model/worker.ts';
import { type Incident, incidentsOf } from './incidents.ts';
import { noticeFit } from './notice-fit.ts';
import { deadLetters, type Need, needsOf } from './needs.ts';

export interface Money {
  readonly spendUsdPerHour: UsdPerHour | undefined;
  readonly spentUsd: Usd | undefined;
  /** Below what on-demand would have cost. */
  readonly savedPct: Pct | undefined;
  readonly wastedUsd: Usd | undefined;
  /** Rate paid for workers without work, at the price now. */
  readonly idleUsdPerHour: UsdPerHour;
}

export interface Risk {
  /** Work lost if every worker died now. */
  readonly workMs: DurationMs;
  /** Running jobs whose heartbeat is read, of all that run. */
  readonly readJobs: number;
  readonly runningJobs: number;
  /** The pool whose end would take most workers. */
  readonly largest: { readonly pool: string; readonly workers: number } | undefined;
}

/** How AWS answers us, and what came through its queues that nobody could handle. */
export interface AwsHealth extends CallSums {
  readonly troubles: readonly ServiceTrouble[];
  /** undefined while no leader has told. */
  readonly deadLetters: number | undefined;
  readonly unknown: UnknownMessages | undefined;
}

/** All that the Overview shows. Its totals are the sums of the rows below them. */
export interface Overview {
  readonly needs: readonly Need[];
  readonly jobs: Readonly<Record<JobState, number>>;
  readonly startedPerMin: number | undefined;
  readonly donePerMin: number | undefined;
  /** When the backlog is done at the present rate; undefined when nothing can be said. */
  readonly clearAt: EpochMs | undefined;
  readonly workers: CellCounts;
  readonly targetWorkers: number;
  readonly money: Money;
  readonly risk: Risk;
  readonly aws: AwsHealth;
  readonly pools: readonly PoolLine[];
  /** What happened, newest first; what needs somebody stands in `needs`. */
  readonly incidents: readonly Incident[];
  /** Of the workers that leave: whether the one with the least time can save what it holds. */
  readonly leavingFit: string | undefined;
}

export function overviewOf(snapshot: Snapshot, now: EpochMs): Overview {
  const pools = poolLines(snapshot);
  const { pulse } = snapshot;
  return {
    needs: needsOf(snapshot, now),
    jobs: snapshot.jobCounts,
    startedPerMin: pulse?.startedPerMin,
    donePerMin: pulse?.donePerMin,
    clearAt: clearAt(snapshot, now),
    workers: addCells(pools.map((pool) => pool.counts)),
    targetWorkers: snapshot.settings.targetWorkers,
    money: moneyOf(snapshot, pools),
    risk: riskOf(snapshot, pools),
    aws: {
      ...callSums(snapshot.calls),
      troubles: serviceTroubles(snapshot, now),
      deadLetters: deadLetters(snapshot),
      unknown: pulse?.unknown,
    },
    pools,
    incidents: incidentsOf(snapshot, now).filter(({ kind }) => kind !== 'needs'),
    leavingFit: leavingFit(snapshot, pools, now),
  };
}

/** The one that EC2 takes first of those that still hold work: its checkpoint fits, or it does not. */
function leavingFit(snapshot: Snapshot, pools: readonly PoolLine[], now: EpochMs): string | undefined {
  let first: { readonly takeAt: EpochMs; readonly worker: WorkerRow } | undefined;
  for (const { workers, counts } of pools) {
    if (counts.leaving === 0) continue;
    for (const worker of workers) {
      const takeAt = (worker.notice ?? snapshot.notices[worker.id])?.takeAt ?? 0;
      if (takeAt > now && worker.jobs.length > 0 && (first === undefined || takeAt < first.takeAt))
        first = { takeAt, worker };
    }
  }
  return first === undefined ? undefined : noticeFit(snapshot, first.worker, now)?.sentence;
}

/** Jobs that have not ended, over the jobs that end a minute: 412 at 13.9/min -> 30 min. */
function clearAt(snapshot: Snapshot, now: EpochMs): EpochMs | undefined {
  const perMin = snapshot.pulse?.donePerMin ?? 0;
  const { RUNNABLE, STARTING, RUNNING, INTERRUPTING, BLOCKED } = snapshot.jobCounts;
  const left = RUNNABLE + STARTING + RUNNING + INTERRUPTING + BLOCKED;
  return perMin <= 0 || left === 0 ? undefined : now + (left / perMin) * 60_000;
}

function moneyOf(snapshot: Snapshot, pools: readonly PoolLine[]): Money {
  const { pulse } = snapshot;
  return {
    spendUsdPerHour: pulse?.spendUsdPerHour,
    spentUsd: pulse?.spentUsd,
    savedPct:
      pulse === undefined || pulse.onDemandUsd <= 0 ? undefined : 100 * (1 - pulse.spentUsd / pulse.onDemandUsd),
    wastedUsd: pulse?.wastedUsd,
    idleUsdPerHour: pools.reduce((sum, pool) => sum + pool.counts.idle * (pool.priceUsdPerHour ?? 0), 0),
  };
}

function riskOf(snapshot: Snapshot, pools: readonly PoolLine[]): Risk {
  const ids = leasedJobIds(snapshot);
  let workMs = 0;
  let readJobs = 0;
  for (const id of ids) {
    const live = snapshot.live[id];
    if (live === undefined || live.epoch !== snapshot.jobs.get(id)?.epoch) continue;
    workMs += live.atRiskMs;
    readJobs += 1;
  }
  const largest = pools.reduce<PoolLine | undefined>(
    (most, pool) => (pool.workers.length > (most?.workers.length ?? 0) ? pool : most),
    undefined,
  );
  return {
    workMs,
    readJobs,
    runningJobs: ids.length,
    largest: largest && { pool: largest.id, workers: largest.workers.length },
  };
}

/** Jobs that a living worker holds: found through the workers, for they are few where jobs are many. */
export function leasedJobIds(snapshot: Snapshot): readonly string[] {
  return fleetOf(snapshot).flatMap((pool) =>
    pool.workers.filter((worker) => cellKind(worker, snapshot) !== 'lost').flatMap((worker) => worker.jobs),
  );
}
