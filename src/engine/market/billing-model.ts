import type { PriceSeries } from './price-series.ts';

/** One life of a spot instance, as far as its bill is concerned. */
export interface InstanceUsage {
  readonly startMs: number;
  readonly endMs: number;
  /** ec2: it was taken back. user: it was ended by its owner, which is also how a finished job ends. */
  readonly endedBy: 'ec2' | 'user';
  /** Index in the series of the price in force at `startMs`; the caller has it at hand, and a search is half the cost. */
  readonly fromPoint: number;
}

export type BillingName = 'classic' | 'transition' | 'modern';

/** How EC2 charged at some time. Pure, and without allocation: a replay asks it for every life. */
export interface BillingModel {
  readonly name: BillingName;
  /** One sentence for an operator. */
  readonly rule: string;
  /** Whether a price above the bid is what takes instances back, so that a higher bid is safer. */
  readonly bidBuysSafety: boolean;
  /** In force from this instant until that of the next rule, epoch ms. */
  readonly fromMs: number;
  /** Notice that EC2 gives at the end of these rules, ms. Those of today; classic instances had none before January 2015. */
  readonly noticeMs: number;
  /** USD for one life of an instance. */
  spotUsd(series: PriceSeries, usage: InstanceUsage): number;
  /** USD for an on-demand instance that its owner ends after `ms`. */
  onDemandUsd(usdPerHour: number, ms: number): number;
}
