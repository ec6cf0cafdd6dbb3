import type { PoolMarket, PricePoint } from '../model/market.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { HOUR_MS, type EpochMs, type Usd } from '../model/units.ts';
import { isServing, type WorkerCost, type WorkerRow } from '../model/worker.ts';
import { priceNow } from './reduce-market.ts';

/**
 * Billing by the second at the spot price in force (the rule of October 2017 on; before it, whole hours), and never above
 * the bid: EC2 charges nobody more than what he offered. Worked number: 90 s at $0.040/h and 30 s at $0.060/h under a
 * bid of 0.050 are 90/3600*0.04 + 30/3600*0.05 = $0.00142.
 */
export function spotUsd(
  points: readonly PricePoint[],
  span: { readonly from: EpochMs; readonly to: EpochMs },
  bidUsdPerHour: number,
): Usd {
  const { from, to } = span;
  if (to <= from) return 0;
  let usd = 0;
  for (let at = 0; at < points.length; at++) {
    const point = points[at] as PricePoint;
    // Before the first known price, that price is the best guess.
    const start = at === 0 ? from : Math.max(from, point.at);
    const end = Math.min(to, points[at + 1]?.at ?? to);
    if (end > start) usd += ((end - start) / HOUR_MS) * Math.min(point.usdPerHour, bidUsdPerHour);
  }
  return usd;
}

/** From its launch until it ended, or until now: what was settled, where that was done. */
export function workerCost(worker: WorkerRow, market: PoolMarket | undefined, now: EpochMs): WorkerCost {
  if (worker.paid !== undefined) return worker.paid;
  const from = worker.phases.pendingAt;
  const to = worker.phases.endedAt > 0 ? worker.phases.endedAt : now;
  if (market === undefined || from === 0 || to <= from) return { usd: 0, onDemandUsd: 0 };
  const onDemandUsd = ((to - from) / HOUR_MS) * market.onDemandUsdPerHour;
  return {
    usd:
      worker.lifecycle === 'spot'
        ? spotUsd(market.points, { from, to }, worker.bidUsdPerHour || Infinity)
        : onDemandUsd,
    onDemandUsd,
  };
}

/** Dollars an hour at this moment, over all workers that have not ended. */
export function spendRate(snapshot: Snapshot): number {
  let rate = 0;
  for (const { pool, state, bidUsdPerHour } of snapshot.workers) {
    if (isServing(state) || state === 'DRAINING' || state === 'INTERRUPTED')
      rate += workerUsdPerHour(snapshot, pool, bidUsdPerHour);
  }
  return rate;
}

/** What an hour of a worker costs now: the spot price up to its bid, or on-demand. */
export function workerUsdPerHour(snapshot: Snapshot, pool: string, bidUsdPerHour: number): number {
  const market = snapshot.markets[pool];
  if (bidUsdPerHour === 0) return market?.onDemandUsdPerHour ?? 0;
  return Math.min(priceNow(market) ?? 0, bidUsdPerHour);
}
