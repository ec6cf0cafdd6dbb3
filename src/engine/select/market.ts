import type { PoolMarket, PricePoint } from '../model/market.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { DAY_MS, type EpochMs, type Pct, type UsdPerHour } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';
import { type CellCounts, type CellKind, cellKind, countCells, fleetOf } from './fleet.ts';
import { recentWindow, samplePrices, type TimeWindow } from './price.ts';

/** How far back the small curves of the lists look. */
export const SPARK_SPAN_MS = DAY_MS;

/** One capacity pool as Overview and Market list it. */
export interface PoolLine {
  readonly id: string;
  readonly priceUsdPerHour: UsdPerHour | undefined;
  readonly onDemandUsdPerHour: UsdPerHour | undefined;
  /** Price now as a share of on-demand. */
  readonly onDemandPct: Pct | undefined;
  /** Ceiling for new launches; 0 = on-demand only, undefined = the deployment does not use this pool. */
  readonly bidUsdPerHour: UsdPerHour | undefined;
  readonly workers: readonly WorkerRow[];
  readonly counts: CellCounts;
  /** The pool refused a launch and is asked again then; 0 when it did not. */
  readonly retryAt: EpochMs;
  readonly points: readonly PricePoint[];
}

/** Every pool that is configured, priced, or still holds a worker; alphabetical, so that no line ever jumps. */
export function poolLines(snapshot: Snapshot): readonly PoolLine[] {
  const fleet = new Map(fleetOf(snapshot).map((pool) => [pool.id, pool.workers]));
  const bids = new Map(snapshot.settings.pools.map((pool) => [pool.id, pool.bidUsdPerHour]));
  const ids = new Set([...bids.keys(), ...fleet.keys(), ...Object.keys(snapshot.markets)]);
  return [...ids].sort().map((id) => poolLine(snapshot, id, { workers: fleet.get(id) ?? [], bid: bids.get(id) }));
}

function poolLine(
  snapshot: Snapshot,
  id: string,
  held: { readonly workers: readonly WorkerRow[]; readonly bid: UsdPerHour | undefined },
): PoolLine {
  const market: PoolMarket | undefined = snapshot.markets[id];
  const points = market?.points ?? [];
  const price = points.at(-1)?.usdPerHour;
  // 0 is not a price: nobody told it.
  const onDemand = market?.onDemandUsdPerHour || undefined;
  const { poolRetryAt: retryAt } = snapshot.pulse ?? snapshot;
  return {
    id,
    priceUsdPerHour: price,
    onDemandUsdPerHour: onDemand,
    onDemandPct: price === undefined || onDemand === undefined ? undefined : (100 * price) / onDemand,
    bidUsdPerHour: held.bid,
    workers: held.workers,
    counts: countCells(held.workers, snapshot),
    retryAt: retryAt[id] ?? 0,
    points,
  };
}

/** At most `limit` cells of a pool, in the order of its workers. */
export function cellsOf(line: PoolLine, snapshot: Snapshot, limit: number): readonly CellKind[] {
  return line.workers.slice(0, limit).map((worker) => cellKind(worker, snapshot) ?? 'lost');
}

/** Values of the small curve: `count` prices over the last day, or over all there is. */
export function sparkOf(line: PoolLine, to: EpochMs, count: number): readonly (UsdPerHour | undefined)[] {
  return samplePrices(line.points, recentWindow(line.points, to, SPARK_SPAN_MS), count);
}

/** How far back the small curves really reach: the longest recorded series, at most a day. */
export function sparkSpanMs(lines: readonly PoolLine[], to: EpochMs): number {
  const spans = lines.map((line) => to - recentWindow(line.points, to, SPARK_SPAN_MS).from);
  return Math.max(0, ...spans);
}

/** The chart of one pool: prices at `count` moments of the window. */
export function chartSeries(line: PoolLine, window: TimeWindow, count: number): readonly (UsdPerHour | undefined)[] {
  return samplePrices(line.points, window, count);
}
