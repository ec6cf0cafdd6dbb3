import { beforeEach } from 'vitest';
import type { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import type { ConditionalWrite } from '../../../src/engine/model/command.ts';
import { type JobRow, NO_LOSSES } from '../../../src/engine/model/job.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import type { Holder } from '../../../src/engine/protocol/job-transition.ts';
import { claimJob, heartbeat } from '../../../src/engine/protocol/worker-job-writes.ts';
import { documentOf, tableWith } from '../../support/job-table.ts';

export const JOB = '0192f0c4-0000-7000-8000-000000000001';
/** It waits for JOB. */
export const AFTER = '0192f0c4-0000-7000-8000-000000000002';
export const TALLY = { costUsd: 0.5, interruptions: 1, ranMs: 10, lostMs: 3 };
/** The holder after the first claim. */
export const me = { jobId: JOB, epoch: 1, workerId: 'w1' };
/** How an attempt ends, beside its state and its result. */
export const ENDING = {
  at: 40,
  code: 'succeeded',
  detail: '',
  record: undefined,
  tally: TALLY,
  losses: NO_LOSSES,
  next: '',
  attempt: 1,
} as const;

/** The heartbeat that says that a checkpoint begins. */
export function begins(holder: Holder, generation: number, at = 30): ConditionalWrite {
  const pending = { generation, startedAt: at, reason: 'periodic' };
  return heartbeat(holder, { at, leaseUntil: at + 100, progressPct: undefined, atRiskMs: 0, begins: pending });
}

/** A table with one job that waits for a worker, and one that waits for it; another for each test. */
export function oneJob() {
  let table: MemoryTable;
  beforeEach(async () => {
    table = await tableWith([
      { id: JOB, at: 10 },
      { id: AFTER, at: 11, document: documentOf({ after: [JOB] }) },
    ]);
  });
  const rowOf = async (id = JOB): Promise<JobRow> => jobRowOf((await table.get('jobs', id)) ?? {}) as JobRow;
  const write = async (make: ConditionalWrite): Promise<JobRow | undefined> => {
    const item = await table.write(make);
    return item === undefined ? undefined : jobRowOf(item);
  };
  const claim = async (workerId: string, at = 20): Promise<JobRow | undefined> =>
    write(claimJob(await rowOf(), { workerId, pool: 'c5.large/us-east-1a', at, leaseUntil: at + 100 }));
  return { table: () => table, rowOf, write, claim };
}
