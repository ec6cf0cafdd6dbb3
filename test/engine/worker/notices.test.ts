import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { systemClock } from '../../../src/cli/clock.ts';
import { isTerminal, type JobRow } from '../../../src/engine/model/job.ts';
import type { Json } from '../../../src/engine/model/units.ts';
import { parseManifest } from '../../../src/engine/protocol/blobs.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { wishCheckpoint } from '../../../src/engine/protocol/operator-job-writes.ts';
import { figuresItem } from '../../../src/engine/protocol/pool-figures.ts';
import { workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { documentOf, itemOf } from '../../support/job-table.ts';
import { LAB } from '../../support/memory-cloud.ts';
import { counter, endAll, outputsOf, realWorker, type RealWorker } from '../../support/real-workers.ts';

/** Workers that are real but for AWS, and what EC2 tells them. */

const TIMINGS = {
  ...LAB.timings,
  leaseMs: 3_000,
  heartbeatMs: 60,
  noticePollMs: 30,
  claimPollMs: 20,
  graceMs: 300,
  skewMarginMs: 100,
  checkpointMinMs: 50,
  checkpointWatchMs: 30,
  checkpointAckMs: 3_000,
  noticeReserveMs: 100,
};

let folder: string;
let table: MemoryTable;
let blobs: MemoryBlobs;
let left: RealWorker[];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-notices-'));
  table = new MemoryTable();
  blobs = new MemoryBlobs();
  left = [];
});
afterEach(async () => {
  await endAll(left);
  fs.rmSync(folder, { recursive: true, force: true });
});

function worker(id: string) {
  const told: { takeAt?: number; rebalanceAt?: number } = {};
  const metadata = {
    interruption: async () => (told.takeAt === undefined ? undefined : { takeAt: told.takeAt }),
    rebalance: async () => (told.rebalanceAt === undefined ? undefined : { at: told.rebalanceAt }),
  };
  left.push(realWorker({ id, store: table, blobs, folder, timings: TIMINGS, metadata }));
  return {
    notice: (inMs: number): void => void (told.takeAt = systemClock.now() + inMs),
    rebalance: (): void => void (told.rebalanceAt = systemClock.now()),
  };
}

async function submit(id: string, given: Readonly<Record<string, Json>>): Promise<void> {
  await table.putAll('jobs', [itemOf({ id, at: systemClock.now(), document: documentOf(given) })]);
}
const jobOf = async (id: string): Promise<JobRow> => jobRowOf((await table.get('jobs', id)) ?? {}) as JobRow;

/** The row once a fact about it holds; what never holds fails by the test's deadline. */
async function when(id: string, fact: (row: JobRow) => boolean): Promise<JobRow> {
  for (;;) {
    const row = await jobOf(id);
    if (fact(row)) return row;
    await systemClock.sleep(10);
  }
}
const ended = (id: string): Promise<JobRow> => when(id, ({ state }) => isTerminal(state));

const began = (id: string): Promise<JobRow> =>
  when('j', ({ state }) => state === 'RUNNING' && fs.existsSync(path.join(folder, id, 'j/e1/work/start')));

describe('a notice', () => {
  const handed = () => when('j', ({ state, epoch }) => state === 'RUNNABLE' && epoch === 1);
  const SAVED = {
    reason: { code: 'interruption-notice', detail: 'c5.large/us-east-1a was taken back; its work is saved' },
    tally: { interruptions: 1, lostMs: 0 },
    attempt: 0,
  };

  test('where somebody is free: the job is saved and handed over at once; it goes on there, exactly', async () => {
    const figures = { usdPerHour: {}, meanMs: {}, untoldShare: 0.1, spareSlots: 1 };
    await table.write(figuresItem(figures, 1));
    await submit('j', counter(60));
    const first = worker('i-1');
    await began('i-1');
    first.notice(600_000);
    const row = await handed();
    expect(row).toMatchObject(SAVED);
    expect(row.checkpoint?.generation).toBe(1_000_001);
    expect(workerRowOf((await table.get('workers', 'i-1')) ?? {})).toMatchObject({ state: 'INTERRUPTED', notice: { source: 'imds' } });
    worker('i-2');
    const done = await ended('j');
    expect(done).toMatchObject({ state: 'SUCCEEDED', epoch: 2, record: { value: { n: 60 } } });
    expect((await outputsOf(blobs, done))['start']).toMatch(/^1 \d+\n$/);
    expect((await blobs.list('ckpt/')).length).toBe(0);
  });

  test('where nobody is: it is saved to measure how long that takes, works on, and is saved again before it goes', async () => {
    await submit('j', counter(5_000));
    const first = worker('i-1');
    await began('i-1');
    // On a busy machine the first save takes as long as this window once did.
    first.notice(4_000);
    await when('j', ({ state, checkpoint }) => state === 'INTERRUPTING' && checkpoint !== undefined);
    const row = await handed();
    expect(row).toMatchObject(SAVED);
    expect(row.checkpoint?.generation).toBe(1_000_002);
    expect(row.saving?.pace).toMatchObject({ everyMs: 3_600_000, fitsNotice: true, meanMs: TIMINGS.assumedMtbfMs });
  });

  test('a job that ends before it must go ends as any other', async () => {
    await submit('j', counter(60));
    const first = worker('i-1');
    await began('i-1');
    first.notice(20_000);
    expect(await ended('j')).toMatchObject({ state: 'SUCCEEDED', epoch: 1, record: { value: { n: 60 } } });
  });
}); // prettier-ignore

test('a recommendation to leave has each job saved, once, and nothing else', async () => {
  await submit('j', counter(5_000));
  const first = worker('i-1');
  await began('i-1');
  first.rebalance();
  await when('j', ({ checkpoint }) => checkpoint !== undefined);
  await table.write(wishCheckpoint(await jobOf('j'), { at: systemClock.now(), by: 'ana' }));
  const row = await when('j', ({ checkpoint, desired }) => (checkpoint?.generation ?? 0) > 1_000_001 && desired.checkpoint === undefined);
  expect(row).toMatchObject({ state: 'RUNNING', checkpoint: { generation: 1_000_002 } });
  expect(workerRowOf((await table.get('workers', 'i-1')) ?? {})).toMatchObject({ state: 'BUSY', notice: undefined, signals: { rebalance: { sources: ['imds'] } } });
  const manifest = parseManifest((await blobs.getText('ckpt/j/1000001/_manifest.json')) ?? '');
  expect(manifest?.checkpoint?.reason).toBe('rebalance');
}); // prettier-ignore
