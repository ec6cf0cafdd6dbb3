import type { PriceSeries } from './price-series.ts';

/** Per level (rising bid): the longest and the median run of consecutive segments with price <= bid. */
export interface RunFigures {
  readonly longestMs: Float64Array;
  readonly medianMs: Float64Array;
}

/** The distinct prices, rising, and for each segment which of them is its price. */
export interface SegmentLevels {
  readonly levels: Float64Array;
  readonly levelOf: Int32Array;
}

/**
 * Longest and median up-run at every distinct price, in one pass with the bid rising: each segment joins once and unites with
 * the runs left and right of it, n joins in all. All lengths that are ever seen at a level are known after that pass; a
 * second one counts them by rank, and finds the median among those alive. Together O(n log n).
 *
 * The last segment ends at `toMs`. Medians of an even number are the mean of the two
 * in the middle.
 */
export function upRunFigures(segments: PriceSeries, { levels, levelOf }: SegmentLevels, toMs: number): RunFigures {
  const order = byLevel(levelOf, levels.length);
  const joins = unite(segments.atMs, order, toMs);
  const { lengthMs, left, right, passing } = joins;
  const sorted = lengthMs.filter((_, j) => passing[j] === 0).sort();
  const rank = ranks(lengthMs, sorted, passing);
  const alive = new RankCounts(sorted.length);
  const longestMs = new Float64Array(levels.length);
  const medianMs = new Float64Array(levels.length);
  let count = 0;
  let longest = 0;
  for (let k = 0, j = 0; k < levels.length; k++) {
    for (; j < order.ends[k]!; j++) {
      const [l, r] = [left[j]!, right[j]!];
      if (l >= 0) alive.add(rank[l]!, -1);
      if (r >= 0) alive.add(rank[r]!, -1);
      if (passing[j] === 0) alive.add(rank[j]!, 1);
      count += (passing[j] === 0 ? 1 : 0) - (l >= 0 ? 1 : 0) - (r >= 0 ? 1 : 0);
      if (lengthMs[j]! > longest) longest = lengthMs[j]!;
    }
    const upper = sorted[alive.find(count >>> 1)]!;
    longestMs[k] = longest;
    medianMs[k] = count % 2 === 1 ? upper : (sorted[alive.find((count >>> 1) - 1)]! + upper) / 2;
  }
  return { longestMs, medianMs };
}

interface Order {
  /** Segments in order of their level; `ends[k]` of them lie at or below level k. */
  readonly segments: Int32Array;
  readonly ends: Int32Array;
}

/** Counting sort. */
function byLevel(level: Int32Array, levels: number): Order {
  const ends = new Int32Array(levels);
  for (let i = 0; i < level.length; i++) ends[level[i]!]! += 1;
  for (let k = 1; k < ends.length; k++) ends[k]! += ends[k - 1]!;
  const segments = new Int32Array(level.length);
  const next = ends.slice();
  for (let i = level.length - 1; i >= 0; i--) segments[(next[level[i]!]! -= 1)] = i;
  return { segments, ends };
}

interface Joins {
  /** Length of the run that join j makes. */
  readonly lengthMs: Float64Array;
  /** 1: swallowed at the level at which it was made, so that no bid ever sees it. */
  readonly passing: Uint8Array;
  /** The joins that made the runs which join j swallows, where a lower level saw them; else -1. */
  readonly left: Int32Array;
  readonly right: Int32Array;
}

function unite(atMs: Float64Array, { segments, ends }: Order, toMs: number): Joins {
  const count = segments.length;
  const lengthMs = new Float64Array(count);
  const passing = new Uint8Array(count);
  const left = new Int32Array(count).fill(-1);
  const right = new Int32Array(count).fill(-1);
  // For the first and the last segment of each run: the join that made it, and the run's other end.
  const madeBy = new Int32Array(count).fill(-1);
  const otherEnd = new Int32Array(count);
  for (let j = 0, k = 0, levelFrom = 0; j < count; j++) {
    for (; j >= ends[k]!; k++) levelFrom = ends[k]!;
    const i = segments[j]!;
    let first = i;
    let last = i;
    if (i > 0 && madeBy[i - 1]! >= 0) {
      first = otherEnd[i - 1]!;
      if (madeBy[i - 1]! >= levelFrom) passing[madeBy[i - 1]!] = 1;
      else left[j] = madeBy[i - 1]!;
    }
    if (i + 1 < count && madeBy[i + 1]! >= 0) {
      last = otherEnd[i + 1]!;
      if (madeBy[i + 1]! >= levelFrom) passing[madeBy[i + 1]!] = 1;
      else right[j] = madeBy[i + 1]!;
    }
    lengthMs[j] = (last + 1 < count ? atMs[last + 1]! : toMs) - atMs[first]!;
    madeBy[i] = madeBy[first] = madeBy[last] = j;
    otherEnd[first] = last;
    otherEnd[last] = first;
  }
  return { lengthMs, passing, left, right };
}

/** Position of each value among the sorted ones: the first that is not below it. Those with a mark are left out. */
function ranks(values: Float64Array, sorted: Float64Array, left: Uint8Array): Int32Array {
  const found = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    if (left[i] === 1) continue;
    const value = values[i]!;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    found[i] = low;
  }
  return found;
}

/** Counts by rank, and sums of 32 and of 1,024 of them: counting is three additions, finding some 100 steps. */
class RankCounts {
  readonly #ones: Int32Array;
  readonly #blocks: Int32Array;
  readonly #tops: Int32Array;

  constructor(size: number) {
    this.#ones = new Int32Array(size);
    this.#blocks = new Int32Array((size >>> 5) + 1);
    this.#tops = new Int32Array((size >>> 10) + 1);
  }

  add(rank: number, change: number): void {
    this.#ones[rank]! += change;
    this.#blocks[rank >>> 5]! += change;
    this.#tops[rank >>> 10]! += change;
  }

  /** Rank of the one that has `before` others in front of it. */
  find(before: number): number {
    let left = before;
    let top = 0;
    for (; left >= this.#tops[top]!; top++) left -= this.#tops[top]!;
    let block = top << 5;
    for (; left >= this.#blocks[block]!; block++) left -= this.#blocks[block]!;
    let rank = block << 5;
    for (; left >= this.#ones[rank]!; rank++) left -= this.#ones[rank]!;
    return rank;
  }
}
