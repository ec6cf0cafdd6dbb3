import { expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import type { OwnerSetting } from '../../../src/engine/model/deployment.ts';
import { uuidV7 } from '../../../src/engine/model/ids.ts';
import { seededRng } from '../../../src/engine/model/rng.ts';
import type { TableStore } from '../../../src/engine/model/ports.ts';
import { newJobItem } from '../../../src/engine/protocol/job-item.ts';
import { submitJob } from '../../../src/engine/protocol/operator-job-writes.ts';
import { placeInTurn } from '../../../src/engine/run/take-turns.ts';
import { documentOf } from '../../support/job-table.ts';
import { NOW } from '../../support/snapshots.ts';

const HEADS = 10;

interface Queue {
  readonly readyShards: number;
  readonly owners?: readonly OwnerSetting[];
}

/** Submissions on the real tables and keys, and workers that take what is first in line as `claim.ts` does: of a random shard, one of the first ten. */
class Line {
  readonly table = new MemoryTable({});
  readonly started: { readonly owner: string; readonly number: number }[] = [];
  readonly #queue: Queue;
  readonly #rng;
  readonly #numbers = new Map<string, number>();
  at = NOW;

  constructor(queue: Queue, seed: number) {
    this.#queue = queue;
    this.#rng = seededRng(seed);
  }

  async submit(owner: string, count: number, store: TableStore = this.table) {
    this.at += 50;
    const { readyShards, owners } = this.#queue;
    const document = { ...documentOf(), owner };
    const items = Array.from(
      { length: count },
      (_, position) =>
      newJobItem({ id: uuidV7(this.at, this.#rng), document, deadlineAt: 0, at: this.at + position / 1_000 }, { shards: 1, readyShards }), // prettier-ignore
    );
    const settings = owners === undefined ? {} : { owners };
    const placed = await placeInTurn(items, { store, deployment: { readyShards }, settings, owner, at: this.at });
    if (!placed.ok) return placed;
    for (const item of placed.items) {
      const number = this.#numbers.get(owner) ?? 0;
      this.#numbers.set(owner, number + 1);
      const written = await this.table.write(submitJob({ ...item, number }));
      expect(written).toBeDefined();
    }
    return placed;
  }

  /** One job starts: true, where any waits. */
  async start(): Promise<boolean> {
    this.at += 20;
    const { readyShards } = this.#queue;
    const first = Math.floor(this.#rng.next() * readyShards);
    for (let step = 0; step < readyShards; step++) {
      const hash = { attribute: 'readyShard', value: `default#${(first + step) % readyShards}` };
      const { items } = await this.table.query({ table: 'jobs', index: 'ready', hash, limit: HEADS });
      const taken = items[Math.floor(this.#rng.next() * items.length)];
      if (taken === undefined) continue;
      const item = (await this.table.get('jobs', String(taken['jobId'])))!;
      const { owner } = item['header'] as { readonly owner: string };
      this.started.push({ owner, number: Number(item['number']) });
      await this.table.write({ table: 'jobs', key: String(taken['jobId']), conditions: [], set: {}, add: {}, remove: ['readyShard', 'readyKey'] }); // prettier-ignore
      return true;
    }
    return false;
  }

  async startMany(count: number): Promise<void> {
    for (let one = 0; one < count; one++) await this.start();
  }

  count(owner: string, from = 0): number {
    return this.started.slice(from).filter((one) => one.owner === owner).length;
  }
}

test.each([1, 8])('shards: %i. Ten jobs do not wait for ten thousand that were there before them', async (readyShards) => {
  const line = new Line({ readyShards }, 1);
  await line.submit('ana', 3_000);
  await line.startMany(700);
  const before = line.started.length;
  await line.submit('bob', 10);
  // In rounds of two; but of the first ten of a shard any may be taken, so that one in a hundred waits for sixty more of it.
  await line.startMany(20 + 7 * HEADS * readyShards);
  expect(line.count('bob', before)).toBe(10);
}); // prettier-ignore

test.each([1, 8])('shards: %i. Whoever has jobs waiting gets his share, whatever the others submit and when', async (readyShards) => {
  for (const seed of [1, 2, 3]) {
    const line = new Line({ readyShards }, seed);
    const loads = { ana: 1_500, bob: 400, eve: 400, dan: 400 };
    for (const [owner, count] of Object.entries(loads)) {
      // One at once, another bit by bit, with work going on in between.
      for (let left = count; left > 0; left -= 200) {
        await line.submit(owner, Math.min(200, left));
        await line.startMany(10);
      }
    }
    const before = line.started.length;
    const rounds = 150;
    await line.startMany(4 * rounds);
    for (const owner of Object.keys(loads)) {
      const bound = HEADS * readyShards;
      expect(Math.abs(line.count(owner, before) - rounds), `${owner}, seed ${seed}`).toBeLessThanOrEqual(bound);
    }
    while (await line.start());
    expect(line.started).toHaveLength(Object.values(loads).reduce((sum, count) => sum + count));
  }
}, 60_000); // prettier-ignore

test('one who submits the next job only when the last has started takes no more than his share', async () => {
  const line = new Line({ readyShards: 1 }, 5);
  await line.submit('ana', 400);
  const trickle = ['bob', 'eve', 'dan'];
  for (const owner of trickle) await line.submit(owner, 1);
  for (let one = 0; one < 400; one++) {
    await line.start();
    const { owner } = line.started.at(-1)!;
    if (trickle.includes(owner)) await line.submit(owner, 1);
  }
  // Her share is a quarter: she is never starved by jobs that come at the head of the line.
  expect(line.count('ana')).toBeGreaterThan(400 / 4 - 2 * HEADS);
});

test('shares are weighted', async () => {
  const line = new Line({ readyShards: 1, owners: [{ name: 'ana', weight: 3 }] }, 7);
  for (const owner of ['ana', 'bob']) await line.submit(owner, 400);
  await line.startMany(400);
  expect(Math.abs(line.count('ana') - 300)).toBeLessThanOrEqual(HEADS);
});

test('an owner alone goes in the order of his submissions', async () => {
  const line = new Line({ readyShards: 1 }, 9);
  for (const count of [5, 300, 1, 40]) await line.submit('ana', count);
  const hash = { attribute: 'readyShard', value: 'default#0' };
  const { items } = await line.table.query({ table: 'jobs', index: 'ready', hash, limit: 400 });
  const numbers = await Promise.all(items.map(async ({ jobId }) => (await line.table.get('jobs', String(jobId)))!['number'])); // prettier-ignore
  expect(numbers).toEqual(Array.from({ length: 346 }, (_, at) => at));
});

test('jobs that fit no worker, and stay at the head, do not hold time back', async () => {
  const line = new Line({ readyShards: 1 }, 11);
  const table = line.table;
  // Four that nobody takes: they are made to lie before all others.
  const stuck = Array.from({ length: 4 }, (_, at) => newJobItem({ id: `stuck-${at}`, document: documentOf(), deadlineAt: 0, at: NOW - 9_000_000 }, { shards: 1, readyShards: 1 })); // prettier-ignore
  for (const item of stuck) await table.write(submitJob(item));
  const before = await line.submit('ana', 30);
  const placed = await line.submit('bob', 1);
  const turnOf = (item: unknown) => (item as { header: { turn: number } }).header.turn;
  expect(placed.ok && before.ok && turnOf(placed.items[0]) >= turnOf(before.items[0])).toBe(true);
});

test('two who submit as one owner at the same moment have no turn twice, and do not pass his limit together', async () => {
  const line = new Line({ readyShards: 1, owners: [{ name: 'ana', maxWaiting: 10 }] }, 13);
  let others = 1;
  /** Between the first one's look and his write the second submits. */
  const late: TableStore = {
    get: async (table, key) => {
      const item = await line.table.get(table, key);
      if (others-- > 0) expect(await line.submit('ana', 6)).toMatchObject({ ok: true });
      return item;
    },
    batchGet: (table, keys) => line.table.batchGet(table, keys),
    query: (query) => line.table.query(query),
    scan: (table, after) => line.table.scan(table, after),
    delete: (table, key) => line.table.delete(table, key),
    write: (write) => line.table.write(write),
  };
  expect(await line.submit('ana', 5, late)).toMatchObject({ ok: false, kind: 'limit', why: expect.stringContaining('may have 10 jobs waiting: 6 do') }); // prettier-ignore
  others = 1;
  expect(await line.submit('ana', 4)).toMatchObject({ ok: true });
  const { items } = await line.table.scan('jobs');
  expect(new Set(items.map(({ readyKey }) => String(readyKey).split(':')[2])).size).toBe(10);
  expect(await line.submit('bob', 50)).toMatchObject({ ok: true });
});
