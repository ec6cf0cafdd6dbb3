import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EMPTY_SERIES,
  firstAbove,
  nextChangeAfter,
  type PricePoint,
  pointsOf,
  priceAt,
  priceSeries,
  slice,
} from '../../../src/engine/market/price-series.ts';

const STEPS = priceSeries([
  { atMs: 100, usdPerHour: 1 },
  { atMs: 200, usdPerHour: 3 },
  { atMs: 300, usdPerHour: 2 },
]);

const points = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 50 }), usdPerHour: fc.integer({ min: 0, max: 4 }) }),
  { maxLength: 30 },
);

/** What a step function is, said as slowly as possible. */
function linear(given: readonly PricePoint[], atMs: number): number | undefined {
  let best: PricePoint | undefined;
  for (const point of given) if (point.atMs <= atMs && (best === undefined || point.atMs >= best.atMs)) best = point;
  return best?.usdPerHour;
}

describe('priceAt', () => {
  it.each([
    [99, undefined],
    [100, 1],
    [199, 1],
    [200, 3],
    [1e9, 2],
  ])('at %d ms is %s', (atMs, price) => expect(priceAt(STEPS, atMs)).toBe(price));

  it('equals a linear scan, whatever the order and the repetitions', () =>
    fc.assert(
      fc.property(points, fc.integer({ min: -1, max: 60 }), (given, atMs) => {
        expect(priceAt(priceSeries(given), atMs)).toBe(linear(given, atMs));
      }),
    ));
});

describe('priceSeries', () => {
  it('is sorted and says nothing twice', () =>
    fc.assert(
      fc.property(points, (given) => {
        const list = pointsOf(priceSeries(given));
        for (let i = 1; i < list.length; i++) {
          expect(list[i]!.atMs).toBeGreaterThan(list[i - 1]!.atMs);
          expect(list[i]!.usdPerHour).not.toBe(list[i - 1]!.usdPerHour);
        }
      }),
    ));

  it.each([
    [{ atMs: Number.NaN, usdPerHour: 1 }, /point 0: time NaN/],
    [{ atMs: 1, usdPerHour: Number.NaN }, /point 0: price NaN/],
    [{ atMs: 1, usdPerHour: Infinity }, /point 0: price Infinity/],
    [{ atMs: 1, usdPerHour: -0.1 }, /point 0: price -0.1 is negative/],
  ])('refuses %o', (point, message) => expect(() => priceSeries([point])).toThrow(message));
});

describe('slice', () => {
  it.each([
    [0, 1000, [100, 200, 300]],
    [150, 300, [100, 200]],
    [200, 301, [200, 300]],
    [400, 500, [300]],
    [0, 100, []],
  ])('[%d, %d) has the points in it and the one in force', (from, to, times) =>
    expect([...slice(STEPS, from, to).atMs]).toEqual(times),
  );

  it('keeps the price of every instant of the window', () =>
    fc.assert(
      fc.property(points, fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 }), (given, from, length) => {
        const whole = priceSeries(given);
        const part = slice(whole, from, from + length);
        for (let at = from; at < from + length; at++) expect(priceAt(part, at)).toBe(priceAt(whole, at));
      }),
    ));
});

describe('what comes next', () => {
  it('is the first point after an instant, never at it', () => {
    expect(nextChangeAfter(STEPS, 99)).toEqual({ atMs: 100, usdPerHour: 1 });
    expect(nextChangeAfter(STEPS, 100)).toEqual({ atMs: 200, usdPerHour: 3 });
    expect(nextChangeAfter(STEPS, 300)).toBeUndefined();
    expect(nextChangeAfter(EMPTY_SERIES, 0)).toBeUndefined();
  });

  it.each([
    [2, 0, 200],
    [2, 250, 250],
    [3, 0, undefined],
    [2, 300, undefined],
    [0.5, 0, 100],
  ])('a bid of %d, seen from %d, is exceeded at %s', (bid, from, at) => expect(firstAbove(STEPS, bid, from)).toBe(at));
});
