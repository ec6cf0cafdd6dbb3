import { type ForwardMaximum, forwardMaximum, SLOT_MS, stateAt } from '../market/forward-maximum.ts';
import type { PriceSeries } from '../market/price-series.ts';
import { DAY_MS, HOUR_MS } from '../model/units.ts';

/**
 * How much each past instant tells about this one. A past slot weighs
 *
 *   (exp(-((p - p0)/A)^2/2 - ((r - r0)/B)^2/2) + FLOOR) * 2^(-age/HALF_LIFE)
 *
 * p logarithm of the price then, r of the highest of the day before then, p0 and r0 the same now. A price 35 % above
 * today's is one width away; half of the day's highest is one. FLOOR lets the unlike past speak where there is no like
 * one: a market that never was so calm still has its spikes behind it. Example: a like slot of 15 days ago weighs 0.51.
 * Widths, floor and half-life were chosen on the middle thirds of the classic sets (docs/brain.md).
 */
const PRICE_WIDTH = 0.3;
const RECENT_WIDTH = 0.7;
const FLOOR = 0.02;
const HALF_LIFE_MS = 15 * DAY_MS;
/** EC2 gives 90 days of history; older prices would not be there when it counts. */
export const LOOK_BACK_MS = 90 * DAY_MS;

/** One market and one length of time, ready for decisions at any instant; its arrays are reused from one to the next. */
export interface SurvivalModel {
  readonly forward: ForwardMaximum;
  /** By slot; what lies outside [from, to) of the newest `SimilarPasts` is stale. */
  readonly weights: Float64Array;
  /** Bids that would have been given at past slots, by level; NaN is not yet computed. Written by `guaranteedBid`. */
  readonly pastBids: Map<number, Float64Array>;
}

/** `untilMs` is the instant up to which the last price is known to stand; default: its own. */
export function survivalModel(series: PriceSeries, length: { hours: number; untilMs?: number }): SurvivalModel {
  const forward = forwardMaximum(series, length.hours * HOUR_MS, length.untilMs);
  return { forward, weights: new Float64Array(forward.maximum.length), pastBids: new Map() };
}

/** The past slots that a decision may look at, and what they weigh. */
export interface SimilarPasts {
  readonly model: SurvivalModel;
  /** Slots [from, to): all of them had ended by the instant. */
  readonly from: number;
  readonly to: number;
  readonly total: number;
  readonly priceNow: number;
  /** Length of the look back, and how many independent lengths of time it is worth: n(1-r)/(1+r). */
  readonly historyMs: number;
  readonly effectiveSamples: number;
}

/**
 * Weighs the past for a decision at an instant. Undefined where there is no price yet, or no slot has ended.
 *
 * Effective samples: n = (sum w)^2 / sum w^2 slots, whose outcomes overlap: two that are SLOT apart share 1 - SLOT/length
 * of their time, which is their autocorrelation r. Example: 800 equal weights, 4 h: r = .875, n(1-r)/(1+r) = 53.
 */
export function similarPasts(model: SurvivalModel, atMs: number): SimilarPasts | undefined {
  const { forward, weights } = model;
  const state = stateAt(forward.series, atMs);
  const to = Math.min(weights.length, Math.floor((atMs - forward.lengthMs - forward.fromMs) / SLOT_MS) + 1);
  const from = Math.max(0, Math.ceil((atMs - LOOK_BACK_MS - forward.fromMs) / SLOT_MS));
  if (state === undefined || to <= from) return undefined;
  const { total, squares } = weigh(model, { ...state, from, to });
  const r = Math.max(0, 1 - SLOT_MS / forward.lengthMs);
  return {
    model,
    from,
    to,
    total,
    priceNow: Math.exp(state.logPrice),
    historyMs: (to - from - 1) * SLOT_MS + forward.lengthMs,
    effectiveSamples: ((total * total) / squares) * ((1 - r) / (1 + r)),
  };
}

function weigh(
  { forward: { logPrice, logRecent }, weights }: SurvivalModel,
  now: { logPrice: number; logRecent: number; from: number; to: number },
): { total: number; squares: number } {
  const decay = 2 ** (-SLOT_MS / HALF_LIFE_MS);
  let recency = 1;
  let total = 0;
  let squares = 0;
  for (let slot = now.to - 1; slot >= now.from; slot--) {
    const price = ((logPrice[slot] ?? 0) - now.logPrice) / PRICE_WIDTH;
    const recent = ((logRecent[slot] ?? 0) - now.logRecent) / RECENT_WIDTH;
    const far = price * price + recent * recent;
    const weight = (FLOOR + (far < 50 ? Math.exp(-far / 2) : 0)) * recency;
    recency *= decay;
    weights[slot] = weight;
    total += weight;
    squares += weight * weight;
  }
  return { total, squares };
}

/** The smallest price that at least `level` of the weight stayed at or below: the bid that would have lasted so often. */
export function lastingBid({ model: { forward, weights }, from, to, total }: SimilarPasts, level: number): number {
  const mayFail = (1 - level) * total + 1e-9 * total;
  let failing = 0;
  let bid = 0;
  for (const slot of forward.descending) {
    if (slot < from || slot >= to) continue;
    bid = forward.maximum[slot] ?? 0;
    failing += weights[slot] ?? 0;
    if (failing > mayFail) break;
  }
  return bid;
}

/**
 * The share of the weight after which the price rose by no more, in proportion, than a bid lies above it now. By
 * proportion, because a bid close to the price asks about small moves, which `lastingBid`, made for the tail, ignores.
 */
export function lastingShare(
  { model: { forward, weights }, from, to, total, priceNow }: SimilarPasts,
  bid: number,
): number {
  const mayRise = (bid / priceNow) * (1 + 1e-12);
  let lasting = 0;
  for (let slot = from; slot < to; slot++) if ((forward.rise[slot] ?? 0) <= mayRise) lasting += weights[slot] ?? 0;
  return Math.min(1, lasting / total);
}
