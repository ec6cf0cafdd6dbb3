import type { JobRow } from '../engine/model/job.ts';
import { isTerminal } from '../engine/model/job.ts';
import { type DurationMs, type EpochMs, HOUR_MS, type UsdPerHour } from '../engine/model/units.ts';
import type { WorkerRow } from '../engine/model/worker.ts';

/** What a drill began with. */
export interface DrillStart {
  readonly at: EpochMs;
  readonly worker: WorkerRow;
  /** Those that it held. */
  readonly jobs: readonly JobRow[];
  /** What its pool cost then: by that, lost work is priced. */
  readonly usdPerHour: UsdPerHour;
}

/** What has become of one of its jobs; times since the drill began. */
export interface DrilledJob {
  readonly id: string;
  readonly name: string;
  /** Its work was saved after the drill began; undefined where it was not. */
  readonly savedMs: DurationMs | undefined;
  /** Work that is to be done again. */
  readonly lostMs: DurationMs;
  /** It runs elsewhere, or has ended; undefined while neither. */
  readonly onMs: DurationMs | undefined;
  readonly on: string;
  readonly state: JobRow['state'];
}

export interface DrillReport {
  readonly worker: string;
  readonly pool: string;
  /** The worker heard of it; undefined while it has not. */
  readonly noticedMs: DurationMs | undefined;
  /** It is gone. */
  readonly goneMs: DurationMs | undefined;
  readonly jobs: readonly DrilledJob[];
  readonly lostMs: DurationMs;
  readonly wastedUsd: number;
  /** The worker is gone, and none of its jobs waits. */
  readonly isOver: boolean;
}

/** What is known of a drill by what the tables say now. Pure: the verb asks, again and again, until it is over. */
export function drillReport(
  start: DrillStart,
  now: { readonly worker: WorkerRow | undefined; readonly jobs: readonly JobRow[] },
): DrillReport {
  const { at, worker, usdPerHour } = start;
  const seen = now.worker ?? worker;
  const jobs = start.jobs.map((before) =>
    drilledJob(
      start,
      before,
      now.jobs.find(({ id }) => id === before.id),
    ),
  );
  const lostMs = jobs.reduce((sum, job) => sum + job.lostMs, 0);
  const isGone = seen.state === 'TERMINATED' || seen.state === 'LOST';
  return {
    worker: worker.id,
    pool: worker.pool,
    noticedMs: seen.notice === undefined ? undefined : Math.max(0, seen.notice.noticedAt - at),
    goneMs: isGone ? Math.max(0, (seen.phases.endedAt || seen.changedAt) - at) : undefined,
    jobs,
    lostMs,
    wastedUsd: (lostMs / HOUR_MS) * usdPerHour,
    isOver: isGone && jobs.every(({ onMs }) => onMs !== undefined),
  };
}

function drilledJob({ at, worker }: DrillStart, before: JobRow, row: JobRow | undefined): DrilledJob {
  const job = row ?? before;
  const isElsewhere = job.state === 'RUNNING' && job.epoch > before.epoch && job.leaseOwner !== worker.id;
  const isOn = isElsewhere || isTerminal(job.state);
  const saved = job.checkpoint;
  return {
    id: job.id,
    name: job.name,
    savedMs: saved !== undefined && saved.at >= at ? saved.at - at : undefined,
    lostMs: Math.max(0, job.tally.lostMs - before.tally.lostMs),
    onMs: isOn ? Math.max(0, job.reason.since - at) : undefined,
    on: isElsewhere ? job.leaseOwner : '',
    state: job.state,
  };
}
