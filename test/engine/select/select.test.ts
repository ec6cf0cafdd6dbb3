import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOB_STATES, type JobRow } from '../../../src/engine/model/job.ts';
import { type Rows, rowsFrom, upsertRows } from '../../../src/engine/model/rows.ts';
import { WORKER_STATES } from '../../../src/engine/model/worker.ts';
import { bookSummaries, pooled } from '../../../src/engine/select/book.ts';
import { CELL_KINDS, fleetOf } from '../../../src/engine/select/fleet.ts';
import { matchesFilter } from '../../../src/engine/select/filter.ts';
import { jobCost } from '../../../src/engine/select/job-cost.ts';
import { filterRowOf } from '../../../src/engine/select/job-values.ts';
import { jobLines } from '../../../src/engine/select/jobs.ts';
import {
  firstUnfinished,
  JOB_SORTS,
  orderJobs,
  parseJobFilter,
  viewJobs,
} from '../../../src/engine/select/jobs-view.ts';
import { needsOf } from '../../../src/engine/select/needs.ts';
import { overviewOf } from '../../../src/engine/select/overview.ts';
import { priceAt, recordOfBid } from '../../../src/engine/select/price.ts';
import {
  busySnapshot,
  emptyDeployment,
  faultSnapshot,
  jobId,
  makeJob,
  makeWorker,
  NOW,
  POOLS,
  staleSnapshot,
  withJobs,
} from '../../support/snapshots.ts';

const jobs = fc
  .array(fc.tuple(fc.constantFrom(...JOB_STATES), fc.constantFrom('pi', 'sort', 'render')), { maxLength: 60 })
  .map((list) => list.map(([state, name], number) => makeJob(number, { state, name: `${name}-${number}` })));
const workers = fc
  .array(fc.constantFrom(...WORKER_STATES), { maxLength: 60 })
  .map((states) => states.map((state, number) => makeWorker(number, { state })));

function sourceOf(jobs: Rows<JobRow>) {
  return { jobs, live: {}, now: NOW };
}

test('the totals of the Overview are the sums of the lines below them', () => {
  fc.assert(
    fc.property(jobs, workers, (jobRows, workerRows) => {
      const snapshot = { ...withJobs(busySnapshot(), jobRows), workers: rowsFrom(workerRows) };
      const overview = overviewOf(snapshot, NOW);
      for (const kind of CELL_KINDS) {
        expect(overview.workers[kind]).toBe(overview.pools.reduce((sum, pool) => sum + pool.counts[kind], 0));
      }
      const shown = overview.pools.reduce((sum, pool) => sum + pool.workers.length, 0);
      expect(shown).toBe(CELL_KINDS.reduce((sum, kind) => sum + overview.workers[kind], 0));
      expect(shown).toBe(workerRows.filter((worker) => worker.state !== 'TERMINATED').length);
      for (const state of JOB_STATES)
        expect(overview.jobs[state]).toBe(jobRows.filter((job) => job.state === state).length);
    }),
  );
});

test('a filter chooses among the rows and keeps their order; an order keeps all rows', () => {
  fc.assert(
    fc.property(
      jobs,
      fc.constantFrom('', 'pi', 'state:run', '!sort', 'PI -1', 'nothing'),
      fc.constantFrom(...JOB_SORTS),
      (list, filter, column) => {
        const rows = rowsFrom(list);
        const order = orderJobs(rows, { column, direction: 'down' }, NOW);
        const view = viewJobs(sourceOf(rows), { filter, order, faultsOnly: false });
        const found = Array.from({ length: view.length }, (_, index) => view.at(index));
        const parsed = parseJobFilter(filter);
        const test = (row: JobRow) => matchesFilter(parsed, filterRowOf(row, NOW, undefined));
        expect(new Set(found.map((row) => row.id))).toEqual(new Set(list.filter(test).map((row) => row.id)));
        expect(found).toHaveLength(new Set(found).size);
        found.forEach((row, index) => expect(view.indexOf(row.id)).toBe(index));
      },
    ),
  );
});

test('rows that come after a sort follow it, and none of the others moves', () => {
  const before = rowsFrom([makeJob(1, { name: 'c' }), makeJob(2, { name: 'a' }), makeJob(3, { name: 'b' })]);
  const order = orderJobs(before, { column: 'name', direction: 'up' }, NOW);
  const after = upsertRows(before, [makeJob(4, { name: 'aa' }), makeJob(2, { name: 'z' })]);
  const view = viewJobs(sourceOf(after), { filter: '', order, faultsOnly: false });
  expect(Array.from({ length: view.length }, (_, index) => view.at(index).id)).toEqual([2, 3, 1, 4].map(jobId));
});

test('the plain view reads the window and nothing else', () => {
  const rows = rowsFrom(Array.from({ length: 3_000 }, (_, number) => makeJob(number)));
  let reads = 0;
  const counted = {
    ...withJobs(emptyDeployment(), []),
    jobs: Object.assign(Object.create(rows) as typeof rows, {
      at: (position: number) => {
        reads += 1;
        return rows.at(position);
      },
    }),
  };
  const plain = { filter: '', order: undefined, faultsOnly: false };
  viewJobs(sourceOf(counted.jobs), plain);
  // The first look puts them in order of submission; from then on only the window is read, and who is first and last.
  reads = 0;
  const view = viewJobs(sourceOf(counted.jobs), plain);
  expect(jobLines(counted, view, { top: 1_500, count: 30, now: NOW })).toHaveLength(30);
  expect(reads).toBe(30 + 2);
});

test('jobs stand in order of submission, in whatever order they became known', () => {
  // A job's time of submission never changes, so no id is used for two.
  let next = 0;
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(50), { maxLength: 8 }), { maxLength: 6 }), (batches) => {
      let rows = rowsFrom<ReturnType<typeof makeJob>>([]);
      for (const batch of batches) {
        rows = upsertRows(
          rows,
          batch.map((time) => makeJob(next++, { submittedAt: NOW + time })),
        );
        const view = viewJobs(sourceOf(rows), { filter: '', order: undefined, faultsOnly: false });
        const seen = Array.from({ length: view.length }, (_, index) => view.at(index));
        expect(new Set(seen.map(({ id }) => id)).size).toBe(rows.length);
        expect(seen.map(({ submittedAt }) => submittedAt)).toEqual(
          [...rows].map((row) => row.submittedAt).sort((a, b) => a - b),
        );
        for (const [index, row] of seen.entries()) expect(view.indexOf(row.id)).toBe(index);
      }
    }),
  );
});

test('the first unfinished job is found again from where the search stopped, and anew in an earlier snapshot', () => {
  const steps = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 10 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(steps, (ends) => {
      // What the last run of this property left behind is another collection's.
      firstUnfinished({ jobs: rowsFrom<ReturnType<typeof makeJob>>([]), seq: 0 });
      let rows = rowsFrom(Array.from({ length: 20 }, (_, number) => makeJob(number)));
      const history = ends.map((numbers, step) => {
        rows = upsertRows(
          rows,
          numbers.map((number) => makeJob(number, { state: 'SUCCEEDED' })),
        );
        return { jobs: rows, seq: 100 + step };
      });
      for (const snapshot of [...history, ...history.toReversed()]) {
        const expected = [...snapshot.jobs].findIndex((row) => row.state !== 'SUCCEEDED');
        expect(firstUnfinished(snapshot)).toBe(expected < 0 ? snapshot.jobs.length : expected);
      }
    }),
  );
});

test('what a job cost stands beside what its time would have cost on demand', () => {
  const hour = 3_600_000;
  const pool = POOLS[0];
  const worker = makeWorker(0, { pool, slots: 2, bidUsdPerHour: 0.01 });
  const snapshot = { ...busySnapshot(), workers: rowsFrom([worker]) };
  const running = makeJob(1, {
    state: 'RUNNING',
    pool,
    leaseOwner: worker.id,
    reason: { code: 'running', since: NOW - hour, detail: '', next: '' },
    tally: { costUsd: 0.02, interruptions: 0, ranMs: hour, lostMs: 0 },
  });
  const cost = jobCost(snapshot, running, NOW);
  expect(cost).toMatchObject({ usd: 0.02, runUsd: 0.005, onDemandUsd: 0.085 });
  expect(cost.savedPct).toBeCloseTo(100 * (1 - 0.025 / 0.085));
  expect(jobCost(snapshot, makeJob(1), NOW)).toEqual({
    usd: 0,
    runUsd: 0,
    onDemandUsd: undefined,
    savedPct: undefined,
  });
});

test('who is needed, the worst first', () => {
  expect(needsOf(emptyDeployment(), NOW)).toEqual([]);
  expect(needsOf(staleSnapshot(), NOW).map((need) => need.sentence)[0]).toMatch(/^no master/);
  expect(needsOf(faultSnapshot(), NOW)[0]?.sentence).toMatch(/^ec2:DescribeSpotPriceHistory is not allowed to ana$/);
  const waiting = withJobs(emptyDeployment(), [makeJob(1)]);
  expect(needsOf(waiting, NOW)).toMatchObject([{ level: 'attention', key: 'L launch' }]);
});

test('a notice makes a worker leave before its own row says so', () => {
  const worker = makeWorker(1, { state: 'BUSY' });
  const snapshot = {
    ...busySnapshot(),
    workers: rowsFrom([worker]),
    notices: { [worker.id]: { noticedAt: NOW, takeAt: NOW + 1, source: 'event' as const } },
  };
  expect(overviewOf(snapshot, NOW).workers).toMatchObject({ busy: 0, leaving: 1 });
  expect(fleetOf(snapshot)).toBe(fleetOf(snapshot));
});

test('pooled estimates', () => {
  expect(pooled('x', { n: 4, sum: 10, sumSq: 30 })).toMatchObject({
    mean: 2.5,
    standardError: expect.closeTo(0.6455, 4),
    samples: 4,
  });
  expect(pooled('x', { n: 1, sum: 3, sumSq: 9 }).standardError).toBeUndefined();
  const [book] = bookSummaries(busySnapshot());
  expect(book?.estimates[0]).toMatchObject({ field: 'mean', samples: 12_000 });
});

test('however a sample is cut into records, the estimate is the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 40 }),
      fc.integer({ min: 1, max: 39 }),
      (xs, cut) => {
        const parts = [xs.slice(0, cut), xs.slice(cut)].filter((part) => part.length > 0);
        const entry = (part: readonly number[], number: number) => ({
          id: `${number}`,
          jobId: '',
          value: { n: part.length, sum: part.reduce((a, b) => a + b, 0), sumSq: part.reduce((a, b) => a + b * b, 0) },
        });
        const estimates = [[xs], parts].map(
          (cuts) => bookSummaries({ ...emptyDeployment(), books: { b: rowsFrom(cuts.map(entry)) } })[0]?.estimates[0],
        );
        expect(estimates[0]).toEqual(estimates[1]);
      },
    ),
  );
});

test('the record of a bid is weighted by time', () => {
  const points = [
    [0, 1],
    [60, 3],
    [90, 2],
  ].map(([at = 0, usdPerHour = 0]) => ({ pool: 'p', at, usdPerHour }));
  expect(recordOfBid(points, 2, { from: 0, to: 100 })).toEqual({
    heldPct: 70,
    crossings: 1,
    meanUsdPerHour: (60 + 20) / 70,
  });
  expect(recordOfBid(points, 0.5, { from: 0, to: 100 })).toMatchObject({ heldPct: 0, meanUsdPerHour: undefined });
  expect([-1, 0, 59, 60, 1_000].map((at) => priceAt(points, at))).toEqual([undefined, 1, 1, 3, 2]);
});
