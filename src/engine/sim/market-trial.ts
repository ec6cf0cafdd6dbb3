import { adviceOf, type BidRule } from '../decide/bid-rules.ts';
import { guaranteedBid } from '../decide/guarantee.ts';
import { LOOK_BACK_MS, survivalModel, type SurvivalModel } from '../decide/similar-pasts.ts';
import { type TransferCosts, transferOf } from '../decide/transfer.ts';
import { assert } from '../model/assert.ts';
import { regionOf } from '../market/parse-on-demand.ts';
import type { RecordedMarket } from '../market/recorded-market.ts';
import { type PriceDistribution, priceDistribution } from '../market/quantile.ts';
import { hash32, seededRng } from '../model/rng.ts';
import { DAY_MS, type EpochMs, HOUR_MS, type UsdPerHour } from '../model/units.ts';
import { bidPolicy, type PriceJob, type PriceJobPolicy, runPriceJob } from './price-job.ts';
import { optimalUsd, relaxedFloorUsd } from './price-optimum.ts';
import { adaptivePolicy, choiceSentence } from './price-policies.ts';
import { priceSlots, SLOT_MS, SLOTS_PER_HOUR } from './price-slots.ts';

/** Bid rules on one market, run whenever the bid allows it; then ours, on the one market and on all of its kind. */
export const MARKET_RULES = [
  'one-time',
  'persistent',
  'guarantee',
  'percentile',
  'on-demand',
  'ours, one market',
  'ours, all markets',
] as const;
export type MarketRule = (typeof MARKET_RULES)[number];
export const BOUNDS = ['floor', 'optimum', 'floor of all markets', 'optimum of all markets'] as const;

export interface MarketTrialInput {
  /** Markets of one type and product; `home` is the one that the single-market rules use, and where the data lies. */
  readonly markets: readonly RecordedMarket[];
  readonly home: number;
  readonly onDemandUsdPerHour: UsdPerHour;
  readonly jobs: number;
  readonly seed: number;
  readonly workH: number;
  readonly deadlineH: number;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly untilMs: EpochMs;
  /** Beside the restart. A master is where the data lies first; in another region one is set up and kept for the job. */
  readonly transfer: TransferCosts;
}

export interface RuleScore {
  /** Sum over the jobs of cost over what on-demand alone costs. */
  readonly costSum: number;
  readonly misses: number;
  readonly interruptions: number;
  readonly moves: number;
  readonly regionMoves: number;
  readonly onDemandSlots: number;
  /** Jobs for which the rule had no bid: they ran at the on-demand bid. */
  readonly withoutBid: number;
}

export interface MarketTrial {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly alternatives: number;
  readonly jobs: number;
  /** Where the first job began and why, in one sentence; undefined where there was no choice. */
  readonly firstChoice: string | undefined;
  readonly rules: Readonly<Record<MarketRule, RuleScore>>;
  readonly bounds: Readonly<Record<(typeof BOUNDS)[number], number>>;
}

/** A window of prices before each job is what the rules may learn from; the adaptive ones look back 15 days of it. */
const SLOTS_BEFORE_MS = 16 * DAY_MS;
const GUARANTEE = { hours: 4, target: 0.95 };

/** One home market: the same jobs, at the same random starts, by every rule. Zero misses are asserted, not hoped for. */
export function marketTrial(input: MarketTrialInput): MarketTrial {
  const home = input.markets[input.home];
  assert(home !== undefined, `market ${input.home} of ${input.markets.length}`);
  const slots = input.markets.map(({ series }) => priceSlots(series, input.fromMs - SLOTS_BEFORE_MS, input.untilMs));
  const model = survivalModel(home.series, { hours: GUARANTEE.hours, untilMs: input.untilMs });
  const totals = emptyTotals();
  let firstChoice: string | undefined;
  const starts = startsOf(input, home);
  for (const atMs of starts) {
    const many: PriceJob = {
      markets: slots,
      home: input.home,
      onDemandUsdPerHour: input.onDemandUsdPerHour,
      start: Math.round((atMs - (slots[0]?.fromMs ?? 0)) / SLOT_MS),
      ...jobSlots(input),
      ...travelOf(input),
    };
    const { home: _home, move: _move, keepUsdPerHour: _keep, regions: _regions, ...bare } = many;
    const one: PriceJob = { ...bare, markets: slots.slice(input.home, input.home + 1) };
    if (slots.length > 1)
      firstChoice ??= choiceSentence(
        many,
        input.markets.map(({ type, zone }) => `${type}/${zone}`),
      );
    const prices = priceDistribution(home.series, { fromMs: atMs - LOOK_BACK_MS, toMs: atMs });
    scoreJob(totals, { one, many, bidOf: (rule) => ruleBid(rule, { input, prices, model, atMs }) });
  }
  const { type, zone, product } = home;
  return { type, zone, product, alternatives: input.markets.length, jobs: starts.length, firstChoice, ...totals };
}

/** Work is rounded up to slots, the deadline down: neither rounding makes a job easier. */
export function jobSlots({ workH, deadlineH }: { workH: number; deadlineH: number }): {
  workSlots: number;
  deadlineSlots: number;
} {
  return {
    workSlots: Math.ceil(workH * SLOTS_PER_HOUR - 1e-9),
    deadlineSlots: Math.floor(deadlineH * SLOTS_PER_HOUR + 1e-9),
  };
}

interface Totals {
  readonly rules: Record<MarketRule, RuleScore>;
  readonly bounds: Record<(typeof BOUNDS)[number], number>;
}

function emptyTotals(): Totals {
  const none: RuleScore = {
    costSum: 0,
    misses: 0,
    interruptions: 0,
    moves: 0,
    regionMoves: 0,
    onDemandSlots: 0,
    withoutBid: 0,
  };
  return {
    rules: Object.fromEntries(MARKET_RULES.map((rule) => [rule, none])) as Record<MarketRule, RuleScore>,
    bounds: Object.fromEntries(BOUNDS.map((bound) => [bound, 0])) as Totals['bounds'],
  };
}

interface JobOnMarkets {
  readonly one: PriceJob;
  readonly many: PriceJob;
  readonly bidOf: (rule: BidRule) => UsdPerHour | undefined;
}

function scoreJob(totals: Totals, { one, many, bidOf }: JobOnMarkets): void {
  const onDemandUsd = (one.workSlots * one.onDemandUsdPerHour) / SLOTS_PER_HOUR;
  for (const rule of MARKET_RULES) {
    const job = rule === 'ours, all markets' ? many : one;
    const bid = rule === 'ours, one market' || rule === 'ours, all markets' ? null : bidOf(rule);
    const policy: PriceJobPolicy = bid === null ? adaptivePolicy(job) : bidPolicy(bid ?? one.onDemandUsdPerHour);
    const result = runPriceJob(job, policy);
    assert(!result.missed, `${rule} missed a deadline: ${result.doneSlots} slots of ${job.deadlineSlots}`);
    const before = totals.rules[rule];
    totals.rules[rule] = {
      costSum: before.costSum + result.usd / onDemandUsd,
      misses: before.misses + (result.missed ? 1 : 0),
      interruptions: before.interruptions + result.interruptions,
      moves: before.moves + result.moves,
      regionMoves: before.regionMoves + result.regionMoves,
      onDemandSlots: before.onDemandSlots + result.onDemandSlots,
      withoutBid: before.withoutBid + (bid === undefined ? 1 : 0),
    };
  }
  totals.bounds.floor += relaxedFloorUsd(one) / onDemandUsd;
  totals.bounds.optimum += optimalUsd(one) / onDemandUsd;
  totals.bounds['floor of all markets'] += relaxedFloorUsd(many) / onDemandUsd;
  totals.bounds['optimum of all markets'] += optimalUsd(many) / onDemandUsd;
}

function ruleBid(
  rule: BidRule,
  known: { input: MarketTrialInput; prices: PriceDistribution; model: SurvivalModel; atMs: EpochMs },
): UsdPerHour | undefined {
  const { input, prices, model, atMs } = known;
  const { onDemandUsdPerHour, workH } = input;
  const advice = adviceOf(rule, {
    prices,
    onDemandUsdPerHour,
    workH,
    recoveryH: 1 / SLOTS_PER_HOUR,
    ...(rule === 'guarantee' && {
      guarantee: guaranteedBid(model, { atMs, target: GUARANTEE.target, onDemandUsdPerHour }),
    }),
  });
  return 'noBid' in advice ? undefined : advice.bidUsdPerHour;
}

/** What moves between the markets cost. */
function travelOf({
  markets,
  home,
  transfer,
}: MarketTrialInput): Pick<PriceJob, 'move' | 'regions' | 'keepUsdPerHour'> {
  const zones = markets.map(({ zone }) => zone);
  const masters = new Set([regionOf(zones[home] ?? '')]);
  const between = zones.map((from) => zones.map((to) => transferOf(transfer, { from, to, masters })));
  return {
    regions: zones.map(regionOf),
    keepUsdPerHour: (place) => between[home]?.[place]?.keepUsdPerHour ?? 0,
    move: (from, to) => {
      const { usd, hours } = between[from]?.[to] ?? { usd: 0, hours: 0 };
      return { usd, slots: Math.ceil(hours * SLOTS_PER_HOUR - 1e-9) };
    },
  };
}

/** Uniform over the window, on whole slots, after a first day of prices, early enough for the deadline to be known. */
function startsOf(input: MarketTrialInput, { series, type, zone, product }: RecordedMarket): EpochMs[] {
  const rng = seededRng(hash32(`${type}/${zone}/${product}`, input.seed));
  const fromMs = Math.max(input.fromMs, (series.atMs[0] ?? Infinity) + DAY_MS);
  const toMs = Math.min(input.toMs, input.untilMs - input.deadlineH * HOUR_MS);
  if (!(toMs > fromMs)) return [];
  return Array.from({ length: input.jobs }, () => {
    const atMs = fromMs + rng.next() * (toMs - fromMs);
    return Math.min(Math.ceil(atMs / SLOT_MS) * SLOT_MS, Math.floor(toMs / SLOT_MS) * SLOT_MS);
  });
}

export interface MarketSummary {
  readonly rule: string;
  /** Mean over the jobs of cost over on-demand alone. */
  readonly costOverOnDemand: number;
  readonly misses: number;
  readonly interruptionsPerJob: number;
  readonly movesPerJob: number;
  readonly regionMovesPerJob: number;
  readonly onDemandHoursPerJob: number;
  /** The bound that it is measured against: of the one market, or of all. */
  readonly floor: number;
  readonly optimum: number;
}

/** All rules over all home markets, each job counting once. */
export function summarizeMarkets(trials: readonly MarketTrial[]): MarketSummary[] {
  const jobs = trials.reduce((sum, trial) => sum + trial.jobs, 0);
  const perJob = (pick: (trial: MarketTrial) => number): number =>
    trials.reduce((sum, trial) => sum + pick(trial), 0) / Math.max(1, jobs);
  return MARKET_RULES.map((rule) => {
    const all = rule === 'ours, all markets';
    return {
      rule,
      costOverOnDemand: perJob(({ rules }) => rules[rule].costSum),
      misses: trials.reduce((sum, { rules }) => sum + rules[rule].misses, 0),
      interruptionsPerJob: perJob(({ rules }) => rules[rule].interruptions),
      movesPerJob: perJob(({ rules }) => rules[rule].moves),
      regionMovesPerJob: perJob(({ rules }) => rules[rule].regionMoves),
      onDemandHoursPerJob: perJob(({ rules }) => rules[rule].onDemandSlots) / SLOTS_PER_HOUR,
      floor: perJob(({ bounds }) => bounds[all ? 'floor of all markets' : 'floor']),
      optimum: perJob(({ bounds }) => bounds[all ? 'optimum of all markets' : 'optimum']),
    };
  });
}
