import type { Rng } from '../model/rng.ts';

/** A range that holds the truth in 95 of 100 cases. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 97.5 % quantile of the standard normal. */
const Z = 1.959964;
const REPLICATES = 400;

/**
 * Interval of a mean whose samples overlap in time: whole blocks (days) are drawn with replacement, so that what happens together
 * stays together (block bootstrap, Künsch 1989). `block[i]` is the day of sample i. With a single block there is no telling:
 * the interval is that of the values.
 */
export function blockBootstrap(values: Float64Array, block: Int32Array, rng: Rng): Interval {
  const sums = new Map<number, { sum: number; count: number }>();
  for (let i = 0; i < values.length; i++) {
    const day = sums.get(block[i]!) ?? { sum: 0, count: 0 };
    day.sum += values[i]!;
    day.count++;
    sums.set(block[i]!, day);
  }
  const days = [...sums.values()];
  if (days.length < 2) {
    const sorted = values.slice().sort();
    return { low: quantile(sorted, 0), high: quantile(sorted, 1) };
  }
  const means = new Float64Array(REPLICATES);
  for (let r = 0; r < REPLICATES; r++) {
    let sum = 0;
    let count = 0;
    for (let i = 0; i < days.length; i++) {
      const day = days[rng.below(days.length)]!;
      sum += day.sum;
      count += day.count;
    }
    means[r] = sum / count;
  }
  means.sort();
  return { low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/**
 * How many independent samples a series of dependent ones is worth: n (1 - r) / (1 + r), r its lag-1 autocorrelation where that is
 * positive. Values in order of time. Example: 100 starts with r = 0.6 are worth 25.
 */
export function effectiveSamples(values: Float64Array): number {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  let variance = 0;
  let covariance = 0;
  for (let i = 0; i < n; i++) {
    variance += (values[i]! - mean) ** 2;
    if (i > 0) covariance += (values[i]! - mean) * (values[i - 1]! - mean);
  }
  const r = variance > 0 ? Math.max(0, covariance / variance) : 0;
  return Math.max(1, (n * (1 - r)) / (1 + r));
}

/** Wilson's score interval (1927) of a share seen in `samples` independent ones; within [0, 1], and never empty at 0 or 1. */
export function wilson(share: number, samples: number): Interval {
  const spread = Z * Math.sqrt((share * (1 - share)) / samples + Z ** 2 / (4 * samples ** 2));
  const center = share + Z ** 2 / (2 * samples);
  const scale = 1 + Z ** 2 / samples;
  return { low: Math.max(0, (center - spread) / scale), high: Math.min(1, (center + spread) / scale) };
}

/** Linear between the values around it; of no values NaN. */
export function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}
