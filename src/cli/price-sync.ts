import { agrees, mergePrices, recordOf } from '../engine/market/merge-prices.ts';
import type { RecordedMarket } from '../engine/market/recorded-market.ts';
import { EMPTY_SERIES } from '../engine/market/price-series.ts';
import { poolId } from '../engine/model/ids.ts';
import type { PricePoint } from '../engine/model/market.ts';
import { DAY_MS, type EpochMs, HOUR_MS } from '../engine/model/units.ts';
import type { Asked, PriceCache } from './price-cache.ts';

/** Who is asked: EC2, or the embedded one. All pages, in any order. */
export interface PriceTeller {
  historyOf(
    wanted: { readonly types: readonly string[]; readonly zones: readonly string[] },
    since: EpochMs,
  ): Promise<readonly PricePoint[]>;
}

/** A type in zones; in all of the region where none is named. */
export interface WantedPrices {
  readonly type: string;
  readonly zones: readonly string[];
}

export interface SyncedMarket {
  readonly pool: string;
  /** Whether all was asked, or only what came since the last time. */
  readonly asked: 'whole' | 'changes';
  readonly sinceMs: EpochMs;
  readonly added: number;
  readonly points: number;
}

export interface Synced {
  readonly markets: readonly SyncedMarket[];
  /** Sentences: what was wrong with the cache, and what became of it. */
  readonly remarks: readonly string[];
}

export interface SyncInputs {
  readonly cache: PriceCache;
  readonly teller: PriceTeller;
  readonly wanted: readonly WantedPrices[];
  readonly fromMs: EpochMs;
  readonly nowMs: EpochMs;
  readonly onDone?: (types: number) => void;
}

/** The one product that workers run on. */
export const PRODUCT = 'Linux/UNIX';
/** DescribeSpotPriceHistory tells no more. */
export const HISTORY_DAYS_MAX = 90;
/** Asked again each time: prices become visible late, and an overlap shows whether the cache is of this market at all. */
const MARGIN_MS = HOUR_MS;

interface Sync extends SyncInputs {
  readonly held: ReadonlyMap<string, RecordedMarket>;
  readonly asked: Map<string, Asked>;
  readonly markets: SyncedMarket[];
  readonly remarks: string[];
}

/** Brings a cache up to now: the first time all pages, then what changed since the newest cached instant. */
export async function syncPrices(inputs: SyncInputs): Promise<Synced> {
  const { cache, wanted, onDone } = inputs;
  const { markets, wrong } = cache.read();
  const held = new Map(
    markets.filter(({ product }) => product === PRODUCT).map((one) => [poolId(one.type, one.zone), one]),
  );
  const remarks = wrong.map((sentence) => `${sentence}; what is asked of it is fetched anew`);
  const sync: Sync = { ...inputs, held, asked: new Map(cache.asked()), markets: [], remarks };
  for (const [at, one] of wanted.entries()) {
    await syncType(sync, one);
    onDone?.(at + 1);
  }
  return { markets: sync.markets, remarks: sync.remarks };
}

async function syncType(sync: Sync, { type, zones }: WantedPrices): Promise<void> {
  const isWanted = (zone: string): boolean => zones.length === 0 || zones.includes(zone);
  const covered = [...sync.held.values()].filter(
    (one) => one.type === type && isWanted(one.zone) && isCovered(sync, one),
  );
  if (covered.length === 0) return whole(sync, type, zones);
  const newest = Math.min(...covered.map(({ series }) => series.atMs.at(-1) ?? 0));
  const sinceMs = Math.max(sync.fromMs, newest - MARGIN_MS);
  // Without named zones all are asked: one that is new shows, with the price in force.
  const asked = zones.length === 0 ? [] : covered.map(({ zone }) => zone);
  const told = byZone(await sync.teller.historyOf({ types: [type], zones: asked }, sinceMs));
  const known = new Map(covered.map((one) => [one.zone, one]));
  const anew = zones.filter((zone) => !known.has(zone));
  for (const [zone, points] of told) {
    const market = known.get(zone);
    if (market !== undefined && agrees(market.series, recordOf(points))) keep(sync, market, { points, sinceMs });
    else if (isWanted(zone)) anew.push(zone);
  }
  if (anew.length > 0) await whole(sync, type, anew);
}

/** Complete from the wanted day on, so that only what came afterwards is missing. */
function isCovered({ asked, fromMs }: Sync, { type, zone }: RecordedMarket): boolean {
  return (asked.get(poolId(type, zone))?.fromMs ?? Infinity) <= fromMs;
}

async function whole(sync: Sync, type: string, zones: readonly string[]): Promise<void> {
  const { teller, fromMs, held, cache, remarks } = sync;
  for (const [zone, points] of byZone(await teller.historyOf({ types: [type], zones }, fromMs))) {
    const market = held.get(poolId(type, zone));
    const name = { type, zone, product: PRODUCT };
    const isSame = market !== undefined && agrees(market.series, recordOf(points));
    if (market !== undefined && !isSame)
      remarks.push(
        `cached prices of ${type} in ${zone} are not those that are told now: fetched anew, the old ones are in ${cache.setAside(name)}`,
      );
    keep(sync, isSame ? market : { ...name, series: EMPTY_SERIES }, { points, sinceMs: fromMs });
  }
}

interface Told {
  readonly points: readonly Point[];
  readonly sinceMs: EpochMs;
}

function keep(sync: Sync, market: RecordedMarket, { points, sinceMs }: Told): void {
  const { cache, asked, fromMs, nowMs, markets, remarks } = sync;
  const pool = poolId(market.type, market.zone);
  const before = asked.get(pool);
  const { series, added } = mergePrices(market.series, recordOf(points));
  cache.write({ ...market, series });
  if (before !== undefined && before.toMs < nowMs - HISTORY_DAYS_MAX * DAY_MS)
    remarks.push(`prices of ${pool} between ${isoOf(before.toMs)} and ${isoOf(fromMs)} are missing: EC2 tells 90 days`);
  const isWhole = sinceMs === fromMs;
  asked.set(pool, { fromMs: isWhole ? fromMs : Math.min(before?.fromMs ?? fromMs, fromMs), toMs: nowMs });
  // After each market, so that a sync that is ended half way need not begin again.
  cache.writeAsked(asked);
  markets.push({ pool, asked: isWhole ? 'whole' : 'changes', sinceMs, added, points: series.atMs.length });
}

function isoOf(atMs: EpochMs): string {
  return new Date(atMs).toISOString();
}

interface Point {
  readonly atMs: EpochMs;
  readonly usdPerHour: number;
}

function byZone(points: readonly PricePoint[]): ReadonlyMap<string, readonly Point[]> {
  const zones = new Map<string, Point[]>();
  for (const { pool, at, usdPerHour } of points) {
    const zone = pool.slice(pool.indexOf('/') + 1);
    const list = zones.get(zone) ?? [];
    list.push({ atMs: at, usdPerHour });
    zones.set(zone, list);
  }
  return zones;
}
