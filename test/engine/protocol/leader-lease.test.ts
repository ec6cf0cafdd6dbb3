import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { acquireLead, leaderOf, MISC, renewLead, resignLead } from '../../../src/engine/protocol/misc-item.ts';

const LEASE_MS = 100;
const MARGIN_MS = 10;

async function bid(
  table: MemoryTable,
  id: string,
  when: number | { readonly at: number; readonly unchangedMs: number },
): Promise<number | undefined> {
  const { at, unchangedMs } = typeof when === 'number' ? { at: when, unchangedMs: 0 } : when;
  const write = acquireLead(await table.get('misc', MISC.leader), {
    id,
    at,
    until: at + LEASE_MS,
    marginMs: MARGIN_MS,
    unchangedMs,
    leaseMs: LEASE_MS,
  });
  const won = write === undefined ? undefined : await table.write(write);
  return won === undefined ? undefined : Number(won['epoch']);
}

test('the lead is free at first, then taken until its end and the margin', async () => {
  const table = new MemoryTable();
  expect(await bid(table, 'a', 0)).toBe(1);
  expect(await bid(table, 'b', 50)).toBeUndefined();
  expect(await bid(table, 'b', LEASE_MS + MARGIN_MS - 1)).toBeUndefined();
  expect(await bid(table, 'b', LEASE_MS + MARGIN_MS)).toBe(2);
  expect(await table.write(renewLead({ id: 'a', epoch: 1 }, 500))).toBeUndefined();
  expect(await table.write(renewLead({ id: 'b', epoch: 2 }, 500))).toMatchObject({ until: 500, epoch: 2 });
});

test('who has seen the lease unchanged for as long as it lasts need not wait for the margin, whatever the clocks say', async () => {
  const table = new MemoryTable();
  await bid(table, 'a', 5_000);
  expect(await bid(table, 'b', { at: 0, unchangedMs: LEASE_MS - 1 })).toBeUndefined();
  expect(await bid(table, 'b', { at: 0, unchangedMs: LEASE_MS })).toBe(2);
});

test('a leader says where it is and when its machine goes; the next one says so of itself, or nothing', async () => {
  const table = new MemoryTable();
  const about = { version: '0.1.0', host: 'a', instanceId: 'i-1', privateIp: '10.0.0.1' };
  const lead = async (id: string, at: number, more: object) => {
    const item = await table.get('misc', MISC.leader);
    const bidding = { id, at, until: at + LEASE_MS, marginMs: MARGIN_MS, unchangedMs: LEASE_MS, leaseMs: LEASE_MS };
    await table.write(acquireLead(item, { ...bidding, ...more }) ?? renewLead({ id, epoch: 0 }, 0));
    return leaderOf(await table.get('misc', MISC.leader));
  };
  expect(await lead('a', 7, { about })).toEqual({ id: 'a', epoch: 1, until: 107, since: 7, about });
  await table.write(renewLead({ id: 'a', epoch: 1, takeAt: 900 }, 300));
  await table.write(renewLead({ id: 'a', epoch: 1 }, 400));
  expect(leaderOf(await table.get('misc', MISC.leader))).toMatchObject({ until: 400, since: 7, about, takeAt: 900 });
  expect(await lead('b', 500, {})).toEqual({ id: 'b', epoch: 2, until: 600, since: 500 });
});

test('who resigns lets the next in at once, and the epoch goes on', async () => {
  const table = new MemoryTable();
  await bid(table, 'a', 0);
  expect(await table.write(resignLead({ id: 'b', epoch: 1 }))).toBeUndefined();
  await table.write(resignLead({ id: 'a', epoch: 1 }));
  expect(leaderOf(await table.get('misc', MISC.leader))).toBeUndefined();
  expect(await bid(table, 'b', 1)).toBe(2);
});

test('two who bid on the same sight of the lease: one wins', async () => {
  const table = new MemoryTable();
  const item = await table.get('misc', MISC.leader);
  const writes = ['a', 'b'].map((id) =>
    acquireLead(item, { id, at: 0, until: LEASE_MS, marginMs: MARGIN_MS, unchangedMs: 0, leaseMs: LEASE_MS }),
  );
  const won = await Promise.all(writes.map((write) => table.write(write!)));
  expect(won.filter((one) => one !== undefined)).toHaveLength(1);
});

test('in any order of bids, renewals and resignations an epoch has one holder, and epochs only grow', async () => {
  const steps = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      act: fc.constantFrom('bid', 'bid', 'renew', 'resign'),
      laterMs: fc.constantFrom(1, 30, 120),
    }),
    { maxLength: 50 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const table = new MemoryTable();
      const holders = new Map<number, string>();
      const epochs = new Map<string, number>();
      let now = 0;
      let newest = 0;
      for (const { id, act, laterMs } of list) {
        now += laterMs;
        const term = { id, epoch: epochs.get(id) ?? 0 };
        if (act === 'renew') await table.write(renewLead(term, now + LEASE_MS));
        if (act === 'resign') await table.write(resignLead(term));
        if (act !== 'bid') continue;
        const leader = leaderOf(await table.get('misc', MISC.leader));
        const epoch = await bid(table, id, now);
        if (epoch === undefined) continue;
        expect(leader === undefined || leader.id === id || leader.until + MARGIN_MS <= now).toBe(true);
        expect(holders.has(epoch)).toBe(false);
        expect(epoch).toBe(newest + 1);
        newest = epoch;
        holders.set(epoch, id);
        epochs.set(id, epoch);
      }
    }),
  );
});
