import { guaranteedBid } from '../decide/guarantee.ts';
import { survivalModel, type SurvivalModel } from '../decide/similar-pasts.ts';
import { survivalProbability } from '../decide/bid-survival.ts';
import { rejectsRate } from '../market/binomial.ts';
import { highestIn } from '../market/forward-maximum.ts';
import type { RecordedMarket } from '../market/recorded-market.ts';
import { priceAt } from '../market/price-series.ts';
import { hash32, type Rng, seededRng } from '../model/rng.ts';
import { type EpochMs, HOUR_MS, type UsdPerHour } from '../model/units.ts';
import { plainGuarantee, plainGuaranteeBid, quantileBid } from './rival-guarantees.ts';

export const GUARANTEE_METHODS = ['ours', 'drafts', 'quantile', 'on-demand'] as const;
export type GuaranteeMethod = (typeof GUARANTEE_METHODS)[number];

export interface GuaranteeTrialInput {
  readonly market: RecordedMarket;
  /** Undefined where no list has it: then no bid of this market is compared with it. */
  readonly onDemandUsdPerHour: UsdPerHour | undefined;
  readonly hours: number;
  readonly target: number;
  readonly instants: number;
  readonly seed: number;
  /** Instants are drawn from [fromMs, toMs]; prices are known until `untilMs`, and so is what each instant led to. */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly untilMs: EpochMs;
}

export interface MethodScore {
  /** Instants at which a bid was given, and how many of them lasted. */
  readonly decided: number;
  readonly lasted: number;
  readonly notGuaranteed: number;
  /** Sum over the decided instants; 0 where on-demand is not known. */
  readonly bidOverOnDemandSum: number;
}

/** Predictions and outcomes by tenths of predicted probability. */
export interface CalibrationBins {
  readonly count: Float64Array;
  readonly predicted: Float64Array;
  readonly lasted: Float64Array;
  /** Sum of squared errors. */
  readonly brier: number;
}

export interface GuaranteeTrial {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly onDemandKnown: boolean;
  readonly scores: Readonly<Record<GuaranteeMethod, MethodScore>>;
  readonly calibration: CalibrationBins;
}

/** One market: bids of all methods at random instants, and whether the price stayed at or below them. */
export function guaranteeTrial(input: GuaranteeTrialInput): GuaranteeTrial {
  const { market, onDemandUsdPerHour, hours, target } = input;
  const { series, type, zone, product } = market;
  const model = survivalModel(series, { hours, untilMs: input.untilMs });
  const plain = plainGuarantee(series, input.untilMs);
  const bidOf: Record<GuaranteeMethod, (atMs: EpochMs) => UsdPerHour | undefined> = {
    ours: (atMs) => {
      const answer = guaranteedBid(model, { atMs, target, onDemandUsdPerHour });
      return answer.kind === 'guaranteed' ? answer.bidUsdPerHour : undefined;
    },
    drafts: (atMs) => plainGuaranteeBid(plain, { atMs, target, hours }),
    quantile: (atMs) => quantileBid(plain, atMs, target),
    'on-demand': () => onDemandUsdPerHour,
  };
  const instants = instantsOf(input);
  const highest = instants.map((atMs) => highestIn(series, atMs, atMs + hours * HOUR_MS));
  const score = (method: GuaranteeMethod): MethodScore => {
    const bids = instants.map(bidOf[method]);
    const given = bids.filter((bid) => bid !== undefined);
    return {
      decided: given.length,
      lasted: bids.filter((bid, at) => bid !== undefined && (highest[at] ?? 0) <= bid).length,
      notGuaranteed: bids.length - given.length,
      bidOverOnDemandSum:
        onDemandUsdPerHour === undefined ? 0 : given.reduce((sum, bid) => sum + bid / onDemandUsdPerHour, 0),
    };
  };
  const scores = Object.fromEntries(GUARANTEE_METHODS.map((method) => [method, score(method)]));
  return {
    type,
    zone,
    product,
    onDemandKnown: onDemandUsdPerHour !== undefined,
    scores: scores as Record<GuaranteeMethod, MethodScore>,
    calibration: calibrationOf(model, instants, { highest, onDemandUsdPerHour, rng: chance(input).fork('bids') }),
  };
}

function chance({ seed, market: { type, zone, product } }: GuaranteeTrialInput): Rng {
  return seededRng(hash32(`${type}/${zone}/${product}`, seed));
}

/** Uniform over the part of the window in which the market has a price and what follows is known. */
function instantsOf(input: GuaranteeTrialInput): EpochMs[] {
  const rng = chance(input);
  const fromMs = Math.max(input.fromMs, input.market.series.atMs[0] ?? Infinity);
  const toMs = Math.min(input.toMs, input.untilMs - input.hours * HOUR_MS);
  if (!(toMs > fromMs)) return [];
  return Array.from({ length: input.instants }, () => Math.floor(fromMs + rng.next() * (toMs - fromMs)));
}

const TENTHS = 10;
/** Bids that an operator's hand passes over: from the price in force to 8 times it, even in the logarithm; and on-demand. */
const BIDS_PER_INSTANT = 8;
const SPAN = 8;

function calibrationOf(
  model: SurvivalModel,
  instants: readonly EpochMs[],
  {
    highest,
    onDemandUsdPerHour,
    rng,
  }: {
    highest: readonly UsdPerHour[];
    onDemandUsdPerHour: UsdPerHour | undefined;
    rng: Rng;
  },
): CalibrationBins {
  const [count, predicted, lasted] = [0, 0, 0].map(() => new Float64Array(TENTHS)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let brier = 0;
  for (const [at, atMs] of instants.entries()) {
    const price = priceAt(model.forward.series, atMs) ?? 0;
    const bids = Array.from({ length: BIDS_PER_INSTANT }, () => price * SPAN ** rng.next());
    if (onDemandUsdPerHour !== undefined && onDemandUsdPerHour >= price) bids.push(onDemandUsdPerHour);
    for (const bidUsdPerHour of bids) {
      const survival = survivalProbability(model, { atMs, bidUsdPerHour });
      if (survival === undefined) continue;
      const outcome = (highest[at] ?? 0) <= bidUsdPerHour ? 1 : 0;
      const bin = Math.min(TENTHS - 1, Math.floor(survival.probability * TENTHS));
      count[bin] = (count[bin] ?? 0) + 1;
      predicted[bin] = (predicted[bin] ?? 0) + survival.probability;
      lasted[bin] = (lasted[bin] ?? 0) + outcome;
      brier += (survival.probability - outcome) ** 2;
    }
  }
  return { count, predicted, lasted, brier };
}

export interface GuaranteeSummary {
  readonly method: GuaranteeMethod;
  readonly markets: number;
  readonly decided: number;
  /** Share of decided instants that lasted; null where none was decided. */
  readonly coverage: number | null;
  /** Markets in which a one-sided binomial test at 5 % rejects the target. */
  readonly marketsRejected: number;
  readonly marketsRejectedPct: number;
  readonly notGuaranteedPct: number;
  /** Mean over decided instants of the markets whose on-demand price is known. */
  readonly bidOverOnDemand: number | null;
}

/** One method over all markets. Markets without an on-demand price count for coverage, not for the bid. */
export function summarize(
  trials: readonly GuaranteeTrial[],
  method: GuaranteeMethod,
  target: number,
): GuaranteeSummary {
  const scores = trials.map(({ scores, onDemandKnown }) => ({ ...scores[method], onDemandKnown }));
  const sum = (pick: (score: (typeof scores)[number]) => number): number => scores.reduce((all, s) => all + pick(s), 0);
  const decided = sum((score) => score.decided);
  const notGuaranteed = sum((score) => score.notGuaranteed);
  const priced = sum((score) => (score.onDemandKnown ? score.decided : 0));
  const tested = scores.filter((score) => score.decided > 0);
  const rejected = tested.filter((score) => rejectsRate({ hits: score.lasted, of: score.decided }, target)).length;
  return {
    method,
    markets: tested.length,
    decided,
    coverage: decided === 0 ? null : sum((score) => score.lasted) / decided,
    marketsRejected: rejected,
    marketsRejectedPct: tested.length === 0 ? 0 : (100 * rejected) / tested.length,
    notGuaranteedPct: decided + notGuaranteed === 0 ? 0 : (100 * notGuaranteed) / (decided + notGuaranteed),
    bidOverOnDemand: priced === 0 ? null : sum((score) => score.bidOverOnDemandSum) / priced,
  };
}

/**
 * How far the predicted probabilities of lasting are from what happened: the mean over all predictions of the distance
 * between the two in their tenth (reliability gap), and the mean squared error (Brier score).
 */
export function calibrationGap(trials: readonly GuaranteeTrial[]): { gap: number; brier: number; predictions: number } {
  let distance = 0;
  let predictions = 0;
  let brier = 0;
  for (let bin = 0; bin < TENTHS; bin++) {
    const total = (of: 'count' | 'predicted' | 'lasted'): number =>
      trials.reduce((sum, { calibration }) => sum + (calibration[of][bin] ?? 0), 0);
    distance += Math.abs(total('predicted') - total('lasted'));
    predictions += total('count');
  }
  for (const { calibration } of trials) brier += calibration.brier;
  return predictions === 0
    ? { gap: 0, brier: 0, predictions }
    : { gap: distance / predictions, brier: brier / predictions, predictions };
}
