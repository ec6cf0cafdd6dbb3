import type { PriceSeries } from './price-series.ts';
import { indexAt } from './price-series.ts';

/**
 * How long each price of a window was in force: prices in rising order, with the share of time and the mean of price
 * accumulated up to and including each. What a bid would have had: the share is its availability, the mean what it paid.
 */
export interface PriceDistribution {
  readonly usdPerHour: Float64Array;
  /** Share of the window's priced time at or below each price, in (0, 1]; the last is 1. */
  readonly share: Float64Array;
  /** Integral of x dF(x) up to each price, USD per hour. */
  readonly partialMean: Float64Array;
}

/**
 * The distribution of a series over [fromMs, toMs), weighted by time. Time before the first point counts for nothing.
 * Throws a RangeError where the window holds no priced time.
 */
export function priceDistribution(series: PriceSeries, window: { fromMs: number; toMs: number }): PriceDistribution {
  const { atMs, usdPerHour } = series;
  const first = Math.max(0, indexAt(series, window.fromMs));
  const last = indexAt(series, window.toMs);
  const spans: [price: number, ms: number][] = [];
  for (let i = first; i <= last; i++) {
    const startMs = Math.max(window.fromMs, atMs[i] ?? 0);
    const endMs = Math.min(window.toMs, atMs[i + 1] ?? Infinity);
    if (endMs > startMs) spans.push([usdPerHour[i] ?? 0, endMs - startMs]);
  }
  if (spans.length === 0) throw new RangeError(`no price between ${window.fromMs} and ${window.toMs} (epoch ms)`);
  spans.sort((a, b) => a[0] - b[0]);
  const totalMs = spans.reduce((sum, [, ms]) => sum + ms, 0);
  return accumulated(spans, totalMs);
}

function accumulated(spans: readonly (readonly [number, number])[], totalMs: number): PriceDistribution {
  const prices: number[] = [];
  const shares: number[] = [];
  const means: number[] = [];
  let share = 0;
  let mean = 0;
  for (const [at, [price, ms]] of spans.entries()) {
    share += ms / totalMs;
    mean += (price * ms) / totalMs;
    if (spans[at + 1]?.[0] === price) continue;
    prices.push(price);
    shares.push(at === spans.length - 1 ? 1 : share);
    means.push(mean);
  }
  return {
    usdPerHour: Float64Array.from(prices),
    share: Float64Array.from(shares),
    partialMean: Float64Array.from(means),
  };
}

/** The smallest price whose share of time is at least `level`; `level` in [0, 1]. F^-1. */
export function quantile({ usdPerHour, share }: PriceDistribution, level: number): number {
  let low = 0;
  let high = share.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((share[middle] ?? 1) >= level - 1e-12) high = middle;
    else low = middle + 1;
  }
  return usdPerHour[low] ?? NaN;
}

/** Share of time at or below a price: F(p), the availability of the bid p. */
export function shareAtOrBelow(distribution: PriceDistribution, usdPerHour: number): number {
  return distribution.share[lastAtOrBelow(distribution.usdPerHour, usdPerHour)] ?? 0;
}

/** Mean price over the time at or below a bid: what a running instance pays. Undefined where the price was never so low. */
export function meanAtOrBelow(distribution: PriceDistribution, usdPerHour: number): number | undefined {
  const at = lastAtOrBelow(distribution.usdPerHour, usdPerHour);
  const mean = distribution.partialMean[at];
  return mean === undefined ? undefined : mean / (distribution.share[at] ?? 1);
}

function lastAtOrBelow(prices: Float64Array, price: number): number {
  let low = 0;
  let high = prices.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((prices[middle] ?? Infinity) <= price) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
