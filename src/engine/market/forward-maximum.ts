import { indexAt, type PriceSeries } from './price-series.ts';

/** An hour of the past is looked at this often; a price that is up between two looks is still in the maximum of one. */
export const SLOT_MS = 30 * 60_000;
/** How far back the state of a market looks: a day holds the daily rhythm and the last spike. */
export const RECENT_MS = 24 * 3_600_000;

/**
 * What each past instant led to: for every slot (SLOT_MS, on whole multiples since the epoch) the price in force, the
 * highest price of the RECENT_MS before it, and the highest of the `hours` that followed. A bid at that instant would
 * have survived if and only if it was at least that last one.
 *
 * Slots may lie in the future of a decision: whoever decides at an instant reads only those with slotEndMs <= instant.
 */
export interface ForwardMaximum {
  readonly series: PriceSeries;
  readonly lengthMs: number;
  /** Instant of slot 0, epoch ms. */
  readonly fromMs: number;
  readonly logPrice: Float64Array;
  readonly logRecent: Float64Array;
  /** USD per hour; over [slot, slot + lengthMs). */
  readonly maximum: Float64Array;
  /** `maximum` over the price in force at the slot; at least 1. */
  readonly rise: Float64Array;
  /** All slots, highest maximum first. */
  readonly descending: Int32Array;
}

/** Prices of zero do not divide: as small as EC2 can print. */
const PRICE_MIN = 1e-6;
/** Seven years of half hours: a longer file is read from its end. */
const SLOTS_MAX = 120_000;

/** O(points + slots log slots). Slots begin with the first point; the last is one whose `lengthMs` the series spans. */
export function forwardMaximum(series: PriceSeries, lengthMs: number, untilMs?: number): ForwardMaximum {
  const firstMs = series.atMs[0] ?? 0;
  const lastMs = untilMs ?? series.atMs.at(-1) ?? 0;
  const newest = Math.floor((lastMs - lengthMs) / SLOT_MS);
  const oldest = Math.max(Math.ceil(firstMs / SLOT_MS), newest - SLOTS_MAX + 1);
  const slots = series.atMs.length === 0 ? 0 : Math.max(0, newest - oldest + 1);
  const fromMs = oldest * SLOT_MS;
  const sweep = { series, fromMs, slots };
  const maximum = windowMaximum(sweep, { afterMs: 0, lengthMs });
  const recent = windowMaximum(sweep, { afterMs: -RECENT_MS, lengthMs: RECENT_MS });
  const logPrice = new Float64Array(slots);
  const logRecent = new Float64Array(slots);
  const rise = new Float64Array(slots);
  for (let slot = 0, point = -1; slot < slots; slot++) {
    while ((series.atMs[point + 1] ?? Infinity) <= fromMs + slot * SLOT_MS) point++;
    const price = series.usdPerHour[point] ?? 0;
    logPrice[slot] = logOf(price);
    rise[slot] = (maximum[slot] ?? 0) / Math.max(PRICE_MIN, price);
    logRecent[slot] = logOf(Math.max(price, recent[slot] ?? 0));
  }
  const descending = Int32Array.from({ length: slots }, (_, slot) => slot);
  descending.sort((a, b) => (maximum[b] ?? 0) - (maximum[a] ?? 0));
  return { series, lengthMs, fromMs, logPrice, logRecent, maximum, rise, descending };
}

/** The state of a market at an instant, from the prices up to it alone. Undefined before the first point. */
export function stateAt(series: PriceSeries, atMs: number): { logPrice: number; logRecent: number } | undefined {
  const now = indexAt(series, atMs);
  const price = series.usdPerHour[now];
  if (price === undefined) return undefined;
  let highest = price;
  for (let i = now - 1; i >= 0 && (series.atMs[i + 1] ?? 0) > atMs - RECENT_MS; i--)
    highest = Math.max(highest, series.usdPerHour[i] ?? 0);
  return { logPrice: logOf(price), logRecent: logOf(highest) };
}

/** The highest price of [fromMs, toMs), the one in force at its start included. O(points inside). */
export function highestIn(series: PriceSeries, fromMs: number, toMs: number): number {
  let highest = 0;
  for (let i = Math.max(0, indexAt(series, fromMs)); (series.atMs[i] ?? Infinity) < toMs; i++)
    highest = Math.max(highest, series.usdPerHour[i] ?? 0);
  return highest;
}

function logOf(usdPerHour: number): number {
  return Math.log(Math.max(PRICE_MIN, usdPerHour));
}

/**
 * Highest price of [slot + afterMs, slot + afterMs + lengthMs) for every slot, by a queue of points whose prices fall:
 * the front is the highest that still reaches into the window. Each point enters and leaves it once.
 */
function windowMaximum(
  { series, fromMs, slots }: { series: PriceSeries; fromMs: number; slots: number },
  { afterMs, lengthMs }: { afterMs: number; lengthMs: number },
): Float64Array {
  const { atMs, usdPerHour } = series;
  const highest = new Float64Array(slots);
  const queue = new Int32Array(atMs.length);
  let front = 0;
  let back = 0;
  let next = 0;
  for (let slot = 0; slot < slots; slot++) {
    const startMs = fromMs + slot * SLOT_MS + afterMs;
    for (; (atMs[next] ?? Infinity) < startMs + lengthMs; next++) {
      const price = usdPerHour[next] ?? 0;
      while (back > front && (usdPerHour[queue[back - 1] ?? 0] ?? 0) <= price) back--;
      queue[back++] = next;
    }
    while (back > front && (atMs[(queue[front] ?? 0) + 1] ?? Infinity) <= startMs) front++;
    highest[slot] = back > front ? (usdPerHour[queue[front] ?? 0] ?? 0) : 0;
  }
  return highest;
}
