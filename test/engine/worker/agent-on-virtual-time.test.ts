import { expect, test } from 'vitest';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import type { JobRow } from '../../../src/engine/model/job.ts';
import { jobRowOf, newJobItem } from '../../../src/engine/protocol/job-item.ts';
import { holdJob, submitJob } from '../../../src/engine/protocol/operator-job-writes.ts';
import { retireWorker, workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { commandOf, type ProgramPlan } from '../../simulation/sim-program.ts';
import { SimWorld } from '../../simulation/sim-world.ts';
import { documentOf } from '../../support/job-table.ts';
import { POOL } from '../../support/memory-cloud.ts';

/** One instance, no master, AWS's own timings; a job of so many seconds. */
async function alone(change: Partial<ProgramPlan> = {}) {
  const world = new SimWorld(1, AWS_TIMINGS);
  const { clock, table, compute } = world;
  const plan = { steps: 600, saveMs: 500, exitCode: 0, killsAfter: 0, ...change };
  const document = documentOf({
    run: { command: [...commandOf(plan)] },
    checkpoint: { signal: 'SIGUSR1', intervalS: 3_600 },
  });
  await table.write(submitJob(newJobItem({ id: 'j', document, deadlineAt: 0, at: clock.now() }, world.deployment)));
  const request = {
    token: 't',
    intentId: 't',
    pool: POOL,
    count: 1,
    maxUsdPerHour: 0.05,
    slots: 1,
    machine: undefined,
  };
  const [id = ''] = (await compute.launch(request)).instanceIds;
  const job = async (): Promise<JobRow> => jobRowOf((await table.get('jobs', 'j')) ?? {}) as JobRow;
  const worker = async () => workerRowOf((await table.get('workers', id)) ?? {});
  const until = async (fact: () => Promise<boolean>): Promise<void> => {
    for (let seconds = 0; !(await fact()); seconds++) {
      if (seconds > 3_600) throw new Error('not within an hour');
      await clock.advance(1_000);
    }
  };
  return { world, job, worker, until };
}

test('without a master a worker works on, and its row says since when, busy and idle', async () => {
  const { world, job, worker, until } = await alone();
  await until(async () => (await job()).state === 'RUNNING');
  expect(await worker()).toMatchObject({ state: 'BUSY', detail: expect.stringMatching(/^autonomous since 20/) });
  await until(async () => (await job()).state === 'SUCCEEDED');
  await until(async () => (await worker())?.state === 'IDLE');
  expect((await worker())?.detail).toMatch(/^autonomous since 20/);
  expect(world.invariants.violations).toEqual([]);
});

test('a job that is held has the time of any checkpoint to save, not only the grace of a machine that goes', async () => {
  const saveMs = 3 * AWS_TIMINGS.graceMs;
  const { world, job, until } = await alone({ saveMs });
  await until(async () => (await job()).state === 'RUNNING');
  await world.clock.advance(120_000);
  await world.table.write(holdJob(await job(), { at: world.clock.now(), by: 'ana' }));
  await until(async () => (await job()).state === 'HELD');
  expect(await job()).toMatchObject({ checkpoint: { generation: 1_000_001 }, tally: { lostMs: 0 } });
});

test('a worker that was given up while it was silent says that it is there again', async () => {
  const { world, job, worker, until } = await alone({ steps: 20 });
  await until(async () => (await job()).state === 'SUCCEEDED');
  await until(async () => (await worker())?.state === 'IDLE');
  const row = await worker();
  if (row === undefined) throw new Error('it has a row');
  const lost = { state: 'LOST', detail: 'silent for 45 s', endedAt: 0, at: world.clock.now(), leaderEpoch: 1 } as const;
  expect(await world.table.write(retireWorker(row, lost))).toBeDefined();
  await until(async () => (await worker())?.state === 'IDLE');
  expect(world.invariants.violations).toEqual([]);
});
