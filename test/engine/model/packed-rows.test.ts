import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { JOB, JOB_SCHEMA } from '../../../src/engine/model/job-columns.ts';
import { JOB_STATES, type JobRow } from '../../../src/engine/model/job.ts';
import { emptyRows, type Rows, rowsFrom, upsertRows } from '../../../src/engine/model/rows.ts';
import { anyJob } from '../../support/job-rows.ts';
import { jobId, makeJob } from '../../support/snapshots.ts';

/** So many at once are packed and none stays an object. */
const packedJobs = fc.uniqueArray(anyJob, { selector: ({ id }) => id, minLength: 60, maxLength: 80 });

test('any rows come back as they went in, by id, by position and one after the other', () => {
  fc.assert(
    fc.property(packedJobs, (expected) => {
      const rows = rowsFrom(expected, JOB_SCHEMA);
      expect([...rows]).toStrictEqual(expected);
      for (const [position, row] of expected.entries()) {
        expect(rows.indexOf(row.id)).toBe(position);
        expect(rows.idAt(position)).toBe(row.id);
        expect(rows.at(position)).toStrictEqual(row);
        expect(rows.get(row.id)).toStrictEqual(row);
      }
    }),
    { numRuns: 60 },
  );
});

test('each column, and a search in it, says what the rows say', () => {
  const words = fc.constantFrom('', 'a', 'b', 'é', 'ss', 'ς', 'σ', 'i̇', 'run', 'e1', '1', '-', '0', '\ude00');
  fc.assert(
    fc.property(packedJobs, fc.array(anyJob, { maxLength: 20 }), words, (list, later, word) => {
      // The later ones lie beside the columns.
      const rows = upsertRows(rowsFrom(list, JOB_SCHEMA), later);
      const expected = [...rows];
      for (const column of Object.values(JOB)) {
        if (column.name === 'outputs') continue; // packed with the id left out: only the row makes sense of it
        const read = rows.column<unknown>(column);
        expect(expected.map((_, position) => read(position))).toStrictEqual(expected.map((row) => column.of(row)));
      }
      for (const column of [JOB.name, JOB.state, JOB.reasonDetail]) {
        const marks = new Uint8Array(rows.length);
        rows.mark(column, word, marks);
        expect([...marks]).toEqual(expected.map((row) => Number(column.of(row).toLowerCase().includes(word))));
      }
      const marks = new Uint8Array(rows.length);
      rows.markIds(word, marks);
      expect([...marks]).toEqual(expected.map(({ id }) => Number(id.toLowerCase().includes(word))));
    }),
    { numRuns: 40 },
  );
});

test('a search sets marks and clears none', () => {
  const rows = upsertRows(rowsFrom(jobs(0, 100), JOB_SCHEMA), jobs(10, 3));
  const marks = new Uint8Array(rows.length).fill(1);
  rows.mark(JOB.name, 'nobody', marks);
  expect(marks.every((mark) => mark === 1)).toBe(true);
});

function jobs(from: number, count: number, change: Partial<JobRow> = {}): readonly JobRow[] {
  return Array.from({ length: count }, (_, at) => makeJob(from + at, change));
}

interface Made {
  readonly rows: Rows<JobRow>;
  readonly model: ReadonlyMap<string, JobRow>;
}

/** Hundreds of rows over three chunks: new, known and both, some of ids that are no UUIDs. */
const step = fc.record({
  onto: fc.nat(),
  from: fc.nat(2_400),
  count: fc.oneof(fc.nat(20), fc.nat(900)),
  stride: fc.integer({ min: 1, max: 7 }),
  state: fc.constantFrom(...JOB_STATES),
  detail: fc.constantFrom('', 'one for all', 'own'),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function changesOf({ from, count, stride, state, detail }: Step, rev: number): readonly JobRow[] {
  return Array.from({ length: count }, (_, at) => {
    const number = from + at * stride;
    const id = number % 5 === 0 ? `job-${number}` : jobId(number);
    const reason = {
      code: 'exit' as const,
      since: rev,
      detail: detail === 'own' ? `${id} at ${rev}` : detail,
      next: '',
    };
    const wish = number % 50 === 0 ? { desired: { checkpoint: { at: rev, by: 'ana' } } } : {};
    return makeJob(number, { id, state, rev, reason, epoch: number % 3, ...wish });
  });
}

test('packed rows equal a Map under any upserts and branches, and no snapshot changes once it is made', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
      const made: Made[] = [{ rows: emptyRows(JOB_SCHEMA), model: new Map() }];
      for (const [rev, one] of steps.entries()) {
        const base = made[one.onto % 4 === 0 ? one.onto % made.length : made.length - 1] ?? made[0]!;
        const changes = changesOf(one, rev);
        const model = new Map(base.model);
        for (const row of changes) model.set(row.id, row);
        made.push({ rows: upsertRows(base.rows, changes), model });
      }
      for (const { rows, model } of made) {
        expect(isDeepStrictEqual([...rows], [...model.values()])).toBe(true);
        const ids = [...model.keys()];
        expect(ids.every((id, position) => rows.indexOf(id) === position)).toBe(true);
        expect(rows.indexOf('job-unknown')).toBe(-1);
        expect(rows.indexOf(jobId(9_999_999))).toBe(-1);
        const last = made.at(-1)!;
        for (const id of last.model.keys()) if (!model.has(id)) expect(rows.indexOf(id)).toBe(-1);
      }
    }),
    { numRuns: 30 },
  );
});

test('asking twice for an unchanged row gives the same object, also after its neighbours changed', () => {
  const before = rowsFrom(jobs(0, 2_000), JOB_SCHEMA);
  const rows = Array.from({ length: 60 }, (_, at) => before.at(500 + at));
  expect(rows).toEqual(jobs(500, 60));
  const after = upsertRows(before, jobs(10, 5, { rev: 2 }));
  for (const [at, row] of rows.entries()) {
    expect(before.at(500 + at)).toBe(row);
    expect(after.at(500 + at)).toBe(row);
  }
});

test('a row made of a packed one is never given for another version of it', () => {
  let rows = rowsFrom(jobs(0, 100), JOB_SCHEMA);
  const versions = [rows];
  for (let rev = 2; rev < 6; rev++) versions.push((rows = upsertRows(rows, jobs(0, 100, { rev }))));
  const seen = versions.flatMap((version) => [version.at(7).rev, version.at(7).rev]);
  expect(seen).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
});

test('packing a chunk anew leaves no value behind that no row has any more, and shares the columns that stayed', () => {
  const owners = (rev: number) => jobs(0, 200).map((row, at) => ({ ...row, rev, leaseOwner: `i-${rev}-${at}` }));
  const before = rowsFrom(owners(1), JOB_SCHEMA);
  let after = before;
  for (let rev = 2; rev < 20; rev++) after = upsertRows(after, owners(rev));
  const storesOf = (rows: Rows<JobRow>) =>
    (rows as unknown as { chunks: { packed: { stores: Record<string, { words: readonly unknown[] }> } }[] }).chunks[0]!
      .packed.stores;
  expect(storesOf(after)['leaseOwner']?.words).toHaveLength(200);
  expect(storesOf(after)['name']).toBe(storesOf(before)['name']);
  expect(storesOf(after)['rev']).not.toBe(storesOf(before)['rev']);
});

test('a position outside the rows stops the program with what was asked', () => {
  const rows = rowsFrom(jobs(0, 100), JOB_SCHEMA);
  expect(() => rows.at(100)).toThrow('row 100 of 100');
  expect(() => rows.at(-1)).toThrow('row -1 of 100');
  expect(() => rows.idAt(100)).toThrow('row 100 of 100');
  expect(() => rows.column(JOB.name)(1_024)).toThrow('chunk 1 of 1');
});
