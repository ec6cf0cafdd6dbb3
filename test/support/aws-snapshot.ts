import { upsertRows } from '../../src/engine/model/rows.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { busySnapshot, makeWorker, MINUTE, NOW, POOLS } from './snapshots.ts';

/** The same on AWS itself, which has taken workers of one pool back: 5 of 400 instance-hours there, none of 300 in the next. */
export function awsSnapshot(): Snapshot {
  const busy = busySnapshot();
  const deployment = busy.deployment && { ...busy.deployment, mode: 'aws' as const };
  const ended = [0, 1].flatMap((pool) =>
    Array.from({ length: 10 }, (_, number) => {
      const isTaken = pool === 0 && number < 5;
      const bornAt = NOW - (100 - number) * 60 * MINUTE;
      const endedAt = bornAt + (pool === 0 ? 40 : 30) * 60 * MINUTE;
      return makeWorker(100 + pool * 10 + number, {
        pool: POOLS[pool]!,
        state: 'TERMINATED',
        jobs: [],
        phases: {
          requestedAt: bornAt,
          pendingAt: bornAt,
          bootingAt: bornAt,
          readyAt: bornAt + 90_000,
          firstJobAt: bornAt,
          endedAt,
        },
        detail: isTaken ? 'EC2 ended it: Server.SpotInstanceTermination' : 'idle',
      });
    }),
  );
  return { ...busy, deployment, workers: upsertRows(busy.workers, ended) };
}
