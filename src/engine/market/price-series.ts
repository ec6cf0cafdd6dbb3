/**
 * The price of one capacity pool over time: a step function. Point i holds from `atMs[i]` (epoch ms UTC, rising)
 * until the next point; before the first there is no price. Typed arrays: 90 days of a busy pool are 10,000 points.
 */
export interface PriceSeries {
  readonly atMs: Float64Array;
  readonly usdPerHour: Float64Array;
}

export interface PricePoint {
  readonly atMs: number;
  readonly usdPerHour: number;
}

export const EMPTY_SERIES: PriceSeries = { atMs: new Float64Array(0), usdPerHour: new Float64Array(0) };

/**
 * Sorts, and deduplicates: of points at one instant the last given stands, and a point that repeats the price in
 * force is dropped. Throws on a time or price that is not a finite number, and on a negative price.
 */
export function priceSeries(points: Iterable<PricePoint>): PriceSeries {
  const given = [...points];
  for (const [index, point] of given.entries()) check(point, index);
  given.sort((a, b) => a.atMs - b.atMs);
  const kept: PricePoint[] = [];
  for (const point of given) {
    if (kept.at(-1)?.atMs === point.atMs) kept.pop();
    if (kept.at(-1)?.usdPerHour !== point.usdPerHour) kept.push(point);
  }
  return {
    atMs: Float64Array.from(kept, (point) => point.atMs),
    usdPerHour: Float64Array.from(kept, (point) => point.usdPerHour),
  };
}

function check({ atMs, usdPerHour }: PricePoint, index: number): void {
  if (!Number.isFinite(atMs)) throw new RangeError(`price point ${index}: time ${atMs} is not a number of ms`);
  if (!Number.isFinite(usdPerHour)) throw new RangeError(`price point ${index}: price ${usdPerHour} is not a number`);
  if (usdPerHour < 0) throw new RangeError(`price point ${index}: price ${usdPerHour} is negative`);
}

/** The price in force at an instant, USD per hour; undefined before the first point. O(log n). */
export function priceAt(series: PriceSeries, atMs: number): number | undefined {
  return series.usdPerHour[indexAt(series, atMs)];
}

/** The first point after an instant (never at it), or undefined when the last price stands. */
export function nextChangeAfter(series: PriceSeries, atMs: number): PricePoint | undefined {
  return pointOf(series, indexAt(series, atMs) + 1);
}

/** The first instant at or after `fromMs` at which the price exceeds the bid, strictly; undefined if it never does. */
export function firstAbove(series: PriceSeries, bidUsdPerHour: number, fromMs: number): number | undefined {
  for (let i = Math.max(0, indexAt(series, fromMs)); i < series.atMs.length; i++) {
    const point = pointOf(series, i);
    if (point !== undefined && point.usdPerHour > bidUsdPerHour) return Math.max(point.atMs, fromMs);
  }
  return undefined;
}

/**
 * The points of [fromMs, toMs), and before them the one in force at `fromMs`, with its own earlier time, as
 * DescribeSpotPriceHistory answers. Shares memory with the whole.
 */
export function slice(series: PriceSeries, fromMs: number, toMs: number): PriceSeries {
  const start = Math.max(0, indexAt(series, fromMs));
  const end = Math.max(start, countBefore(series.atMs, toMs));
  return { atMs: series.atMs.subarray(start, end), usdPerHour: series.usdPerHour.subarray(start, end) };
}

export function pointsOf(series: PriceSeries): PricePoint[] {
  return Array.from(series.atMs, (atMs, i) => ({ atMs, usdPerHour: series.usdPerHour[i] ?? 0 }));
}

/** Index of the point in force at an instant; -1 before the first. */
export function indexAt(series: PriceSeries, atMs: number): number {
  let low = 0;
  let high = series.atMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((series.atMs[middle] ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** How many of the rising times lie strictly before an instant. */
function countBefore(atMs: Float64Array, untilMs: number): number {
  let low = 0;
  let high = atMs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((atMs[middle] ?? Infinity) < untilMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function pointOf(series: PriceSeries, index: number): PricePoint | undefined {
  const atMs = series.atMs[index];
  const usdPerHour = series.usdPerHour[index];
  return atMs === undefined || usdPerHour === undefined ? undefined : { atMs, usdPerHour };
}
