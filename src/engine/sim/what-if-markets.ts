import { chooseMarket } from '../decide/market-choice.ts';
import { BidIndex } from '../market/bid-index.ts';
import { type DurationMs, type EpochMs, HOUR_MS, type Usd, type UsdPerHour } from '../model/units.ts';
import { type KnownMarket, timesOf, type WhatIfJob } from './what-if-input.ts';
import { type MarkRule, type Mark, quickMarks } from './what-if-marks.ts';
import { meanUpMs, replayBid, startsOf, STARTS_OF_ALTERNATIVE, type Trial } from './what-if-replay.ts';
import { axisWord } from './what-if-words.ts';

/** A market beside the chosen one, at the same rule. */
export interface RankedMarket {
  readonly name: string;
  readonly isChosen: boolean;
  readonly bidUsdPerHour: UsdPerHour;
  /** `same price` where the bid stands at no mark, or at one that this market has no answer for. */
  readonly rule: MarkRule | 'same price';
  /** price (1 + sqrt(2 t_c / MTBF) + t_r / MTBF) / speed; Infinity where the bid never ran. */
  readonly usdPerWorkHour: UsdPerHour;
  readonly availability: number;
  readonly medianUsd: Usd;
  readonly etaP95Ms: DurationMs;
  readonly missed: number;
  readonly sentence: string;
}

/** One market, indexed; its replays at bids that were asked are kept by the caller. */
export interface IndexedMarket {
  readonly market: KnownMarket;
  readonly index: BidIndex;
  readonly marks: readonly Mark[];
  readonly trial: Trial;
  /** The highest breakpoint at or below a bid, which stands for all bids up to the next; -1 below the lowest. */
  atOrBelow(bidUsdPerHour: UsdPerHour): UsdPerHour;
}

export function indexed(
  market: KnownMarket,
  job: WhatIfJob,
  at: { nowMs: EpochMs; seed: number; count?: number },
): IndexedMarket {
  const index = new BidIndex(market.series, { fromMs: market.fromMs, toMs: at.nowMs });
  const startMs = startsOf(market, job, { ...at, count: at.count ?? STARTS_OF_ALTERNATIVE });
  const breakpoints = index.breakpoints;
  return {
    market,
    index,
    marks: quickMarks(market, job, index),
    trial: { market, job, nowMs: at.nowMs, startMs },
    atOrBelow: (bid) => breakpoints[countUpTo(breakpoints, bid) - 1] ?? -1,
  };
}

/** How many of the rising values are <= a value. */
function countUpTo(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The other markets at one rule, without their rank. */
export function alternative(
  other: IndexedMarket,
  asked: { rule: MarkRule | undefined; bidUsdPerHour: UsdPerHour },
): RankedMarket {
  const ruled = other.marks.find(({ rule }) => rule === asked.rule)?.bidUsdPerHour;
  const bidUsdPerHour = ruled ?? asked.bidUsdPerHour;
  const figures = other.index.at(bidUsdPerHour);
  const replayed = replayBid(other.trial, figures);
  return {
    name: other.market.name,
    isChosen: false,
    bidUsdPerHour,
    rule: ruled === undefined ? 'same price' : (asked.rule ?? 'same price'),
    usdPerWorkHour: usdPerWorkHour(other, bidUsdPerHour),
    availability: figures.availability,
    medianUsd: replayed.medianUsd,
    etaP95Ms: replayed.eta.p95Ms,
    missed: replayed.missed,
    sentence: '',
  };
}

/** Cost of an hour of useful work at a bid, by the rule that chooses markets. */
export function usdPerWorkHour({ market, index, trial }: IndexedMarket, bidUsdPerHour: UsdPerHour): UsdPerHour {
  const figures = index.at(bidUsdPerHour);
  if (!(figures.availability > 0)) return Infinity;
  const { checkpointMs, restartMs } = timesOf(trial.job, 1);
  const option = {
    name: market.name,
    usdPerHour: figures.meanPaidUsdPerHour,
    mtbfH: meanUpMs(market, trial.nowMs, figures) / HOUR_MS,
    speed: market.speed,
    stayH: 0,
  };
  const question = { options: [option], checkpointH: checkpointMs / HOUR_MS, restartH: restartMs / HOUR_MS, workLeftH: trial.job.workH }; // prettier-ignore
  return chooseMarket(question).usdPerWorkHour[0] ?? Infinity;
}

/** Fewest late first, in steps of 5 % (few starts tell no finer), then the cheapest hour of work; each with its reason. */
export function ranked(all: readonly RankedMarket[], { billing }: KnownMarket): RankedMarket[] {
  const late = (one: RankedMarket): number => Math.round(20 * one.missed);
  const chosen = all.find(({ isChosen }) => isChosen);
  return [...all]
    .sort((a, b) => late(a) - late(b) || a.usdPerWorkHour - b.usdPerWorkHour || (a.name < b.name ? -1 : 1))
    .map((one, at) => ({ ...one, sentence: sentenceOf(one, chosen, { rank: at + 1, word: axisWord(billing) }) }));
}

function sentenceOf(one: RankedMarket, chosen: RankedMarket | undefined, told: { rank: number; word: string }): string {
  const at = `${one.name} at ${told.word} $${one.bidUsdPerHour.toFixed(4)}${one.rule === 'same price' ? '' : ` (${one.rule})`}`;
  if (one.usdPerWorkHour === Infinity) return `${at}: the price was never so low; nothing would have run.`;
  const up = `the price was at or below it ${(100 * one.availability).toFixed(1)} % of the time`;
  const late = one.missed > 0 ? `; ${(100 * one.missed).toFixed(0)} % of past starts were late` : '';
  const cost = `$${one.usdPerWorkHour.toFixed(4)} per hour of useful work`;
  if (one.isChosen || chosen === undefined || !(chosen.usdPerWorkHour < Infinity))
    return `${told.rank}. ${at}: ${cost}; ${up}${late}.`;
  const share = one.usdPerWorkHour / chosen.usdPerWorkHour - 1;
  const beside = `${Math.abs(100 * share).toFixed(0)} % ${share < 0 ? 'less' : 'more'} than ${chosen.name}`;
  return `${told.rank}. ${at}: ${cost}, ${beside}; ${up}${late}.`;
}
