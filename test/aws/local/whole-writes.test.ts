import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { type ItemStore, wholeWrites } from '../../../src/aws/local/dynamodb/whole-writes.ts';
import { eventually, holds } from '../../support/eventually.ts';

const require = createRequire(import.meta.url);
const database = require('dynalite/db') as { create(options: object): ItemStore };

type Run = (store: ItemStore, input: object, done: (error: unknown, reply: unknown) => void) => void;

function run(store: ItemStore, action: string, input: object): Promise<unknown> {
  const act = require(`dynalite/actions/${action}`) as Run;
  return new Promise((resolve, reject: (reason: unknown) => void) =>
    act(store, input, (error, reply) => (error ? reject(error) : resolve(reply))),
  );
}

const index = (name: string) => ({
  IndexName: name,
  KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
  Projection: { ProjectionType: 'ALL' },
});
const item = (id: string, shard: string) => ({ id: { S: id }, state: { S: 'a' }, shard: { S: shard } });

/** The writes that reach LevelDB while something is done: each is whole, or not there at all. */
async function writesOf(store: ItemStore, act: () => Promise<unknown>): Promise<readonly (readonly string[])[]> {
  const db = store.db as unknown as Record<'put' | 'del' | 'batch', (...input: unknown[]) => unknown>;
  const { put, del, batch } = db;
  const writes: (readonly string[])[] = [];
  const changed = (key: unknown): string => String(key).replace(/~[0-9a-f]{6}.*/, '').replace(/~.*~/, ' '); // prettier-ignore
  db.put = (key, ...rest) => (writes.push([`put ${changed(key)}`]), put(key, ...rest));
  db.del = (key, ...rest) => (writes.push([`del ${changed(key)}`]), del(key, ...rest));
  db.batch = (changes, ...rest) => {
    writes.push((changes as { type: string; key: string }[]).map(({ type, key }) => `${type} ${changed(key)}`));
    return batch(changes, ...rest);
  };
  await act();
  Object.assign(db, { put, del, batch });
  return writes;
}

test('an item and its index entries are one write, whatever is written and however', async () => {
  const store = database.create({ createTableMs: 0 });
  await run(store, 'createTable', {
    TableName: 't',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: ['id', 'state', 'shard'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    GlobalSecondaryIndexes: [index('state'), index('shard')],
  });
  const isActive = async (): Promise<true | undefined> => {
    const { Table } = (await run(store, 'describeTable', { TableName: 't' })) as { Table: { TableStatus: string } };
    return holds(Table.TableStatus === 'ACTIVE');
  };
  await eventually('the table is active', isActive, { withinMs: 5_000 });
  const whole = wholeWrites(store);
  const put = (number: string, shard: string) => () =>
    run(whole, 'putItem', { TableName: 't', Item: item(number, shard) });
  const both = ['put index-global state', 'put index-global shard'];
  expect(await writesOf(store, put('1', 's1'))).toEqual([[...both, 'put item-t']]);
  expect(await writesOf(store, put('1', 's2'))).toEqual([['del index-global shard', ...both, 'put item-t']]);
  const remove = () => run(whole, 'deleteItem', { TableName: 't', Key: { id: { S: '1' } } });
  expect(await writesOf(store, remove)).toEqual([['del index-global state', 'del index-global shard', 'del item-t']]);

  const many = ['2', '3', '4'].map((number) => ({ PutRequest: { Item: item(number, 's1') } }));
  const written = await writesOf(store, () => run(whole, 'batchWriteItem', { RequestItems: { t: many } }));
  expect(written).toEqual(many.map(() => [...both, 'put item-t']));
});
