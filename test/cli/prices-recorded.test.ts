import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { cbas } from './deployment.ts';

let home: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-prices-'));
  vi.stubEnv('XDG_STATE_HOME', home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  fs.rmSync(home, { recursive: true });
});

const HEADER = 'epoch,zone,type,product,price';
const ROWS = [
  '1456300000,us-east-1a,c3.large,Linux/UNIX,0.02',
  '1456303600,us-east-1a,c3.large,Linux/UNIX,0.2',
  '1456307200,us-east-1a,c3.large,Linux/UNIX,0.02',
  '1456310800,us-east-1a,c3.large,Linux/UNIX,0.02',
  '1456300000,us-east-1b,c3.large,Windows,0.05',
];
const CSV = [HEADER, ...ROWS, ''].join('\n');

function file(name: string, text: string): string {
  const at = path.join(home, name);
  fs.writeFileSync(at, name.endsWith('.gz') ? zlib.gzipSync(text) : text);
  return at;
}

describe('import and export', () => {
  test('import counts new, known and changed; export gives the same back, repeats included', async () => {
    const first = await cbas('prices', 'import', file('prices.csv.gz', CSV), '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ source: 'imported', new: 5, known: 0, changed: 0 });
    expect(fs.statSync(path.join(home, 'cbas', 'prices', 'imported')).mode & 0o777).toBe(0o700);
    expect(await cbas('prices', 'export')).toEqual({ code: 0, stdout: CSV, stderr: '' });
    const more = [...ROWS.slice(1), '1456303600,us-east-1b,c3.large,Windows,0.06']
      .join('\n')
      .replace(',0.2\n', ',0.3\n');
    const second = await cbas('prices', 'import', file('more.csv', more));
    expect(second.stdout).toMatch(/^1 new, 3 known, 1 changed; kept as cache:imported$/m);
    expect(second.stderr).toContain('the higher one stands');
    const third = JSON.parse((await cbas('prices', 'import', file('old.csv', CSV), '--json')).stdout);
    expect(third).toMatchObject({ new: 0, known: 4, changed: 1 });
    expect((await cbas('prices', 'export', '--type', 'c3.large', '--zone', 'us-east-1a')).stdout).toContain(',0.3\n');
  });

  test('what export prints as JSON is taken in as well', async () => {
    await cbas('prices', 'import', file('prices.csv', CSV));
    const json = (await cbas('prices', 'export', '--json')).stdout;
    await cbas('prices', 'import', file('prices.json', json), '--into', 'other');
    expect((await cbas('prices', 'export', '--prices', 'cache:other')).stdout).toBe(CSV);
    const several = await cbas('prices', 'list');
    expect(several).toMatchObject({ code: 2, stderr: expect.stringContaining('cache:imported, cache:other') });
  });

  test('export between two instants begins with the price in force', async () => {
    const words = ['--prices', file('prices.csv', CSV), '--zone', 'us-east-1a'];
    const bounds = ['--from', '2016-02-24T08:10:00Z', '--to', '2016-02-24T09:00:00Z'];
    const { stdout } = await cbas('prices', 'export', ...words, ...bounds);
    expect(stdout.trim().split('\n')).toEqual([HEADER, ROWS[0], ROWS[1]]);
    expect((await cbas('prices', 'export', ...words, '--to', '2016-01-01')).code).toBe(3);
    expect((await cbas('prices', 'export', ...words, '--from', 'soon')).code).toBe(2);
    expect((await cbas('prices', 'export', ...words, '--from', '2016-02-02', '--to', '2016-02-01')).code).toBe(2);
  });

  test.each([
    [['import', 'none.csv'], 3, 'there is no such file'],
    [['import', 'none.csv', '--into', '../up'], 2, 'a name of letters'],
    [['export'], 3, 'no prices are kept yet'],
    [['list', '--prices', 'cache:x'], 3, 'no prices are kept yet'],
  ])('%j is refused', async (words, code, sentence) => {
    expect(await cbas('prices', ...words)).toMatchObject({
      code,
      stdout: '',
      stderr: expect.stringContaining(sentence),
    });
  });

  test('a file that is wrong in one line changes nothing', async () => {
    const ran = await cbas('prices', 'import', file('wrong.csv', `${CSV}1,us-east-1a,c3.large,Linux/UNIX,0`));
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('wrong.csv: line 7: the price is zero') });
    expect(fs.existsSync(path.join(home, 'cbas', 'prices'))).toBe(false);
  });

  test('a kept file that is torn is told; the others are used', async () => {
    await cbas('prices', 'import', file('prices.csv', CSV));
    const torn = path.join(home, 'cbas', 'prices', 'imported', 'c3.large_us-east-1b_Windows.csv.gz');
    fs.truncateSync(torn, 20);
    const ran = await cbas('prices', 'list', '--json');
    expect(ran.stderr).toContain(`${torn} cannot be used`);
    expect(JSON.parse(ran.stdout)).toHaveLength(1);
  });
});

describe('list and chart', () => {
  const onDemand = (): string => file('od.csv', '2016,us-east-1,c3.large,Linux/UNIX,0.105,list\n');

  test('list: figures by time', async () => {
    const { code, stdout } = await cbas('prices', 'list', '--prices', file('p.csv', CSV), '--on-demand', onDemand(), '--json'); // prettier-ignore
    expect(code).toBe(0);
    const [linux, windows] = JSON.parse(stdout);
    // Two hours and the last point, which only repeats: 0.02 for one hour, then 0.2 for one.
    expect(linux).toMatchObject({
      type: 'c3.large',
      zone: 'us-east-1a',
      points: 3,
      from: '2016-02-24T07:46:40.000Z',
      nowUsdPerHour: 0.02,
      medianUsdPerHour: 0.02,
      p95UsdPerHour: 0.2,
      onDemandUsdPerHour: 0.105,
      aboveOnDemandPct: 50,
    });
    expect(windows).toMatchObject({ product: 'Windows', points: 1, medianUsdPerHour: 0.05, onDemandUsdPerHour: null });
    expect((await cbas('prices', 'list', '--prices', file('p.csv', CSV))).stdout).toMatch(
      /^type +zone +product +points/,
    );
  });

  test('chart: the curve with the on-demand level and no escapes, a sentence, points as JSON', async () => {
    const words = ['--prices', file('p.csv', CSV), '--type', 'c3.large', '--zone', 'us-east-1a', '--on-demand', onDemand()]; // prettier-ignore
    const { code, stdout } = await cbas('prices', 'chart', ...words);
    expect(code).toBe(0);
    const printed = stdout.trimEnd().split('\n');
    expect(printed).toHaveLength(14);
    expect(stdout).not.toContain('\u001b');
    expect(printed.slice(0, 12).join('\n')).toContain('on-demand');
    expect(printed[13]).toBe(
      'c3.large in us-east-1a, Linux/UNIX: 3 prices in 2h00m. The last is 0.0200 dollars an hour, the median 0.0200, ' +
        '95 % of the time at or below 0.2000; the lowest 0.0200, the highest 0.2000 on 2016-02-24T08:46:40.000Z. ' +
        'It was above the on-demand price of 0.1050 for 50% of the time.',
    );
    const { points } = JSON.parse((await cbas('prices', 'chart', ...words, '--json')).stdout);
    expect(points).toHaveLength(3);
    expect(points[1]).toEqual({ at: '2016-02-24T08:46:40.000Z', usdPerHour: 0.2 });
  });

  test('chart: a market of one point; several markets and none are told', async () => {
    const prices = ['--prices', file('p.csv', CSV), '--product', 'all'];
    const one = await cbas('prices', 'chart', ...prices, '--zone', 'us-east-1b');
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('1 prices in 0s') });
    const several = await cbas('prices', 'chart', ...prices);
    expect(several).toMatchObject({ code: 2, stderr: expect.stringContaining('c3.large/us-east-1b Windows') });
    expect((await cbas('prices', 'chart', ...prices, '--zone', 'mars')).code).toBe(3);
  });
});
