import type { RecordedMarket } from '../../../engine/market/recorded-market.ts';
import {
  type PricePoint,
  type PriceSeries,
  pointsOf,
  priceSeries,
  slice,
} from '../../../engine/market/price-series.ts';
import {
  BLOCK_MS,
  SYNTHETIC_DEFAULTS,
  syntheticBlock,
  type SyntheticOptions,
  type SyntheticPool,
  type Window,
} from '../../../engine/market/synthetic.ts';
import { INSTANCE_TYPES, type InstanceType } from '../instance-types.ts';

/** A capacity pool: what EC2 prices, fills and takes back as one. */
export interface Pool {
  /** "c5.large/us-east-1a" */
  readonly name: string;
  readonly type: InstanceType;
  readonly zone: string;
}

/** Prices in history time, without beginning or end. */
export interface PriceSource {
  readonly pools: readonly Pool[];
  /** The points of the window, and the one in force at its start. */
  series(pool: Pool, window: Window): PriceSeries;
  /** The instant of history that a new market takes for its present; undefined: wall time itself. */
  readonly presentMs?: number;
}

/** Blocks of a day that are kept: 90 days of some 90 pools, about 10 MB. */
const BLOCKS_MAX = 8192;
/** Spot is sold for Linux only here. */
export const PRODUCT = 'Linux/UNIX';

export interface SyntheticSource {
  readonly zones: readonly string[];
  readonly seed: number;
  readonly options?: Partial<SyntheticOptions>;
  /** The instant of history that a new market takes for its present: the same seed is then the same market, whenever it begins. */
  readonly presentMs?: number;
}

export function syntheticSource({ zones, seed, options = {}, presentMs }: SyntheticSource): PriceSource {
  const settings = { ...SYNTHETIC_DEFAULTS, ...options };
  const blocks = new Map<string, PricePoint[]>();
  const block = (pool: SyntheticPool, index: number): PricePoint[] => {
    const key = `${pool.name}#${index}`;
    const known = blocks.get(key);
    if (known !== undefined) return known;
    const made = syntheticBlock(pool, index, settings);
    const [oldest] = blocks.keys();
    if (blocks.size >= BLOCKS_MAX && oldest !== undefined) blocks.delete(oldest);
    blocks.set(key, made);
    return made;
  };
  return {
    pools: INSTANCE_TYPES.flatMap((type) => zones.map((zone) => ({ name: `${type.type}/${zone}`, type, zone }))),
    ...(presentMs !== undefined && { presentMs }),
    series({ name, type }, { fromMs, toMs }) {
      const pool = { seed, name, onDemandUsdPerHour: type.onDemandUsdPerHour };
      const points: PricePoint[] = [];
      const last = Math.floor(toMs / BLOCK_MS);
      for (let index = Math.floor(fromMs / BLOCK_MS); index <= last; index++) points.push(...block(pool, index));
      return slice(priceSeries(points), fromMs, toMs);
    },
  };
}

/**
 * Recorded prices, repeated end to end, so that any window has a price however long the market runs and at whatever
 * speed. Its present begins in the middle of the recording: half of it is past, half to come. Types that the embedded
 * EC2 does not sell and products other than Linux are left out.
 */
export function recordedSource(markets: readonly RecordedMarket[]): PriceSource {
  const types = new Map(INSTANCE_TYPES.map((type) => [type.type, type]));
  const series = new Map<string, PriceSeries>();
  const pools: Pool[] = [];
  for (const market of markets) {
    const type = types.get(market.type);
    const name = `${market.type}/${market.zone}`;
    if (type === undefined || !market.product.startsWith(PRODUCT) || series.has(name)) continue;
    pools.push({ name, type, zone: market.zone });
    series.set(name, market.series);
  }
  if (pools.length === 0) throw new Error('the price file holds no Linux price of an instance type that is known here');
  const startMs = least([...series.values()].map((one) => one.atMs[0]));
  const endMs = -least([...series.values()].map((one) => -(one.atMs.at(-1) ?? 0)));
  const lapMs = Math.max(BLOCK_MS, endMs - startMs + 1);
  return {
    pools,
    presentMs: startMs + lapMs / 2,
    series({ name }, { fromMs, toMs }) {
      const recorded = series.get(name);
      if (recorded === undefined) throw new Error(`no recorded price of ${name}`);
      const points: PricePoint[] = [];
      const last = Math.floor((toMs - startMs) / lapMs);
      for (let lap = Math.floor((fromMs - startMs) / lapMs) - 1; lap <= last; lap++) {
        const shiftMs = lap * lapMs;
        const part = slice(recorded, Math.max(startMs, fromMs - shiftMs), toMs - shiftMs);
        points.push(...pointsOf(part).map(({ atMs, usdPerHour }) => ({ atMs: atMs + shiftMs, usdPerHour })));
      }
      return slice(priceSeries(points), fromMs, toMs);
    },
  };
}

function least(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((low, value) => Math.min(low, value ?? Infinity), Infinity);
}
