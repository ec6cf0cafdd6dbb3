import { spendRate } from '../engine/decide/cost.ts';
import { priceNow } from '../engine/decide/reduce-market.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import { deadLetters } from '../engine/select/needs.ts';
import type { EpochMs, JsonObject } from '../engine/model/units.ts';
import { WORKER_STATES } from '../engine/model/worker.ts';

/** The overview for programs: stable names, units in the names. */
export function overviewJson(snapshot: Snapshot, now: EpochMs): JsonObject {
  const { deployment, leader, jobCounts, jobSums, settings, pulse } = snapshot;
  const workers = Object.fromEntries(WORKER_STATES.map((state) => [state, 0]));
  for (const { state } of snapshot.workers) workers[state] = (workers[state] ?? 0) + 1;
  return {
    at: now,
    deployment: deployment?.name,
    mode: deployment?.mode,
    region: deployment?.region,
    accountId: deployment?.accountId,
    leader: leader !== undefined && leader.until > now ? leader.id : null,
    jobs: { ...jobCounts },
    workers,
    targetWorkers: settings.targetWorkers,
    spendUsdPerHour: spendRate(snapshot),
    spentUsd: pulse?.spentUsd ?? 0,
    onDemandUsd: pulse?.onDemandUsd ?? 0,
    interruptions: jobSums.interruptions,
    lostWorkMs: jobSums.lostMs,
    deadLetters: deadLetters(snapshot) ?? null,
    unknownMessages: pulse === undefined ? null : { ...pulse.unknown },
    calls: snapshot.calls as unknown as JsonObject,
    leaderCalls: (pulse?.calls ?? null) as unknown as JsonObject,
    pools: settings.pools.map(({ id, bidUsdPerHour }) => ({
      id,
      bidUsdPerHour,
      usdPerHour: priceNow(snapshot.markets[id]) ?? null,
    })),
  };
}
