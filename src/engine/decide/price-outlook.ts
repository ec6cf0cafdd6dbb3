import type { UsdPerHour } from '../model/units.ts';

/**
 * What may follow a price, learned from earlier slots: prices are put into levels, and how often one level followed another
 * is counted. The level of a price says what a slot of it costs on average, and what the next slot will be like.
 */
export interface PriceOutlook {
  /** Upper bounds of the levels but the last, rising. */
  readonly edges: Float64Array;
  /** Mean price of each level. */
  readonly mean: Float64Array;
  /** Probability of level j after level i, at [i * levels + j]. */
  readonly next: Float64Array;
}

/** Where levels end, as shares of time: closer together at the cheap end, where waiting is decided. */
const LEVEL_SHARES = [0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.92, 0.97];
/** One imagined stay per level: a level that was seen once is not known for ever. */
const PRIOR = 1;

/**
 * Learns from prices of consecutive slots [from, to); slots without a price (Infinity) are left out. Undefined where there
 * are fewer than a day's.
 */
export function priceOutlook(
  slots: Float64Array,
  { from, to, dayOfSlots, half }: { from: number; to: number; dayOfSlots: number; half: number },
): PriceOutlook | undefined {
  let first = from;
  while (first < to && !Number.isFinite(slots[first])) first++;
  if (to - first < dayOfSlots) return undefined;
  const sorted = slots.slice(first, to).sort();
  const edges: number[] = [];
  for (const share of LEVEL_SHARES) {
    const edge = sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    if (edge > (edges.at(-1) ?? -1) && edge < (sorted.at(-1) ?? 0)) edges.push(edge);
  }
  return learned(slots, { first, to, half }, Float64Array.from(edges));
}

function learned(
  slots: Float64Array,
  { first, to, half }: { first: number; to: number; half: number },
  edges: Float64Array,
): PriceOutlook {
  const levels = edges.length + 1;
  const next = new Float64Array(levels * levels);
  const mean = new Float64Array(levels);
  const weight = new Float64Array(levels);
  const growth = 2 ** (1 / half);
  let recency = 1;
  let before = -1;
  for (let slot = first; slot < to; slot++, recency *= growth) {
    const price = slots[slot] ?? 0;
    const level = levelOf(edges, price);
    mean[level] = (mean[level] ?? 0) + recency * price;
    weight[level] = (weight[level] ?? 0) + recency;
    if (before >= 0) next[before * levels + level] = (next[before * levels + level] ?? 0) + recency;
    before = level;
    if (recency > 1e200) recency = rescale([next, mean, weight], recency);
  }
  for (let level = 0; level < levels; level++) {
    mean[level] =
      (weight[level] ?? 0) > 0 ? (mean[level] ?? 0) / (weight[level] ?? 1) : (edges[level] ?? edges[level - 1] ?? 0);
    let row = PRIOR * recency;
    for (let to = 0; to < levels; to++) row += next[level * levels + to] ?? 0;
    next[level * levels + level] = (next[level * levels + level] ?? 0) + PRIOR * recency;
    for (let to = 0; to < levels; to++) next[level * levels + to] = (next[level * levels + to] ?? 0) / row;
  }
  return { edges, mean, next };
}

/** Keeps growing weights within what a number holds. */
function rescale(arrays: readonly Float64Array[], by: number): number {
  for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] = (array[i] ?? 0) / by;
  return 1;
}

/** The level that a price lies in. */
export function levelOf(edges: Float64Array, usdPerHour: UsdPerHour): number {
  let level = 0;
  while (level < edges.length && usdPerHour > (edges[level] ?? Infinity)) level++;
  return level;
}
