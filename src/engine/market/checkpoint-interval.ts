import type { CheckpointPace } from '../model/checkpoint.ts';
import type { DurationMs } from '../model/units.ts';

/**
 * Daly's optimum (FGCS 22(3), 2006) of the time between the end of one checkpoint and the beginning of the next, for a stop d and
 * interruptions that come every M in the mean, at a constant rate:
 *
 *   tau = sqrt(2 d M) * (1 + 1/3 * sqrt(d / 2M) + 1/9 * d / 2M) - d     for d < 2M, else M
 *
 * Example: d = 3 s, M = 6 h: sqrt(2 * 3 * 21600) = 360 s, times 1.0028, less 3 s: 358 s. Infinity where nothing is ever interrupted.
 */
export function dalyMs(stopMs: DurationMs, meanMs: DurationMs): DurationMs {
  if (!Number.isFinite(meanMs)) return Infinity;
  if (stopMs >= 2 * meanMs) return meanMs;
  const ratio = stopMs / (2 * meanMs);
  return Math.sqrt(2 * stopMs * meanMs) * (1 + Math.sqrt(ratio) / 3 + ratio / 9) - stopMs;
}

/** A job stands still for its checkpoints at most this share of the time. */
const STOPPED_SHARE_MAX = 0.05;
/** An upload takes at most this share of the time: what the job itself reads and writes comes first. */
const UPLOADING_SHARE_MAX = 0.5;
/** What a stop is taken for until one was measured: most are shorter, and the first checkpoint comes early and measures it. */
export const STOP_UNMEASURED_MS = 100;
/** A job that cannot be saved when its notice has come is saved at least so many times as often as any other. */
const UNFIT_MORE_OFTEN = 4;

export interface PaceFacts {
  /** As the job's owner wants it; undefined: as we advise. */
  readonly askedMs: DurationMs | undefined;
  /** 0: none was measured yet. */
  readonly stopMs: DurationMs;
  readonly uploadMs: DurationMs;
  /** Mean time between two interruptions here; Infinity where nobody takes anything back. */
  readonly meanMs: DurationMs;
  /** Of the interruptions, how many come without a notice: from 0 to 1. */
  readonly untoldShare: number;
  /** Its checkpoint fits into what a notice leaves. */
  readonly fitsNotice: boolean;
  readonly limits: { readonly minMs: DurationMs; readonly maxMs: DurationMs; readonly firstMs: DurationMs };
}

/**
 * How often a job is saved. With a notice nothing is lost, so only the untold interruptions count: M' = M / their share. Where its
 * checkpoint does not fit, all of them do, and no more than a quarter of the longest interval lies between two checkpoints.
 */
export function paceOf(facts: PaceFacts): CheckpointPace {
  const { askedMs, stopMs, uploadMs, meanMs, untoldShare, fitsNotice, limits } = facts;
  const lossShare = fitsNotice ? Math.min(1, Math.max(0.01, untoldShare)) : 1;
  const isMeasured = stopMs > 0;
  const best = dalyMs(isMeasured ? stopMs : STOP_UNMEASURED_MS, meanMs / lossShare);
  const maxMs = fitsNotice ? limits.maxMs : limits.maxMs / UNFIT_MORE_OFTEN;
  const bounds: readonly (readonly [CheckpointPace['bound'], DurationMs])[] = [
    ['shortest', limits.minMs],
    ['stop', stopMs / STOPPED_SHARE_MAX],
    ['upload', uploadMs / UPLOADING_SHARE_MAX],
  ];
  const [leastBound, leastMs] = bounds.reduce((a, b) => (b[1] > a[1] ? b : a));
  const mostMs = isMeasured ? maxMs : Math.min(maxMs, limits.firstMs);
  const mostBound = isMeasured ? (fitsNotice ? 'longest' : 'notice') : 'first';
  // What must not be exceeded counts for more than what should not: a disk or a road that is busy all the time helps nobody.
  const bound = best < leastMs || mostMs < leastMs ? leastBound : best > mostMs ? mostBound : 'none';
  const advisedMs = Math.round(Math.max(leastMs, Math.min(best, mostMs)));
  return {
    everyMs: askedMs ?? advisedMs,
    advisedMs,
    bound,
    stopMs,
    uploadMs,
    meanMs: Number.isFinite(meanMs) ? Math.round(meanMs) : 0,
    lossShare: Number(lossShare.toFixed(3)),
    fitsNotice,
  };
}
