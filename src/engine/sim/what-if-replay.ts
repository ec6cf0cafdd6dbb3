import type { CheckpointPolicy } from '../decide/checkpoint-policy.ts';
import type { BidFigures } from '../market/bid-index.ts';
import { indexAt } from '../market/price-series.ts';
import { hash32, seededRng } from '../model/rng.ts';
import { type DurationMs, type EpochMs, HOUR_MS, type Usd, type UsdPerHour } from '../model/units.ts';
import { effectiveSamples, type Interval, quantile, wilson } from './intervals.ts';
import { MISSED_NOTICES, policyNamed } from './policies.ts';
import type { ReplaySetup } from './replay.ts';
import { replayMany, type ReplayTable, spreadStarts } from './replay-many.ts';
import { type Eta, etaOf } from './what-if-eta.ts';
import { type KnownMarket, timesOf, type WhatIfJob } from './what-if-input.ts';

/** Starts of the chosen market, one in each of as many equal parts of the past; all bids are tried from the same. */
export const STARTS = 144;
/** Starts of an alternative: enough to tell markets apart that differ by a tenth. */
export const STARTS_OF_ALTERNATIVE = 24;
/** ETA from starts like now (running, or waiting, at this bid); where fewer of `STARTS` are alike, so many are drawn. */
const ALIKE_MIN = 72;
/** All bids and markets meet the same chance. */
const CAPACITY_SEED = 1;

/** What became of the job, begun at many instants of the past, at one bid. */
export interface Replayed {
  readonly starts: number;
  readonly meanUsd: Usd;
  readonly medianUsd: Usd;
  readonly p5Usd: Usd;
  readonly p95Usd: Usd;
  readonly interruptions: number;
  /** Share that ended after the deadline, or never. */
  readonly missed: number;
  readonly missedInterval: Interval;
  /** Share that ran through. */
  readonly uninterrupted: number;
  readonly eta: Eta;
}

export interface Trial {
  readonly market: KnownMarket;
  readonly job: WhatIfJob;
  readonly nowMs: EpochMs;
  readonly startMs: Float64Array;
}

/** Starts lie far enough back that their deadlines have passed; in a short record, at least in its first half. */
export function startsOf(
  market: KnownMarket,
  job: WhatIfJob,
  at: { nowMs: EpochMs; count: number; seed: number },
): Float64Array {
  const rng = seededRng(hash32(`what-if ${market.name}`, at.seed));
  return spreadStarts({ fromMs: market.fromMs, toMs: lastStartMs(market, job, at.nowMs) }, at.count, rng);
}

function lastStartMs(market: KnownMarket, job: WhatIfJob, nowMs: EpochMs): EpochMs {
  return Math.max((market.fromMs + nowMs) / 2, nowMs - timesOf(job, market.speed).deadlineMs);
}

/** The replay of a bid under the checkpoint period that what is known now gives. */
export function setupOf({ market, job, nowMs }: Omit<Trial, 'startMs'>, figures: BidFigures): ReplaySetup {
  const times = timesOf(job, market.speed);
  const setup = {
    ...times,
    series: market.series,
    untilMs: nowMs,
    bidUsdPerHour: figures.bidUsdPerHour,
    billing: market.billing,
    policy: policyOf({ market, job, nowMs }, figures),
    missedNoticeShare: MISSED_NOTICES,
    ...(market.capacity !== undefined && { capacity: { ...market.capacity, seed: CAPACITY_SEED } }),
  };
  return job.atLastMoment === 'wait' ? setup : { ...setup, onDemandUsdPerHour: market.onDemandUsdPerHour };
}

/**
 * Time up at the bid per interruption, half an interruption added: a bid that was never exceeded is not immortal. Rates of price
 * and capacity add.
 */
export function meanUpMs(market: KnownMarket, nowMs: EpochMs, { availability, interruptions }: BidFigures): DurationMs {
  const byPrice = (availability * (nowMs - market.fromMs)) / (interruptions + 0.5);
  return market.capacity === undefined ? byPrice : 1 / (1 / byPrice + market.capacity.perHour / HOUR_MS);
}

function policyOf({ market, job, nowMs }: Omit<Trial, 'startMs'>, figures: BidFigures): CheckpointPolicy {
  const costs = timesOf(job, market.speed);
  const { series, billing } = market;
  const meanMs = Math.max(costs.checkpointMs, meanUpMs(market, nowMs, figures));
  return policyNamed(job.checkpoint, costs, {
    series,
    bidUsdPerHour: figures.bidUsdPerHour,
    billing,
    meanUpMs: meanMs,
  });
}

export function replayBid(trial: Trial, figures: BidFigures): Replayed {
  const setup = setupOf(trial, figures);
  const table = replayMany(setup, trial.startMs);
  const cost = table.costUsd.slice().sort();
  const [missed, interruptions] = [mean(table.missed), mean(table.interruptions)];
  const alone = 1 + (table.startMs.at(-1)! - table.startMs[0]!) / Math.max(1, mean(table.makespanMs));
  return {
    starts: table.startMs.length,
    meanUsd: mean(table.costUsd),
    medianUsd: quantile(cost, 0.5),
    p5Usd: quantile(cost, 0.05),
    p95Usd: quantile(cost, 0.95),
    interruptions,
    missed,
    missedInterval: wilson(missed, Math.min(effectiveSamples(table.missed), alone)),
    uninterrupted: table.interruptions.filter((n, i) => n === 0 && table.finished[i] === 1).length / cost.length,
    eta: etaFrom(trial, setup, table),
  };
}

/** Whether the bid would hold an instance at an instant. */
function isUp({ series }: KnownMarket, bid: UsdPerHour, atMs: EpochMs): boolean {
  return (series.usdPerHour[indexAt(series, atMs)] ?? Infinity) <= bid;
}

/** From starts at which the bid ran, or waited, as it would now. */
function etaFrom(trial: Trial, setup: ReplaySetup, table: ReplayTable): Eta {
  const { market, startMs } = trial;
  const bid = setup.bidUsdPerHour;
  const upNow = market.priceNow <= bid;
  const alike = startMs.map((at) => (isUp(market, bid, at) === upNow ? 1 : 0));
  const enough = Math.min(ALIKE_MIN, startMs.length / 2);
  if (alike.reduce((sum, one) => sum + one, 0) >= enough) return etaOfStarts(table, setup, alike);
  const drawn = startsWhere(trial, bid, upNow);
  return etaOfStarts(replayMany(setup, drawn), setup, new Float64Array(drawn.length).fill(1));
}

/** ETA from those starts of a table whose flag is 1; a job that was not finished came later than can be told. */
function etaOfStarts(table: ReplayTable, { workMs }: ReplaySetup, flag: Float64Array): Eta {
  const startMs = table.startMs.filter((_, i) => flag[i] === 1);
  const makespanMs = table.makespanMs.map((ms, i) => (table.finished[i] === 1 ? ms : Infinity));
  return etaOf(startMs, makespanMs.filter((_, i) => flag[i] === 1), { leastMs: workMs, mostMs: Infinity }); // prettier-ignore
}

/** Starts in the middle of equal parts of the time in which the bid ran (or waited). */
function startsWhere({ market, job, nowMs, startMs }: Trial, bid: UsdPerHour, up: boolean): Float64Array {
  const { atMs, usdPerHour } = market.series;
  const untilMs = lastStartMs(market, job, nowMs);
  // Time in that state up to the end of each price. The last price holds until the end.
  const passedMs = new Float64Array(atMs.length);
  let sum = 0;
  let from = market.fromMs;
  for (let i = 0; i < atMs.length; i++) {
    const to = i + 1 < atMs.length ? Math.min(untilMs, atMs[i + 1]!) : untilMs;
    if (usdPerHour[i]! <= bid === up && to > from) sum += to - from;
    from = Math.max(from, to);
    passedMs[i] = sum;
  }
  if (sum === 0) return new Float64Array(0);
  const starts = new Float64Array(Math.min(ALIKE_MIN, startMs.length));
  for (let k = 0, i = 0; k < starts.length; k++) {
    const wantedMs = (k + 0.5) * (sum / starts.length);
    while (passedMs[i]! <= wantedMs) i++;
    const endMs = i + 1 < atMs.length ? Math.min(untilMs, atMs[i + 1]!) : untilMs;
    starts[k] = Math.floor(endMs - (passedMs[i]! - wantedMs));
  }
  return starts;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
