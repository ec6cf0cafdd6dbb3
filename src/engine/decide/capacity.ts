import type { Intent } from '../model/command.ts';
import type { Decision } from '../model/event.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { isServing } from '../model/worker.ts';
import { priceNow } from './reduce-market.ts';

export interface CapacityDecision {
  readonly decision: Decision;
  /** Launches to ask for; empty when there are enough workers, no work, or nowhere to launch. */
  readonly launches: readonly {
    readonly pool: string;
    readonly count: number;
    readonly maxUsdPerHour: number | undefined;
  }[];
}

/** Jobs that want a worker now or hold one. */
export function activeJobs(snapshot: Snapshot): number {
  const { RUNNABLE, STARTING, RUNNING, INTERRUPTING } = snapshot.jobCounts;
  return RUNNABLE + STARTING + RUNNING + INTERRUPTING;
}

function launching(intents: Iterable<Intent>): number {
  let count = 0;
  for (const { action, state } of intents)
    if (action.verb === 'launch' && (state === 'OPEN' || state === 'STARTED')) count += action.count;
  return count;
}

interface Candidate {
  readonly pool: string;
  readonly bidUsdPerHour: number;
  readonly price: number;
  readonly usdPerVcpuHour: number;
}

/** Pools that may be asked now, cheapest per vCPU first; and, for those that may not, why. */
export function candidatePools(
  snapshot: Snapshot,
  now: number,
): { readonly open: readonly Candidate[]; readonly closed: readonly string[] } {
  const open: Candidate[] = [];
  const closed: string[] = [];
  for (const { id, bidUsdPerHour } of snapshot.settings.pools) {
    const market = snapshot.markets[id];
    const price = priceNow(market);
    const retryAt = snapshot.poolRetryAt[id] ?? 0;
    if (market === undefined || price === undefined) closed.push(`${id}: no price known yet`);
    else if (retryAt > now) closed.push(`${id}: refused, asked again in ${Math.ceil((retryAt - now) / 1_000)} s`);
    else if (bidUsdPerHour > 0 && price > bidUsdPerHour)
      closed.push(`${id}: price ${price} is above the bid ${bidUsdPerHour}`);
    else {
      const paid = bidUsdPerHour > 0 ? price : market.onDemandUsdPerHour;
      open.push({ pool: id, bidUsdPerHour, price: paid, usdPerVcpuHour: paid / Math.max(1, market.vcpus) });
    }
  }
  open.sort((a, b) => a.usdPerVcpuHour - b.usdPerVcpuHour || (a.pool < b.pool ? -1 : 1));
  return { open, closed };
}

/**
 * How many workers are missing and where to ask for them. Wanted is what was asked for, but no more than there is work;
 * no pool gets more than its share, so that one pool's reclaim cannot take everything.
 */
export function decideCapacity(snapshot: Snapshot, now: number): CapacityDecision {
  const { targetWorkers, slotsPerWorker, maxPoolSharePct } = snapshot.settings;
  const active = activeJobs(snapshot);
  const wanted = Math.min(targetWorkers, Math.ceil(active / Math.max(1, slotsPerWorker)));
  const serving = [...snapshot.workers].filter(({ state }) => isServing(state));
  const inFlight = launching(snapshot.intents);
  const missing = wanted - serving.length - inFlight;
  const { open, closed } = candidatePools(snapshot, now);
  const inputs = { asked: targetWorkers, jobs: active, wanted, serving: serving.length, launching: inFlight };
  const decided = (sentence: string, launches: CapacityDecision['launches'] = []): CapacityDecision => ({
    decision: { topic: 'capacity', about: '', sentence, inputs, rejected: closed },
    launches,
  });

  if (missing <= 0) {
    if (active === 0) return decided('no job waits: no worker is launched');
    return decided(
      inFlight > 0
        ? `${inFlight} of ${wanted} workers on their way`
        : `${serving.length} of ${targetWorkers} workers, enough for ${active} jobs`,
    );
  }
  const poolMax = Math.max(1, Math.ceil((targetWorkers * maxPoolSharePct) / 100));
  const inPool = Map.groupBy(serving, ({ pool }) => pool);
  const launches: { pool: string; count: number; maxUsdPerHour: number | undefined }[] = [];
  let left = missing;
  for (const { pool, bidUsdPerHour } of open) {
    const count = Math.min(left, poolMax - (inPool.get(pool)?.length ?? 0));
    if (count <= 0) continue;
    launches.push({ pool, count, maxUsdPerHour: bidUsdPerHour > 0 ? bidUsdPerHour : undefined });
    left -= count;
  }
  if (launches.length === 0)
    return decided(`${missing} more wanted, but no pool can be asked: ${closed.join('; ') || 'each has its share'}`);
  const where = launches.map(({ pool, count }) => `${count} in ${pool}`).join(', ');
  return decided(`${missing} more wanted: ${where}${left > 0 ? `; ${left} find no pool` : ''}`, launches);
}
