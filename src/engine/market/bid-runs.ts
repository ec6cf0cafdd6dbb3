import type { PriceSeries } from './price-series.ts';

/** Per level (rising bid): the longest and the median run of consecutive segments with price <= bid. */
export interface RunFigures {
  readonly longestMs: Float64Array;
  readonly medianMs: Float64Array;
}

/**
 * Longest and median up-run at every distinct price, in one pass with the bid rising: each segment joins once and unites with
 * the runs left and right of it (so a run is only ever made by one join and ended by another), n joins in all. All lengths
 * that ever come to be are known after that pass; a second one counts them by rank in a Fenwick tree, in which the median
 * of those alive is found in O(log n). Together O(n log n).
 *
 * `levels` are the distinct prices, rising; the last segment ends at `toMs`. Medians of an even number are the mean of the two
 * in the middle.
 */
export function upRunFigures(segments: PriceSeries, levels: Float64Array, toMs: number): RunFigures {
  const order = byLevel(segments.usdPerHour, levels);
  const joins = unite(segments.atMs, order.segments, toMs);
  const sorted = joins.lengthMs.slice().sort();
  const alive = new Fenwick(sorted.length);
  const rank = ranks(joins.lengthMs, sorted);
  const longestMs = new Float64Array(levels.length);
  const medianMs = new Float64Array(levels.length);
  let longest = 0;
  for (let k = 0, j = 0; k < levels.length; k++) {
    for (; j < order.ends[k]!; j++) {
      alive.add(rank[j]!, 1);
      if (joins.left[j]! >= 0) alive.add(rank[joins.left[j]!]!, -1);
      if (joins.right[j]! >= 0) alive.add(rank[joins.right[j]!]!, -1);
      if (joins.lengthMs[j]! > longest) longest = joins.lengthMs[j]!;
    }
    longestMs[k] = longest;
    const half = alive.total >>> 1;
    const upper = sorted[alive.find(half)]!;
    medianMs[k] = alive.total % 2 === 1 ? upper : (sorted[alive.find(half - 1)]! + upper) / 2;
  }
  return { longestMs, medianMs };
}

/** Segments in order of their level (counting sort); `ends[k]` of them lie at or below level k. */
function byLevel(usdPerHour: Float64Array, levels: Float64Array): { segments: Int32Array; ends: Int32Array } {
  const level = ranks(usdPerHour, levels);
  const ends = new Int32Array(levels.length);
  for (let i = 0; i < level.length; i++) ends[level[i]!]! += 1;
  for (let k = 1; k < ends.length; k++) ends[k]! += ends[k - 1]!;
  const segments = new Int32Array(level.length);
  const next = ends.slice();
  for (let i = level.length - 1; i >= 0; i--) segments[(next[level[i]!]! -= 1)] = i;
  return { segments, ends };
}

interface Joins {
  /** Length of the run that join j makes, and the joins that made the runs it swallows; -1: none. */
  readonly lengthMs: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
}

function unite(atMs: Float64Array, order: Int32Array, toMs: number): Joins {
  const count = order.length;
  const lengthMs = new Float64Array(count);
  const left = new Int32Array(count).fill(-1);
  const right = new Int32Array(count).fill(-1);
  // For the first and the last segment of each run: the join that made it, and the run's other end.
  const madeBy = new Int32Array(count).fill(-1);
  const otherEnd = new Int32Array(count);
  for (let j = 0; j < count; j++) {
    const i = order[j]!;
    let first = i;
    let last = i;
    if (i > 0 && madeBy[i - 1]! >= 0) {
      left[j] = madeBy[i - 1]!;
      first = otherEnd[i - 1]!;
    }
    if (i + 1 < count && madeBy[i + 1]! >= 0) {
      right[j] = madeBy[i + 1]!;
      last = otherEnd[i + 1]!;
    }
    lengthMs[j] = (last + 1 < count ? atMs[last + 1]! : toMs) - atMs[first]!;
    madeBy[i] = madeBy[first] = madeBy[last] = j;
    otherEnd[first] = last;
    otherEnd[last] = first;
  }
  return { lengthMs, left, right };
}

/** Position of each value among the sorted ones: the first that equals it. */
function ranks(values: Float64Array, sorted: Float64Array): Int32Array {
  const found = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
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

/** Counts by rank with prefix sums in O(log n) (Fenwick 1994). */
class Fenwick {
  total = 0;
  readonly #tree: Int32Array;
  readonly #top: number;

  constructor(size: number) {
    this.#tree = new Int32Array(size + 1);
    this.#top = size === 0 ? 0 : 1 << (31 - Math.clz32(size));
  }

  add(rank: number, change: number): void {
    this.total += change;
    for (let i = rank + 1; i < this.#tree.length; i += i & -i) this.#tree[i]! += change;
  }

  /** Rank of the item with `before` items in front of it. */
  find(before: number): number {
    let position = 0;
    let left = before;
    for (let step = this.#top; step > 0; step >>>= 1) {
      const next = position + step;
      if (next < this.#tree.length && this.#tree[next]! <= left) {
        position = next;
        left -= this.#tree[next]!;
      }
    }
    return position;
  }
}
