import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killJob } from '../../src/engine/protocol/operator-job-writes.ts';
import { Cloud, counterJob, shell } from '../support/cloud.ts';
import { eventually, holds } from '../support/eventually.ts';
import { CBAS_CONSOLE, cwdOf, isRunning, type Program, World } from '../support/processes.ts';
import { PtyProgram } from '../support/pty.ts';

/** Small jobs end at once; this is for a busy machine. */
const SOON_MS = 30_000;
/** A kill arrives with the next heartbeat. */
const KILLED_MS = 15_000;

/** A title, a colour, a clipboard write, a sequence that never ends, text turned round, an emoji of many parts. */
const HOSTILE_NAME = 'evil\u001b]0;title\u0007\u001b[31m\u001b]52;c;b3du\u0007\u202etxt\u202c👩‍🚀\u009b2J\u001b]8;;';
/** Every control but the newline, and what turns text round. */
const CONTROLS = new RegExp(
  '[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]',
);

describe.concurrent('jobs that go wrong, on one deployment with three workers and three consoles', () => {
  const world = new World();
  let cloud: Cloud;
  let master: Program;
  let consoles: readonly PtyProgram[];
  let consolesOpenedMs: number;
  let leftBehind: number | undefined;

  beforeAll(async () => {
    cloud = await Cloud.start(world, { name: 'faults', workers: 3 });
    master = cloud.master();
    consoles = [1, 2, 3].map(() => new PtyProgram(world, [CBAS_CONSOLE]));
    await cloud.bringWorkers(3);
    for (const console of consoles) await console.shows(/leader/);
    consolesOpenedMs = performance.now();
  });

  afterAll(async () => {
    try {
      for (const console of consoles) console.type('q');
      for (const console of consoles) expect(await console.exitCode(5_000)).toBe(0);
      master.signal('SIGTERM');
      await master.exitCode(10_000);
      await cloud.stop();
      await world.assertNothingLeft();
      if (leftBehind !== undefined) expect(isRunning(leftBehind)).toBe(false);
    } finally {
      await world[Symbol.asyncDispose]();
    }
  });

  it('says what could not be started', async () => {
    const [id = ''] = await cloud.submit({ name: 'no-such', run: { command: ['no-such-program', '--really'] } });
    const job = await cloud.jobIs(id, ['FAILED'], SOON_MS);
    expect(job.reason).toMatchObject({ code: 'launch-failed' });
    expect(job.reason.detail).toMatch(/^no-such-program cannot be started: .*ENOENT/);
  });

  it('tells the exit code and the last words', async () => {
    const [id = ''] = await cloud.submit(shell('exits-3', 'echo fine; echo "out of luck" >&2; exit 3'));
    const job = await cloud.jobIs(id, ['FAILED'], SOON_MS);
    expect(job.reason.detail).toBe('exit 3: "out of luck"');
    expect(job.result).toMatchObject({ exitCode: 3 });
    expect(await cloud.log(job, 'stdout')).toBe('fine\n');
  });

  it('tells the signal that ended a job', async () => {
    const [id = ''] = await cloud.submit(shell('dies', 'kill -9 $$'));
    const job = await cloud.jobIs(id, ['FAILED'], SOON_MS);
    expect(job.reason).toMatchObject({ code: 'signal', detail: 'ended by SIGKILL' });
  });

  it('keeps the beginning and the end of 50 MB of output, and no more', async () => {
    const [id = ''] = await cloud.submit(
      shell('loud', 'echo first; yes "all work and no play" | head -c 52428800; echo; echo last'),
    );
    const job = await cloud.jobIs(id, ['SUCCEEDED'], SOON_MS);
    const log = await cloud.log(job, 'stdout');
    expect(log.length).toBeLessThan(8_500_000);
    expect(log.startsWith('first\n')).toBe(true);
    expect(log.endsWith('\nlast\n')).toBe(true);
    expect(log).toMatch(/… \d+ bytes left out …/);
    expect(sizeOf(path.join(cloud.folder, 's3'))).toBeLessThan(10_000_000);
  });

  it('kills a job that ignores SIGTERM', async () => {
    const [id = ''] = await cloud.submit(shell('stubborn', 'trap "" TERM INT HUP; while :; do sleep 0.2; done'));
    const job = await cloud.jobIs(id, ['RUNNING'], SOON_MS);
    // It is RUNNING as soon as its program is being started.
    await eventually('it has a process', () => holds(processesOfJob(world, id).length > 0), { withinMs: SOON_MS });
    await cloud.wired.store.write(killJob(job, { at: Date.now(), by: 'ana' }));
    await eventually('its processes are gone', async () => holds(processesOfJob(world, id).length === 0), {
      withinMs: KILLED_MS,
    });
    // Its worker writes that down when they are.
    await cloud.jobIs(id, ['KILLED'], KILLED_MS);
  });

  it('kills a job by a plan that was read while the job saved its work', async () => {
    const [id = ''] = await cloud.submit(counterJob('saves', 500));
    const seen = await cloud.jobIs(id, ['RUNNING'], SOON_MS);
    await eventually('it has saved its work', async () => (await cloud.job(id)).checkpoint, { withinMs: SOON_MS });
    const killed = await cloud.wired.store.write(killJob(seen, { at: Date.now(), by: 'ana' }));
    expect(killed).toMatchObject({ state: 'KILLED' });
  });

  it('tries again as often as the policy says, and succeeds at the second attempt', async () => {
    const flag = path.join(world.folder, 'tried');
    const [id = ''] = await cloud.submit(
      shell('again', `[ -e ${flag} ] && exit 0; touch ${flag}; echo "not yet" >&2; exit 75`, {
        retry: { attempts: 2, onExit: [75] },
      }),
    );
    const job = await cloud.jobIs(id, ['SUCCEEDED', 'FAILED'], SOON_MS);
    expect(job).toMatchObject({ state: 'SUCCEEDED', attempt: 2 });
  });

  it('ends what a job left behind in a session of its own, when the instance ends', async () => {
    const [id = ''] = await cloud.submit(
      shell('parent', 'setsid -f sh -c "exec env -i /bin/sh -c \\"while :; do sleep 0.3; done\\""; sleep 0.5'),
    );
    await cloud.jobIs(id, ['SUCCEEDED'], SOON_MS);
    const [left] = processesOfJob(world, id);
    leftBehind = left;
    expect(left, 'the story needs a process that outlives its job').toBeDefined();
  });

  it('does not try again what the policy does not name', async () => {
    const [id = ''] = await cloud.submit(shell('once', 'exit 4', { retry: { attempts: 5, onExit: [75] } }));
    const job = await cloud.jobIs(id, ['FAILED'], SOON_MS);
    expect(job.attempt).toBe(1);
  });

  it('fails a job whose output is missing, and names it', async () => {
    const [id = ''] = await cloud.submit(
      shell('forgetful', 'echo 1 >other.json', { outputs: [{ path: 'out/*.json', name: 'estimate' }] }),
    );
    const job = await cloud.jobIs(id, ['FAILED'], SOON_MS);
    expect(job.reason.detail).toBe('output estimate: no file matches out/*.json');
  });

  it('shows hostile names harmless, in the console and in what is piped', async () => {
    await expect(cloud.submit(shell(HOSTILE_NAME, 'true'))).rejects.toThrow(
      /name: .* must not have control characters/,
    );
    // As a program would that writes the table by itself.
    const [named, loud] = await cloud.submit(
      shell('evil', 'exit 1'),
      shell('evil-words', 'printf "\\033]0;owned\\007\\033[31mred" >&2; exit 1'),
    );
    await renameTo(HOSTILE_NAME, cloud, named ?? '');
    await cloud.jobIs(named ?? '', ['FAILED'], SOON_MS);
    await cloud.jobIs(loud ?? '', ['FAILED'], SOON_MS);
    const console = new PtyProgram(world, [CBAS_CONSOLE, '--read-only']);
    await console.shows(/ 3 asked for/);
    console.type('2');
    console.type('/');
    console.type('evil');
    const screen = await console.shows(/✕ failed +evil/);
    expect(screen).toMatch(/evil\^\[/);
    console.type('\r');
    console.type('\r');
    await console.shows(/\^\[\[31mred/);
    console.signal('SIGTERM');
    await console.exitCode(5_000);
    for (const theirs of ['\u001b]0;', '\u001b]52;', '\u001b[31mred', '\u202e', '\u0007', '\u009b'])
      expect(console.raw.includes(theirs), JSON.stringify(theirs)).toBe(false);

    const plain = world.start([CBAS_CONSOLE]);
    expect(await plain.exitCode(10_000), plain.output).toBe(0);
    const json = world.start([CBAS_CONSOLE, '--json']);
    expect(await json.exitCode(10_000)).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ deployment: 'faults', mode: 'local', targetWorkers: 3 });
    for (const { stdout } of [plain, json]) expect(stdout).not.toMatch(CONTROLS);
  });

  it('three consoles beside it make no worker look silent', async () => {
    await eventually('the consoles were open for 15 s', () => holds(performance.now() - consolesOpenedMs > 15_000), {
      withinMs: 20_000,
    });
    for (const console of consoles) await console.shows(/ 3 asked for/);
    expect(master.output).not.toMatch(/LOST|no longer leads/);
    for (const { state, detail } of await cloud.workers()) expect(`${state} ${detail}`).not.toMatch(/LOST|silent/);
  });
});

async function renameTo(name: string, cloud: Cloud, id: string): Promise<void> {
  const { rev, changedAt, queue, owner, submittedAt } = await cloud.job(id);
  await cloud.wired.store.write({
    table: 'jobs',
    key: id,
    conditions: [],
    set: { header: { name, queue, owner, submittedAt }, changedAt: changedAt + 1 },
    add: { rev: rev > 0 ? 1 : 0 },
    remove: [],
  });
}

/** The processes whose current folder is that of the job. */
function processesOfJob(world: World, id: string): readonly number[] {
  return world.processes().flatMap(({ pid }) => (cwdOf(pid).includes(id) ? [pid] : []));
}

function sizeOf(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);
}
