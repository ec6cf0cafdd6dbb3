import { expect, test } from 'vitest';
import { type DrillStart, drillReport } from '../../src/cli/drill-watch.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import type { WorkerRow } from '../../src/engine/model/worker.ts';
import { HOUR_MS } from '../../src/engine/model/units.ts';
import { makeJob, makeWorker } from '../support/snapshots.ts';

const AT = 1_000_000;
const worker = makeWorker(1, { id: 'i-1', state: 'BUSY', lifecycle: 'spot', jobs: ['j-1'] });
const job = makeJob(1, { id: 'j-1', name: 'pi', state: 'RUNNING', epoch: 3, leaseOwner: 'i-1', checkpoint: undefined });
const start: DrillStart = { at: AT, worker, jobs: [job], usdPerHour: 0.06 };

const saved = { generation: 1, manifestKey: '', sizeBytes: 1, stopMs: 1, at: AT + 3_000, workMs: 1 };
const notice = { noticedAt: AT + 700, takeAt: AT + 12_000, source: 'imds' } as const;
const gone: WorkerRow = { ...worker, state: 'TERMINATED', notice, phases: { ...worker.phases, endedAt: AT + 9_000 } };
const elsewhere: JobRow = {
  ...job,
  checkpoint: saved,
  epoch: 4,
  leaseOwner: 'i-2',
  reason: { ...job.reason, since: AT + 15_000 },
};

test('before anything has come of it, nothing is claimed', () => {
  expect(drillReport(start, { worker, jobs: [job] })).toMatchObject({
    noticedMs: undefined,
    goneMs: undefined,
    isOver: false,
    jobs: [{ savedMs: undefined, onMs: undefined, on: '', lostMs: 0 }],
  });
});

test('a job that was saved and runs elsewhere: when it was told, saved, and went on', () => {
  expect(drillReport(start, { worker: gone, jobs: [elsewhere] })).toEqual({
    worker: 'i-1',
    pool: worker.pool,
    noticedMs: 700,
    goneMs: 9_000,
    jobs: [{ id: 'j-1', name: 'pi', savedMs: 3_000, lostMs: 0, onMs: 15_000, on: 'i-2', state: 'RUNNING' }],
    lostMs: 0,
    wastedUsd: 0,
    isOver: true,
  });
});

test('work that was lost is counted from where the drill began, and priced', () => {
  const before = { ...job, tally: { ...job.tally, lostMs: 500 } };
  const after = { ...elsewhere, checkpoint: undefined, tally: { ...job.tally, lostMs: 500 + HOUR_MS / 2 } };
  const report = drillReport({ ...start, jobs: [before] }, { worker: gone, jobs: [after] });
  expect(report).toMatchObject({ lostMs: HOUR_MS / 2, jobs: [{ savedMs: undefined }] });
  expect(report.wastedUsd).toBeCloseTo(0.03);
});

test('it is not over while the worker is there, nor while a job waits; a job that has ended waits no more', () => {
  const waits: JobRow = { ...elsewhere, state: 'RUNNABLE', leaseOwner: '' };
  expect(drillReport(start, { worker: gone, jobs: [waits] }).isOver).toBe(false);
  expect(drillReport(start, { worker: { ...worker, notice }, jobs: [elsewhere] }).isOver).toBe(false);
  const ended: JobRow = { ...waits, state: 'SUCCEEDED' };
  expect(drillReport(start, { worker: gone, jobs: [ended] })).toMatchObject({ isOver: true, jobs: [{ on: '' }] });
});
