import {
  hourPolicy,
  type CheckpointPolicy,
  EDGE,
  NONE,
  noticePolicy,
  youngPolicy,
} from '../decide/checkpoint-policy.ts';
import type { BidFigures } from '../market/bid-index.ts';
import { indexAt } from '../market/price-series.ts';
import { hash32, seededRng } from '../model/rng.ts';
import type { DurationMs, EpochMs, Usd, UsdPerHour } from '../model/units.ts';
import { effectiveSamples, type Interval, quantile, wilson } from './intervals.ts';
import { MISSED_NOTICES } from './policies.ts';
import type { ReplaySetup } from './replay.ts';
import { replayMany, type ReplayTable, spreadStarts } from './replay-many.ts';
import { type Eta, etaOf } from './what-if-eta.ts';
import { type KnownMarket, timesOf, type WhatIfJob } from './what-if-input.ts';

/** Starts of the chosen market, one in each of as many equal parts of the past; all bids are tried from the same. */
export const STARTS = 144;
/** Starts of an alternative: enough to tell markets apart that differ by a tenth. */
export const STARTS_OF_ALTERNATIVE = 24;
/** ETA from starts like now (running, or waiting, at this bid); where fewer of `STARTS` are alike, so many are drawn. */
const ALIKE_MIN = 96;
const NOTICE_MS = 120_000;

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
  };
  return job.atLastMoment === 'wait' ? setup : { ...setup, onDemandUsdPerHour: market.onDemandUsdPerHour };
}

/** Time up at the bid per interruption, half an interruption added: a bid that was never exceeded is not immortal. */
export function meanUpMs(market: KnownMarket, nowMs: EpochMs, { availability, interruptions }: BidFigures): DurationMs {
  return (availability * (nowMs - market.fromMs)) / (interruptions + 0.5);
}

function policyOf({ market, job, nowMs }: Omit<Trial, 'startMs'>, figures: BidFigures): CheckpointPolicy {
  const costs = timesOf(job, market.speed);
  const meanMs = Math.max(costs.checkpointMs, meanUpMs(market, nowMs, figures));
  switch (job.checkpoint) {
    case 'none':
      return NONE;
    case 'hour':
      return hourPolicy(costs);
    case 'edge':
      return EDGE;
    case 'young':
      return youngPolicy(costs, () => meanMs);
    case 'notice':
      return noticePolicy(costs, () => meanMs, {
        noticeMs: Math.min(NOTICE_MS, market.billing.noticeMs),
        missedShare: MISSED_NOTICES,
      });
  }
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
  const bounds = { leastMs: setup.workMs, mostMs: Infinity };
  const alike = startMs
    .map((at) => (isUp(market, bid, at) === upNow ? at : Number.NaN))
    .filter((at) => !Number.isNaN(at));
  if (alike.length >= ALIKE_MIN || alike.length === startMs.length) {
    const of = table.makespanMs.filter((_, i) => isUp(market, bid, startMs[i]!) === upNow);
    const done = table.finished.filter((_, i) => isUp(market, bid, startMs[i]!) === upNow);
    return etaOf(alike, of.map((ms, i) => (done[i] === 1 ? ms : Infinity)), bounds); // prettier-ignore
  }
  const drawn = startsWhere(trial, bid, upNow);
  if (drawn.length === 0) return { p50Ms: Infinity, p95Ms: Infinity, correction: 1, heldBack: 0 };
  const more = replayMany(setup, drawn);
  return etaOf(drawn, more.makespanMs.map((ms, i) => (more.finished[i] === 1 ? ms : Infinity)), bounds); // prettier-ignore
}

/** Starts in the middle of equal parts of the time in which the bid ran (or waited). */
function startsWhere({ market, job, nowMs }: Trial, bid: UsdPerHour, up: boolean): Float64Array {
  const { atMs, usdPerHour } = market.series;
  const untilMs = lastStartMs(market, job, nowMs);
  const lengthOf = (i: number): number =>
    usdPerHour[i]! <= bid === up ? Math.max(0, Math.min(untilMs, atMs[i + 1] ?? Infinity) - Math.max(market.fromMs, atMs[i]!)) : 0; // prettier-ignore
  let totalMs = 0;
  for (let i = 0; i < atMs.length; i++) totalMs += lengthOf(i);
  const starts: number[] = [];
  for (let i = 0, passedMs = 0; i < atMs.length && totalMs > 0; i++) {
    const ms = lengthOf(i);
    for (; starts.length < ALIKE_MIN && (starts.length + 0.5) * (totalMs / ALIKE_MIN) < passedMs + ms;) {
      const into = (starts.length + 0.5) * (totalMs / ALIKE_MIN) - passedMs;
      starts.push(Math.floor(Math.max(market.fromMs, atMs[i]!) + into));
    }
    passedMs += ms;
  }
  return Float64Array.from(starts);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
