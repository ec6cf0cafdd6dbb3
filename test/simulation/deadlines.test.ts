import { expect, test } from 'vitest';
import { uuidV7 } from '../../src/engine/model/ids.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { AWS_TIMINGS } from '../../src/engine/model/timings.ts';
import { jobRowOf, newJobItem } from '../../src/engine/protocol/job-item.ts';
import { writeSettings } from '../../src/engine/protocol/misc-item.ts';
import { submitJob } from '../../src/engine/protocol/operator-job-writes.ts';
import { documentOf } from '../support/job-table.ts';
import { settingsFor } from '../support/memory-cloud.ts';
import { startMaster } from './sim-master.ts';
import { commandOf } from './sim-program.ts';
import { POOLS, SimWorld } from './sim-world.ts';

const WORK_S = 3_600;
/** Waited for spot at first, or spent there. */
const SLACK_MS = 300_000;
const STEP_MS = 500;

/** One job of an hour that saves nothing unless it is asked to, on one spot worker at most, in fair weather. */
async function oneJob(seed: number, usdPerHour: number) {
  const world = new SimWorld(seed, AWS_TIMINGS);
  const { clock, table, deadlines } = world;
  world.prices.add(POOLS.map((pool) => ({ pool, at: clock.now(), usdPerHour })));
  const pools = POOLS.map((id) => ({ id, bidUsdPerHour: 0.05 }));
  await table.write(writeSettings(settingsFor({ targetWorkers: 1, pools })));
  const id = uuidV7(clock.now(), world.rng.fork('id'));
  const document = documentOf({
    run: { command: [...commandOf({ steps: WORK_S, saveMs: 500, exitCode: 0, killsAfter: 0 })] },
    checkpoint: { signal: 'SIGUSR1', intervalS: 86_400 },
    estimate: { workS: WORK_S },
  });
  const deadlineAt = clock.now() + WORK_S * 1_000 + deadlines.netMs + SLACK_MS;
  await table.write(submitJob(newJobItem({ id, document, deadlineAt, at: clock.now() }, world.deployment)));
  const master = startMaster(world, 'm', world.rng.fork('m'));
  const row = async (): Promise<JobRow> => jobRowOf((await table.get('jobs', id)) ?? {}) as JobRow;
  const until = async (fact: (job: JobRow) => boolean): Promise<JobRow> => {
    for (;;) {
      const job = await row();
      if (fact(job)) return job;
      if (clock.now() > deadlineAt) throw new Error(`seed ${seed}: ${job.state} at its deadline, ${job.reason.detail}`);
      await clock.advance(STEP_MS);
    }
  };
  return { world, deadlineAt, until, stop: master.stop };
}

const SEEDS = [1, 2, 3, 4];

test.each(SEEDS)('seed %d: no bid holds: rescued at its last moment, and in time', async (seed) => {
  const { world, deadlineAt, until, stop } = await oneJob(seed, 0.09);
  const marked = await until(({ rescue }) => rescue !== undefined);
  expect(marked.rescue?.at).toBeGreaterThan(deadlineAt - WORK_S * 1_000 - world.deadlines.netMs - 5_000);
  const ended = await until(({ state }) => state === 'SUCCEEDED');
  stop();
  expect(ended.endedAt).toBeLessThan(deadlineAt);
  expect([...world.instances.values()].map(({ isSpot }) => isSpot)).toEqual([false]);
  expect(world.invariants.violations).toEqual([]);
});

test.each(SEEDS)(
  'seed %d: spot runs it: it works on until on-demand is ready, then goes over with all that it did',
  async (seed) => {
    const { world, deadlineAt, until, stop } = await oneJob(seed, 0.03);
    const running = await until(({ state }) => state === 'RUNNING');
    const sent = await until(({ rescue }) => (rescue?.goAt ?? 0) > 0);
    expect(sent).toMatchObject({ leaseOwner: running.leaseOwner, epoch: 1 });
    expect([...world.instances.values()].filter(({ isSpot }) => !isSpot)).toHaveLength(1);
    const ended = await until(({ state }) => state === 'SUCCEEDED');
    stop();
    expect(ended).toMatchObject({ epoch: 2, losses: { spot: 0, node: 0, controller: 0 } });
    expect(ended.endedAt).toBeLessThan(deadlineAt);
    expect(Math.max(...world.invariants.redone)).toBeLessThanOrEqual(5);
    expect(world.invariants.violations).toEqual([]);
  },
);

test.each(SEEDS)(
  'seed %d: spot takes it back untold at its last moment, with all that it did to do again: in time all the same',
  async (seed) => {
    const { world, deadlineAt, until, stop } = await oneJob(seed, 0.03);
    const marked = await until(({ rescue }) => rescue !== undefined);
    const instance = world.instances.get(marked.leaseOwner);
    if (instance === undefined) throw new Error('spot does not run it');
    void world.reclaim(instance, 'untold');
    const ended = await until(({ state }) => state === 'SUCCEEDED');
    stop();
    expect(Math.max(...world.invariants.redone)).toBeGreaterThan(200);
    expect(ended.endedAt).toBeLessThan(deadlineAt);
    expect(world.invariants.violations).toEqual([]);
  },
);
