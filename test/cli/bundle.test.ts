import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import pty from '@lydell/node-pty';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cbas, POOL, type TestDeployment, testDeployment } from './deployment.ts';

const root = path.resolve(import.meta.dirname, '../..');
const program = path.join(root, 'dist/cbas.js');
const BUILD_WITHIN_MS = 90_000;

let deployment: TestDeployment;
beforeAll(async () => {
  execFileSync(process.execPath, [path.join(root, 'scripts/build.mjs'), '--if-stale']);
  deployment = await testDeployment();
}, BUILD_WITHIN_MS);
const started: ChildProcess[] = [];
afterAll(async () => {
  // Nothing is left when all went well; a test that failed may have left its child.
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await deployment.close();
});

function start(args: readonly string[], stdin: 'pipe' | 'ignore' = 'ignore') {
  const child = spawn(process.execPath, [program, ...args], { cwd: deployment.home, stdio: [stdin, 'pipe', 'pipe'] });
  started.push(child);
  return child;
}

async function ended(child: ChildProcess) {
  const { stdout: out, stderr: err } = child;
  if (out === null || err === null) throw new Error('started without pipes');
  const output = Promise.all([text(out), text(err)]);
  const [code, signal] = await once(child, 'close');
  const [stdout, stderr] = await output;
  return { code, signal, stdout, stderr };
}

/** All files that a program loads before it has read its arguments or, through `also`, one of its verbs. */
function loadedBy(file: string, also: RegExp): readonly string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const source = fs.readFileSync(path.join(root, 'dist', name), 'utf8');
    for (const [, next = ''] of source.matchAll(/(?:from|import) ?"\.\/([^"]+)"/g)) visit(next);
    for (const [, next = ''] of source.matchAll(/import\("\.\/([^"]+)"\)/g)) if (also.test(next)) visit(next);
  };
  visit(file);
  return [...seen].map((name) => fs.readFileSync(path.join(root, 'dist', name), 'utf8'));
}

test.each([
  ['cbas.js', /^(?:program|verbs)-/, 'react|@aws-sdk|amazonaws'],
  ['cbas-console.js', /^(?:console|render)-/, '@aws-sdk|amazonaws'],
])('%s loads no more than it needs for its first answer', (file, also, heavy) => {
  const sources = loadedBy(file, also);
  expect(sources.length).toBeGreaterThan(3);
  for (const source of sources) expect(source).not.toMatch(new RegExp(heavy));
});

test('no program imports a built-in module: all its exports would be read, and those of http load fetch', () => {
  for (const name of fs.readdirSync(path.join(root, 'dist')).filter((file) => file.endsWith('.js')))
    expect(fs.readFileSync(path.join(root, 'dist', name), 'utf8'), name).not.toMatch(
      /from ?"(?:node:|fs"|http"|path")/,
    );
});

test('a home that nobody can write to is no reason to fail', async () => {
  const env = { PATH: process.env['PATH'], HOME: '/dev/null', NODE_COMPILE_CACHE: '' };
  const child = spawn(process.execPath, [program, '--version'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  expect(await ended(child)).toMatchObject({ code: 0, stderr: '' });
});

test('documents from stdin; the program ends by itself with the code of its verb', async () => {
  const child = start(['submit', '-'], 'pipe');
  child.stdin?.end('{"cbas":1,"name":"piped","run":{"command":["true"]}}');
  const { code, stdout, stderr } = await ended(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const job = await ended(start(['job', stdout.trim(), '--json']));
  expect(JSON.parse(job.stdout).name).toBe('piped');
  expect(await ended(start(['job', 'nobody']))).toMatchObject({ code: 3, stdout: '' });
  const refused = await ended(start(['kill', 'piped']));
  expect(refused.code).toBe(4);
});

test('a reader that has seen enough ends it quietly, as a signal would: 141', async () => {
  const child = start(['schema']);
  child.stdout?.destroy();
  const { stderr: err } = child;
  const said = err === null ? '' : text(err);
  const [code] = await once(child, 'close');
  expect({ code, said: await said }).toEqual({ code: 141, said: '' });
});

test('ctrl-C stops a load between two writes: 130, and it tells how many there are', async () => {
  const child = start(['load', '--jobs', '1000000', '--rate', '50/s', '--sleep', '1', '--json']);
  const result = ended(child);
  child.stderr?.once('data', () => child.kill('SIGINT'));
  const { code, stdout } = await result;
  expect(code).toBe(130);
  const { submitted, names } = JSON.parse(stdout);
  const there = JSON.parse((await cbas('jobs', '--name', names, '--json')).stdout);
  expect(there).toHaveLength(submitted);
});

test.each([
  ['n', 4, 'nothing was done'],
  ['y', 0, 'done'],
])('on a terminal it asks; %j ends with %i', async (answer, code, says) => {
  const before = fs.readdirSync(deployment.home);
  const terminal = pty.spawn(process.execPath, [program, 'bid', POOL, '0.0611'], {
    cols: 100,
    rows: 20,
    cwd: deployment.home,
    env: process.env,
  });
  let screen = '';
  let answered = false;
  terminal.onData((data) => {
    screen += data;
    if (answered || !screen.includes('[y/N]')) return;
    answered = true;
    terminal.write(`${answer}\r`);
  });
  const exitCode = await new Promise<number>((resolve) => terminal.onExit((exit) => resolve(exit.exitCode)));
  expect(exitCode).toBe(code);
  expect(screen).toContain('deployment lab in us-east-1: the embedded AWS that runs here');
  expect(screen).toContain(says);
  expect(fs.readdirSync(deployment.home)).toEqual(before);
});
