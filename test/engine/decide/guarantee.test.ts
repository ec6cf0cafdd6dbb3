import { describe, expect, it } from 'vitest';
import { guaranteedBid } from '../../../src/engine/decide/guarantee.ts';
import { similarPasts, survivalModel } from '../../../src/engine/decide/similar-pasts.ts';
import { survivalProbability } from '../../../src/engine/decide/bid-survival.ts';
import { priceSeries, slice } from '../../../src/engine/market/price-series.ts';
import { guaranteeTrial, calibrationGap, summarize } from '../../../src/engine/sim/guarantee-trial.ts';
import { hourly, syntheticMarkets } from '../../support/synthetic-markets.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const [market] = syntheticMarkets(1);
if (market === undefined) throw new Error('no market');
const { series } = market;
const [firstMs = 0] = series.atMs;
const question = { target: 0.95, onDemandUsdPerHour: 0.1 };

describe('a decision sees earlier prices only', () => {
  const atMs = firstMs + 40 * DAY_MS + 1234;
  const planted = priceSeries([
    ...[...series.atMs].map((at, i) => ({ atMs: at, usdPerHour: series.usdPerHour[i] ?? 0 })),
    { atMs: atMs + 1, usdPerHour: 50 },
    { atMs: atMs + 2 * HOUR_MS, usdPerHour: 0.001 },
  ]);

  it('a spike planted just after it, and the end of the record at it, change nothing', () => {
    const whole = survivalModel(series, { hours: 4 });
    const spiked = survivalModel(planted, { hours: 4 });
    const ended = survivalModel(slice(series, firstMs, atMs), { hours: 4, untilMs: atMs });
    for (const before of [0, 1, 3.5 * HOUR_MS, 2 * DAY_MS]) {
      const bid = guaranteedBid(whole, { ...question, atMs: atMs - before });
      expect(bid.kind).toBe('guaranteed');
      expect(guaranteedBid(spiked, { ...question, atMs: atMs - before })).toEqual(bid);
      expect(guaranteedBid(ended, { ...question, atMs: atMs - before })).toEqual(bid);
      const asked = { atMs: atMs - before, bidUsdPerHour: 0.08 };
      expect(survivalProbability(spiked, asked)).toEqual(survivalProbability(whole, asked));
    }
  });

  it('after the planted spike has passed, the bid is another', () => {
    const later = { ...question, atMs: atMs + 8 * HOUR_MS, onDemandUsdPerHour: 100 };
    const spiked = guaranteedBid(survivalModel(planted, { hours: 4 }), later);
    expect(spiked).not.toEqual(guaranteedBid(survivalModel(series, { hours: 4 }), later));
  });
});

describe('what is said instead of a bid', () => {
  it('before the first price, and with too short a history, it says so and what it would take', () => {
    const model = survivalModel(series, { hours: 4 });
    expect(guaranteedBid(model, { ...question, atMs: firstMs - 1 })).toMatchObject({ why: 'no-price' });
    const early = guaranteedBid(model, { atMs: firstMs + 3 * DAY_MS, target: 0.99, onDemandUsdPerHour: 0.1 });
    expect(early).toMatchObject({ kind: 'not-guaranteed', why: 'short-history' });
    expect(early).toHaveProperty('sentence', '3.0 days of prices are too few for 4 h at 99 %: it takes 8.3.');
  });

  it('a bid over ten times on-demand is not given', () => {
    const cheap = guaranteedBid(survivalModel(series, { hours: 4 }), {
      atMs: firstMs + 40 * DAY_MS,
      target: 0.99,
      onDemandUsdPerHour: 0.005,
    });
    expect(cheap).toMatchObject({ kind: 'not-guaranteed', why: 'over-cap' });
  });

  it('a market of one point has no past, and no answer', () => {
    const one = survivalModel(hourly([0.03]).series, { hours: 4 });
    expect(guaranteedBid(one, { ...question, atMs: HOUR_MS })).toMatchObject({ why: 'no-price' });
    expect(survivalProbability(one, { atMs: HOUR_MS, bidUsdPerHour: 1 })).toBeUndefined();
  });
});

it('a flat market is bid a rung above its price, and lasts for certain', () => {
  const flat = survivalModel(hourly([0.03]).series, { hours: 4, untilMs: 30 * DAY_MS });
  const bid = guaranteedBid(flat, { ...question, atMs: 20 * DAY_MS });
  expect(bid).toMatchObject({ kind: 'guaranteed', bidUsdPerHour: expect.closeTo(0.0315, 6) });
  expect(survivalProbability(flat, { atMs: 20 * DAY_MS, bidUsdPerHour: 0.03 })?.probability).toBeCloseTo(1);
  expect(survivalProbability(flat, { atMs: 20 * DAY_MS, bidUsdPerHour: 0.029 })?.probability).toBe(0);
});

it('a higher bid never lasts less, and the interval holds the estimate', () => {
  const model = survivalModel(series, { hours: 4 });
  let before = 0;
  for (let bid = 0.02; bid < 0.4; bid *= 1.1) {
    const survival = survivalProbability(model, { atMs: firstMs + 30 * DAY_MS, bidUsdPerHour: bid });
    expect(survival?.probability).toBeGreaterThanOrEqual(before);
    before = survival?.probability ?? 2;
    expect(survival?.low).toBeLessThanOrEqual(before);
    expect(survival?.high).toBeGreaterThanOrEqual(before - 1e-12);
  }
  expect(before).toBe(1);
});

it('equal weights are worth n(1-r)/(1+r) independent samples', () => {
  const flat = survivalModel(hourly([0.03]).series, { hours: 4, untilMs: 2 * DAY_MS });
  // 89 slots of two days; r = 7/8; the half-life of 15 days makes the weights unequal by less than 1 %.
  expect(similarPasts(flat, 2 * DAY_MS)?.effectiveSamples).toBeCloseTo(89 / 15, 1);
});

it.each([0.95, 0.99])('on markets whose spikes come at random, a promise of %f is kept', (target) => {
  const trials = syntheticMarkets(6).map((recorded) =>
    guaranteeTrial({
      market: recorded,
      onDemandUsdPerHour: 0.1,
      hours: 4,
      target,
      instants: 100,
      seed: 3,
      fromMs: firstMs + 40 * DAY_MS,
      toMs: firstMs + 60 * DAY_MS,
      untilMs: firstMs + 60 * DAY_MS,
    }),
  );
  const ours = summarize(trials, 'ours', target);
  expect(ours.decided).toBe(600);
  expect(ours.coverage).toBeGreaterThanOrEqual(target);
  expect(ours.marketsRejectedPct).toBeLessThanOrEqual(10);
  // Spikes are of 1.05 to 3.05 times on-demand and begin in 28 % of all stretches of 4 h.
  expect(ours.bidOverOnDemand).toBeGreaterThan(1);
  expect(ours.bidOverOnDemand).toBeLessThan(3.3);
  expect(summarize(trials, 'on-demand', target).coverage).toBeLessThan(0.9);
  expect(calibrationGap(trials).gap).toBeLessThan(0.06);
});
