import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialCdf, rejectsRate, wilsonInterval } from '../../../src/engine/market/binomial.ts';
import { forwardMaximum, highestIn, SLOT_MS, stateAt } from '../../../src/engine/market/forward-maximum.ts';
import { priceSeries } from '../../../src/engine/market/price-series.ts';
import { meanAtOrBelow, priceDistribution, quantile, shareAtOrBelow } from '../../../src/engine/market/quantile.ts';

const series = priceSeries([
  { atMs: 0, usdPerHour: 1 },
  { atMs: 10, usdPerHour: 4 },
  { atMs: 20, usdPerHour: 2 },
]);

describe('the distribution of a window, weighted by time', () => {
  const whole = priceDistribution(series, { fromMs: 0, toMs: 100 });
  it.each([
    [0, 1],
    [0.1, 1],
    [0.11, 2],
    [0.9, 2],
    [0.91, 4],
    [1, 4],
  ])('its quantile at %f is %f', (level, price) => expect(quantile(whole, level)).toBe(price));

  it('a bid has the availability and the mean price of the time at or below it', () => {
    expect(shareAtOrBelow(whole, 2)).toBeCloseTo(0.9);
    expect(meanAtOrBelow(whole, 2)).toBeCloseTo((10 * 1 + 80 * 2) / 90);
    expect(shareAtOrBelow(whole, 0.5)).toBe(0);
    expect(meanAtOrBelow(whole, 0.5)).toBeUndefined();
  });

  it('a window that begins before the market counts the market only, and one without any price is refused', () => {
    expect(priceDistribution(series, { fromMs: -1000, toMs: 10 }).share).toEqual(Float64Array.of(1));
    expect(() => priceDistribution(series, { fromMs: -10, toMs: -5 })).toThrow('no price between');
  });
});

const points = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 40 * SLOT_MS }), usdPerHour: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 40 },
);

it('the forward maximum of a slot is the highest price of the time that follows, and its state that of a direct look', () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 8 }), (given, slots) => {
      const s = priceSeries(given);
      const forward = forwardMaximum(s, slots * SLOT_MS);
      for (const [slot, highest] of forward.maximum.entries()) {
        const atMs = forward.fromMs + slot * SLOT_MS;
        expect(highest).toBe(highestIn(s, atMs, atMs + slots * SLOT_MS));
        const state = { logPrice: forward.logPrice[slot], logRecent: forward.logRecent[slot] };
        expect(state).toEqual(stateAt(s, atMs));
      }
      const order = [...forward.descending].map((slot) => forward.maximum[slot] ?? 0);
      expect(order).toEqual([...forward.maximum].sort((a, b) => b - a));
    }),
  );
});

it('the binomial test rejects what it must and no more', () => {
  expect(binomialCdf(90, 100, 0.95)).toBeCloseTo(0.0282, 3);
  expect(rejectsRate({ hits: 90, of: 100 }, 0.95)).toBe(true);
  expect(rejectsRate({ hits: 91, of: 100 }, 0.95)).toBe(false);
  expect(rejectsRate({ hits: 0, of: 0 }, 0.95)).toBe(false);
  expect(binomialCdf(100, 100, 0.5)).toBe(1);
  const { low, high } = wilsonInterval(0.9, 100);
  expect([low, high]).toEqual([expect.closeTo(0.8256, 3), expect.closeTo(0.9448, 3)]);
});
