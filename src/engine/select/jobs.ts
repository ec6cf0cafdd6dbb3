import { pendingOfJob, pendingWords } from '../decide/pending-acts.ts';
import { isLeased, type JobLive, type JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs, EpochMs, Pct, Usd } from '../model/units.ts';
import type { JobView } from './jobs-view.ts';
import { deadlineLine, type DeadlineLine } from './deadline.ts';
import { type JobReason, reasonOf, sentenceOf, type Waiting, waitingOf } from './reason.ts';

/** One row of the Jobs screen. */
export interface JobLine {
  readonly id: string;
  readonly row: JobRow;
  readonly live: JobLive | undefined;
  /** Since it was submitted; of a job that ended, how long it took from then. */
  readonly ageMs: DurationMs;
  readonly progressPct: Pct | undefined;
  /** Work since its newest checkpoint; undefined while it does not run or is not read. */
  readonly atRiskMs: DurationMs | undefined;
  /** Since its newest checkpoint; undefined while it has none. */
  readonly savedMs: DurationMs | undefined;
  readonly costUsd: Usd;
  /** When it ends at its present pace; undefined where nothing can be said. */
  readonly doneBy: EpochMs | undefined;
  readonly reason: JobReason;
  /** undefined where it has none, or has ended. */
  readonly deadline: DeadlineLine | undefined;
  /** The reason in one sentence, behind a deadline that is at risk or made it dearer. */
  readonly why: string;
}

/** The rows of a view from `top`, at most `count`: costs as much as the window, not as the collection. */
export function jobLines(
  snapshot: Snapshot,
  view: JobView,
  window: { readonly top: number; readonly count: number; readonly now: EpochMs },
): readonly JobLine[] {
  const waiting = waitingOf(snapshot, window.now);
  const end = Math.min(view.length, window.top + window.count);
  const lines: JobLine[] = [];
  for (let at = window.top; at < end; at++) lines.push(jobLine(snapshot, view.at(at), waiting));
  return lines;
}

export function jobLine(snapshot: Snapshot, row: JobRow, waiting: Waiting): JobLine {
  const reason = reasonOf(row, waiting);
  const deadline = deadlineLine(row, snapshot, waiting.now);
  const why = sentenceOf(row, reason);
  const live = isLeased(row.state) ? liveOf(snapshot, row) : undefined;
  const progress = row.state === 'SUCCEEDED' ? 100 : live?.progressPct;
  return {
    id: row.id,
    row,
    live,
    ageMs: Math.max(0, (row.endedAt > 0 ? row.endedAt : waiting.now) - row.submittedAt),
    progressPct: progress,
    atRiskMs: row.state === 'RUNNING' || row.state === 'INTERRUPTING' ? live?.atRiskMs : undefined,
    savedMs: row.checkpoint === undefined ? undefined : Math.max(0, waiting.now - row.checkpoint.at),
    costUsd: row.tally.costUsd,
    doneBy: row.state === 'RUNNING' ? estimateDone(row, progress, waiting.now) : undefined,
    reason,
    deadline,
    // A wish to be held is a reason of its own; that for a checkpoint changes nothing of the job, but another operator must see it.
    why: [
      ...pendingOfJob(row)
        .filter(({ what }) => what === 'a checkpoint')
        .map((act) => pendingWords(act, waiting.now)),
      toldWith(deadline, row, why),
    ]
      .filter(Boolean)
      .join('; '),
  };
}

/** The danger first; of a rescued job that waits, its place in a queue is nothing to it. */
function toldWith(deadline: DeadlineLine | undefined, { state }: JobRow, why: string): string {
  if (deadline === undefined || deadline.level === 'fine') return why;
  if (deadline.level === 'rescued' && state === 'RUNNABLE') return deadline.sentence;
  return [deadline.sentence, why].filter(Boolean).join('; ');
}

/** A heartbeat of an older epoch speaks of a run that is over. */
function liveOf(snapshot: Snapshot, row: JobRow): JobLive | undefined {
  const live = snapshot.live[row.id];
  return live?.epoch === row.epoch ? live : undefined;
}

/** Time on workers so far, the present run included. */
export function ranMs(row: JobRow, now: EpochMs): DurationMs {
  return row.tally.ranMs + (row.state === 'RUNNING' ? Math.max(0, now - row.reason.since) : 0);
}

/**
 * Linear: what took `ran` for p percent takes ran * (100 - p) / p for the rest. 12 min at 75 % -> 4 min more.
 * `tally.ranMs` is added to at transitions only; the present run counts from the transition to RUNNING.
 */
function estimateDone(row: JobRow, progress: Pct | undefined, now: EpochMs): EpochMs | undefined {
  if (progress === undefined || progress <= 0) return undefined;
  return now + (ranMs(row, now) * (100 - Math.min(100, progress))) / progress;
}
