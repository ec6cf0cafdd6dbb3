import type { PriceSeries } from '../market/price-series.ts';

/** When a bid would hold an instance, over a whole series: made once per bid and shared by all jobs replayed at it. */
export interface Lives {
  /** Rising; life i is [startMs[i], endMs[i]), with the price at or below the bid throughout. The last may end at Infinity. */
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** Index in the series of the price in force at the start. */
  readonly point: Int32Array;
  readonly count: number;
}

export function livesAt({ atMs, usdPerHour }: PriceSeries, bidUsdPerHour: number): Lives {
  let count = 0;
  let up = false;
  for (let i = 0; i < atMs.length; i++) {
    const now = usdPerHour[i]! <= bidUsdPerHour;
    if (now && !up) count++;
    up = now;
  }
  const startMs = new Float64Array(count);
  const endMs = new Float64Array(count).fill(Infinity);
  const point = new Int32Array(count);
  up = false;
  for (let i = 0, life = -1; i < atMs.length; i++) {
    const now = usdPerHour[i]! <= bidUsdPerHour;
    if (now && !up) {
      startMs[++life] = atMs[i]!;
      point[life] = i;
    } else if (!now && up) endMs[life] = atMs[i]!;
    up = now;
  }
  return { startMs, endMs, point, count };
}

/** Index of the first life that ends after an instant; `count` if there is none. */
export function firstLifeAfter({ endMs, count }: Lives, nowMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endMs[middle]! <= nowMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
