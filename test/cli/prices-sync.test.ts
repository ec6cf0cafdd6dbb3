import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { DescribeSpotPriceHistoryCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetProductsCommand, PricingClient } from '@aws-sdk/client-pricing';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { cbas, NAME, POOL, type TestDeployment, testDeployment } from './deployment.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let deployment: TestDeployment;
beforeAll(async () => {
  deployment = await testDeployment();
});
afterAll(() => deployment.close());

const folder = (): string => path.join(deployment.home, 'cbas', 'prices', `local-${NAME}`);
const cacheFile = (): string => path.join(folder(), 'c5.large_us-east-1a_Linux%2FUNIX.csv.gz');
const lines = (file: string): string[] => zlib.gunzipSync(fs.readFileSync(file)).toString().trim().split('\n').slice(1);

/** What one `cbas prices sync` asked of AWS, and what it printed. */
async function sync(...words: readonly string[]) {
  const ec2 = vi.spyOn(EC2Client.prototype, 'send');
  const pricing = vi.spyOn(PricingClient.prototype, 'send');
  try {
    const ran = await cbas('prices', 'sync', '--json', ...words);
    const asked = ec2.mock.calls
      .map(([command]): unknown => command)
      .filter((command) => command instanceof DescribeSpotPriceHistoryCommand)
      .map(({ input }) => input);
    const products = pricing.mock.calls.filter(([command]) => (command as unknown) instanceof GetProductsCommand);
    return { ...ran, told: ran.code === 0 ? JSON.parse(ran.stdout) : undefined, asked, products: products.length };
  } finally {
    ec2.mockRestore();
    pricing.mockRestore();
  }
}

beforeEach(() => fs.rmSync(folder(), { recursive: true, force: true }));

test('the first time all pages of 90 days, then only what came since the newest kept price', async () => {
  const before = Date.now();
  const first = await sync();
  expect(first.code).toBe(0);
  expect(first.told.markets).toMatchObject([
    { pool: POOL, asked: 'whole' },
    { pool: 'm5.large/us-east-1a', asked: 'whole' },
  ]);
  const starts = first.asked.map(({ StartTime }) => StartTime!.getTime());
  expect(Math.max(...starts)).toBeLessThanOrEqual(Date.now() - 90 * DAY_MS);
  expect(Math.min(...starts)).toBeGreaterThanOrEqual(before - 90 * DAY_MS);
  // More than one page of each type: the embedded market has thousands of prices in 90 days.
  expect(first.asked.filter(({ NextToken }) => NextToken !== undefined).length).toBeGreaterThan(0);
  expect(first.products).toBe(1);
  expect(fs.statSync(folder()).mode & 0o777).toBe(0o700);

  const kept = lines(cacheFile());
  expect(kept).toHaveLength(first.told.markets[0].points);
  expect(kept).toEqual([...kept].sort((a, b) => parseFloat(a) - parseFloat(b)));
  const newestMs = 1000 * parseFloat(kept.at(-1)!);
  const second = await sync();
  expect(second.told.markets).toMatchObject([{ pool: POOL, asked: 'changes' }, { asked: 'changes' }]);
  expect(second.asked).toHaveLength(2);
  expect(second.asked[0]!.StartTime!.getTime()).toBe(newestMs - HOUR_MS);
  expect(lines(cacheFile()).slice(0, kept.length)).toEqual(kept);
  // On-demand prices are of today.
  expect(second.products).toBe(0);
});

test('what is kept can be listed, charted and simulated with, on-demand prices included', async () => {
  await sync('--days', '30');
  const listed = JSON.parse((await cbas('prices', 'list', '--json')).stdout);
  expect(listed).toHaveLength(2);
  expect(listed[0].onDemandUsdPerHour).toBeGreaterThan(0);
  expect(listed[0].aboveOnDemandPct).toBeGreaterThanOrEqual(0);
  const chart = await cbas('prices', 'chart', '--prices', `cache:local-${NAME}`, '--type', 'c5.large');
  expect(chart).toMatchObject({ code: 0, stderr: '' });
  expect(chart.stdout).toContain('c5.large in us-east-1a, Linux/UNIX: ');
  const words = [
    '--prices',
    'cache',
    '--type',
    'c5.large',
    '--bid',
    '5',
    '--starts',
    '20',
    '--json',
    '--on-demand',
    'cache',
  ];
  expect((await cbas('simulate', 'bid', ...words)).code).toBe(0);
});

test('a zone or more days than were asked before are fetched whole, the others not', async () => {
  await sync('--type', 'c5.large', '--zone', 'us-east-1a', '--days', '10');
  const wider = await sync('--type', 'c5.large', '--days', '10');
  const how = Object.fromEntries(
    wider.told.markets.map((one: { pool: string; asked: string }) => [one.pool, one.asked]),
  );
  expect(how).toMatchObject({ 'c5.large/us-east-1a': 'changes', 'c5.large/us-east-1b': 'whole' });
  const longer = await sync('--type', 'c5.large', '--zone', 'us-east-1a', '--days', '20');
  expect(longer.told.markets).toMatchObject([{ asked: 'whole' }]);
  expect(longer.told.markets[0].new).toBeGreaterThan(0);
});

test('a torn file is told and fetched anew', async () => {
  await sync();
  const whole = lines(cacheFile());
  const bytes = fs.readFileSync(cacheFile());
  fs.writeFileSync(cacheFile(), bytes.subarray(0, bytes.length / 2));
  const { stderr, told } = await sync();
  expect(stderr).toContain(`${cacheFile()} cannot be used: `);
  expect(stderr).toContain('fetched anew');
  expect(told.markets).toMatchObject([{ pool: POOL, asked: 'whole' }, { asked: 'changes' }]);
  const again = lines(cacheFile());
  // The window has moved on by a moment: its oldest price may be another one.
  expect(again).toEqual(expect.arrayContaining(whole.slice(2)));
});

test('a file of another market, and one whose prices are not those told now, are told and fetched anew', async () => {
  await sync();
  const whole = lines(cacheFile());
  const other = path.join(folder(), 'm5.large_us-east-1a_Linux%2FUNIX.csv.gz');
  fs.copyFileSync(cacheFile(), other);
  expect((await sync()).stderr).toContain('it holds another market than its name says');

  const doubled = whole.map((line) => line.replace(/[^,]+$/, (usd) => String(2 * Number(usd))));
  fs.writeFileSync(cacheFile(), zlib.gzipSync(doubled.join('\n')));
  const { stderr, told } = await sync();
  expect(stderr).toContain(`are not those that are told now: fetched anew, the old ones are in ${cacheFile()}.old`);
  expect(told.markets).toContainEqual(expect.objectContaining({ pool: POOL, asked: 'whole' }));
  expect(lines(cacheFile())).toEqual(expect.arrayContaining(whole.slice(2)));
  expect(lines(`${cacheFile()}.old`)).toEqual(doubled.slice(1));
});

test.each([
  [['--days', '91'], 2, 'from 1 to 90'],
  [['--days', 'all'], 2, 'from 1 to 90'],
  [['--type', 'c5.large', '--zone', 'mars-1a'], 3, 'c5.large: EC2 told no price of it in mars-1a'],
])('%j is refused', async (words, code, sentence) => {
  const ran = await sync(...words);
  expect(ran.code).toBe(code);
  expect(ran.stderr).toContain(sentence);
});
