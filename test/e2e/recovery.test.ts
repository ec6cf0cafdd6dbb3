import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WorkerRow } from '../../src/engine/model/worker.ts';
import { Cloud, counterJob } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { instancesOf } from '../support/instances.ts';
import { CBAS_CONSOLE, cwdOf, isRunning, read, sendSignal, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';

/** Steps of a counter: 8 s when nothing disturbs it. */
const STEPS = 40;
const ENDS_WITHIN_MS = 60_000;

/** The agent of an instance: the process that runs `cbas worker` there. */
async function agentOf(world: World, instanceId: string): Promise<number> {
  return eventually(`the agent of ${instanceId}`, () => instancesOf(world).get(instanceId)?.agent, {
    withinMs: 5_000,
    instead: () => JSON.stringify(world.processes(), null, 1),
  });
}

describe.concurrent('things die', () => {
  it('the embedded AWS, killed and started again: its workers are adopted, and their jobs end exact', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'restart', workers: 2 });
    const master = cloud.master();
    const ids = await cloud.submit(counterJob('a', STEPS), counterJob('b', STEPS));
    const before = await Promise.all(ids.map((id) => cloud.jobIs(id, ['RUNNING'], ENDS_WITHIN_MS)));

    await cloud.kill();
    await cloud.restart();

    for (const id of ids) {
      const job = await cloud.jobIs(id, ['SUCCEEDED', 'FAILED'], ENDS_WITHIN_MS);
      expect(job).toMatchObject({ state: 'SUCCEEDED', record: { value: { n: STEPS } } });
    }
    const serving = (await cloud.workers()).filter(({ state }) => state === 'IDLE' || state === 'BUSY');
    // On a busy machine one worker may have run both, before the other was there.
    expect(serving.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ leaseOwner }) => leaseOwner)));
    master.signal('SIGTERM');
    expect(await master.exitCode(10_000)).toBe(0);
    await cloud.stop();
    await world.assertNothingLeft();
  });

  it('the embedded AWS, away for longer than a lease: what the workers gave up goes on, and ends exact', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'away', workers: 1 });
    cloud.master();
    const [id = ''] = await cloud.submit(counterJob('a', 80));
    const before = await cloud.jobIs(id, ['RUNNING'], ENDS_WITHIN_MS);
    const isWorking = (): boolean => world.processes().some(({ pid }) => cwdOf(pid).includes(id));
    await eventually('the job works', () => holds(isWorking()), { withinMs: 5_000 });

    await cloud.kill();
    await eventually('the worker gave it up', () => holds(!isWorking()), { withinMs: 20_000 });
    await cloud.restart();

    const job = await cloud.jobIs(id, ['SUCCEEDED', 'FAILED'], ENDS_WITHIN_MS);
    expect(job).toMatchObject({ state: 'SUCCEEDED', record: { value: { n: 80 } } });
    expect(job.epoch).toBe(before.epoch + 1);
    expect(job.tally.lostMs).toBeGreaterThan(0);
  });

  it('a worker killed, and one that falls silent: their jobs end exact elsewhere, and only once', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'workers', workers: 3 });
    cloud.master();
    const ids = await cloud.submit(...['a', 'b', 'c'].map((name) => counterJob(name, STEPS)));
    const [first, second] = await Promise.all(
      ids.map(async (id) => {
        const job = await cloud.jobIs(id, ['RUNNING'], ENDS_WITHIN_MS);
        await eventually('it has a checkpoint', async () => holds((await cloud.job(id)).checkpoint !== undefined), {
          withinMs: 15_000,
        });
        return job;
      }),
    );
    const killed = await agentOf(world, first?.leaseOwner ?? '');
    const silent = await agentOf(world, second?.leaseOwner ?? '');
    sendSignal(killed, 'SIGKILL');
    sendSignal(silent, 'SIGSTOP');

    for (const id of ids) {
      const job = await cloud.jobIs(id, ['SUCCEEDED', 'FAILED'], ENDS_WITHIN_MS);
      expect(job).toMatchObject({ state: 'SUCCEEDED', record: { value: { n: STEPS } } });
    }
    for (const job of [first, second]) {
      const ended = await cloud.job(job?.id ?? '');
      expect(ended.epoch).toBeGreaterThan(job?.epoch ?? 0);
      expect(await cloud.log(ended, 'stdout')).toMatch(/^begins at [1-9]/);
    }
    // What comes back from its sleep finds its job taken: it writes nothing over the result, and serves again or leaves.
    sendSignal(silent, 'SIGCONT');
    const committed = await cloud.job(second?.id ?? '');
    const instance = second?.leaseOwner ?? '';
    const said = (): string => read(path.join(cloud.instanceFolder(instance), 'console.log'));
    await eventually('it gives the job up, or was ended', () => holds(/: fenced/.test(said()) || !isRunning(silent)), {
      withinMs: 15_000,
      instead: said,
    });
    expect(await cloud.job(second?.id ?? '')).toEqual(committed);
    let row: WorkerRow | undefined;
    await eventually(
      'the silent worker serves again, or has ended',
      async () => {
        row = (await cloud.workers()).find(({ id }) => id === instance);
        return holds(row?.state === 'TERMINATED' || row?.state === 'IDLE');
      },
      {
        withinMs: 30_000,
        instead: () => `${row?.state} ${row?.detail}\n${said()}`,
      },
    );
  });

  it('the master: jobs go on and commit without one, the console says so, and the next one takes over', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'masters', workers: 1 });
    const master = cloud.master();
    const [running = ''] = await cloud.submit(counterJob('running', STEPS));
    await cloud.jobIs(running, ['RUNNING'], ENDS_WITHIN_MS);
    master.signal('SIGKILL');
    const console = new PtyProgram(world, [CBAS_CONSOLE]);
    await console.shows(/no master: nothing is launched or recovered/, 20_000);
    await cloud.jobIs(running, ['SUCCEEDED'], ENDS_WITHIN_MS);
    expect(console.screen()).toMatch(/no master/);

    const [next = ''] = await cloud.submit(counterJob('next', 3));
    const successor = cloud.master();
    await successor.untilItSays('leads with epoch 2', 15_000);
    await console.shows(/leader m-/);
    await cloud.jobIs(next, ['SUCCEEDED'], ENDS_WITHIN_MS);
    console.type('q');
    expect(await console.exitCode(5_000)).toBe(0);
  });

  it('everything of a demo at once: the next one goes on with what was unfinished, exact in the end', async () => {
    await using world = new World();
    const first = world.cbas('demo', '--jobs', '3');
    await first.untilItSays('3 jobs of the new book pi submitted', 40_000);
    await first.untilItSays(/[1-3] running on/, 40_000);
    await world.killEverything();

    const second = world.cbas('demo', '--jobs', '3');
    await second.untilItSays('going on with 3 unfinished jobs of the last time', 40_000);
    expect(await second.exitCode(ENDS_WITHIN_MS), second.output).toBe(0);
    expect(second.stdout).toMatch(/^book pi +3\.14\d+ ± \S+ from 240000000 samples of 3 jobs$/m);
    await world.assertNothingLeft();
  });
});
