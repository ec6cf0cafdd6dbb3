import type { CheckpointPolicyName } from '../decide/checkpoint-policy.ts';
import type { BillingModel } from '../market/billing-model.ts';
import { type PriceSeries, slice } from '../market/price-series.ts';
import { DAY_MS, type DurationMs, type EpochMs, HOUR_MS, type UsdPerHour } from '../model/units.ts';

/** Policies that need no plan of their own per bid; adapt takes seconds for two hundred bids, opt is a bound. */
export type WhatIfPolicy = Exclude<CheckpointPolicyName, 'adapt' | 'opt'>;

export interface WhatIfJob {
  readonly workH: number;
  /** From now. */
  readonly deadlineH: number;
  readonly checkpointS: number;
  readonly restartS: number;
  readonly checkpoint: WhatIfPolicy;
  /** At the last moment: to on-demand, which never misses; or wait for the market, which may. */
  readonly atLastMoment: 'on-demand' | 'wait';
}

export interface WhatIfMarket {
  /** "c3.xlarge/us-east-1a". */
  readonly name: string;
  readonly series: PriceSeries;
  readonly onDemandUsdPerHour: UsdPerHour;
  readonly billing: BillingModel;
  /** Work per hour, 1 = the type that the work was measured on; default 1. */
  readonly speed?: number;
  /** How often capacity takes an instance back beside the price, with its 95 % range; default never. */
  readonly capacity?: WhatIfCapacity | undefined;
}

export interface WhatIfCapacity {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  readonly outageMs: DurationMs;
}

export interface WhatIfInput {
  readonly job: WhatIfJob;
  readonly markets: readonly WhatIfMarket[];
  /** Number of the market that is looked at. */
  readonly chosen: number;
  /** Prices after it are not looked at, if there are any. */
  readonly nowMs: EpochMs;
  readonly seed?: number;
}

/** A market as it is known now: at most 90 days, nothing later. */
export interface KnownMarket extends WhatIfMarket {
  readonly speed: number;
  readonly fromMs: EpochMs;
  readonly priceNow: UsdPerHour;
}

const LOOK_BACK_MS = 90 * DAY_MS;
const HOURS_MAX = 2000;

/** Throws a RangeError that says what is wrong with a job. */
export function checkJob({ workH, deadlineH, checkpointS, restartS }: WhatIfJob): void {
  if (!(workH > 0 && workH <= HOURS_MAX))
    throw new RangeError(`work of ${workH} h must lie between 0 and ${HOURS_MAX}`);
  if (!(deadlineH <= HOURS_MAX)) throw new RangeError(`a deadline in ${deadlineH} h is beyond ${HOURS_MAX} h`);
  if (!(deadlineH > 0)) throw new RangeError(`a deadline in ${deadlineH} h is past: give a later one`);
  if (deadlineH < workH)
    throw new RangeError(`a deadline in ${deadlineH} h is shorter than the work, ${workH} h: no instance is that fast`);
  if (!(checkpointS >= 1 && checkpointS <= 86_400))
    throw new RangeError(`a checkpoint of ${checkpointS} s must lie between 1 and 86400`);
  if (!(restartS >= 0 && restartS <= 86_400))
    throw new RangeError(`a restart of ${restartS} s must lie between 0 and 86400`);
}

/** The market up to now. Undefined where it has no price yet; RangeError for values that are none. */
export function knownMarket(market: WhatIfMarket, nowMs: EpochMs): KnownMarket | undefined {
  const { name, onDemandUsdPerHour, speed = 1 } = market;
  if (!(onDemandUsdPerHour > 0 && onDemandUsdPerHour < Infinity))
    throw new RangeError(`${name}: the on-demand price ${onDemandUsdPerHour} must be above 0`);
  if (!(speed > 0)) throw new RangeError(`${name}: the speed ${speed} must be above 0`);
  checkSeries(name, market.series);
  const series = slice(market.series, nowMs - LOOK_BACK_MS, nowMs);
  const priceNow = series.usdPerHour.at(-1);
  const firstMs = series.atMs[0];
  if (priceNow === undefined || firstMs === undefined || firstMs >= nowMs) return undefined;
  const fromMs = Math.max(firstMs, nowMs - LOOK_BACK_MS);
  return { ...market, series, speed, fromMs, priceNow };
}

function checkSeries(name: string, { atMs, usdPerHour }: PriceSeries): void {
  for (let i = 0; i < atMs.length; i++) {
    if (!(usdPerHour[i]! >= 0 && usdPerHour[i]! < Infinity))
      throw new RangeError(`${name}: price ${i} is ${usdPerHour[i]}, which is no price`);
    if (i > 0 && !(atMs[i]! > atMs[i - 1]!))
      throw new RangeError(`${name}: price ${i} is not later than the one before`);
  }
}

/** The job in ms of this market: a faster type has less to do. */
export function timesOf({ workH, deadlineH, checkpointS, restartS }: WhatIfJob, speed: number) {
  return {
    workMs: (workH / speed) * HOUR_MS,
    deadlineMs: deadlineH * HOUR_MS,
    checkpointMs: checkpointS * 1000,
    restartMs: restartS * 1000,
  };
}
