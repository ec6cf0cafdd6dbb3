import type { EventOf } from '../model/event.ts';
import { capacityOf, parsePoolId } from '../model/ids.ts';
import { type PoolMarket, type PricePoint, SERIES_POINTS_MAX } from '../model/market.ts';
import type { Snapshot } from '../model/snapshot.ts';

/** A pool that refused is asked again after this, doubled at each refusal in a row, in reconcile periods. */
const RETRY_PERIODS = 1;
const RETRY_PERIODS_MAX = 10;

export function reducePrices(snapshot: Snapshot, points: readonly PricePoint[]): Snapshot {
  if (points.length === 0) return snapshot;
  const byPool = Map.groupBy(points, ({ pool }) => pool);
  const changed = [...byPool].map(([pool, news]) => [pool, mergePoints(snapshot, pool, news)] as const);
  return { ...snapshot, markets: { ...snapshot.markets, ...Object.fromEntries(changed) } };
}

/** Ordered by `at`, one point per time: pages come in any order and overlap, and the same point twice is one. */
function mergePoints(snapshot: Snapshot, pool: string, news: readonly PricePoint[]): PoolMarket {
  const { instanceType, zone } = parsePoolId(pool);
  const type = snapshot.types[instanceType];
  const known = snapshot.markets[pool]?.points ?? [];
  const newestKnown = known.at(-1)?.at ?? -Infinity;
  const sorted = [...news].sort((a, b) => a.at - b.at);
  const later = sorted.filter(({ at }) => at > newestKnown);
  const late =
    sorted.length - later.length > 0 &&
    sorted.some(({ at }) => at <= newestKnown && !known.some((point) => point.at === at));
  const all = late ? [...known, ...sorted].sort((a, b) => a.at - b.at) : [...known, ...later];
  const points = all.filter((point, position) => point.at !== all[position + 1]?.at).slice(-SERIES_POINTS_MAX);
  return {
    id: pool,
    instanceType,
    zone,
    onDemandUsdPerHour: type?.onDemandUsdPerHour ?? 0,
    vcpus: type?.vcpus ?? 0,
    points,
  };
}

/** Price in force at a time; undefined before the first point. */
export function priceNow(market: PoolMarket | undefined): number | undefined {
  return market?.points.at(-1)?.usdPerHour;
}

/** Remembers which pool refused spot or on-demand, and for how long it is left alone. */
export function reduceLaunch(snapshot: Snapshot, event: EventOf<'launch.answered'>): Snapshot {
  const { fault, at, instanceIds } = event;
  const pool = capacityOf(event.pool, event.lifecycle ?? 'spot');
  const { [pool]: _, ...otherRetries } = snapshot.poolRetryAt;
  const { [pool]: _before, ...otherFaults } = snapshot.poolFaults;
  if (fault === undefined || instanceIds.length > 0) {
    const poolFailures = { ...snapshot.poolFailures, [pool]: 0 };
    return { ...snapshot, poolRetryAt: otherRetries, poolFaults: otherFaults, poolFailures };
  }
  const failures = (snapshot.poolFailures[pool] ?? 0) + 1;
  const periodMs = snapshot.deployment?.timings.reconcileMs ?? 60_000;
  const waitMs = periodMs * Math.min(RETRY_PERIODS * 2 ** (failures - 1), RETRY_PERIODS_MAX);
  return {
    ...snapshot,
    poolRetryAt: { ...otherRetries, [pool]: at + waitMs },
    poolFaults: { ...otherFaults, [pool]: fault.kind },
    poolFailures: { ...snapshot.poolFailures, [pool]: failures },
  };
}
