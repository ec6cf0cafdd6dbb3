import type { DeadlinePolicyName } from '../decide/deadline-policies.ts';
import { hash32, seededRng } from '../model/rng.ts';
import type { DeadlineTrialResult } from './deadline-trials.ts';

/** Cost of a policy in % of on-demand, over runs. */
export interface PolicySummary {
  readonly policy: DeadlinePolicyName | 'optimum';
  readonly meanPct: number;
  readonly p75Pct: number;
  readonly misses: number;
  /** Mean cost above the offline optimum, in points of on-demand. */
  readonly aboveOptimumPct: number;
}

export function summarize(results: readonly DeadlineTrialResult[]): readonly PolicySummary[] {
  const optimum = results.flatMap((result) => result.optimum);
  const best = mean(optimum);
  const row = (policy: PolicySummary['policy'], shares: readonly number[], misses: number): PolicySummary => ({
    policy,
    meanPct: 100 * mean(shares),
    p75Pct: 100 * quantile(shares, 0.75),
    misses,
    aboveOptimumPct: 100 * (mean(shares) - best),
  });
  const names = results[0]?.policies.map(({ policy }) => policy) ?? [];
  const rows = names.map((name) => {
    const runs = results.flatMap(({ policies }) => policies.filter(({ policy }) => policy === name));
    const misses = runs.reduce((sum, run) => sum + run.misses, 0);
    return row(
      name,
      runs.flatMap(({ costShares }) => costShares),
      misses,
    );
  });
  return [...rows, row('optimum', optimum, 0)];
}

/** How much cheaper one policy is than another on the same starts, in points of on-demand, with a 95 % interval. */
export interface PairedDifference {
  readonly policy: DeadlinePolicyName;
  readonly against: DeadlinePolicyName;
  readonly meanPct: number;
  readonly lowPct: number;
  readonly highPct: number;
  /** Starts from which it was cheaper, and dearer. */
  readonly cheaper: number;
  readonly dearer: number;
}

const RESAMPLES = 1000;
const SAME = 1e-6;

/**
 * Paired difference of two policies. Starts in one market overlap and are no independent witnesses, so whole markets are
 * drawn anew (block bootstrap), and the interval is that of the means.
 */
export function pairedDifference(
  results: readonly DeadlineTrialResult[],
  { policy, against, seed }: { policy: DeadlinePolicyName; against: DeadlinePolicyName; seed: number },
): PairedDifference | undefined {
  const byMarket = new Map<string, number[]>();
  for (const { name: market, policies } of results) {
    const of = (name: DeadlinePolicyName): readonly number[] | undefined =>
      policies.find((runs) => runs.policy === name)?.costShares;
    const [mine, theirs] = [of(policy), of(against)];
    if (mine === undefined || theirs === undefined) return undefined;
    byMarket.set(market, [...(byMarket.get(market) ?? []), ...mine.map((share, at) => share - (theirs[at] ?? 0))]);
  }
  const markets = [...byMarket.values()].filter((list) => list.length > 0);
  const all = markets.flat();
  if (all.length === 0) return undefined;
  const rng = seededRng(hash32('bootstrap', seed));
  const means = Array.from({ length: RESAMPLES }, () =>
    mean(markets.flatMap(() => markets[rng.below(markets.length)] ?? [])),
  );
  return {
    policy,
    against,
    meanPct: 100 * mean(all),
    lowPct: 100 * quantile(means, 0.025),
    highPct: 100 * quantile(means, 0.975),
    cheaper: all.filter((difference) => difference < -SAME).length,
    dearer: all.filter((difference) => difference > SAME).length,
  };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Linear between order statistics. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? low) - low);
}
