import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BidIndex } from '../../../src/engine/market/bid-index.ts';
import { CLASSIC } from '../../../src/engine/market/billing-classic.ts';
import { MODERN } from '../../../src/engine/market/billing-modern.ts';
import { type PriceSeries, pointsOf, priceSeries } from '../../../src/engine/market/price-series.ts';
import { SYNTHETIC_DEFAULTS, syntheticSeries } from '../../../src/engine/market/synthetic.ts';
import { DAY_MS, HOUR_MS } from '../../../src/engine/model/units.ts';
import { Replay } from '../../../src/engine/sim/replay.ts';
import { openWhatIf, type WhatIf } from '../../../src/engine/sim/what-if.ts';
import { etaOf } from '../../../src/engine/sim/what-if-eta.ts';
import type { WhatIfInput, WhatIfJob, WhatIfMarket } from '../../../src/engine/sim/what-if-input.ts';
import { setupOf, STARTS } from '../../../src/engine/sim/what-if-replay.ts';
import { STOPS_MAX } from '../../../src/engine/sim/what-if-stops.ts';

const JOB: WhatIfJob = { workH: 4, deadlineH: 8, checkpointS: 300, restartS: 600, checkpoint: 'young', atLastMoment: 'on-demand' }; // prettier-ignore
const NOW = 40 * DAY_MS;

/** Each day 18 hours at 0.04 and then six at 0.40, four times on-demand. */
const DAILY = priceSeries(
  Array.from({ length: 41 }, (_, day) => [
    { atMs: day * DAY_MS, usdPerHour: 0.04 },
    { atMs: day * DAY_MS + 18 * HOUR_MS, usdPerHour: 0.4 },
  ]).flat(),
);
const FLAT = priceSeries([{ atMs: 0, usdPerHour: 0.05 }]);
const market = (name: string, series: PriceSeries, more: Partial<WhatIfMarket> = {}): WhatIfMarket => ({
  name,
  series,
  onDemandUsdPerHour: 0.1,
  billing: CLASSIC,
  ...more,
});
const input = (series: PriceSeries, more: Partial<WhatIfInput> = {}): WhatIfInput => ({
  job: JOB,
  markets: [market('here', series)],
  chosen: 0,
  nowMs: NOW + HOUR_MS,
  ...more,
});
function opened(given: WhatIfInput): WhatIf {
  const whatIf = openWhatIf(given);
  while (whatIf.step());
  return whatIf;
}
const spiky = (seed: number, name = 'pool'): PriceSeries =>
  syntheticSeries({ seed, name, onDemandUsdPerHour: 0.1 }, { fromMs: 0, toMs: NOW + 2 * DAY_MS }, { ...SYNTHETIC_DEFAULTS, changeIntervalMs: 20 * 60_000, spikesPerHour: 1 / 12 }); // prettier-ignore

describe('a market that is known by hand', () => {
  const whatIf = opened(input(DAILY));

  it('a bid between the two prices: three quarters of the time, one interruption a day', () => {
    const { availability, meanPaidUsdPerHour, interruptions, longestUpMs } = whatIf.at(0.2);
    const hours = 40 * 24 + 1;
    expect(availability).toBeCloseTo((40 * 18 + 1) / hours, 12);
    expect(meanPaidUsdPerHour).toBeCloseTo(0.04, 12);
    expect([interruptions, longestUpMs / HOUR_MS]).toEqual([40, 18]);
  });

  it('a bid above both runs through: five hours at most are billed, no interruption, done in its work and its saves', () => {
    const answer = whatIf.at(0.5);
    expect(answer.replayed.interruptions).toBe(0);
    expect(answer.replayed.uninterrupted).toBe(1);
    expect(answer.noInterruption?.probability).toBe(1);
    expect(answer.replayed.eta.p95Ms).toBeLessThan(4.5 * HOUR_MS);
    expect(answer.replayed.p5Usd).toBeCloseTo(5 * 0.04, 10);
    expect(answer.meetsDeadline).toBe(true);
  });

  it('a bid below both never runs: the whole work on-demand at the last moment, in time', () => {
    const { replayed, availability, meetsDeadline, noInterruption, usdPerWorkHour } = whatIf.at(0.01);
    expect(availability).toBe(0);
    expect(replayed.medianUsd).toBeCloseTo(5 * 0.1, 10);
    expect(replayed.missed).toBe(0);
    expect(meetsDeadline).toBe(true);
    expect(noInterruption?.probability).toBe(0);
    expect(usdPerWorkHour).toBe(Infinity);
  });

  it('without on-demand behind it such a bid tells no ETA, and says that it is late', () => {
    const waits = opened(input(DAILY, { job: { ...JOB, atLastMoment: 'wait' } })).at(0.01);
    expect(waits.replayed.eta.p95Ms).toBe(Infinity);
    expect([waits.replayed.missed, waits.meetsDeadline]).toEqual([1, false]);
    expect(waits.sentence).toMatch(/later than the record tells; 100\.0 % of past starts were late/);
  });

  it('marks stand where the rules put them, and among the stops', () => {
    const bids = Object.fromEntries(whatIf.marks.map(({ rule, bidUsdPerHour }) => [rule, bidUsdPerHour]));
    expect(bids).toMatchObject({ now: 0.04, 'one-time': 0.4, p95: 0.4, 'on-demand': 0.1 });
    expect(whatIf.marks.map(({ rule }) => rule)).toContain('guarantee');
    for (const { bidUsdPerHour } of whatIf.marks)
      if (bidUsdPerHour !== undefined) expect([...whatIf.stops]).toContain(bidUsdPerHour);
  });

  it('the best bid has no regret, all others have some or none', () => {
    const regrets = [...whatIf.stops].map((bid) => whatIf.at(bid).regret);
    expect(Math.min(...regrets.map((regret) => regret?.best ?? NaN))).toBe(0);
    const best = regrets[0]?.bestBidUsdPerHour ?? NaN;
    expect(whatIf.at(best).regret?.best).toBe(0);
  });

  it('the last 30 days: a cell for each start hour, done in the morning, interrupted before six in the evening', () => {
    const cells = whatIf.history(0.2);
    expect(cells).toHaveLength(30 * 24);
    const kinds = new Map(cells.slice(24, 48).map(({ startMs, kind }) => [(startMs % DAY_MS) / HOUR_MS, kind]));
    expect([kinds.get(0), kinds.get(13), kinds.get(16)]).toEqual(['done', 'done', 'interrupted']);
    expect(cells.at(-1)?.kind).toBe('running');
  });

  it('a move of the bid in one line', () => {
    const { line, interruptions } = whatIf.diff(whatIf.at(0.2), whatIf.at(0.5));
    expect(interruptions.after).toBe(0);
    expect(line).toMatch(/^\+\$0\.3000: cost [+-][\d.]+ %, interruptions [\d.]+ -> 0\.0, ETA p95 (-|the same)/);
  });
});

describe('what else is told', () => {
  it('modern billing: the axis is the max price, and a higher one is said to buy no safety', () => {
    const { axis, note } = openWhatIf(input(DAILY, { markets: [market('here', DAILY, { billing: MODERN })] }));
    expect(axis).toBe('max price');
    expect(note).toMatch(/buys no safety.*checkpoint interval.*market.*spreading/);
    expect(openWhatIf(input(DAILY)).note).toMatch(/higher bid is safer/);
  });

  it('markets at the same rule, the cheaper first, with its cost and why', () => {
    const cheap = priceSeries(pointsOf(DAILY).map(({ atMs, usdPerHour }) => ({ atMs, usdPerHour: usdPerHour / 2 })));
    const fast = market('fast', FLAT, { speed: 2 });
    const whatIf = opened(input(DAILY, { markets: [market('here', DAILY), market('cheap', cheap), fast] }));
    const onDemand = whatIf.markets(0.1);
    expect(onDemand.map(({ name }) => name)).toEqual(['cheap', 'fast', 'here']);
    expect(onDemand.every(({ rule }) => rule === 'on-demand')).toBe(true);
    expect(onDemand.find(({ name }) => name === 'fast')?.usdPerWorkHour).toBeCloseTo(0.025, 3);
    expect(onDemand[0]?.sentence).toMatch(
      /^1\. cheap at bid \$0\.1000 \(on-demand\): .* % less than here; .* % of the time/,
    );
    expect(whatIf.markets(0.3)[0]?.rule).toBe('same price');
  });

  it('a market without a price before now is left out and named', () => {
    const later = priceSeries([{ atMs: NOW + DAY_MS, usdPerHour: 0.01 }]);
    const whatIf = opened(input(DAILY, { markets: [market('here', DAILY), market('later', later)] }));
    expect(whatIf.unpriced).toEqual(['later']);
    expect(whatIf.markets(0.1)).toHaveLength(1);
  });

  it('answers at once, and the same when all is open', () => {
    const whatIf = openWhatIf(input(spiky(1)));
    const first = whatIf.at(0.1);
    expect([first.noInterruption, first.regret]).toEqual([undefined, undefined]);
    while (whatIf.step());
    const last = whatIf.at(0.1);
    expect(last).toMatchObject({ replayed: first.replayed, availability: first.availability });
    expect(last.noInterruption?.atLeast).toBeLessThanOrEqual(last.noInterruption?.probability ?? 0);
    expect(last.regret?.offline).toBeGreaterThan(-0.5);
    expect(whatIf.step()).toBe(false);
  });

  it('between two parts of the opening the probability is that of the end', () => {
    const whatIf = openWhatIf(input(spiky(3)));
    const told = new Set<number>();
    while (whatIf.step()) told.add(whatIf.at(0.06).noInterruption?.probability ?? NaN);
    told.delete(Number.NaN);
    expect(told.size).toBe(1);
  });
});

describe('the chosen market', () => {
  const series = spiky(2);
  const given = input(series, { markets: [market('here', series), market('there', spiky(2, 'other'))] });
  const whatIf = opened(given);

  it('agrees with the index at any bid, and with the replay of the same starts', () => {
    const index = new BidIndex(series, { fromMs: 0, toMs: given.nowMs });
    fc.assert(
      fc.property(fc.double({ min: 0.02, max: 0.35, noNaN: true }), (bid) => {
        const answer = whatIf.at(bid);
        expect(answer).toMatchObject(index.at(bid));
        expect(answer.replayed.starts).toBe(STARTS);
      }),
      { numRuns: 30 },
    );
    const bid = 0.045;
    const setup = setupOf({ market: whatIf.chosen, job: JOB, nowMs: given.nowMs }, index.at(bid));
    const cells = whatIf.history(bid);
    const replay = new Replay(setup);
    for (const { startMs, interruptions } of cells) expect(replay.run(startMs).interruptions).toBe(interruptions);
  });

  it('prices after now change nothing', () => {
    const spike = [...pointsOf(series).filter(({ atMs }) => atMs < given.nowMs), { atMs: given.nowMs, usdPerHour: 9 }];
    const before = priceSeries(spike.slice(0, -1));
    const told = (one: WhatIf): unknown => [one.marks, [...one.stops], ...[0.03, 0.06, 0.1].flatMap((bid) => [one.at(bid), one.markets(bid), one.history(bid)])]; // prettier-ignore
    const later = { ...given, markets: [market('here', priceSeries([...spike.slice(0, -1), { atMs: given.nowMs + 1, usdPerHour: 9 }])), given.markets[1]!] }; // prettier-ignore
    const without = { ...given, markets: [market('here', before), given.markets[1]!] };
    expect(told(opened(later))).toEqual(told(opened(without)));
    expect(told(whatIf)).toEqual(told(opened(without)));
  });

  it('arrows walk over all stops, rising and back, and stay at the ends', () => {
    const { stops } = whatIf;
    expect(stops.length).toBeLessThanOrEqual(STOPS_MAX);
    let bid = stops[0]!;
    const seen = [bid];
    while (whatIf.next(bid, 'up') > bid) seen.push((bid = whatIf.next(bid, 'up')));
    expect(seen).toEqual([...stops]);
    for (let i = stops.length - 2; i >= 0; i--) expect((bid = whatIf.next(bid, 'down'))).toBe(stops[i]);
    expect(whatIf.next(bid, 'down')).toBe(stops[0]);
    expect(whatIf.next(stops[3]!, 'up', 10)).toBe(stops[13]);
    const between = (stops[4]! + stops[5]!) / 2;
    expect([whatIf.next(between, 'down'), whatIf.next(between, 'up')]).toEqual([stops[4], stops[5]]);
    expect([whatIf.place(stops[0]!), whatIf.place(stops.at(-1)!)]).toEqual([0, 1]);
  });
});

describe('ETA', () => {
  it('is raised where later starts took longer than the earlier ones told', () => {
    const starts = Float64Array.from({ length: 120 }, (_, i) => i * DAY_MS);
    const steady = etaOf(starts, starts.map((_, i) => (1 + (i % 10) / 10) * HOUR_MS), { leastMs: HOUR_MS, mostMs: Infinity }); // prettier-ignore
    expect(steady.p95Ms).toBeCloseTo(1.9 * HOUR_MS, 0);
    expect(steady.correction).toBe(1);
    const worse = etaOf(starts, starts.map((_, i) => (1 + (i % 10) / 10 + i / 120) * HOUR_MS), { leastMs: HOUR_MS, mostMs: Infinity }); // prettier-ignore
    expect(worse.correction).toBeGreaterThan(1.05);
    expect(worse.heldBack).toBe(60);
  });
});

describe('bad input', () => {
  it.each([
    { what: 'no work', more: { job: { ...JOB, workH: 0 } }, says: /work of 0 h/ },
    {
      what: 'a deadline that is past',
      more: { job: { ...JOB, deadlineH: -1 } },
      says: /-1 h is past: give a later one/,
    },
    {
      what: 'a deadline before the work is done',
      more: { job: { ...JOB, deadlineH: 3 } },
      says: /shorter than the work, 4 h/,
    },
    { what: 'a market that is none', more: { chosen: 7 }, says: /market 7 of 1 has no price before now/ },
    {
      what: 'an empty series',
      more: { markets: [market('void', priceSeries([]))] },
      says: /void has no price before now/,
    },
    {
      what: 'no on-demand price',
      more: { markets: [market('m', FLAT, { onDemandUsdPerHour: 0 })] },
      says: /m: the on-demand price 0/,
    },
    { what: 'a speed of nothing', more: { markets: [market('m', FLAT, { speed: 0 })] }, says: /m: the speed 0/ },
    {
      what: 'NaN',
      more: { markets: [market('m', { atMs: Float64Array.of(0), usdPerHour: Float64Array.of(NaN) })] },
      says: /price 0 is NaN/,
    },
    {
      what: 'an unsorted series',
      more: { markets: [market('m', { atMs: Float64Array.of(5, 5), usdPerHour: Float64Array.of(1, 2) })] },
      says: /price 1 is not later/,
    },
  ])('$what is refused', ({ more, says }) => {
    expect(() => openWhatIf(input(FLAT, more))).toThrow(says);
  });

  it('a bid that is none is refused, one price is enough', () => {
    const whatIf = opened(input(FLAT));
    expect(() => whatIf.at(NaN)).toThrow(/a bid of NaN is none/);
    expect(() => whatIf.next(-1, 'up')).toThrow(/a bid of -1/);
    expect([...whatIf.stops]).toEqual(expect.arrayContaining([0.05, 0.1]));
    expect(whatIf.at(0.05)).toMatchObject({ availability: 1, interruptions: 0 });
  });
});
