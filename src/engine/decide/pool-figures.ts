import { recordedMeanMs, untoldShare } from '../market/interruption-pace.ts';
import { bidBuysSafety } from '../model/deployment.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { AWS_TIMINGS } from '../model/timings.ts';
import { type DurationMs, type EpochMs, HOUR_MS } from '../model/units.ts';
import type { PoolFigures } from '../protocol/pool-figures.ts';
import { isToGo, mtbfTeller } from './capacity.ts';
import { priceNow } from './reduce-market.ts';

/** What workers are told of the pools: prices, how often an instance is taken back, and whether anybody is free to take over. */
export function poolFigures(snapshot: Snapshot, now: EpochMs): PoolFigures {
  return {
    usdPerHour: Object.fromEntries(
      Object.entries(snapshot.markets).map(([pool, market]) => [pool, priceNow(market) ?? 0]),
    ),
    meanMs: meansOf(snapshot, now),
    untoldShare: untoldShare(snapshot.workers),
    spareSlots: spareSlots(snapshot, now),
  };
}

/** By pool, at the bid for new launches. In the embedded AWS what was seen counts beside the prices: drills have no price. */
function meansOf(snapshot: Snapshot, now: EpochMs): Readonly<Record<string, DurationMs>> {
  const { settings, markets, deployment, workers } = snapshot;
  const told = mtbfTeller(snapshot, now);
  const { assumedMtbfMs } = deployment?.timings ?? AWS_TIMINGS;
  const seenMs = bidBuysSafety(deployment) ? recordedMeanMs(workers, assumedMtbfMs, now) : Infinity;
  return Object.fromEntries(
    settings.pools.flatMap(({ id, bidUsdPerHour }) => {
      const market = markets[id];
      if (market === undefined || bidUsdPerHour <= 0) return [];
      const meanMs = Math.min(told(market, bidUsdPerHour) * HOUR_MS, seenMs);
      return Number.isFinite(meanMs) && meanMs > 0 ? [[id, Math.round(meanMs)] as const] : [];
    }),
  );
}

/** Slots of workers that stay, less the jobs that wait for one: a job that is handed back now goes on at once. */
function spareSlots(snapshot: Snapshot, now: EpochMs): number {
  const { workers, jobCounts } = snapshot;
  let free = 0;
  for (const { id, state, serves, slots, jobs, notice, drain } of workers) {
    const stays = notice === undefined && !isToGo(snapshot, id, now) && drain === undefined && serves === 'queue';
    if (stays && (state === 'IDLE' || state === 'BUSY')) free += Math.max(0, slots - jobs.length);
  }
  return Math.max(0, free - jobCounts.RUNNABLE);
}
