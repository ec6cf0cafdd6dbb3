import type { BidFigures } from '../market/bid-index.ts';
import type { UsdPerHour } from '../model/units.ts';
import type { Replayed } from './what-if-replay.ts';

/** Probability that nothing interrupts the work's length, by price from moments like now, and by capacity. */
export interface NoInterruption {
  readonly probability: number;
  /** 95 % interval, and the bound that holds in 99 of 100 cases. */
  readonly low: number;
  readonly high: number;
  readonly atLeast: number;
}

/** Costs above the best bid's, and above what perfect foresight would have paid; shares of it. */
export interface Regret {
  readonly best: number;
  readonly bestBidUsdPerHour: UsdPerHour;
  /** Of what the offline bound costs; by the second, so that under classic billing a bid can lie a little below it. */
  readonly offline: number;
}

export interface WhatIfAnswer extends BidFigures {
  readonly replayed: Replayed;
  /** Median cost through that of the same work on on-demand. */
  readonly shareOfOnDemand: number;
  /** Whether the ETA's p95 lies before the deadline. */
  readonly meetsDeadline: boolean;
  /** Undefined until the opening has come so far, or where no moment of the past has had the work's length yet. */
  readonly noInterruption: NoInterruption | undefined;
  readonly usdPerWorkHour: UsdPerHour;
  /** Undefined until all stops are known. */
  readonly regret: Regret | undefined;
  readonly sentence: string;
}
