import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** Others at every run: in time they try everything. */
const FIRST_FRESH = Math.floor(Date.now() / 1_000) % 1_000_000_000;

const known = fs
  .readFileSync(path.join(ROOT, 'test/simulation/seeds.txt'), 'utf8')
  .split('\n')
  .map((line) => /^(\d+) (\d+) # (.*)$/.exec(line))
  .flatMap((found) => (found === null ? [] : [{ seed: Number(found[1]), hours: Number(found[2]), what: found[3] }]));

test.each(known)('a seed that failed once: $seed over $hours h, $what', async ({ seed, hours }) => {
  expect((await simulate(seed, hours)).violations).toEqual([]);
});

test('the same seed gives the same life', async () => {
  const [one, again] = [await simulate(7, 1), await simulate(7, 1)];
  expect(again).toEqual(one);
  expect(one.changes).toBeGreaterThan(500);
});

test('40 fresh seeds of 2 hours; one that fails is told and kept in seeds.txt', async () => {
  const args = ['proof/run.ts', 'simulate', '--seeds', '40', '--hours', '2', '--from', String(FIRST_FRESH)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT }).catch(
    (failed: { readonly stdout: string; readonly stderr: string }) => failed,
  );
  expect(JSON.parse(stdout), stderr).toMatchObject({ seeds: 40, violations: 0 });
});
