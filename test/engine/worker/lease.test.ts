import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { guarded } from '../../../src/aws/memory/faults.ts';
import type { Fault } from '../../../src/engine/model/fault.ts';
import { LOCAL_TIMINGS } from '../../../src/engine/model/timings.ts';
import { claimJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { killJob, wishCheckpoint } from '../../../src/engine/protocol/operator-job-writes.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { Lease } from '../../../src/engine/worker/lease.ts';
import { tableWith } from '../../support/job-table.ts';
import { faultNow } from '../../support/memory-cloud.ts';

const { leaseMs, heartbeatMs, skewMarginMs } = LOCAL_TIMINGS;

async function kept() {
  const clock = new VirtualClock(1_000);
  const road: { state: 'up' | 'down' | 'hangs' } = { state: 'up' };
  const table = await tableWith([{ id: 'j', at: 1 }]);
  const before = (): Fault | undefined | Promise<never> =>
    road.state === 'hangs' ? new Promise<never>(() => undefined) : road.state === 'down' ? faultNow() : undefined;
  const store = {
    ...pick(table),
    write: (write: Parameters<typeof table.write>[0]) =>
      guarded({ before }, { port: 'table', name: 'write', target: '' }, () => table.write(write)),
  };
  const row = jobRowOf((await table.get('jobs', 'j')) ?? {})!;
  await table.write(claimJob(row, { workerId: 'w', pool: 'p', at: 1_000, leaseUntil: 1_000 + leaseMs }));
  const lost: { at: number; why: string }[] = [];
  const seen: number[] = [];
  const stop = new AbortController();
  const lease = new Lease(
    {
      store: store as never,
      clock,
      timings: LOCAL_TIMINGS,
      holder: { jobId: 'j', epoch: 1, workerId: 'w' },
      facts: async () => ({ progressPct: 5, atRiskMs: 1 }),
      onRow: ({ rev }) => void seen.push(rev),
      onLost: ({ why }) => void lost.push({ at: clock.monotonicMs(), why }),
    },
    0,
  );
  const keeping = lease.keep(stop.signal);
  return { clock, road, table, lost, seen, stop, lease, keeping };
}

function pick(table: Awaited<ReturnType<typeof tableWith>>) {
  return { get: table.get.bind(table) };
}

test('a lease is renewed at every heartbeat, and ends quietly when it is told to', async () => {
  const { clock, table, lost, stop, keeping } = await kept();
  await clock.advance(5 * leaseMs);
  expect((await table.get('jobs', 'j'))?.['leaseUntil']).toBe(1_000 + 5 * leaseMs + leaseMs);
  stop.abort();
  await keeping;
  expect(lost).toEqual([]);
  expect(clock.sleepers).toBe(0);
});

test('a heartbeat that is refused ends it at once', async () => {
  const { clock, table, lost, keeping } = await kept();
  await table.write(killJob(jobRowOf((await table.get('jobs', 'j')) ?? {})!, { at: 2_000, by: 'ana' }));
  await clock.advance(heartbeatMs);
  expect(lost).toEqual([{ at: heartbeatMs, why: expect.stringContaining('somebody else') }]);
  await keeping;
});

test('a wish arrives with the reply', async () => {
  const { clock, table, seen } = await kept();
  const row = jobRowOf((await table.get('jobs', 'j')) ?? {})!;
  await table.write({ ...wishCheckpoint(row, { at: 2_000, by: 'ana' }), conditions: [] });
  await clock.advance(heartbeatMs);
  expect(seen).toEqual([3]);
});

test.each(['down', 'hangs'] as const)(
  'tables whose road is %s: the own clock ends the lease one margin before anybody else may',
  async (state) => {
    const { clock, road, lost, keeping } = await kept();
    await clock.advance(heartbeatMs);
    road.state = state;
    await clock.advance(leaseMs + heartbeatMs);
    expect(lost).toHaveLength(1);
    expect(lost[0]!.at).toBeGreaterThan(2 * heartbeatMs);
    expect(lost[0]!.at).toBeLessThanOrEqual(heartbeatMs + leaseMs - skewMarginMs);
    await keeping;
  },
);

test('a road that comes back in time saves it', async () => {
  const { clock, road, lost, stop, keeping } = await kept();
  road.state = 'down';
  await clock.advance(leaseMs - skewMarginMs - heartbeatMs);
  road.state = 'up';
  await clock.advance(3 * leaseMs);
  expect(lost).toEqual([]);
  stop.abort();
  await keeping;
});

test('a checkpoint that begins is told with a heartbeat, which the next one then waits for', async () => {
  const { clock, table, seen, stop, lease, keeping } = await kept();
  await clock.advance(heartbeatMs / 2);
  const pending = { generation: 1_000_001, startedAt: clock.now(), reason: 'periodic' };
  expect(await lease.begin(pending, stop.signal)).toBe(true);
  expect(await table.get('jobs', 'j')).toMatchObject({ checkpointPending: pending, leaseUntil: clock.now() + leaseMs });
  await clock.advance(heartbeatMs - 1);
  expect(seen).toHaveLength(1);
  await clock.advance(1);
  expect(seen).toHaveLength(2);
  stop.abort();
  await keeping;
});

test('a checkpoint begins under no lease that is lost', async () => {
  const { clock, table, lost, stop, lease, keeping } = await kept();
  await table.write(killJob(jobRowOf((await table.get('jobs', 'j')) ?? {})!, { at: 2_000, by: 'ana' }));
  const pending = { generation: 1_000_001, startedAt: clock.now(), reason: 'periodic' };
  expect(await lease.begin(pending, stop.signal)).toBe(false);
  expect(lost).toEqual([{ at: 0, why: expect.stringContaining('somebody else') }]);
  expect(await lease.begin(pending, stop.signal)).toBe(false);
  await clock.advance(heartbeatMs);
  await keeping;
});
