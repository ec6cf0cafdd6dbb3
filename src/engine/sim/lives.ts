import type { PriceSeries } from '../market/price-series.ts';
import { hash32, seededRng } from '../model/rng.ts';
import { type DurationMs, HOUR_MS } from '../model/units.ts';

/** When a bid would hold an instance, over a whole series: made once per bid and shared by all jobs replayed at it. */
export interface Lives {
  /** Rising; life i is [startMs[i], endMs[i]), with the price at or below the bid throughout. The last may end at Infinity. */
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** Index in the series of the price in force at the start. */
  readonly point: Int32Array;
  readonly count: number;
}

export function livesAt({ atMs, usdPerHour }: PriceSeries, bidUsdPerHour: number): Lives {
  let count = 0;
  let up = false;
  for (let i = 0; i < atMs.length; i++) {
    const now = usdPerHour[i]! <= bidUsdPerHour;
    if (now && !up) count++;
    up = now;
  }
  const startMs = new Float64Array(count);
  const endMs = new Float64Array(count).fill(Infinity);
  const point = new Int32Array(count);
  up = false;
  for (let i = 0, life = -1; i < atMs.length; i++) {
    const now = usdPerHour[i]! <= bidUsdPerHour;
    if (now && !up) {
      startMs[++life] = atMs[i]!;
      point[life] = i;
    } else if (!now && up) endMs[life] = atMs[i]!;
    up = now;
  }
  return { startMs, endMs, point, count };
}

/** Capacity takes instances back at random, whatever is bid, and has none to give for a while. */
export interface CapacityLosses {
  readonly perHour: number;
  readonly outageMs: DurationMs;
  /** The same seed takes back at the same instants, whatever the bid. */
  readonly seed: number;
}

/**
 * Lives as capacity cuts them: at the instants of a Poisson process of that rate over [fromMs, untilMs), each followed by an
 * outage. Instants do not depend on the lives, so that bids differ by themselves alone.
 */
export function cutByCapacity(
  lives: Lives,
  { perHour, outageMs, seed }: CapacityLosses,
  { series: { atMs }, untilMs }: { series: PriceSeries; untilMs: number },
): Lives {
  if (!(perHour > 0)) return lives;
  const rng = seededRng(hash32('capacity', seed));
  const cuts: { startMs: number; endMs: number; point: number }[] = [];
  const fromMs = atMs[0] ?? untilMs;
  const gapMs = (): number => (-Math.log(1 - rng.next()) / perHour) * HOUR_MS;
  let lossMs = fromMs + gapMs();
  let backMs = fromMs;
  for (let life = 0, point = 0; life < lives.count;) {
    const endMs = lives.endMs[life]!;
    const startMs = Math.max(lives.startMs[life]!, backMs);
    while (lossMs < startMs) lossMs += gapMs();
    while ((atMs[point + 1] ?? Infinity) <= startMs) point++;
    const cutMs = Math.min(endMs, lossMs, Math.max(untilMs, startMs));
    if (cutMs > startMs && startMs < endMs) cuts.push({ startMs, endMs: cutMs === lossMs ? cutMs : endMs, point });
    if (cutMs === lossMs && lossMs < endMs) backMs = lossMs + outageMs;
    else life++;
  }
  return {
    startMs: Float64Array.from(cuts, (cut) => cut.startMs),
    endMs: Float64Array.from(cuts, (cut) => cut.endMs),
    point: Int32Array.from(cuts, (cut) => cut.point),
    count: cuts.length,
  };
}

/** Index of the first life that ends after an instant; `count` if there is none. */
export function firstLifeAfter({ endMs, count }: Lives, nowMs: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (endMs[middle]! <= nowMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
