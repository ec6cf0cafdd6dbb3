import { uuidV7 } from '../../src/engine/model/ids.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { AWS_TIMINGS } from '../../src/engine/model/timings.ts';
import { jobRowOf, newJobItem } from '../../src/engine/protocol/job-item.ts';
import { leaderOf, MISC, writeSettings } from '../../src/engine/protocol/misc-item.ts';
import { submitJob } from '../../src/engine/protocol/operator-job-writes.ts';
import { documentOf } from '../support/job-table.ts';
import { settingsFor } from '../support/memory-cloud.ts';
import { type SimMaster, startMaster } from './sim-master.ts';
import { commandOf } from './sim-program.ts';
import { POOLS, SimWorld } from './sim-world.ts';

/** How finely time is looked at. */
const STEP_MS = 100;
const GIVE_UP_MS = 30 * 60_000;
const CHECKPOINT_S = 60;

export interface Recovery {
  /** From the death of an agent whose instance lives on to its job's return to the queue. */
  readonly silentMs: number;
  /** The same for an instance that ended, of which EC2 tells. */
  readonly eventMs: number;
  /** From the death of a leader to the next one's election. */
  readonly failoverMs: number;
  /** The same for a leader that leaves in order. */
  readonly orderlyMs: number;
  /** Most work that one loss undid, in seconds; checkpoints are `checkpointS` apart. */
  readonly redoneS: number;
  readonly checkpointS: number;
}

/** One deployment with AWS's own timings, in fair weather: four blows, one after the other, each measured on the virtual clock. */
export async function measureRecovery(seed: number): Promise<Recovery> {
  const world = new SimWorld(seed, AWS_TIMINGS);
  const { clock, table, invariants } = world;
  const rng = world.rng.fork('recovery');
  const until = async (fact: () => Promise<boolean>): Promise<number> => {
    const from = clock.monotonicMs();
    while (!(await fact())) {
      await clock.advance(STEP_MS);
      if (clock.monotonicMs() - from > GIVE_UP_MS) throw new Error(`seed ${seed}: what was waited for did not happen`);
    }
    return clock.monotonicMs() - from;
  };
  world.prices.add(POOLS.map((pool) => ({ pool, at: clock.now(), usdPerHour: 0.03 })));
  await table.write(
    writeSettings(settingsFor({ targetWorkers: 2, pools: POOLS.map((id) => ({ id, bidUsdPerHour: 0.05 })) })),
  );
  const id = uuidV7(clock.now(), rng);
  const document = documentOf({
    run: { command: [...commandOf({ steps: 100_000, saveMs: 500, exitCode: 0, killsAfter: 0 })] },
    checkpoint: { signal: 'SIGUSR1', intervalS: CHECKPOINT_S },
  });
  await table.write(submitJob(newJobItem({ id, document, deadlineAt: 0, at: clock.now() }, world.deployment)));
  const masters: SimMaster[] = ['m1', 'm2', 'm3'].map((name) => startMaster(world, name, rng.fork(name)));

  const row = async (): Promise<JobRow> => jobRowOf((await table.get('jobs', id)) ?? {}) as JobRow;
  const savedOn = async (): Promise<string> => {
    const epoch = (await row()).epoch;
    await until(
      async () =>
        Math.floor(((await row()).checkpoint?.generation ?? 0) / 1_000_000) > epoch - 1 &&
        (await row()).state === 'RUNNING',
    );
    // Somewhere between two checkpoints.
    await clock.advance(rng.below(CHECKPOINT_S * 1_000));
    return (await row()).leaseOwner;
  };
  const leader = async (): Promise<SimMaster | undefined> => {
    const holder = leaderOf(await table.get('misc', MISC.leader))?.id;
    return masters.find(({ process }) => process.name === holder && !process.isDead);
  };
  const requeued = (from: string): Promise<number> => until(async () => (await row()).leaseOwner !== from);
  const replaced = (old: SimMaster | undefined): Promise<number> =>
    until(async () => ![undefined, old].includes(await leader()));

  const first = await savedOn();
  world.instances.get(first)?.process?.kill();
  const silentMs = await requeued(first);
  const second = await savedOn();
  const instance = world.instances.get(second);
  if (instance !== undefined) world.fail(instance);
  const eventMs = await requeued(second);
  await savedOn();
  const dead = await leader();
  dead?.process.kill();
  const failoverMs = await replaced(dead);
  const leaving = await leader();
  leaving?.stop();
  const orderlyMs = await replaced(leaving);
  for (const master of masters) master.stop();
  return {
    silentMs,
    eventMs,
    failoverMs,
    orderlyMs,
    redoneS: Math.max(0, ...invariants.redone),
    checkpointS: CHECKPOINT_S,
  };
}
