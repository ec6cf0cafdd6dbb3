import type { UpIntervals } from './up-intervals.ts';

/**
 * How long an instance lives at a bid: the product-limit estimate of Kaplan and Meier (1958) from earlier up-intervals.
 *
 *   S(a) = product over ages t <= a at which intervals ended of (1 - d(t) / n(t))
 *
 * d(t) intervals that ended at age t, n(t) those that had reached it. An interval still up when the past ends counts in n
 * up to its age and never in d (censored). Example: lengths 1, 2, 2+ (still up), 4 h: S(1) = 3/4, S(2) = 3/4 * 2/3 = 1/2,
 * S(4) = 0.
 *
 * Where fewer than `AT_RISK_MIN` intervals reached an age, the estimate hangs on single events; from there on the curve
 * goes on with the constant hazard (deaths + 1/2) / (time observed), the half being Jeffreys' prior for a rate. So a bid
 * that was never exceeded in 90 days is not called immortal: its hazard is half a death in 90 days.
 */
export interface SurvivalCurve {
  /** Ages at which intervals ended, rising, each once; those below `tailFromMs` only. */
  readonly ageMs: Float64Array;
  /** S just after each of these ages. */
  readonly survival: Float64Array;
  readonly tailFromMs: number;
  readonly tailRatePerMs: number;
  readonly intervals: number;
  readonly deaths: number;
  readonly observedMs: number;
}

/** Below this many intervals at risk one death moves the curve by more than a fifth. */
const AT_RISK_MIN = 5;

export function survivalCurve({ lengthMs, ended }: UpIntervals): SurvivalCurve {
  const order = Array.from(lengthMs, (_, i) => i).sort((a, b) => (lengthMs[a] ?? 0) - (lengthMs[b] ?? 0));
  const ages: number[] = [];
  const values: number[] = [];
  let survival = 1;
  let tailFromMs = 0;
  for (let from = 0; order.length - from >= AT_RISK_MIN;) {
    const age = lengthMs[order[from] ?? 0] ?? 0;
    const atRisk = order.length - from;
    let died = 0;
    for (; from < order.length && lengthMs[order[from] ?? 0] === age; from++) died += ended[order[from] ?? 0] ?? 0;
    tailFromMs = age;
    if (died === 0) continue;
    survival *= 1 - died / atRisk;
    ages.push(age);
    values.push(survival);
  }
  const deaths = ended.reduce((sum, one) => sum + one, 0);
  const observedMs = lengthMs.reduce((sum, one) => sum + one, 0);
  return {
    ageMs: Float64Array.from(ages),
    survival: Float64Array.from(values),
    tailFromMs,
    tailRatePerMs: observedMs === 0 ? Infinity : (deaths + 0.5) / observedMs,
    intervals: lengthMs.length,
    deaths,
    observedMs,
  };
}

/** S(age): the share of up-intervals that last longer. Where nothing was observed nothing is promised: 0 at any age > 0. */
export function survivalAt(curve: SurvivalCurve, ageMs: number): number {
  const counted = stepAt(curve, ageMs);
  const beyondMs = ageMs - curve.tailFromMs;
  return beyondMs > 0 ? counted * Math.exp(-curve.tailRatePerMs * beyondMs) : counted;
}

/** P(still up `spanMs` later | up at `ageMs`) = S(age + span) / S(age); by the tail's hazard where S(age) is 0. */
export function conditionalSurvival(curve: SurvivalCurve, ageMs: number, spanMs: number): number {
  if (spanMs <= 0) return 1;
  const now = survivalAt(curve, ageMs);
  return now > 0 ? survivalAt(curve, ageMs + spanMs) / now : Math.exp(-curve.tailRatePerMs * spanMs);
}

/** E[min(time left, horizon) | up at `ageMs`], ms: the area under the conditional curve, exact. */
export function expectedRemainingMs(curve: SurvivalCurve, ageMs: number, horizonMs: number): number {
  const now = survivalAt(curve, ageMs);
  const endMs = ageMs + horizonMs;
  if (!(now > 0)) return tailArea(curve.tailRatePerMs, horizonMs);
  let area = 0;
  let from = ageMs;
  for (let i = countUpTo(curve.ageMs, ageMs); from < Math.min(endMs, curve.tailFromMs); i++) {
    const to = Math.min(endMs, curve.ageMs[i] ?? curve.tailFromMs, curve.tailFromMs);
    area += survivalAt(curve, from) * (to - from);
    from = to;
    if (i >= curve.ageMs.length) break;
  }
  if (endMs > from) area += survivalAt(curve, from) * tailArea(curve.tailRatePerMs, endMs - from);
  return area / now;
}

/** Mean time between interruptions at the bid, ms: time up per death, with half a death added (see above). */
export function meanUpMs(curve: SurvivalCurve): number {
  return 1 / curve.tailRatePerMs;
}

function tailArea(ratePerMs: number, spanMs: number): number {
  return ratePerMs === Infinity ? 0 : (1 - Math.exp(-ratePerMs * spanMs)) / ratePerMs;
}

function stepAt(curve: SurvivalCurve, ageMs: number): number {
  const passed = countUpTo(curve.ageMs, ageMs);
  return passed === 0 ? 1 : (curve.survival[passed - 1] ?? 1);
}

/** How many of the rising ages are <= an age. */
function countUpTo(rising: Float64Array, ageMs: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] ?? Infinity) <= ageMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
