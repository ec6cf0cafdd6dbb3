import { meanAtOrBelow, type PriceDistribution, quantile, shareAtOrBelow } from '../market/quantile.ts';
import { assert } from '../model/assert.ts';
import type { UsdPerHour } from '../model/units.ts';
import type { Guarantee } from './guarantee.ts';

export const BID_RULES = ['one-time', 'persistent', 'guarantee', 'on-demand', 'percentile', 'fixed'] as const;
export type BidRule = (typeof BID_RULES)[number];

/** What the rules know: prices seen before the decision, and the job. */
export interface BidQuestion {
  readonly prices: PriceDistribution;
  readonly onDemandUsdPerHour: UsdPerHour;
  /** Hours of work of the job, and how many of them one interruption costs. */
  readonly workH: number;
  readonly recoveryH: number;
  /** Where the caller has asked for one. */
  readonly guarantee?: Guarantee;
  /** Level of the percentile rule, in (0, 1). */
  readonly percentile?: number;
  readonly fixedUsdPerHour?: UsdPerHour;
}

/** What a rule says of one market: a bid, or that it has none. */
export type Advice =
  { readonly bidUsdPerHour: UsdPerHour; readonly because: string } | { readonly noBid: true; readonly because: string };

export interface BidRecommendation {
  readonly rule: BidRule;
  readonly bidUsdPerHour: UsdPerHour;
  readonly inputs: Readonly<Record<string, number>>;
  /** The other rules' bids, or why they have none. */
  readonly alternatives: readonly { readonly rule: BidRule; readonly advice: Advice }[];
  /** One sentence for the operator. */
  readonly sentence: string;
}

/** Prices are looked at in slots of five minutes, as EC2 set them. */
export const SLOT_H = 1 / 12;

/**
 * For a job that must not be interrupted. A run at the bid p ends with the first slot above it, so it is expected to last
 * t_k / (1 - F(p)); it must last the work t_s:
 *
 *   p* = F^-1(1 - t_k / t_s)        F share of time at or below a price, t_k slot, t_s work, hours
 *
 * After Zheng et al., "How to bid the cloud" (SIGCOMM 2015). Example: 8 h in slots of 5 min: the .9896 quantile.
 */
export function oneTimeBid(prices: PriceDistribution, workH: number): UsdPerHour {
  assert(workH > 0, `work ${workH} h must be positive`);
  return quantile(prices, Math.max(0, 1 - SLOT_H / workH));
}

/**
 * For a job that goes on after an interruption, which costs t_r. At the bid p it runs N hours for its work t_s and pays Phi:
 *
 *   N(p) = (t_s - t_r) / (1 - (t_r/t_k)(1 - F(p)))        Phi(p) = N(p) * E[price | price <= p]
 *
 * Phi is least where psi(p) = F(p) * (A(p) / (p F(p) - A(p)) - 1) = t_k/t_r - 1, A(p) the integral of x dF up to p (same
 * source). Prices that were seen are steps: the least Phi lies at one of them, and all are compared. Feasible only where t_r < t_k / (1 - F(p)): else a run loses more than it gains. Undefined where none is.
 */
export function persistentBid(
  prices: PriceDistribution,
  job: { workH: number; recoveryH: number },
): { bidUsdPerHour: UsdPerHour; expectedUsd: number } | undefined {
  let best: { bidUsdPerHour: UsdPerHour; expectedUsd: number } | undefined;
  for (const bidUsdPerHour of prices.usdPerHour) {
    const expectedUsd = persistentCost(prices, job, bidUsdPerHour);
    if (expectedUsd < (best?.expectedUsd ?? Infinity)) best = { bidUsdPerHour, expectedUsd };
  }
  return best;
}

/** Phi(p), dollars for the whole job; Infinity where the bid is not feasible. */
export function persistentCost(
  prices: PriceDistribution,
  { workH, recoveryH }: { workH: number; recoveryH: number },
  bidUsdPerHour: UsdPerHour,
): number {
  const gain = 1 - (recoveryH / SLOT_H) * (1 - shareAtOrBelow(prices, bidUsdPerHour));
  const paid = meanAtOrBelow(prices, bidUsdPerHour);
  if (gain <= 1e-9 || paid === undefined) return Infinity;
  return (Math.max(0, workH - recoveryH) / gain) * paid;
}

/**
 * psi(p) of the condition above. The expected cost falls with p as long as psi(p) > t_k/t_r - 1, and rises from there.
 * Undefined below the lowest price. Infinity at it, where p F = A: a higher bid costs nothing more.
 */
export function psi(prices: PriceDistribution, bidUsdPerHour: UsdPerHour): number | undefined {
  const share = shareAtOrBelow(prices, bidUsdPerHour);
  const mean = meanAtOrBelow(prices, bidUsdPerHour);
  if (mean === undefined) return undefined;
  const gap = bidUsdPerHour - mean;
  return gap <= 0 ? Infinity : share * (mean / gap - 1);
}

/** What one rule says. */
export function adviceOf(rule: BidRule, question: BidQuestion): Advice {
  const { prices, onDemandUsdPerHour, workH, recoveryH } = question;
  const hours = `${+workH.toFixed(2)} h`;
  switch (rule) {
    case 'one-time':
      return {
        bidUsdPerHour: oneTimeBid(prices, workH),
        because: `a run at it is expected to last the ${hours} of work without an interruption`,
      };
    case 'persistent': {
      const bid = persistentBid(prices, { workH, recoveryH });
      if (bid === undefined) return { noBid: true, because: 'at any bid interruptions would cost more than runs gain' };
      const because = `waiting out higher prices costs less than paying them: about $${bid.expectedUsd.toFixed(3)} for ${hours} of work`;
      return { bidUsdPerHour: bid.bidUsdPerHour, because };
    }
    case 'guarantee':
      return guaranteeAdvice(question.guarantee);
    case 'on-demand':
      return {
        bidUsdPerHour: onDemandUsdPerHour,
        because: 'above it an on-demand instance is cheaper and is not taken back',
      };
    case 'percentile': {
      const level = question.percentile ?? 0.95;
      const because = `the price was at or below it ${+(100 * level).toFixed(1)} % of the time`;
      return { bidUsdPerHour: quantile(prices, level), because };
    }
    case 'fixed': {
      const bid = question.fixedUsdPerHour;
      if (bid === undefined) return { noBid: true, because: 'no bid was given' };
      const share = 100 * shareAtOrBelow(prices, bid);
      return {
        bidUsdPerHour: bid,
        because: `it was given; the price was at or below it ${share.toFixed(1)} % of the time`,
      };
    }
  }
}

function guaranteeAdvice(guarantee: Guarantee | undefined): Advice {
  if (guarantee === undefined) return { noBid: true, because: 'no guarantee was asked for' };
  if (guarantee.kind === 'not-guaranteed') return { noBid: true, because: guarantee.sentence };
  const { bidUsdPerHour, inputs } = guarantee;
  const because = `in moments like this one it would have lasted as often as wanted, judged by ${(inputs.historyH / 24).toFixed(0)} days of prices`;
  return { bidUsdPerHour, because };
}

/** A rule's bid with its reason and what the other rules would have said; undefined where the rule has no bid. */
export function recommendBid(rule: BidRule, question: BidQuestion): BidRecommendation | undefined {
  const advice = adviceOf(rule, question);
  if ('noBid' in advice) return undefined;
  const { workH, recoveryH, onDemandUsdPerHour, prices } = question;
  const { bidUsdPerHour, because } = advice;
  return {
    rule,
    bidUsdPerHour,
    inputs: {
      workH,
      recoveryH,
      onDemandUsdPerHour,
      availability: shareAtOrBelow(prices, bidUsdPerHour),
      meanPaidUsdPerHour: meanAtOrBelow(prices, bidUsdPerHour) ?? 0,
    },
    alternatives: BID_RULES.filter((other) => other !== rule).map((other) => ({
      rule: other,
      advice: adviceOf(other, question),
    })),
    sentence: `Bid ${bidUsdPerHour.toFixed(4)} USD/h: ${because}.`,
  };
}
