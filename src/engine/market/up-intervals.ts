import type { PriceSeries } from './price-series.ts';

/** The past that a decision may look at: [fromMs, untilMs]. The price in force at `untilMs` is known, what follows it is not. */
export interface Past {
  readonly bidUsdPerHour: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The times during which a bid held its instance: price <= bid, from the first point of such a run to the first point above
 * the bid. In order of time, all arrays alike long.
 */
export interface UpIntervals {
  readonly startMs: Float64Array;
  readonly lengthMs: Float64Array;
  /** 1: the price rose above the bid at its end. 0: still up when the past ended (censored). At most the last is 0. */
  readonly ended: Uint8Array;
}

/**
 * The up-intervals of a past. One that began before `fromMs` counts from there, for that is all that was seen of it; so
 * the first length is a lower estimate of a whole interval and a right one of what was left of it.
 */
export function upIntervals(series: PriceSeries, past: Past): UpIntervals {
  const { atMs, usdPerHour } = series;
  const { bidUsdPerHour, fromMs, untilMs } = past;
  const starts: number[] = [];
  const lengths: number[] = [];
  const ended: number[] = [];
  let upSince = Number.NaN;
  for (let i = firstInForce(atMs, fromMs); i < atMs.length; i++) {
    const at = Math.max(fromMs, atMs[i] ?? Infinity);
    if (at > untilMs) break;
    const up = (usdPerHour[i] ?? Infinity) <= bidUsdPerHour;
    if (up && Number.isNaN(upSince)) upSince = at;
    if (up || Number.isNaN(upSince)) continue;
    starts.push(upSince);
    lengths.push(at - upSince);
    ended.push(1);
    upSince = Number.NaN;
  }
  if (!Number.isNaN(upSince) && untilMs > upSince) {
    starts.push(upSince);
    lengths.push(untilMs - upSince);
    ended.push(0);
  }
  return {
    startMs: Float64Array.from(starts),
    lengthMs: Float64Array.from(lengths),
    ended: Uint8Array.from(ended),
  };
}

/** The point in force at an instant, or the first one where there is none yet. */
function firstInForce(atMs: Float64Array, fromMs: number): number {
  let low = 0;
  let high = atMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((atMs[middle] ?? Infinity) <= fromMs) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
