import { AGE_BIN_ENDS_MIN, AGE_BINS, ageBin, type AvailabilityRecord } from '../market/availability-record.ts';

/**
 * Availability as a Markov chain over 16 states: up-times and outages, each in eight bins of age. A run in bin b ends with
 * hazard `endsPerHour[b]`, and else grows into the next bin. So a run that has lasted may be trusted more than a young one,
 * and a young outage is worth waiting for: what a chain of only two states cannot say.
 */
export const STATES = 2 * AGE_BINS;

/**
 * What a market is believed to do before anything is seen of it: endings an hour by age of up-times, then of outages. From the
 * first half of eight traces of 2022-10 (two zones, two accelerators, one and eight of them).
 */
export const PRIOR_ENDS_PER_HOUR: readonly number[] = [
  2.47, 1.5, 0.96, 0.68, 0.44, 0.27, 0.21, 0.115, 3.57, 1.55, 0.94, 0.82, 0.35, 0.29, 0.175, 0.076,
];

/** How many endings the prior weighs as much as: in the market's own factor, and in each bin. */
export const PRIOR_ENDINGS = { factor: 3, bin: 4 } as const;

/**
 * Hazard of each state, from the record's newest digest. The market's own factor against the prior is taken from all its up-times (and likewise outages), for
 * few endings tell it already; each bin then departs from it as far as its own endings carry.
 */
export function endsPerHour(
  record: AvailabilityRecord,
  weight: { factor: number; bin: number } = PRIOR_ENDINGS,
): Float64Array {
  const hazard = new Float64Array(STATES);
  for (const first of [0, AGE_BINS]) {
    let seen: number = weight.factor;
    let believed: number = weight.factor;
    for (let state = first; state < first + AGE_BINS; state++) {
      seen += record.digestEndings[state] ?? 0;
      believed += (record.digestExposureH[state] ?? 0) * (PRIOR_ENDS_PER_HOUR[state] ?? 0);
    }
    for (let state = first; state < first + AGE_BINS; state++) {
      const prior = ((PRIOR_ENDS_PER_HOUR[state] ?? 0) * seen) / believed;
      hazard[state] =
        ((record.digestEndings[state] ?? 0) + weight.bin) / ((record.digestExposureH[state] ?? 0) + weight.bin / prior);
    }
  }
  return hazard;
}

/**
 * Chances of a step. `next[x * STATES + y]`: the state after it, whatever happened. `kept[x * STATES + y]`: the same where the
 * run of x has not ended in between, so that an instance is still there.
 */
export interface Chain {
  readonly next: Float64Array;
  readonly kept: Float64Array;
}

/** @param ticks the step is so many ticks of tickS seconds; in one tick a run ends at most once. */
export function chainOf(hazard: Float64Array, tickS: number, ticks: number): Chain {
  const tickH = tickS / 3600;
  const one = new Float64Array(STATES * STATES);
  const oneKept = new Float64Array(STATES * STATES);
  for (let x = 0; x < STATES; x++) {
    const bin = x % AGE_BINS;
    const ends = 1 - Math.exp(-(hazard[x] ?? 0) * tickH);
    const widthH = ((AGE_BIN_ENDS_MIN[bin] ?? Infinity) - (AGE_BIN_ENDS_MIN[bin - 1] ?? 0)) / 60;
    const grows = Math.min(1, tickH / widthH) * (1 - ends);
    const other = x < AGE_BINS ? AGE_BINS : 0;
    one[x * STATES + other] = ends;
    oneKept[x * STATES + x] = one[x * STATES + x] = 1 - ends - grows;
    if (grows > 0) oneKept[x * STATES + x + 1] = one[x * STATES + x + 1] = grows;
  }
  let next: Float64Array = one;
  let kept: Float64Array = oneKept;
  for (let tick = 1; tick < ticks; tick++) {
    next = product(next, one);
    kept = product(kept, oneKept);
  }
  return { next, kept };
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  const c = new Float64Array(STATES * STATES);
  for (let x = 0; x < STATES; x++)
    for (let k = 0; k < STATES; k++) {
      const p = a[x * STATES + k] ?? 0;
      if (p > 0)
        for (let y = 0; y < STATES; y++) c[x * STATES + y] = (c[x * STATES + y] ?? 0) + p * (b[k * STATES + y] ?? 0);
    }
  return c;
}

/** The chain's state at the present run. */
export function stateOf(record: AvailabilityRecord, tickS: number): number {
  return ageBin(record.up, Math.max(0, record.ageS - tickS));
}
