import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agrees, mergePrices, recordOf, stepsOf } from '../../../src/engine/market/merge-prices.ts';
import { parsePriceRecords } from '../../../src/engine/market/parse-prices.ts';
import type { RecordedMarket } from '../../../src/engine/market/recorded-market.ts';
import { priceCsv } from '../../../src/engine/market/price-csv.ts';
import { EMPTY_SERIES, pointsOf, priceAt } from '../../../src/engine/market/price-series.ts';

const points = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 40 }), usdPerHour: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 25 },
);
const pages = fc.array(points, { minLength: 1, maxLength: 5 });

describe('mergePrices', () => {
  it('gives the same from pages in any order, and the same as from all points at once', () =>
    fc.assert(
      fc.property(
        pages.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))),
        ([given, shuffled]) => {
          const merged = (list: typeof given) =>
            list.reduce((held, page) => mergePrices(held, recordOf(page)).series, EMPTY_SERIES);
          expect(merged(shuffled)).toEqual(merged(given));
          expect(merged(given)).toEqual(recordOf(given.flat()));
        },
      ),
    ));

  it('is idempotent, and counts every told point once', () =>
    fc.assert(
      fc.property(points, points, (a, b) => {
        const [held, told] = [recordOf(a), recordOf(b)];
        const { series, added, known, changed } = mergePrices(held, told);
        expect(added + known + changed).toBe(told.atMs.length);
        expect(series.atMs.length).toBe(held.atMs.length + added);
        const again = mergePrices(series, series);
        expect(again).toEqual({ series, added: 0, known: series.atMs.length, changed: 0 });
      }),
    ));

  it('keeps the newest instant’s price, whoever told it and whatever was repeated', () => {
    // The repeat at 50 says that the change at 30 was over by then.
    const held = recordOf([{ atMs: 10, usdPerHour: 1 }, { atMs: 50, usdPerHour: 1 }]); // prettier-ignore
    const { series } = mergePrices(held, recordOf([{ atMs: 30, usdPerHour: 2 }]));
    expect(pointsOf(stepsOf(series))).toEqual([
      { atMs: 10, usdPerHour: 1 },
      { atMs: 30, usdPerHour: 2 },
      { atMs: 50, usdPerHour: 1 },
    ]);
  });

  it('counts a price that is told otherwise as changed; the higher stands', () => {
    const merged = mergePrices(recordOf([{ atMs: 1, usdPerHour: 3 }]), recordOf([{ atMs: 1, usdPerHour: 2 }]));
    expect(merged).toMatchObject({ added: 0, known: 0, changed: 1 });
    expect([...merged.series.usdPerHour]).toEqual([3]);
  });
});

describe('stepsOf', () => {
  it('has the same price at every instant, and no repeats', () =>
    fc.assert(
      fc.property(points, (given) => {
        const record = recordOf(given);
        const steps = stepsOf(record);
        for (let atMs = -1; atMs <= 41; atMs++) expect(priceAt(steps, atMs)).toBe(priceAt(record, atMs));
        expect(pointsOf(steps).every((point, at, all) => point.usdPerHour !== all[at - 1]?.usdPerHour)).toBe(true);
      }),
    ));
});

describe('agrees', () => {
  const held = recordOf([{ atMs: 10, usdPerHour: 1 }, { atMs: 20, usdPerHour: 2 }]); // prettier-ignore
  it.each([
    ['what it holds', [[10, 1], [20, 2]], true],
    ['what comes after it', [[20, 2], [30, 7]], true],
    ['what was before it', [[5, 9]], true],
    ['another price at an instant', [[20, 3]], false],
    ['a change that it does not know', [[15, 4]], false],
  ] as const)('with %s: %s %s', (_, told, expected) => {
    expect(agrees(held, recordOf(told.map(([atMs, usdPerHour]) => ({ atMs, usdPerHour }))))).toBe(expected);
  }); // prettier-ignore
});

describe('priceCsv', () => {
  const market = fc.record({
    type: fc.constantFrom('c5.large', 'm5.24xlarge', 'u-6tb1.metal'),
    zone: fc.constantFrom('us-east-1a', 'us-west-2-lax-1a', 'eu-west-1'),
    product: fc.constantFrom('Linux/UNIX', 'Linux/UNIX (Amazon VPC)', 'Windows'),
    series: fc
      .array(
        fc.record({
          atMs: fc.integer({ min: 0, max: 4_102_444_800_000 }),
          usdPerHour: fc.double({ min: 1e-7, max: 1e6, noNaN: true }),
        }),
        { minLength: 1, maxLength: 20 },
      )
      .map(recordOf),
  });

  it('is read back as it was, repeats and milliseconds included', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(market, {
          minLength: 1,
          maxLength: 4,
          selector: (one) => `${one.type}/${one.zone}/${one.product}`,
        }),
        (given: RecordedMarket[]) => {
          expect(parsePriceRecords(priceCsv(given))).toEqual(given);
        },
      ),
    ));
});
