import { SLOT_MS } from '../market/forward-maximum.ts';
import { DAY_MS, HOUR_MS, type EpochMs, type UsdPerHour } from '../model/units.ts';
import { lastingBid, similarPasts, type SimilarPasts, type SurvivalModel } from './similar-pasts.ts';

export interface GuaranteeQuestion {
  readonly atMs: EpochMs;
  /** Wanted probability of lasting, in (0, 1). */
  readonly target: number;
  /** Undefined where it is not known: then there is no cap. */
  readonly onDemandUsdPerHour?: UsdPerHour | undefined;
}

interface Inputs {
  readonly priceNow: UsdPerHour;
  readonly historyH: number;
  readonly effectiveSamples: number;
  /** What the bids of the held-back days fell short by, as a factor of at least 1. */
  readonly correction: number;
  /** How many past instants it was taken from. */
  readonly heldBack: number;
}

export type Guarantee =
  | { readonly kind: 'guaranteed'; readonly bidUsdPerHour: UsdPerHour; readonly inputs: Inputs }
  | {
      readonly kind: 'not-guaranteed';
      readonly why: 'no-price' | 'short-history' | 'over-cap';
      readonly sentence: string;
      /** What would have been bid without the cap. */
      readonly wantedUsdPerHour?: UsdPerHour;
    };

/** Amazon refused higher bids. An answer beyond is none: it would buy what cannot be bought. */
export const CAP_TIMES_ON_DEMAND = 10;
/** EC2 takes a bid to the hundredth of a cent. */
const BID_STEP_USD = 1e-4;
/** Bids are tried on past instants of so many days, each with earlier prices only. */
const HELD_BACK_MS = 30 * DAY_MS;
/** Every so many slots (2 h): closer ones share their outcomes. */
const HELD_BACK_EVERY = 4;
const HELD_BACK_MIN = 20;
/** A bid needs two days of ended instants behind it before it is worth trying. */
const TRIED_HISTORY_MS = 2 * DAY_MS;
/**
 * With n independent lengths of time behind, the highest of them fails at the next with probability 1/(n + 1). Half as
 * many are asked for: starts overlap, and the rung is on top. Measured with 8 to 16 days at .99: .998 lasted.
 */
const LENGTHS_SHARE = 0.5;
/** One rung of a ladder of 5 %: what was enough so far is not quite enough. */
const RUNG = 1.05;

/**
 * The smallest bid that keeps an instance for the model's length of time with at least the wanted probability.
 *
 * 1. Of the past instants, those like now count most (`similarPasts`); the bid is the price that at least (1 + target)/2
 *    of that weight stayed at or below: half of the allowed failures are kept for what the past does not show.
 * 2. The same is asked at instants of the last 30 days, with earlier prices only. Where those bids fell short, the bid is
 *    raised by the factor that would have corrected them, and by one rung more.
 * 3. No history long enough to see a failure, or a bid over the cap: that is said instead of a number.
 */
export function guaranteedBid(model: SurvivalModel, question: GuaranteeQuestion): Guarantee {
  const { atMs, target, onDemandUsdPerHour } = question;
  const level = (1 + target) / 2;
  const correction = heldBackCorrection(model, { atMs, level });
  const pasts = similarPasts(model, atMs);
  if (pasts === undefined)
    return { kind: 'not-guaranteed', why: 'no-price', sentence: 'There is no price before now.' };
  const short = tooShort(pasts, target);
  if (short !== undefined) return short;
  const cap = onDemandUsdPerHour === undefined ? Infinity : CAP_TIMES_ON_DEMAND * onDemandUsdPerHour;
  const raw = Math.max(pasts.priceNow, lastingBid(pasts, level));
  if (raw > cap) return overCap(raw, cap, target);
  // What lasts as it is may be bid up to the cap, though its margin would lead beyond.
  const bidUsdPerHour = Math.min(roundedUp(cap), roundedUp(Math.max(raw, raw * correction.factor * RUNG)));
  const { priceNow, effectiveSamples } = pasts;
  const inputs = { priceNow, historyH: pasts.historyMs / HOUR_MS, effectiveSamples, correction: correction.factor };
  return { kind: 'guaranteed', bidUsdPerHour, inputs: { ...inputs, heldBack: correction.of } };
}

function tooShort({ historyMs, model }: SimilarPasts, target: number): Guarantee | undefined {
  const { lengthMs } = model.forward;
  const needMs = Math.max(TRIED_HISTORY_MS, LENGTHS_SHARE * (1 / (1 - target) - 1) * lengthMs);
  if (historyMs >= needMs) return undefined;
  const [have, need] = [historyMs / DAY_MS, Math.ceil((10 * needMs) / DAY_MS) / 10].map((days) => days.toFixed(1));
  const length = +(lengthMs / HOUR_MS).toFixed(1);
  const sentence = `${have} days of prices are too few for ${length} h at ${percent(target)}: it takes ${need}.`;
  return { kind: 'not-guaranteed', why: 'short-history', sentence };
}

function overCap(wanted: UsdPerHour, cap: UsdPerHour, target: number): Guarantee {
  const sentence = `${percent(target)} would take a bid of ${wanted.toFixed(4)}, above the cap of ${cap.toFixed(4)} (10 times on-demand).`;
  return { kind: 'not-guaranteed', why: 'over-cap', sentence, wantedUsdPerHour: wanted };
}

function percent(share: number): string {
  return `${+(100 * share).toFixed(2)} %`;
}

function roundedUp(usdPerHour: UsdPerHour): UsdPerHour {
  return Number.isFinite(usdPerHour) ? Math.ceil(usdPerHour / BID_STEP_USD - 1e-9) * BID_STEP_USD : usdPerHour;
}

/**
 * The factor that bids of the last 30 days would have needed to last as often as wanted: the quantile of (highest price
 * that followed) / (bid) at level (1 + 1/n), never below 1.
 */
function heldBackCorrection(
  model: SurvivalModel,
  { atMs, level }: { atMs: EpochMs; level: number },
): { factor: number; of: number } {
  const { maximum } = model.forward;
  const ratios: number[] = [];
  for (const slot of heldBackSlots(model, atMs)) {
    const bid = pastBid(model, slot, level);
    if (bid > 0) ratios.push((maximum[slot] ?? 0) / bid);
  }
  if (ratios.length < HELD_BACK_MIN) return { factor: 1, of: ratios.length };
  const sorted = Float64Array.from(ratios).sort();
  const rank = Math.ceil(Math.min(1, level * (1 + 1 / sorted.length)) * sorted.length);
  return { factor: Math.max(1, sorted[rank - 1] ?? 1), of: sorted.length };
}

function heldBackSlots({ forward: { fromMs, lengthMs, maximum } }: SurvivalModel, atMs: EpochMs): number[] {
  const newest = Math.min(maximum.length - 1, Math.floor((atMs - lengthMs - fromMs) / SLOT_MS));
  const oldest = Math.max(0, newest - HELD_BACK_MS / SLOT_MS);
  const slots: number[] = [];
  for (let slot = Math.ceil(oldest / HELD_BACK_EVERY) * HELD_BACK_EVERY; slot <= newest; slot += HELD_BACK_EVERY)
    slots.push(slot);
  return slots;
}

/**
 * The past bids that `guaranteedBid` will ask for, `atOnce` at each turn (0.1 ms a bid): a screen draws between two turns.
 * The answer to the question is the same with them and without.
 */
export function* preparedPastBids(
  model: SurvivalModel,
  { atMs, target }: GuaranteeQuestion,
  atOnce: number,
): Generator<void> {
  for (const [at, slot] of heldBackSlots(model, atMs).entries()) {
    pastBid(model, slot, (1 + target) / 2);
    if (at % atOnce === atOnce - 1) yield;
  }
}

const NONE = -1;

/** The bid of a past slot, from prices before it; below 0 where its history was too short. Computed once per level. */
function pastBid(model: SurvivalModel, slot: number, level: number): number {
  const bids = model.pastBids.get(level) ?? new Float64Array(model.forward.maximum.length).fill(NaN);
  model.pastBids.set(level, bids);
  const known = bids[slot] ?? NaN;
  if (!Number.isNaN(known)) return known;
  const pasts = similarPasts(model, model.forward.fromMs + slot * SLOT_MS);
  const bid =
    pasts === undefined || pasts.historyMs < TRIED_HISTORY_MS
      ? NONE
      : Math.max(pasts.priceNow, lastingBid(pasts, level));
  bids[slot] = bid;
  return bid;
}
