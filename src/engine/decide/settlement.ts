import type { EpochMs } from '../model/units.ts';
import type { SeenInstance, WorkerRow } from '../model/worker.ts';
import { settleWorker } from '../protocol/worker-item.ts';
import { workerCost } from './cost.ts';
import { VISIBLE_WITHIN_MS } from './intents.ts';
import type { LeaderView, Repair } from './repair.ts';

/**
 * What an ended worker cost is written into its row once, for prices are forgotten after 90 days and rows are not: when EC2
 * says that the instance is gone, and the prices of its last minute are known.
 */
export function settlements(view: LeaderView): readonly Repair[] {
  const { snapshot, now, leaderEpoch } = view;
  const repairs: Repair[] = [];
  // A poll that failed leaves the prices older than they look: what counts is when they were last told.
  const pricedTo = (snapshot.sources.prices?.observedAt ?? 0) - (snapshot.deployment?.timings.pricePollMs ?? Infinity);
  for (const worker of snapshot.workers) {
    if (worker.state !== 'TERMINATED' || worker.paid !== undefined) continue;
    const endedAt = endOf(worker, view);
    const market = snapshot.markets[worker.pool];
    if (endedAt === undefined || market === undefined || pricedTo < endedAt) continue;
    // EC2 knows better than the answer to the launch, which may have come late.
    const pendingAt = snapshot.instances.get(worker.id)?.launchedAt ?? worker.phases.pendingAt;
    const phases = { ...worker.phases, pendingAt, endedAt };
    const paid = workerCost({ ...worker, phases }, market, now);
    const write = settleWorker(worker, { phases, paid, at: now, leaderEpoch });
    repairs.push({ kind: 'worker.write', workerId: worker.id, write, decision: undefined });
  }
  return repairs;
}

/** When EC2 stopped charging for it; undefined while it still does. Its row says when the worker ended, which an instance can outlive. */
function endOf(worker: WorkerRow, { snapshot, listeningSince }: LeaderView): EpochMs | undefined {
  const { endedAt } = worker.phases;
  const instance = snapshot.instances.get(worker.id);
  if (instance === undefined) {
    const lookedAt = snapshot.sources.instances?.observedAt ?? 0;
    return lookedAt - endedAt > VISIBLE_WITHIN_MS ? endedAt : undefined;
  }
  if (instance.state !== 'terminated' && instance.state !== 'shutting-down') return undefined;
  return endOfInstance(instance, { lastWord: endedAt, listeningSince });
}

/**
 * When an instance ended that EC2 shows as ended: as EC2 says; else when this leader saw it happen; and of what had ended
 * before it listened, after the last that was heard of it, be that its worker's word or EC2's notice.
 */
export function endOfInstance(
  instance: SeenInstance,
  { lastWord, listeningSince }: { readonly lastWord: EpochMs; readonly listeningSince: EpochMs },
): EpochMs {
  if (instance.endedAt > 0) return instance.endedAt;
  return instance.since > listeningSince ? Math.max(lastWord, instance.since) : lastWord;
}
