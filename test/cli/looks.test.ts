import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cbas, NAME, POOL, submitted, type TestDeployment, testDeployment } from './deployment.ts';
import { endedJob, runJob } from './finished-job.ts';

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
});
afterAll(() => deployment.close());

test('prices: every pool, also in the first look; history with times; an unknown pool is 3', async () => {
  const pools = JSON.parse((await cbas('prices', '--json')).stdout);
  expect(pools.map(({ pool }: { pool: string }) => pool)).toEqual([POOL, 'm5.large/us-east-1a']);
  for (const pool of pools) {
    expect(pool.usdPerHour).toBeGreaterThan(0);
    expect(pool.onDemandPct).toBeCloseTo((100 * pool.usdPerHour) / pool.onDemandUsdPerHour);
    expect(pool).toMatchObject({ bidUsdPerHour: 5, workers: 0 });
  }
  const { stdout } = await cbas('prices');
  expect(stdout).toMatch(/^pool +price \$\/h +bid +of od +on-demand +workers +changed +now\n/);
  const history = JSON.parse((await cbas('prices', '--history', '--pool', POOL, '--json')).stdout);
  expect(history.length).toBeGreaterThan(0);
  expect(new Set(history.map(({ pool }: { pool: string }) => pool))).toEqual(new Set([POOL]));
  expect((await cbas('prices', '--pool', 'x')).code).toBe(3);
});

test('workers: none', async () => {
  expect(await cbas('workers')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect((await cbas('workers', '--json')).stdout).toBe('[]\n');
});

test('book: pooled, each key once', async () => {
  expect((await cbas('book', 'pi')).code).toBe(3);
  const values = [
    ['k1', { n: 2, sum: 3, sumSq: 5 }],
    ['k2', { n: 2, sum: 7, sumSq: 25 }],
    ['k1', { n: 9, sum: 9, sumSq: 9 }],
  ] as const;
  for (const [key, value] of values) {
    const id = await submitted('books');
    await endedJob(deployment.wired, await runJob(deployment.wired, id), { record: { book: 'pi', key, value } });
  }
  const book = JSON.parse((await cbas('book', 'pi', '--json')).stdout);
  expect(book).toMatchObject({ book: 'pi', entries: 2 });
  expect(book.estimates).toHaveLength(1);
  expect(book.estimates[0]).toMatchObject({ mean: 2.5, samples: 4 });
  expect(book.estimates[0].standardError).toBeCloseTo(Math.sqrt(5 / 3 / 4));
  expect((await cbas('book')).stdout).toMatch(/^pi +2 +mean +2\.5 +0\.645\d+ +4$/m);
});

describe('load', () => {
  test('submits what was asked for, and ends', async () => {
    const { code, stdout } = await cbas('load', '--jobs', '30', '--rate', '600/s', '--sleep', '2', '--json');
    expect(code).toBe(0);
    const { submitted: count, names } = JSON.parse(stdout);
    expect(count).toBe(30);
    const found = JSON.parse((await cbas('jobs', '--name', names, '--json')).stdout);
    expect(found).toHaveLength(30);
    const one = JSON.parse((await cbas('job', found[29].name, '--json')).stdout);
    expect(one.document.run.command).toEqual(['sleep', '2']);
  });

  test.each([
    [['--jobs', '0']],
    [['--jobs', '5', '--rate', 'fast']],
    [['--jobs', '5', '--rate', '0/s']],
    [['--jobs', '5', '--sleep', '-1']],
    [['--jobs', '5', '--sleep', '1', '--work', '1']],
    [[]],
  ])('%j is wrong usage', async (args) => {
    expect((await cbas('load', ...args)).code).toBe(2);
  });
});

describe('init', () => {
  test('of the running embedded AWS changes nothing, and says so', async () => {
    const { code, stdout, stderr } = await cbas('init', '--workers', '9');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^26 as they were$/m);
    expect(stdout).not.toContain('created');
    expect(stderr).toContain('its settings stand as they were');
  });

  test('of another makes all, and the second time finds all', async () => {
    const env = { AWS_ENDPOINT_URL: deployment.endpoint, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
    const ask = ['--deployment', 'other', '--region', 'us-east-1'];
    const init = ['init', ...ask, '--pool', `${POOL}:0.05`, 'm5.large/us-east-1b:0'];
    const withEnv = async (...args: string[]) => {
      Object.assign(process.env, env);
      return cbas(...args);
    };
    expect((await withEnv(...init)).code).toBe(4);
    expect((await withEnv(...init, '--dry-run')).stdout).toContain('deployment other in account 000000000000');
    const made = await withEnv(...init, '--workers', '3', '--yes', '--json');
    expect(made.code).toBe(0);
    const outcomes = (stdout: string) =>
      new Set(JSON.parse(stdout).built.map(({ outcome }: { outcome: string }) => outcome));
    expect(outcomes(made.stdout)).toEqual(new Set(['created']));
    expect(outcomes((await withEnv(...init, '--yes', '--json')).stdout)).toEqual(new Set(['exists']));
    const pools = JSON.parse((await withEnv('prices', ...ask, '--json')).stdout);
    expect(pools.map(({ bidUsdPerHour }: { bidUsdPerHour: number }) => bidUsdPerHour)).toEqual([0.05, 0]);
    expect((await withEnv('submit', ...ask, '--', 'true')).code).toBe(0);
    expect((await withEnv('jobs', '--deployment', 'third', '--region', 'us-east-1')).code).toBe(3);
  });

  test.each([
    [['--deployment', 'Bad_Name', '--region', 'us-east-1']],
    [['--pool', 'c5.large']],
    [['--pool', 'c5.large/eu-west-1a:0.05']],
    [['--workers', '-1']],
  ])('%j is wrong usage', async (args) => {
    expect((await cbas('init', ...args)).code).toBe(2);
  });
});

describe('info', () => {
  test('tells what runs here and what would be chosen', async () => {
    const facts = JSON.parse((await cbas('info', '--json')).stdout);
    expect(facts).toMatchObject({
      state: path.join(deployment.home, 'cbas'),
      operator: 'ana',
      local: [{ name: NAME, endpoint: deployment.endpoint }],
      deployment: { name: NAME, mode: 'local', ambiguous: false },
    });
    expect((await cbas('info')).stdout).toMatch(/^deployment +lab in us-east-1: the embedded AWS that runs here$/m);
  });

  test('with no deployment it tells that; other verbs end with 3 and the two next commands', async () => {
    const empty = path.join(deployment.home, 'empty');
    fs.mkdirSync(empty);
    process.env['XDG_STATE_HOME'] = empty;
    try {
      expect((await cbas('info')).stdout).toMatch(/^deployment +no deployment: /m);
      const { code, stderr } = await cbas('jobs');
      expect(code).toBe(3);
      expect(stderr).toMatch(/npm start[^\n]*\n[^\n]*cbas local/);
    } finally {
      process.env['XDG_STATE_HOME'] = deployment.home;
    }
  });
});
