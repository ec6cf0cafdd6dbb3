import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOB_SCHEMA } from '../../../src/engine/model/job-columns.ts';
import type { JobLive, JobRow } from '../../../src/engine/model/job.ts';
import { type Rows, rowsFrom, upsertRows } from '../../../src/engine/model/rows.ts';
import { matchesFilter } from '../../../src/engine/select/filter.ts';
import { JobMarks } from '../../../src/engine/select/job-marks.ts';
import { JOB_SORTS, type JobOrder } from '../../../src/engine/select/job-order.ts';
import { filterRowOf, isFaultyJob, JOB_COLUMNS } from '../../../src/engine/select/job-values.ts';
import {
  type JobQuery,
  type JobView,
  orderJobs,
  parseJobFilter,
  searchOn,
  viewJobs,
} from '../../../src/engine/select/jobs-view.ts';
import { anyJob, anyText } from '../../support/job-rows.ts';
import { jobId, makeJob, NOW } from '../../support/snapshots.ts';

const PLAIN: JobQuery = { filter: '', order: undefined, faultsOnly: false };

function sourceOf(jobs: Rows<JobRow>, live: Readonly<Record<string, JobLive>> = {}) {
  return { jobs, live, now: NOW };
}

function view(jobs: Rows<JobRow>, query: Partial<JobQuery>): JobView {
  const source = sourceOf(jobs);
  viewJobs(source, { ...PLAIN, ...query });
  while (searchOn());
  return viewJobs(source, { ...PLAIN, ...query });
}

function idsOf(shown: JobView): readonly string[] {
  return Array.from({ length: shown.length }, (_, index) => shown.at(index).id);
}

/** What a person would do with a list of objects. */
function naive(rows: Iterable<JobRow>, filter: string, faultsOnly = false): readonly JobRow[] {
  const parsed = parseJobFilter(filter);
  return [...rows].filter(
    (row) =>
      matchesFilter(parsed, filterRowOf(row, NOW - (NOW % 5_000), undefined)) &&
      (!faultsOnly || isFaultyJob((column) => () => column.of(row))(0)),
  );
}

const value = fc.oneof(anyText, fc.constantFrom('/^a/', '/[b-c1]$/', '0', '1', '-', 'e', 'done', 'fail'));
const word = fc.oneof(
  fc.tuple(fc.constantFrom('', '', '!'), fc.constantFrom('', '', ...JOB_COLUMNS.map((name) => `${name}:`), 'x:', 'constructor:'), value)
    .map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('', '!'), fc.constantFrom(...JOB_COLUMNS), fc.constantFrom('<', '<=', '>', '>=', '='), fc.constantFrom('0', '1', '10m', '$0.5', '-3', '4000000000'))
    .map((parts) => parts.join('')),
); // prettier-ignore
const filters = fc.array(word, { maxLength: 3 }).map((words) => words.join(' '));

test('a search by columns finds the rows that it finds one by one, whatever was looked for before', () => {
  fc.assert(
    fc.property(
      fc.array(anyJob, { minLength: 50, maxLength: 60 }),
      fc.array(anyJob, { maxLength: 5 }),
      fc.array(fc.tuple(filters, fc.boolean()), { minLength: 1, maxLength: 3 }),
      (list, later, questions) => {
        for (const schema of [JOB_SCHEMA, undefined]) {
          const before = rowsFrom(list, schema);
          const after = upsertRows(before, later);
          let marks: JobMarks | undefined;
          for (const rows of [before, after]) {
            for (const [text, faultsOnly] of questions) {
              const question = { jobs: rows, live: {}, now: NOW - (NOW % 5_000), filter: parseJobFilter(text), faultsOnly }; // prettier-ignore
              marks = new JobMarks(question, marks);
              const found = [...rows].filter((_, position) => marks!.has(position));
              expect(found.map(({ id }) => id)).toEqual(naive(rows, text, faultsOnly).map(({ id }) => id));
            }
          }
        }
      },
    ),
    { numRuns: 80 },
  );
});

test('while a filter is typed, and rows change under it, it keeps what a naive scan keeps', () => {
  const change = fc.record({
    number: fc.nat(2_600),
    state: fc.constantFrom('RUNNING' as const, 'FAILED' as const, 'RUNNABLE' as const),
    costUsd: fc.constantFrom(0, 0.2, 3),
  });
  const typed = fc.constantFrom('pi-1', 'state:failed', '!pi-1', 'cost>0.1', 'pi- !state:run', 'attempt:1 pi', '/-1.2$/', 'name=pi-017'); // prettier-ignore
  fc.assert(
    fc.property(
      typed,
      fc.array(fc.array(change, { maxLength: 80 }), { minLength: 12, maxLength: 12 }),
      (text, ticks) => {
        let rows = rowsFrom(jobs(0, 2_500), JOB_SCHEMA);
        for (const [tick, changes] of ticks.entries()) {
          rows = upsertRows(
          rows,
          changes.map(({ number, state, costUsd }) => makeJob(number, { state, tally: { costUsd, interruptions: 0, ranMs: 0, lostMs: 0 } })),
        ); // prettier-ignore
          const filter = text.slice(0, tick + 1);
          const found = view(rows, { filter });
          expect(new Set(idsOf(found))).toEqual(new Set(naive(rows, filter).map(({ id }) => id)));
          for (const index of [0, found.length >> 1, found.length - 1]) {
            if (index >= 0 && index < found.length) expect(found.indexOf(found.at(index).id)).toBe(index);
          }
        }
      },
    ),
    { numRuns: 15 },
  );
});

test('a longer word goes on in what the shorter one found', () => {
  const rows = rowsFrom(jobs(0, 5_000), JOB_SCHEMA);
  const marksFor = (text: string, before?: JobMarks): JobMarks => {
    const made = new JobMarks({ ...sourceOf(rows), filter: parseJobFilter(text), faultsOnly: false }, before);
    for (let at = 0; at < rows.length; at++) made.has(at);
    return made;
  };
  const first = marksFor('pi-12');
  expect(first.searched).toBe(5);
  const second = marksFor('pi-4567', marksFor('pi-45', first));
  // Of the first chunks none has it; "pi-45" had to be looked for again in all, for it is not longer than "pi-12".
  expect(second.searched).toBe(2);
  expect(marksFor('pi-4567', second).searched).toBe(0);
  // 12 is no 1, and what has no "ab" may have an "a".
  expect(marksFor('attempt:12', marksFor('attempt:1')).searched).toBe(5);
  expect(marksFor('!pi-45', marksFor('!pi-4')).searched).toBe(5);
});

test('a change of some rows searches those rows only', () => {
  const before = rowsFrom(jobs(0, 5_000), JOB_SCHEMA);
  const ask = { live: {}, now: NOW, filter: parseJobFilter('state:failed'), faultsOnly: false };
  const marks = new JobMarks({ ...ask, jobs: before });
  for (let at = 0; at < before.length; at++) marks.has(at);
  const after = upsertRows(before, [makeJob(3_000, { state: 'FAILED' })]);
  const next = new JobMarks({ ...ask, jobs: after }, marks);
  expect(Array.from({ length: after.length }, (_, at) => at).filter((at) => next.has(at))).toEqual([3_000]);
  expect(next.searched).toBe(1);
});

test('all sorts are stable both ways, and the first rows are right before the rest is sorted', () => {
  const some = fc.array(
    fc.record({ number: fc.nat(400), costUsd: fc.constantFrom(0, 1, NaN), deadlineAt: fc.constantFrom(0, NOW + 5, NOW - 5), priority: fc.integer({ min: -1, max: 1 }), pool: fc.constantFrom('a', 'b') }),
    { maxLength: 400 },
  ); // prettier-ignore
  fc.assert(
    fc.property(some, fc.constantFrom(...JOB_SORTS), fc.constantFrom('up' as const, 'down' as const), (list, column, direction) => {
      const rows = rowsFrom(
        list.map(({ number, costUsd, ...more }) => makeJob(number, { ...more, tally: { costUsd, interruptions: 0, ranMs: 0, lostMs: 0 } })),
        JOB_SCHEMA,
      );
      const order = orderJobs(rows, { column, direction }, NOW);
      const bySubmission = idsOf(viewJobs(sourceOf(rows), PLAIN));
      if (order === undefined) return;
      while (!order.isCompared) order.step();
      const compared = bySubmission.map((id) => rows.indexOf(id)).sort((a, b) => order.compare(a, b));
      order.finish();
      expect([...order.positions!]).toEqual(compared);
      const expected = [...bySubmission].sort((a, b) => compareBy(rows.get(a)!, rows.get(b)!, { column, direction }));
      expect(idsOf(view(rows, { order }))).toEqual(expected);
    }),
    { numRuns: 150 },
  ); // prettier-ignore
});

/** What has no value stands last, whichever way. */
function compareBy(a: JobRow, b: JobRow, { column, direction }: JobOrder['sort']): number {
  const keyOf = (row: JobRow): string | number | undefined => {
    const states = ['INTERRUPTING', 'RUNNING', 'STARTING', 'FAILED', 'RUNNABLE'];
    if (column === 'submitted') return row.submittedAt;
    if (column === 'state') return states.indexOf(row.state);
    const found = filterRowOf(row, NOW, undefined).value(column);
    return typeof found === 'object' ? found[0] : Number.isNaN(found) ? undefined : found;
  };
  const [left, right] = [keyOf(a), keyOf(b)];
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  const sign = direction === 'up' ? 1 : -1;
  return left < right ? -sign : left > right ? sign : 0;
}

test('of a large collection the top of the list is found first, and nothing found moves afterwards', () => {
  const rows = rowsFrom(jobs(0, 100_000), JOB_SCHEMA);
  const source = sourceOf(rows);
  const query = { ...PLAIN, filter: 'pi-12' };
  const first = viewJobs(source, query);
  expect(first.isPartial).toBe(true);
  expect(first.length).toBeGreaterThan(100);
  const shown = idsOf(first);
  let views = 0;
  while (searchOn()) {
    const now = viewJobs(source, query);
    if (views++ % 20 === 0) expect(idsOf(now).slice(0, shown.length)).toEqual(shown);
  }
  const all = viewJobs(source, query);
  expect(all.isPartial).toBe(false);
  expect(all.length).toBe(naive(rows, 'pi-12').length);
  expect(idsOf(all).slice(0, shown.length)).toEqual(shown);
});

test('the first rows of a sort stand before the rest is sorted, with a filter on as well', () => {
  const rows = rowsFrom(jobs(0, 100_000), JOB_SCHEMA);
  const source = sourceOf(rows);
  const order = orderJobs(rows, { column: 'name', direction: 'down' }, NOW)!;
  const query = { ...PLAIN, filter: 'pi-14', order };
  let steps = 0;
  while (viewJobs(source, query).length === 0 && steps++ < 10_000) searchOn();
  const first = viewJobs(source, query);
  expect([order.positions, first.isPartial]).toEqual([undefined, true]);
  const shown = idsOf(first);
  expect(shown.map((id) => first.indexOf(id))).toEqual(shown.map((_, index) => index));
  while (searchOn());
  const all = idsOf(viewJobs(source, query));
  expect(all.slice(0, shown.length)).toEqual(shown);
  expect(all.length).toBe(naive(rows, 'pi-14').length);
});

test('rows that change while a search runs neither stop it nor begin it anew', () => {
  let rows = rowsFrom(jobs(0, 100_000), JOB_SCHEMA);
  const query = { ...PLAIN, filter: 'cost>1' };
  let ticks = 0;
  while (viewJobs(sourceOf(rows), query).isPartial) {
    for (let step = 0; step < 5; step++) searchOn();
    const costly = { costUsd: 2, interruptions: 0, ranMs: 0, lostMs: 0 };
    rows = upsertRows(rows, [makeJob(ticks++ * 7, { tally: costly })]);
    if (ticks > 500) throw new Error('the search does not end');
  }
  // One that came behind the search is found by the next.
  const found = view(rows, query);
  expect(idsOf(found)).toEqual(naive(rows, 'cost>1').map(({ id }) => id));
});

test('a piece of an id finds its job, across the dashes too', () => {
  const rows = rowsFrom(jobs(0, 100), JOB_SCHEMA);
  const found = (filter: string) => idsOf(view(rows, { filter }));
  expect(found(jobId(7).slice(-9))).toEqual([jobId(7)]);
  expect(found(`id:8000-${jobId(7).slice(-12)}`)).toEqual([jobId(7)]);
  expect(found('0192F0C4-0000')).toHaveLength(100);
});

test('work at risk and progress, of jobs whose heartbeats are read', () => {
  const running = { state: 'RUNNING' as const, epoch: 2 };
  const rows = rowsFrom([makeJob(1, running), makeJob(2, running), makeJob(3, { state: 'SUCCEEDED' })], JOB_SCHEMA);
  const live = (number: number, epoch: number): JobLive => ({ id: jobId(number), epoch, progressPct: 40, leaseUntil: 0, heartbeatAt: 0, atRiskMs: 90_000 }); // prettier-ignore
  const read = { [jobId(1)]: live(1, 2), [jobId(2)]: live(2, 1) };
  const found = (filter: string) => idsOf(viewJobs(sourceOf(rows, read), { ...PLAIN, filter }));
  expect(found('risk>1m')).toEqual([jobId(1)]);
  expect(found('progress>30%')).toEqual([1, 3].map(jobId));
  expect(found('progress<50%')).toEqual([jobId(1)]);
});

function jobs(from: number, count: number): readonly JobRow[] {
  return Array.from({ length: count }, (_, at) => makeJob(from + at));
}
