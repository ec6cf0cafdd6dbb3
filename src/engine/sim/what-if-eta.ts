/** When a job started now would be done, ms from now; Infinity: later than the record can tell. */
export interface Eta {
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Factor by which held-back starts moved the p95. */
  readonly correction: number;
  readonly heldBack: number;
}

export const ETA_LEVEL = 0.95;
/** Fewer earlier outcomes than this do not make a p95 that is worth correcting by. */
const EARLIER_MIN = 20;
/** Starts of the later part of the past are asked what their p95 would have been. */
const HELD_BACK_SHARE = 0.5;

/**
 * Quantiles of makespans, with a split-conformal step: for each start of the later half the p95 is taken from jobs that had
 * ended before it began; the .95 quantile of (makespan / p95) there is the factor by which the past fell short, or was
 * too careful, and raises or lowers today's. Starts rise; all arrays alike long; Infinity: not finished.
 */
export function etaOf(
  startMs: Float64Array,
  makespanMs: Float64Array,
  bounds: { leastMs: number; mostMs: number },
): Eta {
  const sorted = makespanMs.slice().sort();
  const p50Ms = ranked(sorted, sorted.length, 0.5);
  const raw = ranked(sorted, sorted.length, ETA_LEVEL);
  const ratios = heldBackRatios(startMs, makespanMs);
  const correction = ratios.length < EARLIER_MIN ? 1 : ranked(ratios.sort(), ratios.length, ETA_LEVEL);
  const p95Ms = Math.max(p50Ms, bounds.leastMs, Math.min(bounds.mostMs, raw * correction));
  return { p50Ms, p95Ms, correction, heldBack: ratios.length };
}

function heldBackRatios(startMs: Float64Array, makespanMs: Float64Array): Float64Array {
  const n = startMs.length;
  const byEnd = Float64Array.from(startMs, (at, i) => at + makespanMs[i]!);
  const order = Int32Array.from(byEnd.keys()).sort((a, b) => byEnd[a]! - byEnd[b]!);
  const earlier = new Float64Array(n);
  const ratios = new Float64Array(n);
  let known = 0;
  let count = 0;
  for (let i = 0; i < n; i++) {
    while (known < n && byEnd[order[known]!]! <= startMs[i]!) insert(earlier, known, makespanMs[order[known++]!]!);
    if (i < n * (1 - HELD_BACK_SHARE) || known < EARLIER_MIN) continue;
    const told = ranked(earlier, known, ETA_LEVEL);
    if (told < Infinity) ratios[count++] = makespanMs[i]! / told;
  }
  return ratios.slice(0, count);
}

function insert(rising: Float64Array, length: number, value: number): void {
  let at = length;
  for (; at > 0 && rising[at - 1]! > value; at--) rising[at] = rising[at - 1]!;
  rising[at] = value;
}

/** The value that a new one stays at or below with probability `level`, if all are alike: rank level (n + 1). */
function ranked(rising: Float64Array, length: number, level: number): number {
  return rising[Math.min(length, Math.ceil(level * (length + 1))) - 1] ?? Infinity;
}
