import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOB_SCHEMA } from '../../../src/engine/model/job-columns.ts';
import { rowsFrom, upsertRows } from '../../../src/engine/model/rows.ts';
import { markJobs, parseJobFilter } from '../../../src/engine/select/job-filter.ts';
import { nextFault, viewJobs } from '../../../src/engine/select/jobs-view.ts';
import { anyJob, anyText } from '../../support/job-rows.ts';
import { jobId, makeJob } from '../../support/snapshots.ts';

const COLUMNS = [
  '',
  '',
  'state:',
  'name:',
  'id:',
  'pool:',
  'worker:',
  'queue:',
  'owner:',
  'why:',
  'x:',
  'constructor:',
];
const word = fc
  .tuple(fc.constantFrom('', '', '!', '!!'), fc.constantFrom(...COLUMNS), anyText)
  .map(([not, column, text]) => `${not}${column}${text}`);

test('a filter over columns finds the rows that it finds one by one', () => {
  fc.assert(
    fc.property(
      fc.array(anyJob, { minLength: 50, maxLength: 60 }),
      fc.array(anyJob, { maxLength: 5 }),
      fc.array(word, { maxLength: 3 }).map((words) => words.join(' ')),
      (list, later, filter) => {
        for (const schema of [JOB_SCHEMA, undefined]) {
          const rows = upsertRows(rowsFrom(list, schema), later);
          const test = parseJobFilter(filter);
          const marks = markJobs(rows, filter);
          if (test === undefined) expect(marks).toBeUndefined();
          else expect([...(marks ?? [])]).toEqual([...rows].map((row) => Number(test(row))));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a piece of an id finds its job, across the dashes too', () => {
  const rows = rowsFrom(Array.from({ length: 100 }, (_, number) => makeJob(number)), JOB_SCHEMA); // prettier-ignore
  const found = (filter: string) => {
    const view = viewJobs(rows, { filter, order: undefined, faultsOnly: false });
    return Array.from({ length: view.length }, (_, index) => view.at(index).id);
  };
  expect(found(jobId(7).slice(-9))).toEqual([jobId(7)]);
  expect(found(`id:8000-${jobId(7).slice(-12)}`)).toEqual([jobId(7)]);
  expect(found('0192F0C4-0000')).toHaveLength(100);
});

test('the next fault, up and down', () => {
  const list = Array.from({ length: 200 }, (_, number) =>
    makeJob(number, number % 60 === 50 ? { state: 'FAILED' } : number === 120 ? { attempt: 2 } : {}),
  );
  const rows = rowsFrom(list, JOB_SCHEMA);
  const view = viewJobs(rows, { filter: '', order: undefined, faultsOnly: false });
  const from = (index: number, step: 1 | -1): number => nextFault(rows, view, { index, step });
  expect([from(0, 1), from(50, 1), from(110, 1), from(120, 1), from(170, 1)]).toEqual([50, 110, 120, 170, -1]);
  expect([from(199, -1), from(170, -1), from(50, -1)]).toEqual([170, 120, -1]);
});
