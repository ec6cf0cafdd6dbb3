import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import type { IndexQuery, Item } from '../../../src/engine/model/ports.ts';
import { ChangesReader } from '../../../src/engine/run/changes-reader.ts';

const MARGIN_MS = 50;
const SHARDS = 3;

class CountedTable extends MemoryTable {
  readonly asked: IndexQuery[] = [];
  override query(query: IndexQuery) {
    this.asked.push(query);
    return super.query(query);
  }
}

const put = (table: MemoryTable, id: number, changedAt: number) =>
  table.write({
    table: 'jobs',
    key: `j${id}`,
    conditions: [],
    set: { shard: `s${id % SHARDS}`, changedAt },
    add: { rev: 1 },
    remove: [],
  });

function readerOf(table: MemoryTable, now = 0) {
  const revs = new Map<string, number>();
  const reader = new ChangesReader(
    { store: table, table: 'jobs', shards: SHARDS, marginMs: MARGIN_MS, sweepMs: 60_000 },
    now,
  );
  const read = (at: number): Promise<void> =>
    reader.read(at, (items: readonly Item[]) => {
      for (const { jobId, rev } of items) revs.set(String(jobId), Math.max(revs.get(String(jobId)) ?? 0, Number(rev)));
    });
  return { revs, read };
}

test('every page is read, and the next question begins one margin before the newest row', async () => {
  const table = new CountedTable();
  await table.putAll('jobs', Array.from({ length: 1_200 }, (_, id) => ({ jobId: `j${id}`, shard: 's0', changedAt: id, rev: 1 }))); // prettier-ignore
  const { revs, read } = readerOf(table);
  await read(0);
  expect(revs.size).toBe(1_200);
  expect(table.asked.filter(({ hash }) => hash.value === 's0')).toHaveLength(3);
  table.asked.length = 0;
  await read(10);
  expect(table.asked.find(({ hash }) => hash.value === 's0')?.range?.atLeast).toBe(1_199 - MARGIN_MS);
});

test('a quiet table is asked for nothing that was there before, and a row is handed on once', async () => {
  const table = new CountedTable();
  await put(table, 0, 1_000);
  let handed = 0;
  const reader = new ChangesReader(
    { store: table, table: 'jobs', shards: SHARDS, marginMs: MARGIN_MS, sweepMs: 60_000 },
    1_000,
  );
  const read = (at: number) => reader.read(at, (items) => void (handed += items.length));
  await read(1_000);
  await read(1_010);
  expect(handed).toBe(1);
  await read(1_400);
  table.asked.length = 0;
  await read(1_410);
  expect(table.asked.map(({ range }) => range?.atLeast)).toEqual([1_250, 1_250, 1_250]);
  await put(table, 0, 1_411);
  await read(1_420);
  expect(handed).toBe(2);
});

test('what came into the index too late for the margin is found by the sweep', async () => {
  const table = new MemoryTable();
  await put(table, 0, 1_000);
  const { revs, read } = readerOf(table);
  await read(0);
  await put(table, 3, 1_000 - MARGIN_MS - 1);
  await put(table, 6, 1_000 - MARGIN_MS);
  await read(1);
  expect([...revs.keys()]).toEqual(['j0', 'j6']);
  await read(59_999);
  expect(revs.has('j3')).toBe(false);
  await read(60_000);
  expect(revs.has('j3')).toBe(true);
});

test('a reader ends with the newest rev of every row, if the clocks of writers differ by no more than the margin', async () => {
  const step = fc.record({
    id: fc.nat({ max: 8 }),
    behindMs: fc.nat({ max: MARGIN_MS }),
    laterMs: fc.nat({ max: 40 }),
    reads: fc.boolean(),
    readerAheadMs: fc.integer({ min: -MARGIN_MS, max: MARGIN_MS }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const table = new MemoryTable();
      const { revs, read } = readerOf(table);
      let now = 1_000;
      for (const { id, behindMs, laterMs, reads, readerAheadMs } of steps) {
        now += laterMs;
        const before = Number((await table.get('jobs', `j${id}`))?.['changedAt'] ?? 0);
        await put(table, id, Math.max(now - behindMs, before + 1));
        if (reads) await read(now + readerAheadMs);
      }
      await read(now);
      const { items } = await table.scan('jobs');
      expect(Object.fromEntries(revs)).toEqual(Object.fromEntries(items.map(({ jobId, rev }) => [jobId, rev])));
    }),
  );
});
