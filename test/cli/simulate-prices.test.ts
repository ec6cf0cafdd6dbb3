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
  transferGb: '0',
  usdPerGb: '0.02',
  transferH: '0',
  masterUsd: '0',
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
