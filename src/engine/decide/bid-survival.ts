import { type Interval, wilsonInterval } from '../market/binomial.ts';
import type { EpochMs, UsdPerHour } from '../model/units.ts';
import { lastingShare, similarPasts, type SurvivalModel } from './similar-pasts.ts';

export interface Survival extends Interval {
  /** Probability that the price stays at or below the bid for the model's length of time. */
  readonly probability: number;
  /** Independent lengths of time that it rests on; the interval (95 %) is as wide as they are few. */
  readonly effectiveSamples: number;
}

/**
 * How likely a bid at an instant is to last the model's length of time, from earlier prices alone. Undefined where no
 * past instant has ended yet. A bid below the price in force does not start: probability 0.
 */
export function survivalProbability(
  model: SurvivalModel,
  { atMs, bidUsdPerHour }: { atMs: EpochMs; bidUsdPerHour: UsdPerHour },
): Survival | undefined {
  const pasts = similarPasts(model, atMs);
  if (pasts === undefined) return undefined;
  const { effectiveSamples } = pasts;
  if (bidUsdPerHour < pasts.priceNow * (1 - 1e-12)) return { probability: 0, low: 0, high: 0, effectiveSamples };
  const probability = lastingShare(pasts, bidUsdPerHour);
  return { probability, ...wilsonInterval(probability, effectiveSamples), effectiveSamples };
}
