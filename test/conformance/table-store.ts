import assert from 'node:assert/strict';
import type { Condition, ConditionalWrite } from '../../src/engine/model/command.ts';
import { rightsProbe } from '../../src/engine/protocol/rights-probe.ts';
import { type ConformanceCase, type ConformanceContext, eventually } from './context.ts';

const write = (key: string, change: Partial<ConditionalWrite>): ConditionalWrite => ({
  table: 'jobs',
  key,
  conditions: [],
  set: {},
  add: {},
  remove: [],
  ...change,
});

const changes = (hash: string, limit: number, atLeast?: number) => ({
  table: 'jobs' as const,
  index: 'changes',
  hash: { attribute: 'shard', value: hash },
  ...(atLeast !== undefined && { range: { attribute: 'changedAt', atLeast } }),
  limit,
});

async function fill({ store, unique }: ConformanceContext, count: number): Promise<string> {
  const shard = unique('shard');
  const items = Array.from({ length: count }, (_, at) => ({
    jobId: `${shard}-${at}`,
    shard,
    changedAt: 1_000 - at,
    pool: `n${at}`,
    secret: 'x',
  }));
  for (const { jobId, ...set } of items)
    await store.write({ table: 'jobs', key: jobId, conditions: [], set, add: {}, remove: [] });
  await eventually(() => store.query(changes(shard, 1_000)), ({ items: seen }) => seen.length >= Math.min(count, 1_000)); // prettier-ignore
  return shard;
}

const VALUE = { text: 'ü€😀', empty: '', zero: 0, small: 1e-7, large: 2 ** 53 - 1, yes: true, none: null, list: [1, 'a', []], map: { deep: { er: {} } } } as const; // prettier-ignore

const HOLDS: readonly [Condition, boolean][] = [
  [{ op: '=', attribute: 'n', value: 5 }, true],
  [{ op: '=', attribute: 'n', value: '5' }, false],
  [{ op: '=', attribute: 'none', value: 5 }, false],
  [{ op: '<', attribute: 'n', value: 5 }, false],
  [{ op: '<', attribute: 'n', value: 6 }, true],
  [{ op: '<=', attribute: 'n', value: 5 }, true],
  [{ op: '<', attribute: 'none', value: 5 }, false],
  [{ op: '<', attribute: 'text', value: 6 }, false],
  [{ op: 'in', attribute: 'text', values: ['a', 'b'] }, true],
  [{ op: 'in', attribute: 'text', values: ['c'] }, false],
  [{ op: 'exists', attribute: 'n' }, true],
  [{ op: 'exists', attribute: 'none' }, false],
  [{ op: 'absent', attribute: 'none' }, true],
  [{ op: 'absent', attribute: 'n' }, false],
  [{ op: 'any', of: [{ op: 'absent', attribute: 'n' }, { op: '=', attribute: 'text', value: 'a' }] }, true], // prettier-ignore
  [{ op: 'any', of: [{ op: 'absent', attribute: 'n' }, { op: '=', attribute: 'text', value: 'b' }] }, false], // prettier-ignore
];

/** As an operator's console asks whether it may write. */
const PROBE = rightsProbe('jobs');

export const TABLE_CASES: readonly ConformanceCase[] = [
  {
    port: 'table',
    operation: 'UpdateItem',
    name: 'a condition that contradicts itself is a conflict, and nothing is written',
    run: async ({ store }) => {
      assert.equal(await store.write(PROBE), undefined);
      assert.equal(await store.get('jobs', PROBE.key), undefined);
    },
  },
  {
    port: 'table',
    operation: 'UpdateItem',
    name: 'makes an item, and ADD to what is missing counts from 0',
    run: async ({ store, unique }) => {
      const key = unique('j');
      assert.deepEqual(await store.write(write(key, { set: { state: 'A' }, add: { rev: 1 } })), {
        jobId: key,
        state: 'A',
        rev: 1,
      });
      assert.deepEqual(await store.write(write(key, { add: { rev: 2 }, remove: ['state', 'never'] })), {
        jobId: key,
        rev: 3,
      });
      assert.deepEqual(await store.get('jobs', key), { jobId: key, rev: 3 });
    },
  },
  {
    port: 'table',
    operation: 'UpdateItem',
    name: 'that only removes is accepted; what is set as well stays',
    run: async ({ store, unique }) => {
      const key = unique('j');
      await store.write(write(key, { set: { a: 1, b: 2 } }));
      assert.deepEqual(await store.write(write(key, { remove: ['a'] })), { jobId: key, b: 2 });
      assert.deepEqual(await store.write(write(key, { set: { b: 3 }, remove: ['b'] })), { jobId: key, b: 3 });
    },
  },
  {
    port: 'table',
    operation: 'UpdateItem',
    name: 'keeps every kind of value as it was',
    run: async ({ store, unique }) => {
      const key = unique('j');
      await store.write(write(key, { set: { value: VALUE } }));
      assert.deepEqual((await store.get('jobs', key))?.['value'], VALUE);
    },
  },
  ...HOLDS.map(([condition, holds]): ConformanceCase => ({
    port: 'table',
    operation: 'UpdateItem',
    name: `under ${JSON.stringify(condition)} is ${holds ? 'carried out' : 'refused'}`,
    run: async ({ store, unique }) => {
      const key = unique('j');
      const before = await store.write(write(key, { set: { n: 5, text: 'a' } }));
      const after = await store.write(write(key, { conditions: [condition], set: { done: 1 } }));
      assert.equal(after !== undefined, holds);
      assert.deepEqual(await store.get('jobs', key), holds ? { ...before, done: 1 } : before);
    },
  })),
  {
    port: 'table',
    operation: 'UpdateItem',
    name: 'of many at once under one condition: one wins',
    run: async ({ store, unique }) => {
      const key = unique('j');
      const bids = Array.from({ length: 8 }, (_, by) =>
        store.write(write(key, { conditions: [{ op: 'absent', attribute: 'by' }], set: { by } })),
      );
      const won = (await Promise.all(bids)).filter((item) => item !== undefined);
      assert.equal(won.length, 1);
      assert.deepEqual(await store.get('jobs', key), won[0]);
    },
  },
  {
    port: 'table',
    operation: 'GetItem',
    name: 'of what is not there is nothing',
    run: async ({ store, unique }) => assert.equal(await store.get('jobs', unique('none')), undefined),
  },
  {
    port: 'table',
    operation: 'BatchGetItem',
    name: 'answers with those that are there',
    run: async (context) => {
      const shard = await fill(context, 3);
      const items = await context.store.batchGet('jobs', [`${shard}-0`, 'none', `${shard}-2`]);
      assert.deepEqual(items.map(({ jobId }) => jobId).sort(), [`${shard}-0`, `${shard}-2`]);
    },
  },
  {
    port: 'table',
    operation: 'Query',
    name: 'goes through an index in order, page by page, and shows its columns only',
    run: async (context) => {
      const shard = await fill(context, 25);
      const seen: (readonly [unknown, unknown])[] = [];
      let page = await context.store.query(changes(shard, 10));
      for (;;) {
        seen.push(...page.items.map((item) => [item['changedAt'], item['pool']] as const));
        for (const item of page.items)
          assert.deepEqual(Object.keys(item).sort(), ['changedAt', 'jobId', 'pool', 'shard']);
        if (page.next === undefined) break;
        page = await context.store.query({ ...changes(shard, 10), after: page.next });
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 25 }, (_, at) => [976 + at, `n${24 - at}`]),
      );
    },
  },
  {
    port: 'table',
    operation: 'Query',
    name: 'begins at a value, itself included',
    run: async (context) => {
      const shard = await fill(context, 10);
      const { items } = await context.store.query(changes(shard, 100, 998));
      assert.deepEqual(items.map(({ changedAt }) => changedAt), [998, 999, 1_000]); // prettier-ignore
    },
  },
  {
    port: 'table',
    operation: 'Query',
    name: 'finds in a sparse index only what has its keys, and follows their change',
    run: async ({ store, unique }) => {
      const [queue, key] = [unique('q'), unique('j')];
      const ready = () =>
        store.query({ table: 'jobs', index: 'ready', hash: { attribute: 'readyShard', value: queue }, limit: 10 });
      await store.write(write(key, { set: { readyShard: queue, readyKey: 'b', other: 1 } }));
      assert.deepEqual((await eventually(ready, ({ items }) => items.length === 1)).items, [
        { jobId: key, readyShard: queue, readyKey: 'b' },
      ]);
      await store.write(write(unique('j'), { set: { readyShard: queue, readyKey: 'a' } }));
      assert.deepEqual(
        (await eventually(ready, ({ items }) => items.length === 2)).items.map(({ readyKey }) => readyKey),
        ['a', 'b'],
      );
      await store.write(write(key, { remove: ['readyShard', 'readyKey'] }));
      assert.equal((await eventually(ready, ({ items }) => items.length === 1)).items.length, 1);
    },
  },
  {
    port: 'table',
    operation: 'Scan',
    name: 'comes to every item',
    run: async (context) => {
      const shard = await fill(context, 30);
      const seen = new Set<unknown>();
      let page = await context.store.scan('jobs');
      for (;;) {
        for (const { jobId } of page.items) seen.add(jobId);
        if (page.next === undefined) break;
        page = await context.store.scan('jobs', page.next);
      }
      for (let at = 0; at < 30; at++) assert.ok(seen.has(`${shard}-${at}`), `${shard}-${at}`);
    },
  },
  {
    port: 'table',
    operation: 'DeleteItem',
    name: 'removes, and may be repeated',
    run: async ({ store, unique }) => {
      const key = unique('j');
      await store.write(write(key, { set: { a: 1 } }));
      await store.delete('jobs', key);
      await store.delete('jobs', key);
      assert.equal(await store.get('jobs', key), undefined);
    },
  },
];
