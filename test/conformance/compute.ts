import assert from 'node:assert/strict';
import type { LaunchRequest } from '../../src/engine/model/command.ts';
import { FaultError } from '../../src/engine/model/fault.ts';
import { type ConformanceCase, type ConformanceContext, eventually } from './context.ts';

const GONE = ['shutting-down', 'terminated'];

const request = ({ pool, unique }: ConformanceContext, change: Partial<LaunchRequest> = {}): LaunchRequest => {
  const token = unique('launch');
  return { token, intentId: token, pool, count: 2, maxUsdPerHour: 10, slots: 1, machine: undefined, ...change };
};

/** Launches, runs the case, and ends what it launched whatever became of it. */
async function launched(
  context: ConformanceContext,
  change: Partial<LaunchRequest>,
  act: (asked: LaunchRequest, ids: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked = request(context, change);
  const { instanceIds, fault } = await context.compute.launch(asked);
  try {
    assert.equal(fault, undefined);
    assert.equal(instanceIds.length, asked.count);
    await act(asked, instanceIds);
  } finally {
    if (instanceIds.length > 0) await context.compute.terminate(instanceIds);
  }
}

export const COMPUTE_CASES: readonly ConformanceCase[] = [
  ...[10, undefined].map((maxUsdPerHour): ConformanceCase => ({
    port: 'compute',
    operation: 'CreateFleet',
    name: `launches ${maxUsdPerHour === undefined ? 'on demand' : 'spot'} in the pool, and each can be found by its intent`,
    run: (context) =>
      launched(context, { maxUsdPerHour }, async ({ intentId, pool }, ids) => {
        const mine = async () => (await context.compute.instances()).filter(({ intent }) => intent === intentId);
        const rows = await eventually(mine, ({ length }) => length === 2);
        assert.deepEqual(rows.map(({ id }) => id).sort(), [...ids].sort());
        for (const row of rows) {
          assert.equal(row.pool, pool);
          assert.equal(row.spot, maxUsdPerHour !== undefined);
          assert.ok(row.launchedAt > 0 && !GONE.includes(row.state), JSON.stringify(row));
        }
      }),
  })),
  {
    port: 'compute',
    operation: 'CreateFleet ClientToken',
    name: 'asked twice with one token launches once, and answers the same',
    run: (context) =>
      launched(context, {}, async (asked, ids) => {
        const again = await context.compute.launch(asked);
        const more = again.instanceIds.filter((id) => !ids.includes(id));
        if (more.length > 0) await context.compute.terminate(more);
        assert.deepEqual([...again.instanceIds].sort(), [...ids].sort());
      }),
  },
  {
    port: 'compute',
    operation: 'TerminateInstances',
    name: 'ends what is named, and may be repeated',
    run: (context) =>
      launched(context, {}, async (_, [first = '', second = '']) => {
        await context.compute.terminate([first]);
        await context.compute.terminate([first]);
        const states = async () => {
          const rows = await context.compute.instances();
          return [first, second].map((id) => rows.find((row) => row.id === id)?.state ?? 'missing');
        };
        const [gone, kept] = await eventually(states, ([state]) => GONE.includes(state ?? ''));
        assert.ok(GONE.includes(gone ?? '') && !GONE.includes(kept ?? ''), `${gone} ${kept}`);
      }),
  },
  {
    port: 'compute',
    operation: 'TerminateInstances',
    name: 'of an unknown id is a fault that says not-found, and ends none',
    run: (context) =>
      launched(context, { count: 1 }, async (_, [id = '']) => {
        await assert.rejects(
          context.compute.terminate([id, 'i-0123456789abcdef0']),
          (error) => error instanceof FaultError && error.fault.kind === 'not-found',
        );
        const rows = await context.compute.instances();
        assert.ok(!GONE.includes(rows.find((row) => row.id === id)?.state ?? 'terminated'));
      }),
  },
];
