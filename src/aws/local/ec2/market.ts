import fs from 'node:fs';
import {
  firstAbove,
  type PriceSeries,
  pointsOf,
  priceAt,
  priceSeries,
  slice,
} from '../../../engine/market/price-series.ts';
import type { Window } from '../../../engine/market/synthetic.ts';
import type { Clock } from '../clock.ts';
import type { Pool, PriceSource } from './price-source.ts';

/**
 * The embedded spot market. Two clocks: everything that is asked and answered here is wall time; the price history
 * runs `speed` times as fast, past and future alike:
 *
 *   history = anchor.historyMs + (wall - anchor.wallMs) * speed
 *
 * so 90 days of history at speed 720 are the last 3 hours, and the next 3 hours bring 90 days more. The anchor is
 * kept on disk; a restart with another speed sets a new one at that moment, so that the present price does not jump.
 */
export interface Market {
  readonly region: string;
  readonly zones: readonly string[];
  readonly pools: readonly Pool[];
  readonly speed: number;
  pool(type: string, zone: string): Pool | undefined;
  /** USD per hour in force at an instant, wall time. */
  priceAt(pool: Pool, atMs: number): number;
  /** The points of a window and the one in force at its start, all in wall time, at most 90 days of history back. */
  history(pool: Pool, window: Window): PriceSeries;
  /** The oldest instant, wall time, of which prices are told. */
  oldestMs(): number;
  /** Tells once, shortly before and then when the price exceeds the bid. Returns how to stop watching. */
  watchBid(bid: Bid, listener: BidListener): () => void;
  /** Instances that a pool can hold; undefined: any number. */
  capacityOf(poolName: string): number | undefined;
  /** null: any number. Does not touch the instances that run. Throws RangeError for an unknown pool. */
  setCapacity(poolName: string, count: number | null): void;
}

export interface Bid {
  readonly pool: Pool;
  readonly usdPerHour: number;
  /** How long before the crossing `onSoon` is told, at most. */
  readonly leadMs: number;
}

export interface BidListener {
  onSoon(): void;
  onExceeded(): void;
}

export interface MarketOptions {
  readonly source: PriceSource;
  readonly clock: Clock;
  readonly region: string;
  /** Where anchor and capacities are kept. */
  readonly file: string;
  readonly speed?: number;
  /** Wins over what the file remembers. */
  readonly capacity?: Readonly<Record<string, number>>;
}

interface Saved {
  readonly anchor: Anchor;
  readonly capacity: Readonly<Record<string, number>>;
}

interface Anchor {
  readonly wallMs: number;
  readonly historyMs: number;
  readonly speed: number;
}

/** DescribeSpotPriceHistory tells 90 days. */
const HISTORY_MS = 90 * 24 * 3_600_000;
/** How far a watcher looks ahead at a time, in history. */
const HORIZON_MS = 7 * 24 * 3_600_000;

export function createMarket(options: MarketOptions): Market {
  const { source, clock, region, file } = options;
  const saved = load(file);
  const anchor = anchorFor(options, saved?.anchor);
  const pools = new Map(source.pools.map((pool) => [pool.name, pool]));
  const remembered = Object.entries(saved?.capacity ?? {}).filter(([name]) => pools.has(name));
  const capacity = new Map([...remembered, ...Object.entries(options.capacity ?? {})]);
  const save = (): void => store(file, { anchor, capacity: Object.fromEntries(capacity) });
  for (const [name, count] of capacity) checkCapacity(pools, name, count);
  save();

  const historyOf = (wallMs: number): number => anchor.historyMs + (wallMs - anchor.wallMs) * anchor.speed;
  /** Rounded up to the ms of the wire: at the time that is told, the new price holds. */
  const wallOf = (historyMs: number): number =>
    Math.ceil(anchor.wallMs + (historyMs - anchor.historyMs) / anchor.speed);
  const oldestMs = (): number => wallOf(historyOf(clock.now()) - HISTORY_MS);

  const history = (pool: Pool, { fromMs, toMs }: Window): PriceSeries => {
    const window = { fromMs: historyOf(Math.max(fromMs, oldestMs())), toMs: historyOf(toMs) };
    const points = pointsOf(source.series(pool, window));
    return slice(priceSeries(points.map(({ atMs, usdPerHour }) => ({ atMs: wallOf(atMs), usdPerHour }))), fromMs, toMs);
  };

  return {
    region,
    zones: [...new Set(source.pools.map((pool) => pool.zone))].sort(),
    pools: source.pools,
    speed: anchor.speed,
    pool: (type, zone) => pools.get(`${type}/${zone}`),
    priceAt(pool, atMs) {
      const at = historyOf(atMs);
      const price = priceAt(source.series(pool, { fromMs: at, toMs: at + 1 }), at);
      if (price === undefined) throw new Error(`no price of ${pool.name} at ${new Date(atMs).toISOString()}`);
      return price;
    },
    history,
    oldestMs,
    watchBid: (bid, listener) =>
      watch(clock, listener, (nowMs) => {
        const fromMs = historyOf(nowMs);
        const toMs = fromMs + HORIZON_MS;
        const above = firstAbove(source.series(bid.pool, { fromMs, toMs }), bid.usdPerHour, fromMs);
        if (above === undefined) return { lookAgainMs: Math.max(nowMs + 1, wallOf(toMs) - bid.leadMs) };
        const crossingMs = above === fromMs ? nowMs : wallOf(above);
        return { crossingMs, soonMs: crossingMs - bid.leadMs };
      }),
    capacityOf: (poolName) => capacity.get(poolName),
    setCapacity(poolName, count) {
      if (count === null) capacity.delete(poolName);
      else {
        checkCapacity(pools, poolName, count);
        capacity.set(poolName, count);
      }
      save();
    },
  };
}

type Outlook = { readonly crossingMs: number; readonly soonMs: number } | { readonly lookAgainMs: number };

/** Waits for what the outlook says comes next; a timer that fires early only looks again. */
function watch(clock: Clock, listener: BidListener, outlook: (nowMs: number) => Outlook): () => void {
  let told = false;
  let cancel = (): void => undefined;
  const step = (): void => {
    const nowMs = clock.now();
    const next = outlook(nowMs);
    if ('lookAgainMs' in next) {
      cancel = clock.after(next.lookAgainMs - nowMs, step);
    } else if (next.crossingMs <= nowMs) {
      listener.onExceeded();
    } else if (told || next.soonMs > nowMs) {
      cancel = clock.after((told ? next.crossingMs : next.soonMs) - nowMs, step);
    } else {
      told = true;
      cancel = clock.after(next.crossingMs - nowMs, step);
      listener.onSoon();
    }
  };
  cancel = clock.after(0, step);
  return () => cancel();
}

function anchorFor({ clock, source, speed = 1 }: MarketOptions, saved: Anchor | undefined): Anchor {
  if (!(Number.isFinite(speed) && speed > 0)) throw new RangeError(`speed ${speed} must be a positive number`);
  const wallMs = clock.now();
  if (saved === undefined) return { wallMs, historyMs: source.presentMs ?? wallMs, speed };
  if (saved.speed === speed) return saved;
  return { wallMs, historyMs: saved.historyMs + (wallMs - saved.wallMs) * saved.speed, speed };
}

function checkCapacity(pools: ReadonlyMap<string, Pool>, name: string, count: number): void {
  if (!pools.has(name)) throw new RangeError(`capacity of "${name}": no such pool (example: "c5.large/us-east-1a")`);
  if (!Number.isInteger(count) || count < 0)
    throw new RangeError(`capacity of ${name}: ${count} is not a whole number`);
}

function load(file: string): Saved | undefined {
  if (!fs.existsSync(file)) return undefined;
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')) as Saved;
  } catch (error) {
    throw new Error(`${file} is not JSON; move the file away to start a new market`, { cause: error });
  }
}

function store(file: string, saved: Saved): void {
  fs.writeFileSync(`${file}.next`, JSON.stringify(saved));
  fs.renameSync(`${file}.next`, file);
}
