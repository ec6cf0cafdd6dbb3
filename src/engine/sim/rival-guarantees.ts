import type { PriceSeries } from '../market/price-series.ts';
import { LOOK_BACK_MS } from '../decide/similar-pasts.ts';
import type { EpochMs, UsdPerHour } from '../model/units.ts';

const GRID_MS = 5 * 60_000;
/** Confidence of both bounds, and its normal quantile. */
const Z_99 = 2.3263;
const RUNG = 1.05;
const RUNGS_MAX = 160;

/**
 * The published guarantee, without change points or correction for autocorrelation: DrAFTS (Wolski, Brevik, Chard, Chard,
 * SC'17). With q = sqrt(target): the first bid is the upper 99 % bound of the q-quantile of the prices of 90 days on a
 * grid of 5 min, plus 0.0001; it is raised by 5 % until the lower 99 % bound of the (1-q)-quantile of the times until
 * the price reaches it is at least the wanted time. It knows no cap.
 */
export interface PlainGuarantee {
  readonly fromMs: EpochMs;
  readonly usdPerHour: Float64Array;
  /** All grid instants, highest price first. */
  readonly descending: Int32Array;
}

export function plainGuarantee(series: PriceSeries, untilMs: EpochMs): PlainGuarantee {
  const fromMs = Math.ceil((series.atMs[0] ?? 0) / GRID_MS) * GRID_MS;
  const usdPerHour = new Float64Array(Math.max(0, Math.floor((untilMs - fromMs) / GRID_MS) + 1));
  for (let i = 0, point = -1; i < usdPerHour.length; i++) {
    while ((series.atMs[point + 1] ?? Infinity) <= fromMs + i * GRID_MS) point++;
    usdPerHour[i] = series.usdPerHour[point] ?? 0;
  }
  const descending = Int32Array.from(usdPerHour, (_, i) => i);
  descending.sort((a, b) => (usdPerHour[b] ?? 0) - (usdPerHour[a] ?? 0));
  return { fromMs, usdPerHour, descending };
}

/** Undefined where the history is too short for the bounds, or no rung lasts. */
export function plainGuaranteeBid(
  plain: PlainGuarantee,
  { atMs, target, hours }: { atMs: EpochMs; target: number; hours: number },
): UsdPerHour | undefined {
  const to = Math.min(plain.usdPerHour.length, Math.floor((atMs - plain.fromMs) / GRID_MS) + 1);
  const from = Math.max(0, to - LOOK_BACK_MS / GRID_MS);
  const n = to - from;
  const q = Math.sqrt(target);
  // Order statistics by the normal approximation of the binomial: n is in the thousands.
  const spread = Z_99 * Math.sqrt(n * q * (1 - q));
  const above = n - Math.ceil(n * q + spread) - 1;
  const mayFail = Math.floor(n * (1 - q) - spread);
  if (above < 0 || mayFail < 1) return undefined;
  const bound = ranked(plain, { from, to, rank: above });
  let bid = bound + 1e-4;
  const needed = (hours * 3_600_000) / GRID_MS;
  for (let rung = 0; rung < RUNGS_MAX; rung++, bid *= RUNG)
    if (failing(plain, { from, to, needed, bid }) < mayFail) return bid;
  return undefined;
}

/** The price of rank `rank` from the top among [from, to); rank 0 is the highest. */
function ranked(plain: PlainGuarantee, { from, to, rank }: { from: number; to: number; rank: number }): UsdPerHour {
  let left = rank;
  for (const i of plain.descending) if (i >= from && i < to && left-- === 0) return plain.usdPerHour[i] ?? 0;
  return 0;
}

/** How many instants of [from, to) are followed, in less than `needed` steps, by a price of at least the bid. */
function failing(
  { usdPerHour }: PlainGuarantee,
  { from, to, needed, bid }: { from: number; to: number; needed: number; bid: UsdPerHour },
): number {
  let count = 0;
  let reachedAt = Infinity;
  for (let i = to - 1; i >= from; i--) {
    if ((usdPerHour[i] ?? 0) >= bid) reachedAt = i;
    if (reachedAt - i < needed) count++;
  }
  return count;
}

/** The sqrt(target)-quantile of the prices of 90 days on the same grid: what one bids who looks at prices and not at time. */
export function quantileBid(plain: PlainGuarantee, atMs: EpochMs, target: number): UsdPerHour | undefined {
  const to = Math.min(plain.usdPerHour.length, Math.floor((atMs - plain.fromMs) / GRID_MS) + 1);
  const from = Math.max(0, to - LOOK_BACK_MS / GRID_MS);
  if (to <= from) return undefined;
  return ranked(plain, { from, to, rank: Math.floor((to - from) * (1 - Math.sqrt(target))) });
}
