import type { ToldByLeader, WorkerRow } from '../model/worker.ts';
import { tellWorker } from '../protocol/worker-signals.ts';
import type { LeaderView, Repair } from './repair.ts';

/**
 * What EventBridge said of instances goes to their workers, once, whether or not they know it of their metadata service: that both said
 * it is told as well. Nothing else follows from a recommendation; a notice makes room for a replacement besides (capacity.ts).
 */
export function tellings({ snapshot, now, leaderEpoch }: LeaderView): readonly Repair[] {
  const repairs: Repair[] = [];
  const { notices, rebalanceAt, workers } = snapshot;
  for (const id of new Set([...Object.keys(notices), ...Object.keys(rebalanceAt)])) {
    const worker = workers.get(id);
    if (worker === undefined || worker.state === 'TERMINATED' || worker.state === 'LOST') continue;
    const told = newsFor(worker, { takeAt: notices[id]?.takeAt, rebalanceAt: rebalanceAt[id] });
    if (told === undefined) continue;
    const write = tellWorker(worker, { told, at: now, leaderEpoch });
    repairs.push({ kind: 'worker.write', workerId: id, write, decision: undefined });
  }
  return repairs;
}

function newsFor(
  { told }: WorkerRow,
  heard: { readonly takeAt: number | undefined; readonly rebalanceAt: number | undefined },
): ToldByLeader | undefined {
  const { takeAt, rebalanceAt } = heard;
  const news: ToldByLeader = {
    ...(takeAt !== undefined && told?.takeAt === undefined && { takeAt }),
    ...(rebalanceAt !== undefined && rebalanceAt > (told?.rebalanceAt ?? 0) && { rebalanceAt }),
  };
  return Object.keys(news).length === 0 ? undefined : news;
}
