import { guaranteedBid, preparedPastBids } from '../decide/guarantee.ts';
import { lastingShare, type SimilarPasts, similarPasts, survivalModel } from '../decide/similar-pasts.ts';
import { wilsonInterval } from '../market/binomial.ts';
import { HOUR_MS, type Usd, type UsdPerHour } from '../model/units.ts';
import type { Tuner } from '../model/tuner.ts';
import type { NoInterruption, Regret, WhatIfAnswer } from './what-if-answer.ts';
import { diffOf, type WhatIfDiff } from './what-if-diff.ts';
import { offlineBoundUsd } from './what-if-floor.ts';
import { type HistoryCell, historyOf } from './what-if-history.ts';
import { checkJob, type KnownMarket, knownMarket, timesOf, type WhatIfInput } from './what-if-input.ts';
import {
  alternative,
  indexed,
  type IndexedMarket,
  type RankedMarket,
  ranked,
  usdPerWorkHour,
} from './what-if-markets.ts';
import { guaranteeMark, type Mark } from './what-if-marks.ts';
import { replayBid, type Replayed, STARTS } from './what-if-replay.ts';
import { axisShare, nextStop, stopsOf } from './what-if-stops.ts';
import { axisWord, bidSentence, safetyNote } from './what-if-words.ts';

/** Wilson's z of a bound that holds in 99 of 100 cases. */
const Z_99 = 2.326;
const GUARANTEE_LEVEL = 0.95;
/** Past bids at a turn of the opening: about 5 ms. */
const PAST_BIDS_AT_ONCE = 40;
/** Answers that are kept: all stops, and as many bids between them. An operator's hand does not pass more. */
const KEPT_MAX = 1000;

/**
 * What would become of a job at any bid. The first answer is there at once, from the index and one replay; `step` does a
 * bounded part of the rest (a few ms), so that a screen can draw in between: the guarantee, the other markets, all stops,
 * the best bid. Answers are exact at every bid, whether it is a stop or not, and kept. Pure: the clock is `nowMs`, and a price
 * after it changes nothing.
 */
export class WhatIf implements Tuner {
  readonly chosen: KnownMarket;
  /** bid, or max price where it decides nothing about who is taken back; and what does. */
  readonly axis: 'bid' | 'max price';
  readonly note: string;
  readonly #input: WhatIfInput;
  readonly #own: IndexedMarket;
  readonly #others: IndexedMarket[] = [];
  /** Markets without a price before now. */
  readonly unpriced: readonly string[];
  #marks: readonly Mark[];
  #stops: Float64Array;
  #pasts: SimilarPasts | undefined;
  #offlineUsd = Number.NaN;
  #best: { bidUsdPerHour: UsdPerHour; usd: Usd } | undefined;
  readonly #replayed = new Map<number, Replayed>();
  readonly #ranked = new Map<number, readonly RankedMarket[]>();
  readonly #history = new Map<number, readonly HistoryCell[]>();
  readonly #work: Generator<void>;
  #isOpen = false;

  constructor(input: WhatIfInput) {
    checkJob(input.job);
    const markets = input.markets.map((market) => knownMarket(market, input.nowMs));
    const chosen = markets[input.chosen];
    if (chosen === undefined) {
      const name = input.markets[input.chosen]?.name ?? `market ${input.chosen} of ${markets.length}`;
      throw new RangeError(`${name} has no price before now: choose another market, or wait for its prices`);
    }
    this.chosen = chosen;
    this.axis = axisWord(chosen.billing);
    this.note = safetyNote(chosen.billing);
    this.unpriced = input.markets.filter((_, i) => markets[i] === undefined).map(({ name }) => name);
    this.#input = input;
    this.#own = indexed(chosen, input.job, { nowMs: input.nowMs, seed: input.seed ?? 1, count: STARTS });
    this.#marks = this.#own.marks;
    this.#stops = this.#stopsNow();
    this.#work = this.#opening(markets.filter((market) => market !== undefined && market !== chosen) as KnownMarket[]);
  }

  /** The next part of the opening, a few ms; false when nothing is left. */
  step(): boolean {
    if (!this.#isOpen && this.#work.next().done === true) this.#isOpen = true;
    return !this.#isOpen;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get marks(): readonly Mark[] {
    return this.#marks;
  }

  /** The bids that arrows stop at, rising. */
  get stops(): Float64Array {
    return this.#stops;
  }

  /** What a bid would have met, and would do now. A lookup at a stop; elsewhere one replay, about a millisecond. */
  at(bidUsdPerHour: UsdPerHour): WhatIfAnswer {
    checkBid(bidUsdPerHour);
    const figures = this.#own.index.at(bidUsdPerHour);
    const replayed = this.#replayOf(bidUsdPerHour);
    const { deadlineMs, workMs } = timesOf(this.#input.job, this.chosen.speed);
    const { billing, onDemandUsdPerHour } = this.chosen;
    const shareOfOnDemand = replayed.medianUsd / billing.onDemandUsd(onDemandUsdPerHour, workMs);
    const { p95Ms: etaP95Ms } = replayed.eta;
    return {
      ...figures,
      replayed,
      shareOfOnDemand,
      meetsDeadline: etaP95Ms <= deadlineMs,
      noInterruption: this.#noInterruption(bidUsdPerHour),
      usdPerWorkHour: usdPerWorkHour(this.#own, bidUsdPerHour),
      regret: this.#regretOf(replayed),
      sentence: bidSentence({ bidUsdPerHour, billing, medianUsd: replayed.medianUsd, shareOfOnDemand, interruptions: replayed.interruptions, etaP95Ms, deadlineMs, missed: replayed.missed }), // prettier-ignore
    };
  }

  next(bidUsdPerHour: UsdPerHour, direction: 'up' | 'down', step = 1): UsdPerHour {
    checkBid(bidUsdPerHour);
    return nextStop(this.#stops, bidUsdPerHour, { direction, step });
  }

  /** Place of a bid on the log axis, 0 at the lowest stop and 1 at the highest. */
  place(bidUsdPerHour: UsdPerHour): number {
    return axisShare(this.#stops, bidUsdPerHour);
  }

  /** The markets at the same rule, best first: that of the mark at this bid, else the same price. */
  markets(bidUsdPerHour: UsdPerHour): readonly RankedMarket[] {
    checkBid(bidUsdPerHour);
    return kept(this.#ranked, bidUsdPerHour, () => this.#rank(bidUsdPerHour));
  }

  /** The last 30 days at this bid, one cell for each start hour. */
  history(bidUsdPerHour: UsdPerHour): readonly HistoryCell[] {
    checkBid(bidUsdPerHour);
    return kept(this.#history, this.#levelOf(bidUsdPerHour), () =>
      historyOf(this.#own.trial, this.#own.index.at(bidUsdPerHour)),
    );
  }

  diff(before: WhatIfAnswer, after: WhatIfAnswer): WhatIfDiff {
    return diffOf(before, after);
  }

  /** What the step from one bid to another changed, in one line. */
  changed(beforeUsdPerHour: UsdPerHour, afterUsdPerHour: UsdPerHour): string {
    return diffOf(this.at(beforeUsdPerHour), this.at(afterUsdPerHour)).line;
  }

  *#opening(others: readonly KnownMarket[]): Generator<void> {
    const { job, nowMs, seed = 1 } = this.#input;
    const { workMs } = timesOf(job, this.chosen.speed);
    const model = survivalModel(this.chosen.series, { hours: workMs / HOUR_MS, untilMs: nowMs });
    this.#pasts = similarPasts(model, nowMs);
    yield;
    const question = { atMs: nowMs, target: GUARANTEE_LEVEL, onDemandUsdPerHour: this.chosen.onDemandUsdPerHour };
    // Bids of the past overwrite the weights that the model keeps: whoever asks between two turns must find today's.
    for (const _ of preparedPastBids(model, question, PAST_BIDS_AT_ONCE)) {
      this.#pasts = similarPasts(model, nowMs);
      yield;
    }
    const mark = guaranteeMark(guaranteedBid(model, question), workMs / HOUR_MS);
    this.#pasts = similarPasts(model, nowMs);
    this.#marks = [...this.#own.marks, mark];
    this.#stops = this.#stopsNow();
    this.#ranked.clear();
    yield;
    for (const other of others) {
      this.#others.push(indexed(other, job, { nowMs, seed }));
      this.#ranked.clear();
      yield;
    }
    this.#offlineUsd = offlineBoundUsd(this.#own.trial);
    yield;
    for (const [at, bid] of this.#stops.entries()) {
      this.#replayOf(bid);
      if (at % 4 === 3) yield;
    }
    this.#best = this.#bestStop();
  }

  #stopsNow(): Float64Array {
    const marks = this.#marks.map(({ bidUsdPerHour }) => bidUsdPerHour).filter((bid) => bid !== undefined);
    return stopsOf(this.#own.index, marks);
  }

  /** Bids that have all the same prices at or below them are alike. */
  #levelOf(bidUsdPerHour: UsdPerHour): number {
    const { atOrBelow } = this.#own;
    return atOrBelow(bidUsdPerHour);
  }

  #replayOf(bidUsdPerHour: UsdPerHour): Replayed {
    const level = this.#levelOf(bidUsdPerHour);
    return kept(this.#replayed, level, () => replayBid(this.#own.trial, this.#own.index.at(bidUsdPerHour)));
  }

  #noInterruption(bidUsdPerHour: UsdPerHour): NoInterruption | undefined {
    const pasts = this.#pasts;
    if (pasts === undefined) return undefined;
    if (bidUsdPerHour < this.chosen.priceNow * (1 - 1e-12)) return { probability: 0, low: 0, high: 0, atLeast: 0 };
    const byPrice = lastingShare(pasts, bidUsdPerHour);
    const { low, high } = wilsonInterval(byPrice, pasts.effectiveSamples);
    const atLeast = wilsonInterval(byPrice, pasts.effectiveSamples, Z_99).low;
    const lasts = this.#capacityLasts();
    return {
      probability: byPrice * lasts.probability,
      low: low * lasts.low,
      high: high * lasts.high,
      atLeast: atLeast * lasts.low,
    };
  }

  /** Of capacity not taking the instance back for the work's length: exp(-rate * hours); all 1 where it takes nothing. */
  #capacityLasts(): { readonly probability: number; readonly low: number; readonly high: number } {
    const { capacity, speed } = this.chosen;
    const hours = timesOf(this.#input.job, speed).workMs / HOUR_MS;
    const lasts = (perHour: number): number => Math.exp(-perHour * hours);
    if (capacity === undefined) return { probability: 1, low: 1, high: 1 };
    return { probability: lasts(capacity.perHour), low: lasts(capacity.high), high: lasts(capacity.low) };
  }

  /** A miss weighs more than any cost. */
  #bestStop(): { bidUsdPerHour: UsdPerHour; usd: Usd } | undefined {
    let best: { bidUsdPerHour: UsdPerHour; usd: Usd; missed: number } | undefined;
    for (const bidUsdPerHour of this.#stops) {
      const { meanUsd, missed } = this.#replayOf(bidUsdPerHour);
      const isBetter = best === undefined || missed < best.missed || (missed === best.missed && meanUsd < best.usd);
      if (isBetter) best = { bidUsdPerHour, usd: meanUsd, missed };
    }
    return best;
  }

  #regretOf({ meanUsd }: Replayed): Regret | undefined {
    if (this.#best === undefined) return undefined;
    const { bidUsdPerHour, usd } = this.#best;
    return { best: meanUsd / usd - 1, bestBidUsdPerHour: bidUsdPerHour, offline: meanUsd / this.#offlineUsd - 1 };
  }

  #rank(bidUsdPerHour: UsdPerHour): readonly RankedMarket[] {
    const { eta, medianUsd, missed } = this.#replayOf(bidUsdPerHour);
    const rule = this.#marks.find((mark) => mark.bidUsdPerHour === bidUsdPerHour)?.rule;
    const own: RankedMarket = {
      name: this.chosen.name,
      isChosen: true,
      bidUsdPerHour,
      rule: rule ?? 'same price',
      usdPerWorkHour: usdPerWorkHour(this.#own, bidUsdPerHour),
      availability: this.#own.index.at(bidUsdPerHour).availability,
      medianUsd,
      etaP95Ms: eta.p95Ms,
      missed,
      sentence: '',
    };
    const others = this.#others.map((other) => alternative(other, { rule, bidUsdPerHour }));
    return ranked([own, ...others], this.chosen);
  }
}

/** Prepares the what-if of one job; the rest of the work is done by `step`, a bounded part at a time. */
export function openWhatIf(input: WhatIfInput): WhatIf {
  return new WhatIf(input);
}

function checkBid(bidUsdPerHour: UsdPerHour): void {
  if (!(bidUsdPerHour >= 0 && bidUsdPerHour < Infinity))
    throw new RangeError(`a bid of ${bidUsdPerHour} is none: give USD per hour, 0 or more`);
}

/** Computed once; the oldest goes where too many are kept. */
function kept<Value>(store: Map<number, Value>, key: number, make: () => Value): Value {
  const known = store.get(key);
  if (known !== undefined) return known;
  const value = make();
  if (store.size >= KEPT_MAX) store.delete(store.keys().next().value ?? key);
  store.set(key, value);
  return value;
}
