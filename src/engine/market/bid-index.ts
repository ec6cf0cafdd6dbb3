import { upRunFigures } from './bid-runs.ts';
import { type PricePoint, type PriceSeries, slice } from './price-series.ts';

/** What one bid would have met in a window, had an instance run whenever price <= bid. */
export interface BidFigures {
  readonly bidUsdPerHour: number;
  /** Share of the window's time, from the first known price on, with price <= bid: 0 to 1. */
  readonly availability: number;
  /** Time-weighted mean of the price while running; NaN for a bid that never ran. */
  readonly meanPaidUsdPerHour: number;
  /** Times the price rose from <= bid to > bid. */
  readonly interruptions: number;
  /** Of the runs with price <= bid, those cut by the window's edges included as far as they were seen; 0 without any. */
  readonly longestUpMs: number;
  readonly medianUpMs: number;
}

export interface IndexWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Every bid at once, exactly. What a bid meets changes only at distinct prices (breakpoints): level k stands for all bids from
 * `levelUsdPerHour[k]` up to the next. Per level the index holds the time at exactly that price, and what its bid meets; a
 * question is one binary search among levels.
 *
 *   availability(b) = sum of w[k] over price[k] <= b, through the window;  mean paid = sum of w[k] * price[k] over it
 *   interruptions(b) = number of i with p[i] <= b < p[i+1]: +1 at p[i] and -1 at p[i+1] of every rise, summed up to b
 *
 * Example: 1 h at 0.03, 2 h at 0.05, 1 h at 0.04; the bid 0.045: availability 2/4, mean paid 0.035, one interruption.
 *
 * Build is O(n log n). `append` costs one pass over the levels per point, whatever the number of points; longest and median
 * up-times, which a new point changes at many levels, are made anew when they are next asked for. Times are whole ms, so
 * all sums of time are exact, and an index that grew equals one that was built whole.
 */
export class BidIndex {
  /** Segments of the window: starts, rising, and prices. Capacity beyond `points` is spare. */
  #atMs: Float64Array;
  #usd: Float64Array;
  #points = 0;
  #toMs: number;
  /** Levels: distinct prices, rising; time at exactly that price; interruptions of the bid at it. */
  #level: Float64Array;
  #weightMs: Float64Array;
  #interruptions: Float64Array;
  #levels = 0;
  /** Running sums over levels up to and including k. */
  #upMs: Float64Array;
  #paidUsdMs: Float64Array;
  #longestMs: Float64Array = new Float64Array(0);
  #medianMs: Float64Array = new Float64Array(0);
  #runsKnown = false;

  constructor(series: PriceSeries, { fromMs, toMs }: IndexWindow) {
    if (!(toMs > fromMs)) throw new RangeError(`a window cannot end at ${toMs}, at or before its start ${fromMs}`);
    const { atMs, usdPerHour } = slice(series, fromMs, toMs);
    this.#atMs = atMs.slice();
    this.#usd = usdPerHour.slice();
    this.#points = this.#atMs.length;
    if (this.#points > 0) this.#atMs[0] = Math.max(fromMs, this.#atMs[0] ?? fromMs);
    this.#toMs = toMs;
    this.#level = distinct(this.#usd);
    this.#levels = this.#level.length;
    this.#weightMs = new Float64Array(this.#levels);
    this.#interruptions = new Float64Array(this.#levels);
    this.#upMs = new Float64Array(this.#levels);
    this.#paidUsdMs = new Float64Array(this.#levels);
    const levelOf = this.#levelOfPoints();
    this.#count(levelOf);
    this.#sum();
    this.#knowRuns(levelOf);
  }

  get points(): number {
    return this.#points;
  }

  /** The distinct prices of the window, rising: between two of them all bids are alike. */
  get breakpoints(): Float64Array {
    return this.#level.slice(0, this.#levels);
  }

  /** What a bid would have met. About 0.1 us. */
  at(bidUsdPerHour: number): BidFigures {
    return this.#figures(bidUsdPerHour, countUpTo(this.#level, this.#levels, bidUsdPerHour) - 1);
  }

  /** What every breakpoint would have met, rising. */
  sweep(): BidFigures[] {
    return Array.from({ length: this.#levels }, (_, k) => this.#figures(this.#level[k] ?? 0, k));
  }

  /**
   * Later points of a live market, rising, and the window's new end. They may lie before the old end, for a price is learned
   * some minutes after it came into force, but not at or before the newest point: that is a RangeError.
   */
  append(points: readonly PricePoint[], toMs: number): void {
    for (const { atMs, usdPerHour } of points) this.#appendOne(atMs, usdPerHour);
    const last = this.#points - 1;
    if (toMs < (this.#atMs[last] ?? -Infinity))
      throw new RangeError(`a window cannot end at ${toMs}, before its prices`);
    if (last >= 0) this.#weigh(last, toMs - this.#toMs);
    this.#toMs = toMs;
    this.#runsKnown = false;
    this.#sum();
  }

  #appendOne(atMs: number, usdPerHour: number): void {
    const last = this.#points - 1;
    const newest = this.#atMs[last] ?? -Infinity;
    if (!(atMs > newest)) throw new RangeError(`a price at ${atMs} is not later than the newest, ${newest}`);
    if (!(usdPerHour >= 0 && usdPerHour < Infinity)) throw new RangeError(`price ${usdPerHour} is not a price`);
    if (last >= 0) this.#weigh(last, atMs - this.#toMs);
    this.#toMs = atMs;
    if (last >= 0 && usdPerHour === this.#usd[last]) return;
    this.#atMs = grown(this.#atMs, this.#points);
    this.#usd = grown(this.#usd, this.#points);
    this.#atMs[this.#points] = atMs;
    this.#usd[this.#points++] = usdPerHour;
    const level = this.#levelFor(usdPerHour);
    if (last < 0) return;
    for (let k = this.#levelFor(this.#usd[last] ?? 0); k < level; k++) this.#interruptions[k]! += 1;
  }

  #weigh(point: number, ms: number): void {
    this.#weightMs[countUpTo(this.#level, this.#levels, this.#usd[point] ?? 0) - 1]! += ms;
  }

  /** The level of a price; a new one meets what the level below it met, for no price lies between them. */
  #levelFor(usdPerHour: number): number {
    const above = countUpTo(this.#level, this.#levels, usdPerHour);
    if (above > 0 && this.#level[above - 1] === usdPerHour) return above - 1;
    const met = above === 0 ? 0 : (this.#interruptions[above - 1] ?? 0);
    this.#level = inserted(this.#level, { length: this.#levels, at: above, value: usdPerHour });
    this.#weightMs = inserted(this.#weightMs, { length: this.#levels, at: above, value: 0 });
    this.#interruptions = inserted(this.#interruptions, { length: this.#levels, at: above, value: met });
    this.#upMs = grown(this.#upMs, this.#levels);
    this.#paidUsdMs = grown(this.#paidUsdMs, this.#levels);
    this.#levels++;
    return above;
  }

  #figures(bidUsdPerHour: number, level: number): BidFigures {
    if (!this.#runsKnown) this.#knowRuns(this.#levelOfPoints());
    const windowMs = this.#toMs - (this.#atMs[0] ?? this.#toMs);
    const upMs = level < 0 ? 0 : (this.#upMs[level] ?? 0);
    return {
      bidUsdPerHour,
      availability: windowMs > 0 ? upMs / windowMs : 0,
      meanPaidUsdPerHour: level < 0 ? Number.NaN : (this.#paidUsdMs[level] ?? 0) / upMs,
      interruptions: level < 0 ? 0 : (this.#interruptions[level] ?? 0),
      longestUpMs: level < 0 ? 0 : (this.#longestMs[level] ?? 0),
      medianUpMs: level < 0 ? 0 : (this.#medianMs[level] ?? 0),
    };
  }

  #levelOfPoints(): Int32Array {
    const levelOf = new Int32Array(this.#points);
    for (let i = 0; i < levelOf.length; i++) levelOf[i] = countUpTo(this.#level, this.#levels, this.#usd[i]!) - 1;
    return levelOf;
  }

  #count(levelOf: Int32Array): void {
    const atMs = this.#atMs;
    const rises = this.#interruptions;
    let before = -1;
    for (let i = 0; i < this.#points; i++) {
      const k = levelOf[i]!;
      this.#weightMs[k]! += (i + 1 < this.#points ? atMs[i + 1]! : this.#toMs) - atMs[i]!;
      if (i > 0 && before < k) {
        rises[before]! += 1;
        rises[k]! -= 1;
      }
      before = k;
    }
    for (let k = 1; k < this.#levels; k++) rises[k]! += rises[k - 1]!;
  }

  /** Sums in the order of levels, always: sums of prices are not exact, but they are the same however the index came to be. */
  #sum(): void {
    let upMs = 0;
    let paid = 0;
    for (let k = 0; k < this.#levels; k++) {
      this.#upMs[k] = upMs += this.#weightMs[k]!;
      this.#paidUsdMs[k] = paid += this.#weightMs[k]! * this.#level[k]!;
    }
  }

  #knowRuns(levelOf: Int32Array): void {
    const { longestMs, medianMs } = upRunFigures(
      { atMs: this.#atMs.subarray(0, this.#points), usdPerHour: this.#usd.subarray(0, this.#points) },
      { levels: this.#level.subarray(0, this.#levels), levelOf },
      this.#toMs,
    );
    this.#longestMs = longestMs;
    this.#medianMs = medianMs;
    this.#runsKnown = true;
  }
}

/** How many of the first `length` rising values are <= a value. */
function countUpTo(rising: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function distinct(values: Float64Array): Float64Array {
  const sorted = values.slice().sort();
  let kept = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[kept++] = sorted[i]!;
  return sorted.slice(0, kept);
}

/** The array itself, or one of twice the size, when `length` values fill it. */
function grown(array: Float64Array, length: number): Float64Array {
  if (length < array.length) return array;
  const larger = new Float64Array(Math.max(16, array.length * 2));
  larger.set(array);
  return larger;
}

function inserted(array: Float64Array, to: { length: number; at: number; value: number }): Float64Array {
  const room = grown(array, to.length);
  room.copyWithin(to.at + 1, to.at, to.length);
  room[to.at] = to.value;
  return room;
}
