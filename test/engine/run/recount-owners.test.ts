import { expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { recountOwners } from '../../../src/engine/run/recount-owners.ts';
import {
  COUNTED_AFTER_MS,
  ownerItemOf,
  ownerKey,
  takeTurns,
  waitingOf,
} from '../../../src/engine/protocol/owner-item.ts';
import { settingsFor } from '../../support/memory-cloud.ts';
import { makeJob, NOW } from '../../support/snapshots.ts';
import { world } from '../../support/world.ts';

const old = NOW - COUNTED_AFTER_MS - 1;
const limited = {
  settings: settingsFor({
    owners: [
      { name: '*', maxWaiting: 10 },
      { name: 'eve', weight: 2 },
    ],
  }),
};

async function tableAfter(
  ...submissions: readonly { readonly owner: string; readonly at: number; readonly count: number }[]
) {
  const table = new MemoryTable({});
  for (const { owner, at, count } of submissions) {
    const known = ownerItemOf(await table.get('misc', ownerKey(owner)));
    expect(await table.write(takeTurns(owner, known, { at, count, turns: {} }))).toBeDefined();
  }
  const waiting = async (owner: string) => waitingOf(ownerItemOf(await table.get('misc', ownerKey(owner))));
  return { table, waiting };
}

test('what was submitted a while ago is counted in the tables, and what came since is taken as it was told', async () => {
  const { table, waiting } = await tableAfter({ owner: 'ana', at: old, count: 6 }, { owner: 'ana', at: NOW - 1, count: 3 }); // prettier-ignore
  expect(await waiting('ana')).toBe(9);
  const rows = [makeJob(0, { owner: 'ana', submittedAt: old }), makeJob(1, { owner: 'ana', submittedAt: old, state: 'HELD' }), makeJob(2, { owner: 'ana', submittedAt: old, state: 'RUNNING' }), makeJob(3, { owner: 'ana', submittedAt: NOW - 1 })]; // prettier-ignore
  await recountOwners(table, world(limited, rows), NOW);
  expect(await waiting('ana')).toBe(2 + 3);
  const { rev } = ownerItemOf(await table.get('misc', ownerKey('ana')));
  await recountOwners(table, world(limited, rows), NOW);
  expect(ownerItemOf(await table.get('misc', ownerKey('ana'))).rev).toBe(rev);
});

test('whose jobs have all started has none waiting; who has no limit, or never submitted, is left alone', async () => {
  const { table, waiting } = await tableAfter({ owner: 'ana', at: old, count: 6 }, { owner: 'eve', at: old, count: 4 });
  const rows = ['ana', 'eve', 'bob'].map((owner, at) => makeJob(at, { owner, submittedAt: old, state: 'SUCCEEDED' }));
  await recountOwners(table, world(limited, rows), NOW);
  expect([await waiting('ana'), await waiting('eve')]).toEqual([0, 4]);
  expect(await table.get('misc', ownerKey('bob'))).toBeUndefined();
});

test('the memory of submissions stays small, and none of it is lost', async () => {
  const { table, waiting } = await tableAfter(...Array.from({ length: 40 }, (_, at) => ({ owner: 'ana', at: NOW + at, count: 2 }))); // prettier-ignore
  expect(await waiting('ana')).toBe(80);
  expect(ownerItemOf(await table.get('misc', ownerKey('ana'))).given.length).toBeLessThanOrEqual(16);
});
