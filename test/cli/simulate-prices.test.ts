import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EXIT, exitCodeOf } from '../../src/cli/exit.ts';
import { simulateGuarantee } from '../../src/cli/simulate/guarantee.ts';
import { simulateMarket } from '../../src/cli/simulate/market.ts';
import { syntheticMarkets } from '../support/synthetic-markets.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-prices-'));
const file = (name: string, text: string): string => {
  const at = path.join(folder, name);
  fs.writeFileSync(at, text);
  return at;
};

let prices = '';
let onDemand = '';
beforeAll(() => {
  const rows = syntheticMarkets(2, { days: 30 }).flatMap(({ type, zone, product, series }) =>
    [...series.atMs].map((atMs, i) => `${atMs / 1000},${zone},${type},${product},${series.usdPerHour[i]}`),
  );
  prices = file('prices.csv', `epoch,zone,type,product,price\n${rows.join('\n')}\n`);
  onDemand = file(
    'ondemand.csv',
    'era,region,type,product,usd_per_hour,source\n2020,us-east-1,c5.large,Linux/UNIX,0.1,x\n',
  );
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const guarantee = () => ({ prices, onDemand, durationH: '4', target: '0.95', instants: '20', seed: '1', json: true });
const market = () => ({
  prices,
  onDemand,
  workH: '8',
  deadlineH: '12',
  jobs: '3',
  seed: '1',
  dataGb: '0',
  zoneUsdPerGb: '0',
  gbps: '1',
  setupUsd: '0',
  setupH: '0',
  json: true,
});

async function printed(run: () => Promise<number>): Promise<string> {
  let text = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    expect(await run()).toBe(EXIT.done);
  } finally {
    spy.mockRestore();
  }
  return text;
}

describe('cbas simulate guarantee', () => {
  it('prints coverage pooled and per market, the same for the same seed', async () => {
    const text = await printed(() => simulateGuarantee(guarantee()));
    const answer = JSON.parse(text);
    expect(answer.methods.map((row: { method: string }) => row.method)).toEqual([
      'ours',
      'drafts',
      'quantile',
      'on-demand',
    ]);
    expect(answer.methods[0]).toMatchObject({ decided: 40, markets: 2, notGuaranteedPct: 0 });
    expect(answer.methods[3].bidOverOnDemand).toBe(1);
    expect(answer.markets).toHaveLength(2);
    expect(await printed(() => simulateGuarantee(guarantee()))).toBe(text);
    expect(await printed(() => simulateGuarantee({ ...guarantee(), seed: '2' }))).not.toBe(text);
  });

  it('says what it means in a sentence, and which types no on-demand price is known for', async () => {
    const other = file('other.csv', '2020,us-east-1,m5.large,Linux/UNIX,0.1,x');
    const text = await printed(() => simulateGuarantee({ ...guarantee(), onDemand: other, json: false }));
    expect(text).toMatch(/The promise of 0.95 was (kept|missed): \d/);
    expect(text).toContain('No on-demand price for c5.large Linux/UNIX');
  });
});

it('cbas simulate market prints costs and misses by rule, and the floor', async () => {
  const answer = JSON.parse(await printed(() => simulateMarket(market())));
  expect(answer.homeMarkets).toBe(2);
  for (const row of answer.rules) {
    expect(row.misses).toBe(0);
    expect(row.optimum).toBeGreaterThanOrEqual(row.floor);
    expect(row.costOverOnDemand).toBeGreaterThanOrEqual(row.optimum);
  }
});

it('cbas simulate market charges moves between regions: data that costs more than it saves stays at home', async () => {
  const rows = ['us-east-1a,0.05', 'eu-west-1a,0.03'].flatMap((one) => {
    const [zone, price] = one.split(',');
    return [0, 20].map(
      (day) => `${1_728_000_000 + day * 86_400},${zone},c5.large,Linux/UNIX,${price}${day === 0 ? '' : '0001'}`,
    );
  });
  const two = file('two-regions.csv', rows.join('\n'));
  const od = file('two-od.csv', ['us-east-1', 'eu-west-1'].map((r) => `2020,${r},c5.large,Linux/UNIX,0.1,x`).join('\n')); // prettier-ignore
  const run = async (dataGb: string, home = 'us-east-1') =>
    JSON.parse(await printed(() => simulateMarket({ ...market(), prices: two, onDemand: od, home, dataGb })));
  const everywhere = (answer: { rules: { rule: string }[] }) => answer.rules.find(({ rule }) => rule === 'ours, all markets'); // prettier-ignore
  const free = await run('0');
  expect(free.homeMarkets).toBe(1);
  expect(everywhere(free)).toMatchObject({ costOverOnDemand: expect.closeTo(0.3), regionMovesPerJob: 1 });
  // 0.16 dollars are saved in 8 h; 5 GB cost 0.10, 10 GB 0.20; an hour of on-demand is 0.10.
  expect(everywhere(await run('5'))).toMatchObject({ costOverOnDemand: expect.closeTo(0.3 + (0.1 + 0.03 / 12) / 0.8), regionMovesPerJob: 1 }); // prettier-ignore
  const far = await run('10');
  expect(everywhere(far)).toMatchObject({ costOverOnDemand: expect.closeTo(0.5), regionMovesPerJob: 0 });
  expect(far.markets[0].firstChoice).toContain('c5.large/eu-west-1a is expected to save $0.16');
  await expect(run('0', 'mars-1')).rejects.toThrow('regions: eu-west-1, us-east-1');
});

describe('bad input is refused with what is wrong and what to do', () => {
  const one = () => file('one.csv', '1728000000,us-east-1a,c5.large,Linux/UNIX,0.03');
  it.each([
    [
      'no file',
      () => simulateGuarantee({ ...guarantee(), prices: undefined as never }),
      EXIT.usage,
      '--prices FILE is needed',
    ],
    [
      'a file that is not there',
      () => simulateGuarantee({ ...guarantee(), prices: 'nowhere.csv' }),
      EXIT.notFound,
      'there is no such file',
    ],
    [
      'an empty file',
      () => simulateGuarantee({ ...guarantee(), prices: file('empty.csv', '') }),
      EXIT.failed,
      'is empty',
    ],
    [
      'a price that is no number',
      () => simulateGuarantee({ ...guarantee(), prices: file('nan.csv', '1,a,b,c,NaN') }),
      EXIT.failed,
      'line 1: price "NaN" is not a number',
    ],
    [
      'a negative price',
      () => simulateGuarantee({ ...guarantee(), prices: file('neg.csv', '1,a,b,c,-1') }),
      EXIT.failed,
      'negative',
    ],
    ['one point', () => simulateGuarantee({ ...guarantee(), prices: one() }), EXIT.failed, 'prices are of one instant'],
    [
      'an unknown type',
      () => simulateGuarantee({ ...guarantee(), type: 'x9.huge' }),
      EXIT.notFound,
      'x9.huge in any zone: not in the file; there are: c5.large/us-east-1a Linux/UNIX, c5.large/us-east-1b Linux/UNIX',
    ],
    [
      'a window after the prices',
      () => simulateGuarantee({ ...guarantee(), from: '2090-01-01' }),
      EXIT.usage,
      'is after the last price',
    ],
    [
      'a window that ends before it begins',
      () => simulateGuarantee({ ...guarantee(), to: '2020-01-01' }),
      EXIT.usage,
      '--to 2020-01-01 is not after the start of the window; prices are recorded from',
    ],
    [
      'a date that is none',
      () => simulateGuarantee({ ...guarantee(), from: 'yesterday' }),
      EXIT.usage,
      'expected a date',
    ],
    [
      'a time that does not fit',
      () => simulateGuarantee({ ...guarantee(), durationH: '239', from: '2024-10-30' }),
      EXIT.usage,
      'does not fit',
    ],
    ['a target of 1', () => simulateGuarantee({ ...guarantee(), target: '1' }), EXIT.usage, '--target 1'],
    [
      'a deadline shorter than the work',
      () => simulateMarket({ ...market(), deadlineH: '7' }),
      EXIT.usage,
      'is shorter than the work',
    ],
    [
      'no on-demand price',
      () => simulateMarket({ ...market(), onDemand: undefined as never }),
      EXIT.failed,
      'give --on-demand FILE',
    ],
  ])('%s', async (...row) => {
    const [, run, code, message] = row;
    const error: unknown = await run().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toContain(message);
    expect(exitCodeOf(error)).toBe(code);
  });
});
