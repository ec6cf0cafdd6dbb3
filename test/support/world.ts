import type { Intent } from '../../src/engine/model/command.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { rowsFrom } from '../../src/engine/model/rows.ts';
import { emptySnapshot, type Snapshot } from '../../src/engine/model/snapshot.ts';
import { newIntent } from '../../src/engine/protocol/intent-item.ts';
import type { WorkerRow } from '../../src/engine/model/worker.ts';
import { LAB, OTHER_POOL, POOL, settingsFor } from './memory-cloud.ts';
import { makeJob, makeMarket, makeWorker, NOW, withJobs } from './snapshots.ts';

export const marketAt = (pool: string, usdPerHour: number) => ({
  ...makeMarket(pool, 0.03),
  points: [{ pool, at: NOW - 60_000, usdPerHour }],
});

export function world(
  change: Partial<Snapshot> = {},
  jobs: readonly JobRow[] = [],
  workers: readonly WorkerRow[] = [],
): Snapshot {
  const base: Snapshot = {
    ...emptySnapshot(),
    at: NOW,
    deployment: LAB,
    settings: settingsFor({ rev: 1 }),
    markets: { [POOL]: marketAt(POOL, 0.03), [OTHER_POOL]: marketAt(OTHER_POOL, 0.04) },
    workers: rowsFrom(workers),
    ...change,
  };
  return withJobs(base, [...jobs]);
}
export const waiting = (count: number) => Array.from({ length: count }, (_, at) => makeJob(at));
export const at = (number: number, change: Partial<WorkerRow> = {}) =>
  makeWorker(number, { pool: POOL, changedAt: NOW, ...change });

export const intent = (action: Intent['action'], change: Partial<Intent> = {}): Intent => ({
  ...newIntent({ id: 'x', action, by: 'ana', createdAt: NOW }),
  ...change,
});
