import { indexAt, type PriceSeries } from '../market/price-series.ts';
import type { EpochMs, Usd, UsdPerHour } from '../model/units.ts';

/** A slot of five minutes: what one restart costs, and how often a policy is asked. */
export const SLOT_MS = 300_000;
export const SLOTS_PER_HOUR = 12;

/** The prices of one market by slot. A slot before the first price is priced Infinity: nothing can run there. */
export interface PriceSlots {
  readonly series: PriceSeries;
  /** Instant of slot 0; a multiple of SLOT_MS. */
  readonly fromMs: EpochMs;
  /** In force at the slot's start: what a decision sees. */
  readonly atStart: Float64Array;
  /** Mean over the slot: what a whole slot costs, USD per hour. */
  readonly mean: Float64Array;
  readonly highest: Float64Array;
}

/** Slots from `fromMs` (rounded down) to `toMs`. O(points + slots). */
export function priceSlots(series: PriceSeries, fromMs: EpochMs, toMs: EpochMs): PriceSlots {
  const startMs = Math.floor(fromMs / SLOT_MS) * SLOT_MS;
  const slots = Math.max(0, Math.ceil((toMs - startMs) / SLOT_MS));
  const [atStart, mean, highest] = [0, 0, 0].map(() => new Float64Array(slots).fill(Infinity)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let point = Math.max(-1, indexAt(series, startMs));
  for (let slot = 0; slot < slots; slot++) {
    const slotMs = startMs + slot * SLOT_MS;
    while ((series.atMs[point + 1] ?? Infinity) <= slotMs) point++;
    if (point < 0) continue;
    atStart[slot] = series.usdPerHour[point] ?? Infinity;
    let top = atStart[slot] ?? 0;
    let area = 0;
    for (let i = point, at = slotMs; at < slotMs + SLOT_MS; i++) {
      const price = series.usdPerHour[i] ?? 0;
      const until = Math.min(slotMs + SLOT_MS, series.atMs[i + 1] ?? Infinity);
      area += price * (until - at);
      top = Math.max(top, price);
      at = until;
    }
    mean[slot] = area / SLOT_MS;
    highest[slot] = top;
  }
  return { series, fromMs: startMs, atStart, mean, highest };
}

/** Dollars of a whole slot at a mean price. */
export function slotUsd(usdPerHour: UsdPerHour): Usd {
  return usdPerHour / SLOTS_PER_HOUR;
}

/** What is paid in a slot until the price exceeds the bid: billed by the second. The whole slot where it never does. */
export function paidUsd({ series, fromMs }: PriceSlots, slot: number, bid: UsdPerHour): Usd {
  const slotMs = fromMs + slot * SLOT_MS;
  let usd = 0;
  let at = slotMs;
  for (let i = Math.max(0, indexAt(series, slotMs)); at < slotMs + SLOT_MS; i++) {
    const price = series.usdPerHour[i] ?? 0;
    if (price > bid) break;
    const until = Math.min(slotMs + SLOT_MS, series.atMs[i + 1] ?? Infinity);
    usd += (price * (until - at)) / 3_600_000;
    at = until;
  }
  return usd;
}
