import { isLeased, isTerminal, type JobLive, type JobRow } from '../model/job.ts';
import type { DurationMs } from '../model/units.ts';

export interface WorkLeft {
  readonly leftMs: DurationMs;
  /** Of all its work, done so far; 0 for a job that has not begun, or begins anew. */
  readonly doneMs: DurationMs;
  /** What it is told from: what the job says of its progress, time that it ran, its newest checkpoint, its estimate alone. */
  readonly from: 'progress' | 'time' | 'checkpoint' | 'estimate';
}

/**
 * Work that a job still has, as far as its item tells; undefined where nothing does.
 *
 *   runs, and says its progress p       estimate (1 - p), or without an estimate done (1 - p) / p
 *   runs                                estimate - done,   done = work in the newest checkpoint + time since it
 *   waits                               estimate - work in the newest checkpoint: the rest is lost
 *   has ended                           the estimate: it would be done again
 *
 * Never below 0: a job that outlives its estimate has 0 left by it. Example: estimate 2 h, 30 min saved, 10 min since: 80 min.
 */
export function workLeft(
  { row, live }: { readonly row: JobRow; readonly live: JobLive | undefined },
  estimateMs: DurationMs | undefined,
): WorkLeft | undefined {
  const whole = estimateMs === undefined ? undefined : ({ leftMs: estimateMs, doneMs: 0, from: 'estimate' } as const);
  if (isTerminal(row.state)) return whole;
  const savedMs = row.checkpoint?.workMs ?? 0;
  const now = isLeased(row.state) && live?.epoch === row.epoch ? live : undefined;
  const doneMs = savedMs + (now?.atRiskMs ?? 0);
  const share = (now?.progressPct ?? 0) / 100;
  if (share > 0 && (estimateMs !== undefined || doneMs > 0)) {
    const totalMs = estimateMs ?? doneMs / share;
    return { leftMs: Math.max(0, totalMs * (1 - share)), doneMs: totalMs * share, from: 'progress' };
  }
  if (estimateMs === undefined || doneMs === 0) return whole;
  return { leftMs: Math.max(0, estimateMs - doneMs), doneMs, from: now === undefined ? 'checkpoint' : 'time' };
}
