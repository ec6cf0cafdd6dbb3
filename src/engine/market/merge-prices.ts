import type { PricePoint, PriceSeries } from './price-series.ts';
import { pointsOf, priceAt } from './price-series.ts';

/**
 * A record is a series with every point that was told, one an instant, those too that repeat the price in force. Only
 * records are merged: a repeat that was left out could not overrule a change that another source tells from before it.
 *
 * The record of points in any order. Where one instant has two prices the higher stands, whoever told it first: no order
 * of pages or files may decide, and the higher price is the one that does not promise too much.
 */
export function recordOf(points: Iterable<PricePoint>): PriceSeries {
  const sorted = [...points].sort((a, b) => a.atMs - b.atMs || a.usdPerHour - b.usdPerHour);
  const kept = sorted.filter((point, at) => sorted[at + 1]?.atMs !== point.atMs);
  return {
    atMs: Float64Array.from(kept, (point) => point.atMs),
    usdPerHour: Float64Array.from(kept, (point) => point.usdPerHour),
  };
}

/** The step function of a record: points that repeat the price in force are left out. */
export function stepsOf({ atMs, usdPerHour }: PriceSeries): PriceSeries {
  const changes = (_: number, at: number): boolean => at === 0 || usdPerHour[at] !== usdPerHour[at - 1];
  return { atMs: atMs.filter(changes), usdPerHour: usdPerHour.filter(changes) };
}

export interface MergedPrices {
  readonly series: PriceSeries;
  /** Points of `told` at instants that `held` did not have. */
  readonly added: number;
  /** Points of `told` that `held` had. */
  readonly known: number;
  /** Points of `told` whose price at that instant is another one; the higher stands. */
  readonly changed: number;
}

/** Two records of one market as one, by instants alone: commutative, associative, idempotent. Linear. */
export function mergePrices(held: PriceSeries, told: PriceSeries): MergedPrices {
  const atMs = new Float64Array(held.atMs.length + told.atMs.length);
  const usdPerHour = new Float64Array(atMs.length);
  let [h, t, n, known, changed] = [0, 0, 0, 0, 0];
  while (h < held.atMs.length || t < told.atMs.length) {
    const heldAtMs = held.atMs[h] ?? Infinity;
    const toldAtMs = told.atMs[t] ?? Infinity;
    const heldUsd = heldAtMs <= toldAtMs ? (held.usdPerHour[h++] ?? 0) : 0;
    const toldUsd = toldAtMs <= heldAtMs ? (told.usdPerHour[t++] ?? 0) : 0;
    if (heldAtMs === toldAtMs) {
      if (heldUsd === toldUsd) known++;
      else changed++;
    }
    atMs[n] = Math.min(heldAtMs, toldAtMs);
    usdPerHour[n++] = Math.max(heldUsd, toldUsd);
  }
  return {
    series: { atMs: atMs.slice(0, n), usdPerHour: usdPerHour.slice(0, n) },
    added: told.atMs.length - known - changed,
    known,
    changed,
  };
}

/**
 * Whether a record may be one of the same market as what is told now: up to the newest held point the prices in force are
 * the same.
 */
export function agrees(held: PriceSeries, told: PriceSeries): boolean {
  const oldestMs = held.atMs[0] ?? Infinity;
  const newestMs = held.atMs.at(-1) ?? -Infinity;
  return pointsOf(told).every(
    ({ atMs, usdPerHour }) => atMs < oldestMs || atMs > newestMs || priceAt(held, atMs) === usdPerHour,
  );
}
