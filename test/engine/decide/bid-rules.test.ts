import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adviceOf,
  BID_RULES,
  oneTimeBid,
  persistentBid,
  persistentCost,
  psi,
  recommendBid,
  SLOT_H,
} from '../../../src/engine/decide/bid-rules.ts';
import { priceSeries } from '../../../src/engine/market/price-series.ts';
import { priceDistribution } from '../../../src/engine/market/quantile.ts';

/** Each price for as many units of time. */
function lasting(spans: readonly (readonly [price: number, units: number])[]) {
  let atMs = 0;
  const points = spans.map(([usdPerHour, units]) => {
    const point = { atMs, usdPerHour };
    atMs += units;
    return point;
  });
  return priceDistribution(priceSeries(points), { fromMs: 0, toMs: atMs });
}

// 60 % at 0.10, 30 % at 0.20, 10 % at 1.00.
const prices = lasting([
  [0.1, 6],
  [0.2, 3],
  [1, 1],
]);

describe('by hand', () => {
  it.each([
    // 1 - (1/12)/8 = .9896 lies in the dear tenth; half an hour of work: .8333; one slot of work: the lowest price.
    [8, 1],
    [0.5, 0.2],
    [SLOT_H, 0.1],
  ])('one-time for %f h of work bids %f', (workH, bid) => expect(oneTimeBid(prices, workH)).toBe(bid));

  it.each([
    // N = (8 - .0833)/(1 - (1 - F)): .0833 h is one slot, so N = 7.9167/F; Phi = N * A/F.
    [0.1, (7 + 11 / 12) / 0.6, 0.1],
    [0.2, (7 + 11 / 12) / 0.9, 0.12 / 0.9],
    [1, 7 + 11 / 12, 0.22],
  ])('persistent expects at %f to run %f h at a mean price of %f', (bid, hours, mean) =>
    expect(persistentCost(prices, { workH: 8, recoveryH: SLOT_H }, bid)).toBeCloseTo(hours * mean),
  );

  it('persistent bids where that is least, and higher when interruptions cost more', () => {
    expect(persistentBid(prices, { workH: 8, recoveryH: SLOT_H })?.bidUsdPerHour).toBe(0.2);
    expect(persistentBid(prices, { workH: 8, recoveryH: 9.9 * SLOT_H })?.bidUsdPerHour).toBe(1);
  });

  it('a bid at which a run loses more than it gains is not feasible', () => {
    expect(persistentCost(prices, { workH: 8, recoveryH: 2.5 * SLOT_H }, 0.1)).toBe(Infinity);
    expect(persistentCost(prices, { workH: 8, recoveryH: 2.4 * SLOT_H }, 0.1)).toBeLessThan(Infinity);
    expect(persistentCost(prices, { workH: 8, recoveryH: SLOT_H }, 0.05)).toBe(Infinity);
  });
});

it('the persistent bid costs no more than any bid of a fine grid', () => {
  const spans = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 50 })), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(
    fc.property(spans, fc.double({ min: 0.1, max: 5, noNaN: true }), (given, recoverySlots) => {
      const drawn = lasting(given.map(([cents, units]) => [cents / 100, units]));
      const job = { workH: 8, recoveryH: recoverySlots * SLOT_H };
      const best = persistentBid(drawn, job);
      for (let bid = 0.005; bid < 2.1; bid += 0.005)
        expect(persistentCost(drawn, job, bid)).toBeGreaterThanOrEqual((best?.expectedUsd ?? Infinity) - 1e-9);
    }),
    { numRuns: 50 },
  );
});

it('on smooth prices the best bid is where psi falls through t_k/t_r - 1', () => {
  // Prices 0.1 + an exponential of mean 0.02, as 20,000 equal shares of time.
  const n = 20_000;
  const smooth = lasting(Array.from({ length: n }, (_, i) => [0.1 - 0.02 * Math.log(1 - (i + 0.5) / n), 1] as const));
  for (const recoverySlots of [0.3, 0.5, 0.8]) {
    const bid = persistentBid(smooth, { workH: 8, recoveryH: recoverySlots * SLOT_H })?.bidUsdPerHour ?? NaN;
    const root = 1 / recoverySlots - 1;
    expect(psi(smooth, bid * 0.97)).toBeGreaterThan(root);
    expect(psi(smooth, bid * 1.03)).toBeLessThan(root);
  }
});

describe('a recommendation explains itself', () => {
  const question = { prices, onDemandUsdPerHour: 0.5, workH: 8, recoveryH: SLOT_H };

  it('with its inputs, the other rules and one sentence that names nobody', () => {
    for (const rule of ['one-time', 'persistent', 'on-demand', 'percentile'] as const) {
      const recommended = recommendBid(rule, question);
      expect(recommended?.alternatives.map((other) => other.rule)).toEqual(BID_RULES.filter((other) => other !== rule));
      expect(recommended?.sentence).toMatch(/^Bid \d\.\d{4} USD\/h: .*\.$/);
      expect(recommended?.sentence).not.toMatch(/Zheng|DrAFTS|Wolski|paper/i);
    }
    expect(recommendBid('on-demand', question)?.inputs).toMatchObject({ availability: expect.closeTo(0.9), workH: 8 });
  });

  it('a rule without a bid says why', () => {
    expect(adviceOf('fixed', question)).toEqual({ noBid: true, because: 'no bid was given' });
    expect(recommendBid('guarantee', question)).toBeUndefined();
    const refused = { kind: 'not-guaranteed', why: 'no-price', sentence: 'There is no price before now.' } as const;
    expect(adviceOf('guarantee', { ...question, guarantee: refused })).toMatchObject({ because: refused.sentence });
    expect(adviceOf('fixed', { ...question, fixedUsdPerHour: 0.15 })).toMatchObject({ bidUsdPerHour: 0.15 });
  });
});
