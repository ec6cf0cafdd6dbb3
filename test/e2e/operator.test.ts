import { describe, expect, it } from 'vitest';
import { Cloud, counterJob, shell } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { cwdOf, World } from '../support/processes.ts';

const ENDS_WITHIN_MS = 60_000;
/** Steps of a counter: 12 s when nothing disturbs it. */
const STEPS = 60;

describe.concurrent('the operator’s verbs', () => {
  it('a running job is held with its work, released and ends exact; a failed one is retried', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'holds', workers: 1 });
    const master = cloud.master();
    const [id = ''] = await cloud.submit(counterJob('counter', STEPS));
    await eventually('it has saved something', async () => holds((await cloud.job(id)).checkpoint !== undefined), {
      withinMs: ENDS_WITHIN_MS,
    });

    const hold = world.cbas('hold', 'counter', '--yes');
    expect(await hold.exitCode(40_000), hold.output).toBe(0);
    const held = await cloud.job(id);
    expect(held).toMatchObject({ state: 'HELD', leaseOwner: '', desired: { hold: { by: 'ana' } } });
    expect(world.processes().some(({ pid }) => cwdOf(pid).includes(id))).toBe(false);

    const release = world.cbas('release', 'counter', '--yes');
    expect(await release.exitCode(20_000), release.output).toBe(0);
    const done = await cloud.jobIs(id, ['SUCCEEDED', 'FAILED'], ENDS_WITHIN_MS);
    expect(done).toMatchObject({ state: 'SUCCEEDED', record: { value: { n: STEPS } }, epoch: held.epoch + 1 });
    expect(await cloud.log(done, 'stdout')).not.toContain('begins at 0');

    // It fails until it is tried again: what it saved is there then.
    const line = 'c=$CBAS_CHECKPOINT_DIR; [ -e $c/n ] && exit 0; echo 1 >$c/n; echo 1 >$c/READY; sleep 3; exit 9';
    const [failing = ''] = await cloud.submit(
      shell('failing', line, { checkpoint: { driver: 'app', intervalS: 1 }, retry: { attempts: 1 } }),
    );
    const failed = await cloud.jobIs(failing, ['SUCCEEDED', 'FAILED'], ENDS_WITHIN_MS);
    expect(failed).toMatchObject({ state: 'FAILED', attempt: 1 });
    const retry = world.cbas('retry', '--state', 'failed', '--yes');
    expect(await retry.exitCode(20_000), retry.output).toBe(0);
    expect(retry.stdout).toMatch(/goes on from .* of work/);
    expect(await cloud.jobIs(failing, ['SUCCEEDED', 'FAILED'], ENDS_WITHIN_MS)).toMatchObject({ state: 'SUCCEEDED' });
    master.signal('SIGTERM');
    expect(await master.exitCode(10_000)).toBe(0);
    await cloud.stop();
    await world.assertNothingLeft();
  });

  it('kill --all ends everything and counts down; nothing comes in until it is opened again', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'ends', workers: 2 });
    const master = cloud.master();
    const ids = await cloud.submit(...Array.from({ length: 12 }, (_, at) => shell(`sleeper-${at}`, 'sleep 600')));
    await cloud.workersServe(2);

    const all = world.cbas('kill', '--all', '--yes', '--within', '90');
    expect(await all.exitCode(100_000), all.output).toBe(0);
    expect(all.stdout).toMatch(/jobs 12 -> 0, instances 2 -> 0, \$[\d.]+\/h -> \$0\.00\/h\n$/);
    for (const id of ids) expect((await cloud.job(id)).state).toBe('KILLED');
    expect(world.processes().filter(({ command }) => / worker --deployment /.test(command))).toEqual([]);

    const submit = world.cbas('submit', '--', 'true');
    expect(await submit.exitCode(20_000)).toBe(4);
    expect(submit.stderr).toContain('cbas release --all');
    const again = world.cbas('kill', '--all', '--yes');
    expect(await again.exitCode(30_000), again.output).toBe(0);
    expect(again.stdout).toContain('jobs 0 -> 0, instances 0 -> 0');

    expect(await world.cbas('release', '--all', '--yes').exitCode(20_000)).toBe(0);
    const anew = world.cbas('submit', '--', 'true');
    expect(await anew.exitCode(20_000)).toBe(0);
    expect(await world.cbas('launch', '1', '--yes').exitCode(40_000)).toBe(0);
    await cloud.jobIs(anew.stdout.trim(), ['SUCCEEDED'], ENDS_WITHIN_MS);
    master.signal('SIGTERM');
    expect(await master.exitCode(10_000)).toBe(0);
    await cloud.stop();
    await world.assertNothingLeft();
  });
});
