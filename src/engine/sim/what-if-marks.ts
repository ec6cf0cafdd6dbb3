import { oneTimeBid, persistentBid } from '../decide/bid-rules.ts';
import type { Guarantee } from '../decide/guarantee.ts';
import type { BidIndex } from '../market/bid-index.ts';
import { type PriceDistribution, quantile } from '../market/quantile.ts';
import { HOUR_MS, type UsdPerHour } from '../model/units.ts';
import { type KnownMarket, timesOf, type WhatIfJob } from './what-if-input.ts';

export const MARK_RULES = ['now', 'persistent', 'one-time', 'p95', 'guarantee', 'on-demand'] as const;
export type MarkRule = (typeof MARK_RULES)[number];

/** A bid worth stopping at, or why a rule has none. */
export interface Mark {
  readonly rule: MarkRule;
  readonly bidUsdPerHour: UsdPerHour | undefined;
  readonly sentence: string;
}

/** All prices of the index as a distribution: the same figures, without another pass over the points. */
export function distributionOf(index: BidIndex): PriceDistribution {
  const all = index.sweep();
  return {
    usdPerHour: Float64Array.from(all, ({ bidUsdPerHour }) => bidUsdPerHour),
    share: Float64Array.from(all, ({ availability }) => availability),
    partialMean: Float64Array.from(all, ({ availability, meanPaidUsdPerHour }) => availability * meanPaidUsdPerHour),
  };
}

/** Everything but the guarantee, whose bids of the past take a while. */
export function quickMarks(market: KnownMarket, job: WhatIfJob, index: BidIndex): Mark[] {
  const prices = distributionOf(index);
  const { workMs, restartMs } = timesOf(job, market.speed);
  const workH = workMs / HOUR_MS;
  const persistent = persistentBid(prices, { workH, recoveryH: restartMs / HOUR_MS });
  const { priceNow, onDemandUsdPerHour } = market;
  return [
    { rule: 'now', bidUsdPerHour: priceNow, sentence: `$${priceNow.toFixed(4)} is the price now: a lower bid waits.` },
    {
      rule: 'persistent',
      bidUsdPerHour: persistent?.bidUsdPerHour,
      sentence:
        persistent === undefined
          ? 'At any bid restarts would cost more than runs gain.'
          : `At $${persistent.bidUsdPerHour.toFixed(4)} waiting out higher prices costs less than paying them.`,
    },
    markAt('one-time', oneTimeBid(prices, workH), `a run is expected to last the ${+workH.toFixed(2)} h of work`),
    markAt('p95', quantile(prices, 0.95), 'the price was there or below 95 % of the time'),
    markAt('on-demand', onDemandUsdPerHour, 'an on-demand instance costs the same and is not taken back'),
  ];
}

export function guaranteeMark(guarantee: Guarantee, workH: number): Mark {
  if (guarantee.kind === 'not-guaranteed')
    return { rule: 'guarantee', bidUsdPerHour: undefined, sentence: guarantee.sentence };
  const why = `moments like now would have kept their instance for ${+workH.toFixed(2)} h 95 times in 100 or more`;
  return markAt('guarantee', guarantee.bidUsdPerHour, why);
}

function markAt(rule: MarkRule, bidUsdPerHour: UsdPerHour, why: string): Mark {
  return { rule, bidUsdPerHour, sentence: `At $${bidUsdPerHour.toFixed(4)} ${why}.` };
}
