import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AttemptFolders } from '../../../src/engine/worker/attempt-folders.ts';
import { describeEnd } from '../../../src/engine/worker/attempt-report.ts';
import { type CgroupPlaces, Cgroups } from '../../../src/engine/worker/cgroups.ts';
import { localFiles } from '../../../src/engine/worker/local-files.ts';
import { processSupervisor, supervisor } from '../../../src/engine/worker/supervisor.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-supervisor-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => path.join(folder, name);
const read = (name: string): string => (fs.existsSync(file(name)) ? fs.readFileSync(file(name), 'utf8') : '');
const start = (...argv: readonly string[]) =>
  processSupervisor.start({
    argv,
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '' },
    stdout: file('out'),
    stderr: file('err'),
  });
const shell = (script: string) => start('sh', '-c', script);

/** Waits for a fact; only a fact that never comes fails, by the test's own deadline. */
async function fact(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

test('a program’s exit code, output and errors', async () => {
  const end = await shell('echo out; echo err >&2; exit 3').ended;
  expect(end).toEqual({ exitCode: 3, signal: undefined, launchFailed: undefined });
  expect([read('out'), read('err')]).toEqual(['out\n', 'err\n']);
});

test('a program that a signal ended', async () => {
  expect(await shell('kill -KILL $$').ended).toMatchObject({ exitCode: undefined, signal: 'SIGKILL' });
});

test.each([[['/no/such/program']], [['']], [['a\u0000b']]])('a command that cannot start: %j', async (argv) => {
  const running = start(...argv);
  expect((await running.ended).launchFailed).toBeDefined();
  running.kill();
  await running.stop(10);
});

test('a signal goes to the program and not to its children', async () => {
  const running = shell(
    'sh -c "trap \\"echo child >> got\\" USR1; echo up > child; while :; do sleep 0.05; done" & trap "echo parent >> got; kill -KILL $!; exit 0" USR1; while :; do sleep 0.05; done',
  );
  await fact(() => read('child') === 'up\n');
  running.signal('SIGUSR1');
  await running.ended;
  running.kill();
  expect(read('got')).toBe('parent\n');
});

test('stop asks the whole group first', async () => {
  const running = shell('trap "echo bye > bye; exit 0" TERM; echo up > up; while :; do sleep 0.05; done');
  await fact(() => read('up') !== '');
  await running.stop(10_000);
  expect(await running.ended).toMatchObject({ exitCode: 0 });
  expect(read('bye')).toBe('bye\n');
});

test('what ignores SIGTERM is killed after the grace, with its children', async () => {
  const running = shell(
    'trap "" TERM; sh -c "trap \\"\\" TERM; echo \\$\\$ > child; while :; do sleep 0.05; done" & while :; do sleep 0.05; done',
  );
  await fact(() => read('child').endsWith('\n'));
  await running.stop(50);
  expect(await running.ended).toMatchObject({ signal: 'SIGKILL' });
  await fact(() => !lives(Number(read('child'))));
});

test('fifty megabytes of output fill nothing of ours', async () => {
  const before = process.memoryUsage().rss;
  expect(await shell('head -c 50000000 /dev/zero | tr "\\0" x').ended).toMatchObject({ exitCode: 0 });
  expect(fs.statSync(file('out')).size).toBe(50_000_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
});

test('what left the group and the session of its program goes with it', async () => {
  const mark = { PATH: process.env['PATH'] ?? '', CBAS_RUN: `test-${process.pid}` };
  const running = processSupervisor.start({
    argv: ['sh', '-c', 'setsid sh -c "echo \\$\\$ > escaped; while :; do sleep 0.05; done" & exit 0'],
    cwd: folder,
    env: mark,
    stdout: file('out'),
    stderr: file('err'),
  });
  await fact(() => read('escaped').endsWith('\n'));
  await running.ended;
  const escaped = Number(read('escaped'));
  expect(lives(escaped)).toBe(true);
  running.kill();
  await fact(() => !lives(escaped));
});

describe('a control group', () => {
  const LIMIT = 300 * 2 ** 20;
  /** What Linux shows of version 2, as plain files: a worker in /worker.slice that may write there. */
  function fakeRoot(change: Readonly<Record<string, string>> = {}): CgroupPlaces {
    const files = {
      'fs/cgroup.controllers': 'cpu memory pids\n',
      'fs/worker.slice/cgroup.controllers': 'cpu memory pids\n',
      'fs/worker.slice/cgroup.subtree_control': 'cpu memory\n',
      'fs/worker.slice/cgroup.procs': '',
      own: '0::/worker.slice\n',
      ...change,
    };
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(file(name)), { recursive: true });
      fs.writeFileSync(file(name), text);
    }
    return { root: file('fs'), own: file('own') };
  }
  const run = (cgroups: Cgroups | undefined, ...argv: readonly string[]) =>
    supervisor(cgroups).start({
      argv,
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', CBAS_RUN: 'j-e1' },
      stdout: file('out'),
      stderr: file('err'),
    });
  const leaf = 'fs/worker.slice/cbas-j-e1-1';

  test('holds the program from its first instruction on, with its limit, and is ended as a whole', async () => {
    const running = run(Cgroups.open(LIMIT, fakeRoot()), 'sh', '-c', 'echo $$; cat "$0"; kill -TERM $$', file(`${leaf}/cgroup.procs`));
    const end = await running.ended;
    expect(end).toEqual({ exitCode: undefined, signal: 'SIGTERM', launchFailed: undefined });
    // The shell that joins becomes the program: one number, and it is the one that signals go to.
    expect(read('out')).toBe(`${running.pid}\n${running.pid}\n`);
    expect(read(`${leaf}/memory.max`)).toBe(String(LIMIT));
    running.kill();
    expect(read(`${leaf}/cgroup.kill`)).toBe('1');
  }); // prettier-ignore

  test('tells that memory ran out', async () => {
    const cgroups = Cgroups.open(LIMIT, fakeRoot());
    const events = file(`${leaf}/memory.events`);
    const end = await run(cgroups, 'sh', '-c', 'printf "low 0\\noom 1\\noom_kill 2\\n" > "$0"; kill -KILL $$', events).ended;
    expect(end).toMatchObject({ signal: 'SIGKILL', outOfMemory: { limitBytes: LIMIT } });
    const disk = { files: localFiles, folders: { stderr: file('err') } as AttemptFolders };
    expect(await describeEnd('sh', end, disk)).toBe(
      'out of memory: it used up 300 MiB of its slot, and the kernel ended it; ended by SIGKILL',
    );
    // The next run of the job is another group, with counts of its own.
    expect(await run(cgroups, 'true').ended).toEqual({ exitCode: 0, signal: undefined, launchFailed: undefined });
  }); // prettier-ignore

  test('does not hide that there is no such program', async () => {
    const end = await run(Cgroups.open(LIMIT, fakeRoot()), 'no-such-program').ended;
    expect(end.launchFailed).toBe('there is no such program: no-such-program');
  });

  test('of the agent is another one, where limits want that', () => {
    const places = fakeRoot({ 'fs/worker.slice/cgroup.subtree_control': '', 'fs/worker.slice/cgroup.procs': '41\n42\n' });
    // A plain file refuses nothing: the kernel refuses the first write while there are processes.
    fs.chmodSync(file('fs/worker.slice/cgroup.subtree_control'), 0o444);
    const isRoot = process.getuid?.() === 0;
    expect(Cgroups.open(LIMIT, places)).toBeDefined();
    if (isRoot) expect(read('fs/worker.slice/cgroup.subtree_control')).toBe('+memory');
    else expect(read('fs/worker.slice/cbas-agent/cgroup.procs')).toBe('42');
  }); // prettier-ignore

  test.each<[string, Readonly<Record<string, string>>]>([
    ['version 1', { own: '4:memory:/worker\n' }],
    ['a group that is not there', { own: '0::/gone/far\n' }],
    ['nonsense', { own: '' }],
  ])('is not made where there is %s', (_, change) => {
    expect(Cgroups.open(LIMIT, fakeRoot(change))).toBeUndefined();
    expect(Cgroups.open(LIMIT, { root: file('nowhere'), own: file('own') })).toBeUndefined();
  });

  test('without the controller of memory has no limit, and still ends as a whole', async () => {
    const places = fakeRoot({ 'fs/worker.slice/cgroup.controllers': 'cpu\n', 'fs/worker.slice/cgroup.subtree_control': '' });
    const running = run(Cgroups.open(LIMIT, places), 'true');
    await running.ended;
    running.kill();
    expect([read(`${leaf}/memory.max`), read(`${leaf}/cgroup.kill`)]).toEqual(['', '1']);
  }); // prettier-ignore
});
