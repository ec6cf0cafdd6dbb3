import assert from 'node:assert/strict';
import type { LaunchRequest } from '../../src/engine/model/command.ts';
import { FaultError } from '../../src/engine/model/fault.ts';
import { type ConformanceCase, type ConformanceContext, eventually } from './context.ts';

const GONE = ['shutting-down', 'terminated'];

const request = (
  { pool, bidUsdPerHour, unique }: ConformanceContext,
  change: Partial<LaunchRequest> = {},
): LaunchRequest => {
  const token = unique('launch');
  return {
    token,
    intentId: token,
    pool,
    count: 2,
    maxUsdPerHour: bidUsdPerHour,
    slots: 1,
    machine: undefined,
    ...change,
  };
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
  ...(['spot', 'on demand'] as const).map((lifecycle): ConformanceCase => ({
    port: 'compute',
    operation: 'CreateFleet',
    name: `launches ${lifecycle} in the pool, and each can be found by its intent`,
    run: (context) =>
      launched(context, lifecycle === 'spot' ? {} : { maxUsdPerHour: undefined }, async ({ intentId, pool }, ids) => {
        const mine = async () => (await context.compute.instances()).filter(({ intent }) => intent === intentId);
        const rows = await eventually(mine, ({ length }) => length === 2);
        assert.deepEqual(rows.map(({ id }) => id).sort(), [...ids].sort());
        for (const row of rows) {
          assert.equal(row.pool, pool);
          assert.equal(row.spot, lifecycle === 'spot');
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
  {
    port: 'compute',
    operation: 'CreateImage',
    name: 'an image of an instance is found by its tags, is one for its name, launches others, and is retired',
    run: (context) =>
      launched(context, { count: 1 }, async ({ intentId, pool }, [instanceId = '']) => {
        const { compute, unique } = context;
        const state = async () => (await compute.instances()).find(({ id }) => id === instanceId)?.state;
        // EC2 makes no image of what has not started.
        await eventually(state, (now) => now === 'running');
        const name = unique('image').replaceAll(/[^\w-]/g, '-').slice(0, 100);
        const asked = { name, instanceId, intentId, jobId: 'job', generation: 1_000_001 };
        const id = await compute.createImage(asked);
        try {
          const mine = async () => (await compute.images()).filter((image) => image.name === name);
          const [row] = await eventually(mine, ([found]) => found?.state === 'available');
          assert.deepEqual({ ...row, createdAt: 0, sizeGb: 0, snapshotIds: [] }, { id, name, state: 'available', jobId: 'job', generation: 1_000_001, instanceId, intent: intentId, createdAt: 0, sizeGb: 0, snapshotIds: [] });
          assert.ok((row?.sizeGb ?? 0) > 0 && (row?.snapshotIds.length ?? 0) > 0);
          await assert.rejects(
            compute.createImage(asked),
            (error) => error instanceof FaultError && error.fault.kind === 'conflict',
          );
          const token = unique('from-image');
          const again = await compute.launch(request(context, { token, intentId: token, pool, count: 1, imageId: id }));
          assert.equal(again.instanceIds.length, 1);
          await compute.terminate(again.instanceIds);
        } finally {
          await compute.retireImage(id);
          await compute.retireImage(id);
        }
        assert.ok(!(await compute.images()).some((image) => image.id === id));
      }),
  }, // prettier-ignore
];
