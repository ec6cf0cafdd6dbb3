import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processSupervisor } from '../../../src/engine/worker/supervisor.ts';

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
