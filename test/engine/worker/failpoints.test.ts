import { expect, test } from 'vitest';
import { uuidV7 } from '../../../src/engine/model/ids.ts';
import { isTerminal, type JobRow } from '../../../src/engine/model/job.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import { jobRowOf, newJobItem } from '../../../src/engine/protocol/job-item.ts';
import { writeSettings } from '../../../src/engine/protocol/misc-item.ts';
import { submitJob } from '../../../src/engine/protocol/operator-job-writes.ts';
import { FAILPOINTS, type FailpointName } from '../../../src/engine/worker/failpoints.ts';
import { startMaster } from '../../simulation/sim-master.ts';
import { commandOf } from '../../simulation/sim-program.ts';
import { POOLS, SimWorld } from '../../simulation/sim-world.ts';
import { documentOf } from '../../support/job-table.ts';
import { settingsFor } from '../../support/memory-cloud.ts';

/** The same as the proof of real processes (proof/failpoints), on a virtual clock: AWS's own timings, and every instant the same. */

const STEPS = 300;
const GIVE_UP_MS = 3_600_000;

/** What must come before, so that the point is reached: a worker that is taken back, with or without a word. */
const BEFORE: Readonly<Partial<Record<FailpointName, 'told' | 'untold'>>> = {
  saved: 'told',
  released: 'told',
  fetched: 'untold',
  restored: 'untold',
};
const BEFORE_COMMIT = new Set<FailpointName>(['begin', 'begun', 'taken', 'packed', 'part', 'parts', 'manifest']);

test.each(Object.keys(FAILPOINTS) as FailpointName[])(
  'a worker that dies at "%s": its job ends exact elsewhere, and nothing of it is left',
  async (point) => {
    const world = new SimWorld(1, AWS_TIMINGS);
    const { clock, table, blobs, invariants, rng } = world;
    world.prices.add(POOLS.map((pool) => ({ pool, at: clock.now(), usdPerHour: 0.03 })));
    const pools = POOLS.map((id) => ({ id, bidUsdPerHour: 0.05 }));
    await table.write(writeSettings(settingsFor({ targetWorkers: 2, pools })));
    const id = uuidV7(clock.now(), rng);
    const plan = { steps: STEPS, saveMs: 500, exitCode: 0, killsAfter: 0 };
    const document = documentOf({
      run: { command: [...commandOf(plan)] },
      checkpoint: { signal: 'SIGUSR1', intervalS: 60 },
      outputs: [{ path: 'out.json', name: 'count' }],
      record: { book: 'b', key: 'k', from: 'count' },
    });
    invariants.expectJob(id, STEPS);
    await table.write(submitJob(newJobItem({ id, document, deadlineAt: 0, at: clock.now() }, world.deployment)));
    const deaths: number[] = [];
    const restored: number[] = [];
    let isTaken = false;
    world.failpoint = (reached, { generation, on }) => {
      if (reached === 'restored') restored.push(generation);
      const before = BEFORE[point];
      if (reached === 'swept' && before !== undefined && !isTaken) {
        isTaken = true;
        void world.reclaim(on, before);
      }
      if (reached !== point || deaths.length > 0) return 'lives';
      deaths.push(generation);
      return 'dies';
    };
    const master = startMaster(world, 'm1', rng.fork('m1'));
    const row = async (): Promise<JobRow> => jobRowOf((await table.get('jobs', id)) ?? {}) as JobRow;
    while (!isTerminal((await row()).state)) {
      await clock.advance(5_000);
      if (clock.monotonicMs() > GIVE_UP_MS) throw new Error(`after an hour it is ${(await row()).state}`);
    }
    await clock.advance(60_000);
    master.stop();
    expect(deaths).toHaveLength(1);
    expect(await row()).toMatchObject({ state: 'SUCCEEDED', record: { value: { n: STEPS } } });
    expect(await blobs.list('ckpt/')).toEqual([]);
    if (BEFORE_COMMIT.has(point)) expect(restored).not.toContain(deaths[0]);
    expect(invariants.violations).toEqual([]);
  },
);
