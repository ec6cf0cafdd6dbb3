import { hash32, seededRng, type Rng } from '../model/rng.ts';
import { type PricePoint, type PriceSeries, priceSeries, slice } from './price-series.ts';

/**
 * A seeded spot price: the band of Ben-Yehuda et al. ("Deconstructing Amazon EC2 Spot Instance Pricing", 2013), with
 * spikes above on-demand as the classic market had them.
 *
 *   D[i] = -0.7 * D[i-1] + e[i],   e ~ Normal(0, s),   s = 0.39 * (C - F) * VOLATILITY
 *   P[i] = clamp(P[i-1] + D[i], F, C)
 *
 * D step, P price, F floor and C ceiling in USD per hour. VOLATILITY scales the published s, which was fitted to steps
 * hours apart. Example: on-demand 0.10, F = 0.025, C = 0.045: s = 0.39 * 0.020 * 0.25 = 0.00195; with P = 0.030,
 * D = 0.002 and e = 0.001 the next D is -0.0004 and the next price 0.0296.
 *
 * A day is a block, made from (seed, pool, day) alone, so that any window can be made without those before it and a
 * longer window repeats the shorter one. Blocks meet: each walk is bent linearly to end where the next begins.
 */
export interface SyntheticOptions {
  /** F and C as shares of the on-demand price, in (0, 1]. */
  readonly floorShare: number;
  readonly ceilingShare: number;
  /** Mean time between two steps of the walk. */
  readonly changeIntervalMs: number;
  /** Spikes that begin in an hour, mean of a Poisson process; 0 for a market that never exceeds its band. */
  readonly spikesPerHour: number;
  /** Mean of a spike's exponential length. A spike ends at the latest with its block. */
  readonly spikeLengthMs: number;
}

export const SYNTHETIC_DEFAULTS: SyntheticOptions = {
  floorShare: 0.25,
  ceilingShare: 0.45,
  changeIntervalMs: 60 * 60_000,
  spikesPerHour: 1 / 48,
  spikeLengthMs: 40 * 60_000,
};

export interface SyntheticPool {
  readonly seed: number;
  /** Names the stream of chance: "c5.large/us-east-1a". */
  readonly name: string;
  readonly onDemandUsdPerHour: number;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export const BLOCK_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const VOLATILITY = 0.25;
/** A spike's height as a multiple of on-demand: enough to take every bid up to on-demand, sometimes also 2.5 times it. */
const SPIKE_MIN = 1.05;
const SPIKE_SPAN = 2;
/** EC2 prints six decimals; more would not survive the wire. */
const DECIMALS = 1e6;

/** The series of a window, with the price in force at its start. */
export function syntheticSeries(pool: SyntheticPool, window: Window, options = SYNTHETIC_DEFAULTS): PriceSeries {
  const points: PricePoint[] = [];
  const last = Math.floor((window.toMs - 1) / BLOCK_MS);
  for (let block = Math.floor(window.fromMs / BLOCK_MS); block <= last; block++)
    points.push(...syntheticBlock(pool, block, options));
  return slice(priceSeries(points), window.fromMs, window.toMs);
}

/** One day (block = epoch ms / BLOCK_MS, rounded down). The first point lies at the block's start. */
export function syntheticBlock(pool: SyntheticPool, block: number, options = SYNTHETIC_DEFAULTS): PricePoint[] {
  checkOptions(options);
  const rng = blockRng(pool, block);
  const walk = bandWalk(pool, block, options);
  return withSpikes(walk, spikes(rng.fork('spikes'), block, options), pool.onDemandUsdPerHour);
}

function blockRng(pool: SyntheticPool, block: number): Rng {
  return seededRng(hash32(`${pool.name}#${block}`, hash32(String(pool.seed))));
}

/** Where a block's walk begins, uniform in the band. */
function startOf(pool: SyntheticPool, block: number, options: SyntheticOptions): number {
  const share =
    options.floorShare + blockRng(pool, block).fork('start').next() * (options.ceilingShare - options.floorShare);
  return share * pool.onDemandUsdPerHour;
}

function bandWalk(pool: SyntheticPool, block: number, options: SyntheticOptions): PricePoint[] {
  const floor = options.floorShare * pool.onDemandUsdPerHour;
  const ceiling = options.ceilingShare * pool.onDemandUsdPerHour;
  const deviation = 0.39 * (ceiling - floor) * VOLATILITY;
  const steps = Math.max(1, Math.round(BLOCK_MS / options.changeIntervalMs));
  const rng = blockRng(pool, block).fork('walk');
  const raw: number[] = [startOf(pool, block, options)];
  for (let i = 1, step = 0; i <= steps; i++) {
    step = -0.7 * step + deviation * rng.normal();
    raw.push(clamp((raw[i - 1] ?? floor) + step, floor, ceiling));
  }
  const bend = startOf(pool, block + 1, options) - (raw[steps] ?? floor);
  const times = rng.fork('times');
  return raw.slice(0, steps).map((price, i) => ({
    atMs: Math.round(block * BLOCK_MS + (i === 0 ? 0 : (i + 0.8 * times.next()) * (BLOCK_MS / steps))),
    usdPerHour: rounded(clamp(price + (bend * i) / steps, floor, ceiling)),
  }));
}

interface Spike extends Window {
  readonly timesOnDemand: number;
}

function spikes(rng: Rng, block: number, options: SyntheticOptions): Spike[] {
  const found: Spike[] = [];
  if (options.spikesPerHour === 0) return found;
  const exponential = (mean: number): number => -Math.log(1 - rng.next()) * mean;
  const endMs = (block + 1) * BLOCK_MS;
  let fromMs = block * BLOCK_MS + exponential(HOUR_MS / options.spikesPerHour);
  while (fromMs < endMs) {
    const toMs = Math.min(endMs, fromMs + 1 + exponential(options.spikeLengthMs));
    found.push({
      fromMs: Math.ceil(fromMs),
      toMs: Math.ceil(toMs),
      timesOnDemand: SPIKE_MIN + SPIKE_SPAN * rng.next() ** 2,
    });
    fromMs = toMs + 1 + exponential(HOUR_MS / options.spikesPerHour);
  }
  return found.filter((spike) => spike.fromMs < endMs);
}

/** Lays spikes over a walk: inside one its price holds, at its end the walk's price of that moment returns. */
function withSpikes(walk: readonly PricePoint[], over: readonly Spike[], onDemandUsdPerHour: number): PricePoint[] {
  const covered = (point: PricePoint): boolean => over.some((s) => s.fromMs <= point.atMs && point.atMs < s.toMs);
  const points = walk.filter((point) => !covered(point));
  for (const spike of over) {
    points.push({ atMs: spike.fromMs, usdPerHour: rounded(spike.timesOnDemand * onDemandUsdPerHour) });
    const returning = walk.findLast((point) => point.atMs <= spike.toMs);
    if (returning !== undefined) points.push({ atMs: spike.toMs, usdPerHour: returning.usdPerHour });
  }
  const endMs = ((walk[0]?.atMs ?? 0) / BLOCK_MS + 1) * BLOCK_MS;
  return points.filter((point) => point.atMs < endMs).sort((a, b) => a.atMs - b.atMs);
}

function checkOptions(options: SyntheticOptions): void {
  const { floorShare, ceilingShare, changeIntervalMs, spikesPerHour, spikeLengthMs } = options;
  if (!(floorShare > 0 && floorShare <= ceilingShare && ceilingShare <= 1))
    throw new RangeError(`floor ${floorShare} and ceiling ${ceilingShare} must satisfy 0 < floor <= ceiling <= 1`);
  if (!(changeIntervalMs >= 1000 && changeIntervalMs <= BLOCK_MS))
    throw new RangeError(`change interval ${changeIntervalMs} ms must lie between a second and a day`);
  if (!(spikesPerHour >= 0 && spikesPerHour <= 60))
    throw new RangeError(`${spikesPerHour} spikes per hour must lie between 0 and 60`);
  if (!(spikeLengthMs > 0)) throw new RangeError(`spike length ${spikeLengthMs} ms must be positive`);
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
const rounded = (usdPerHour: number): number => Math.round(usdPerHour * DECIMALS) / DECIMALS;
