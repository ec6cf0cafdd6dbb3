import type { PricePoint } from '../model/market.ts';
import type { DurationMs, EpochMs, Pct, UsdPerHour } from '../model/units.ts';

export interface TimeWindow {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** Position of the price in force at `at` (the newest change not after it), or -1 before the first. Points are oldest first. */
export function pointAt(points: readonly PricePoint[], at: EpochMs): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const point = points[middle];
    if (point !== undefined && point.at <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function priceAt(points: readonly PricePoint[], at: EpochMs): UsdPerHour | undefined {
  return points[pointAt(points, at)]?.usdPerHour;
}

/** `count` prices, evenly spread, the last one at the window's end; undefined before the series begins. */
export function samplePrices(
  points: readonly PricePoint[],
  window: TimeWindow,
  count: number,
): readonly (UsdPerHour | undefined)[] {
  const step = (window.to - window.from) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, number) => priceAt(points, window.from + number * step));
}

/** The last `spanMs` of a series, or all of it where it is younger than that. */
export function recentWindow(points: readonly PricePoint[], to: EpochMs, spanMs: DurationMs): TimeWindow {
  const first = points[0]?.at ?? to;
  return { from: Math.min(to, Math.max(first, to - spanMs)), to };
}

export interface BidRecord {
  /** Share of the window's time in which the price was not above the bid. */
  readonly heldPct: Pct;
  /** How often the price rose above it. */
  readonly crossings: number;
  /** Mean price over the time in which it held; undefined when it never did. */
  readonly meanUsdPerHour: UsdPerHour | undefined;
}

/** What a bid would have met in the recorded window: time-weighted over the steps of the price. */
export function recordOfBid(points: readonly PricePoint[], bid: UsdPerHour, window: TimeWindow): BidRecord {
  let knownMs = 0;
  let heldMs = 0;
  let paid = 0;
  let crossings = 0;
  let above = false;
  for (let at = Math.max(0, pointAt(points, window.from)); at < points.length; at++) {
    const point = points[at];
    if (point === undefined || point.at > window.to) break;
    const end = Math.min(window.to, points[at + 1]?.at ?? window.to);
    const length = Math.max(0, end - Math.max(window.from, point.at));
    knownMs += length;
    const isAbove = point.usdPerHour > bid;
    if (isAbove && !above) crossings += 1;
    above = isAbove;
    if (isAbove) continue;
    heldMs += length;
    paid += length * point.usdPerHour;
  }
  return {
    heldPct: knownMs === 0 ? 0 : (100 * heldMs) / knownMs,
    crossings,
    meanUsdPerHour: heldMs === 0 ? undefined : paid / heldMs,
  };
}
