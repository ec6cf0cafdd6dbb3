import type { PriceSeries } from './price-series.ts';
import { HOUR_MS } from '../model/units.ts';

/** USD for running from `startMs` to `endMs` at the price in force; `fromPoint` is the index of that at the start. */
export function priceIntegralUsd(
  { atMs, usdPerHour }: PriceSeries,
  { startMs, endMs, fromPoint }: { startMs: number; endMs: number; fromPoint: number },
): number {
  let usdMs = 0;
  let from = startMs;
  let point = fromPoint;
  for (; point + 1 < atMs.length && atMs[point + 1]! < endMs; point++) {
    const to = Math.max(from, atMs[point + 1]!);
    usdMs += (to - from) * usdPerHour[point]!;
    from = to;
  }
  return (usdMs + (endMs - from) * usdPerHour[point]!) / HOUR_MS;
}

/** A length as it is billed: to the nearest second. */
export function billedToSecond(ms: number): number {
  return Math.round(ms / 1000) * 1000;
}
