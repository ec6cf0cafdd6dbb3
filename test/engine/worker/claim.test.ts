import { expect, test } from 'vitest';
import type { ConditionalWrite } from '../../../src/engine/model/command.ts';
import { type JobRow, NO_LOSSES } from '../../../src/engine/model/job.ts';
import { commitCheckpoint } from '../../../src/engine/protocol/checkpoint-writes.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { claimJob, heartbeat, releaseJob, startJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { type ClaimContext, claimNext } from '../../../src/engine/worker/claim.ts';
import { systemClock } from '../../../src/cli/clock.ts';
import { documentOf, tableWith } from '../../support/job-table.ts';
import { C5_LARGE, LAB, POOL } from '../../support/memory-cloud.ts';

const tally = { costUsd: 0, interruptions: 1, ranMs: 10, lostMs: 0 };
const deployment = { ...LAB, readyShards: 1 };

/** What a notice leaves: the job's worker saved it, and handed it back. */
async function takenOff(write: (make: ConditionalWrite) => Promise<JobRow>, row: JobRow): Promise<void> {
  const workerId = 'i-gone';
  const holder = { jobId: row.id, epoch: 1, workerId };
  const [generation, leaseUntil] = [1_000_001, 200];
  const claimed = await write(claimJob(row, { workerId, pool: POOL, at: 100, leaseUntil }));
  const running = await write(startJob(claimed, holder, { at: 101, restored: undefined }));
  const begins = { generation, startedAt: 102, reason: 'interrupt' };
  await write(heartbeat(holder, { at: 102, leaseUntil, progressPct: undefined, atRiskMs: 0, begins }));
  const pointer = { generation, manifestKey: 'm', sizeBytes: 1, stopMs: 5, at: 103, workMs: 2 };
  const saved = await write(commitCheckpoint(running, holder, { pointer }));
  const released = {
    code: 'interruption-notice',
    detail: '',
    tally,
    losses: NO_LOSSES,
    attempt: 0,
    notBefore: 0,
  } as const;
  await write(releaseJob(saved, holder, { at: 104, readyShards: 1, ...released }));
}

test('a job that was saved and handed back is taken before forty that never ran, but not before a higher priority', async () => {
  const ids = Array.from({ length: 42 }, (_, at) => `j-${String(at).padStart(2, '0')}`);
  const urgent = documentOf({ priority: 1 });
  const table = await tableWith(ids.map((id, at) => ({ id, at, ...(at === 41 && { document: urgent }) })), undefined, deployment); // prettier-ignore
  const write = async (make: ConditionalWrite) => jobRowOf((await table.write(make)) ?? {}) as JobRow;
  await takenOff(write, jobRowOf((await table.get('jobs', 'j-40')) ?? {}) as JobRow);

  const context = (random: number): ClaimContext => ({
    store: table, clock: systemClock, random: () => random, deployment, workerId: 'i-new', pool: POOL, region: 'us-east-1',
    queue: 'default', lifecycle: 'spot', serves: 'queue', slot: C5_LARGE, usdPerHour: 0.05, taken: new Set(),
  }); // prettier-ignore
  const order: (string | undefined)[] = [];
  for (const random of [0.99, 0.99, 0]) order.push((await claimNext(context(random)))?.item.row.id);
  expect(order).toEqual(['j-41', 'j-40', 'j-00']);
});
