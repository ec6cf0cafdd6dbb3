import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { syntheticSeries } from '../../src/engine/market/synthetic.ts';
import { cbas } from './deployment.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-bids-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const DAY_S = 86_400;
const FROM = Date.UTC(2015, 3, 1) / 1000;

function file(name: string, text: string): string {
  const at = path.join(folder, name);
  fs.writeFileSync(at, name.endsWith('.gz') ? zlib.gzipSync(text) : text);
  return at;
}
const rows = (zone: string, list: Iterable<readonly [epoch: number, usd: number]>): string =>
  [...list].map(([epoch, usd]) => `${epoch},${zone},c3.xlarge,Linux/UNIX,${usd}`).join('\n');
function synthetic(zone: string, days: number): string {
  const window = { fromMs: FROM * 1000, toMs: (FROM + days * DAY_S) * 1000 };
  const { atMs, usdPerHour } = syntheticSeries({ seed: 2, name: zone, onDemandUsdPerHour: 0.2 }, window);
  return rows(
    zone,
    Array.from(atMs, (at, i) => [Math.max(FROM, at / 1000), usdPerHour[i]!] as const),
  );
}

/** 0.03 and for one hour of every ten 0.5, thirty days long; the last rise is where the window ends, and not in it. */
const REGULAR = file('regular.csv', rows('us-east-1a', Array.from({ length: 144 }, (_, i) => [FROM + (i >> 1) * 36_000 + (i % 2) * 32_400, i % 2 ? 0.5 : 0.03] as const))); // prettier-ignore
const TWO = file('two.csv.gz', [synthetic('us-east-1a', 20), synthetic('us-east-1b', 20)].join('\n'));
const bid = (...words: readonly string[]): ReturnType<typeof cbas> => cbas('simulate', 'bid', ...words);
const checkpoints = (...words: readonly string[]): ReturnType<typeof cbas> => cbas('simulate', 'checkpoints', ...words);

describe('cbas simulate bid', () => {
  test('one bid: figures of the index and of the replay, the rule in force, the same for the same seed', async () => {
    const words = ['--prices', REGULAR, '--bid', '0.1', '--work-h', '4', '--deadline-h', '8', '--checkpoint', 'hour', '--starts', '60', '--json']; // prettier-ignore
    const { code, stdout } = await bid(...words);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({
      billing: { name: 'classic', bidBuysSafety: true },
      job: { workH: 4, deadlineH: 8 },
    });
    const [one] = answer.bids;
    expect(one.availability).toBeCloseTo(0.9, 2);
    expect(one).toMatchObject({
      meanPaidUsdPerHour: 0.03,
      interruptions: 71,
      longestUpH: 9,
      medianUpH: 9,
      checkpoint: 'hour',
    });
    expect(one.replay.costUsd.median).toBeCloseTo(0.15, 12);
    expect(one.replay.uninterrupted.share).toBeLessThan(1);
    expect(one.optimalUsd).toBeLessThanOrEqual(one.replay.costUsd.mean);
    expect((await bid(...words)).stdout).toBe(stdout);
  });

  test('a job document: its work, deadline, price and type; options win, and what is wrong is named', async () => {
    const document = (name: string, more: object): string => file(name, JSON.stringify({ cbas: 1, run: { command: ['true'] }, ...more })); // prettier-ignore
    const deadline = new Date(Date.now() + 6 * 3_600_000).toISOString();
    const whole = document('job.json', { estimate: { workS: 7200 }, deadline, bid: { maxUsdPerHour: 0.1 }, needs: { types: ['c3.xlarge'] } }); // prettier-ignore
    const words = ['--prices', REGULAR, '--starts', '5', '--checkpoint', 'hour', '--json'];
    const told = JSON.parse((await bid('--job', whole, ...words)).stdout);
    expect(told.job.workH).toBe(2);
    expect(told.job.deadlineH).toBeGreaterThan(5.5);
    expect(told.job.deadlineH).toBeLessThanOrEqual(6);
    expect(told.bids.map((one: { bidUsdPerHour: number }) => one.bidUsdPerHour)).toEqual([0.1]);
    const over = ['--work-h', '3', '--deadline-h', '9', '--bid', '0.04'];
    const won = JSON.parse((await bid('--job', whole, ...words, ...over)).stdout);
    expect([won.job.workH, won.job.deadlineH, won.bids[0].bidUsdPerHour]).toEqual([3, 9, 0.04]);
    const past = document('past.json', { estimate: { workS: 7200 }, deadline: '2020-01-01T00:00:00Z' });
    for (const [name, says] of [
      [past, /its deadline 2020-01-01T00:00:00Z is past; give --deadline-h/],
      [document('vague.json', {}), /has no estimate\.workS; add it, or give --work-h/],
      [document('wrong.json', { estimate: { workS: 'long' } }), /estimate\.workS/],
    ] as const) {
      const { code, stderr } = await bid('--job', name, ...words);
      expect(code).toBe(2);
      expect(stderr).toMatch(says);
    }
  });

  test('sweep: every breakpoint; a higher bid is never less available', async () => {
    const { stdout } = await bid('--prices', TWO, '--zone', 'us-east-1b', '--work-h', '2', '--deadline-h', '6', '--starts', '5', '--on-demand', '0.2', '--sweep', '--json'); // prettier-ignore
    const { bids, cheapest } = JSON.parse(stdout);
    expect(bids.length).toBeGreaterThan(100);
    for (const [i, one] of bids.entries()) {
      if (i > 0) expect(one.availability).toBeGreaterThanOrEqual(bids[i - 1].availability);
      expect(one.replay.missed.share).toBe(0);
    }
    expect(cheapest[0].bidUsdPerHour).toBeGreaterThan(0);
    const table = await bid('--prices', TWO, '--zone', 'us-east-1b', '--starts', '5');
    expect(table.stdout).toMatch(/Billing classic, in force at the time of these prices/);
    expect(table.stdout).toMatch(/24 of \d+ prices at which anything changes; --json has all\.\n$/);
  });

  test('modern: says that a higher max price buys no safety', async () => {
    const { stdout } = await bid('--prices', REGULAR, '--billing', 'modern', '--bid', '0.1', '--starts', '20');
    expect(stdout).toContain('A higher max price buys no safety');
  });

  test('a bid below everything ever seen is answered: it would never have run', async () => {
    const { code, stdout } = await bid('--prices', REGULAR, '--bid', '0.001', '--starts', '20');
    expect(code).toBe(0);
    expect(stdout).toContain('below the lowest price of the window, 0.03: it would never have run');
  });

  test.each([
    [['--bid', '0.1'], 2, '--prices FILE is needed'],
    [['--prices', '/nowhere.csv'], 3, 'there is no such file'],
    [['--prices', TWO], 2, '2 markets fit; choose one with --type, --zone and --product: c3.xlarge/us-east-1a'],
    [
      ['--prices', REGULAR, '--type', 'x9.huge'],
      3,
      'x9.huge in any zone: not in the file; there are: c3.xlarge/us-east-1a',
    ],
    [['--prices', REGULAR, '--work-h', '8', '--deadline-h', '4'], 2, '--deadline-h 4 is shorter than the work, 8 h'],
    [['--prices', REGULAR, '--deadline-h', '1000', '--work-h', '8'], 1, 'no job with 1000 h to its deadline fits'],
    [['--prices', REGULAR, '--bid', 'cheap'], 2, '--bid cheap: expected a number'],
    [['--prices', REGULAR, '--bid', '1', '--sweep'], 2, '--bid and --sweep exclude each other'],
    [['--prices', REGULAR, '--billing', 'free'], 2, '--billing free: expected classic, transition, modern'],
    [['--prices', REGULAR, '--checkpoint', 'often'], 2, '--checkpoint often: expected none, hour'],
    [['--prices', REGULAR, '--from', 'soon'], 2, '--from soon: expected a date'],
    [['--prices', REGULAR, '--from', '2030-01-01'], 2, 'is after the last price: prices are recorded from 2015-04-01'],
    [['--prices', REGULAR, '--from', '2015-04-10', '--to', '2015-04-10'], 2, 'is not after the start of the window'],
    [['--prices', file('one.csv', rows('a', [[FROM, 0.1]]))], 1, 'the prices are of one instant'],
    [['--prices', file('empty.csv', '')], 1, 'is empty'],
    [['--prices', file('nan.csv', rows('a', [[FROM, Number.NaN]]))], 1, 'price "NaN" is not a number'],
    [['--prices', file('negative.csv', rows('a', [[FROM, -1]]))], 1, 'price -1 is negative'],
    [['--prices', REGULAR, '--on-demand', file('od.csv', '2015,us-west-2,c3.xlarge,Linux/UNIX,0.2,x')], 3, 'has no on-demand price of c3.xlarge'], // prettier-ignore
  ])('%j ends with %d: %s', async (words, code, sentence) => {
    const ran = await bid(...words);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(sentence);
  });
});

describe('cbas simulate checkpoints', () => {
  test('every policy above the bound, classic and on notice, pooled and per market; a market that begins late', async () => {
    const late = file('late.csv', [synthetic('us-east-1a', 20), rows('us-east-1c', [[FROM + 10 * DAY_S, 0.1], [FROM + 19 * DAY_S, 0.2]])].join('\n')); // prettier-ignore
    const words = ['--prices', late, '--quantile', '0.75', '--starts', '12', '--json'];
    const { code, stdout } = await checkpoints(...words);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer.runs.map(({ billing }: { billing: string }) => billing)).toEqual(['classic', 'modern']);
    const names = answer.runs.map((run: { policies: { policy: string }[] }) =>
      run.policies.map(({ policy }) => policy),
    );
    expect(names).toEqual([
      ['none', 'hour', 'edge', 'young', 'adapt', 'opt'],
      ['none', 'hour', 'edge', 'young', 'notice', 'opt'],
    ]);
    for (const { policies, markets } of answer.runs) {
      expect(policies.at(-1).aboveOptPct).toBe(0);
      for (const { aboveOptPct } of policies) expect(aboveOptPct).toBeGreaterThanOrEqual(0);
      expect(markets).toHaveLength(2);
    }
    expect((await checkpoints(...words)).stdout).toBe(stdout);
  });

  test.each([
    [[], 2, '--prices FILE is needed'],
    [['--prices', TWO, '--quantile', '2'], 2, '--quantile 2: expected a number from 0 to 1'],
    [['--prices', TWO, '--work-h', '200'], 1, 'no market has 1200 h of prices'],
    [['--prices', TWO, '--type', 'x'], 3, 'x in any zone: not in the file'],
  ])('%j ends with %d: %s', async (words, code, sentence) => {
    const ran = await checkpoints(...words);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(sentence);
  });
});
