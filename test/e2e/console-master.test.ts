import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Cloud, counterJob } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { CBAS_CONSOLE, isRunning, read, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';

const SOON_MS = 20_000;
const LEADS_WITHIN_MS = 30_000;

function masterPids(world: World): readonly number[] {
  return world
    .processes()
    .filter(({ command }) => command.includes(' master --deployment '))
    .map(({ pid }) => pid);
}

/** The session of a process: its own pid when it leads one. */
function sessionOf(pid: number): number {
  return Number(read(`/proc/${pid}/stat`).replace(/^.*\) /, '').split(' ')[3]); // prettier-ignore
}

async function startMaster(console: PtyProgram): Promise<void> {
  await console.shows(/no master: nothing is launched or recovered.* M start/, SOON_MS);
  console.type('M');
  await console.shows('y  do it');
  await console.typeUntil('y', (screen) => !screen.includes('y  do it'));
}

/** Presses a key of the question; it is deaf until it can have been read. */
async function answer(console: PtyProgram, key: string, isDone: (screen: string) => boolean): Promise<void> {
  await console.typeUntil('q', (screen) => screen.includes('keep it running'));
  await console.typeUntil(key, isDone);
}

describe.concurrent('a deployment without a master', () => {
  it('M starts one that leads and works; a second console offers none; s at q ends it in order', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'alone', workers: 1 });
    const [id = ''] = await cloud.submit(counterJob('waits', 3));
    const console = new PtyProgram(world, [CBAS_CONSOLE]);
    await console.shows(/no master.* M start/, SOON_MS);
    console.type('M');
    const plan = await console.shows('y  do it');
    expect(plan).toMatch(/cbas master --deployment alone {2,}on \S+, this machine, as m-/);
    expect(plan).toMatch(/costs nothing/);
    expect(masterPids(world)).toEqual([]);
    await console.typeUntil('y', (screen) => !screen.includes('y  do it'));
    await console.shows(/start a master for alone: done \(m-\S+ leads\)/, LEADS_WITHIN_MS);
    await console.shows(/leader m-/);
    const [master = 0, ...others] = masterPids(world);
    expect(others).toEqual([]);
    expect(sessionOf(master)).toBe(master);
    await cloud.jobIs(id, ['SUCCEEDED'], 60_000);

    const second = new PtyProgram(world, [CBAS_CONSOLE]);
    await second.shows(/leader m-/, SOON_MS);
    second.type('M');
    await second.shows(/M start a master: m-\S+ leads already/);
    second.type('q');
    expect(await second.exitCode(SOON_MS)).toBe(0);
    expect(isRunning(master)).toBe(true);

    await answer(console, '\u001b', (screen) => !screen.includes('keep it running'));
    await answer(console, 's', () => !isRunning(master));
    expect(await console.exitCode(SOON_MS)).toBe(0);
    await console.isRestored();
    const logs = fs.readdirSync(path.join(cloud.folder, 'log')).filter((name) => name.startsWith('m-'));
    expect(logs.map((name) => read(path.join(cloud.folder, 'log', name))).join('')).toMatch(
      /leads with epoch 1[^]*no longer leads: told to stop/,
    );
    await cloud.stop();
    await world.assertNothingLeft();
  });

  it('k at q leaves it running, and says where it is; another console finds it leading', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'kept', workers: 0 });
    const console = new PtyProgram(world, [CBAS_CONSOLE]);
    await startMaster(console);
    await console.shows(/leader m-/, LEADS_WITHIN_MS);
    const [master = 0] = masterPids(world);
    await answer(console, 'k', () => console.raw.includes('goes on as process'));
    expect(await console.exitCode(SOON_MS)).toBe(0);
    await console.isRestored();
    expect(console.screen().replaceAll('\n', '')).toMatch(
      new RegExp(`master m-\\S+ goes on as process ${master}; its log: `),
    );
    const next = new PtyProgram(world, [CBAS_CONSOLE]);
    await next.shows(/leader m-/, SOON_MS);
    next.type('q');
    expect(await next.exitCode(SOON_MS)).toBe(0);
    expect(isRunning(master)).toBe(true);
    await cloud.stop();
  });

  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'a console that is ended by %s leaves its master running',
    async (signal) => {
      await using world = new World();
      await Cloud.start(world, { name: 'signalled', workers: 0 });
      const console = new PtyProgram(world, [CBAS_CONSOLE]);
      await startMaster(console);
      await console.shows(/leader m-/, LEADS_WITHIN_MS);
      const [master = 0] = masterPids(world);
      console.signal(signal);
      await console.exitCode(SOON_MS);
      console.close();
      const next = new PtyProgram(world, [CBAS_CONSOLE]);
      await next.shows(/leader m-/, SOON_MS);
      expect(masterPids(world)).toEqual([master]);
    },
  );

  it('a master that cannot start is told with its exit code and last words', async () => {
    await using world = new World();
    const cloud = await Cloud.start(world, { name: 'broken', workers: 0 });
    const console = new PtyProgram(world, [CBAS_CONSOLE], { columns: 200 });
    await console.shows(/no master/, SOON_MS);
    await cloud.wired.store.delete('misc', 'deployment');
    await startMaster(console);
    await console.shows(
      /start a master for broken: failed \(it ended with exit 3: cbas: there is no deployment broken/,
      SOON_MS,
    );
    await eventually('no master is left', () => holds(masterPids(world).length === 0), { withinMs: SOON_MS });
    console.type('q');
    expect(await console.exitCode(SOON_MS)).toBe(0);
    await cloud.stop();
    await world.assertNothingLeft();
  });
});
