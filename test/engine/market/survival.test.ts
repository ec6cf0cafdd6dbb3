import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceSeries } from '../../../src/engine/market/price-series.ts';
import {
  conditionalSurvival,
  expectedRemainingMs,
  meanUpMs,
  survivalAt,
  survivalCurve,
} from '../../../src/engine/market/survival.ts';
import { upIntervals, type UpIntervals } from '../../../src/engine/market/up-intervals.ts';

const of = (rows: readonly (readonly [lengthMs: number, ended: number])[]): UpIntervals => ({
  startMs: new Float64Array(rows.length),
  lengthMs: Float64Array.from(rows, ([length]) => length),
  ended: Uint8Array.from(rows, ([, ended]) => ended),
});
const SERIES = priceSeries([
  { atMs: 100, usdPerHour: 1 },
  { atMs: 200, usdPerHour: 3 },
  { atMs: 300, usdPerHour: 2 },
  { atMs: 350, usdPerHour: 1 },
  { atMs: 400, usdPerHour: 5 },
  { atMs: 500, usdPerHour: 1 },
]);

describe('upIntervals', () => {
  it.each([
    { past: [2, 0, 600], starts: [100, 300, 500], lengths: [100, 100, 100], ended: [1, 1, 0] },
    { past: [1, 0, 600], starts: [100, 350, 500], lengths: [100, 50, 100], ended: [1, 1, 0] },
    { past: [5, 0, 600], starts: [100], lengths: [500], ended: [0] },
    { past: [2, 150, 399], starts: [150, 300], lengths: [50, 99], ended: [1, 0] },
    { past: [2, 150, 400], starts: [150, 300], lengths: [50, 100], ended: [1, 1] },
    { past: [0.5, 0, 600], starts: [], lengths: [], ended: [] },
    { past: [2, 0, 99], starts: [], lengths: [], ended: [] },
  ])('of [bid, from, until] = $past', ({ past, starts, lengths, ended }) => {
    const [bidUsdPerHour = 0, fromMs = 0, untilMs = 0] = past;
    const found = upIntervals(SERIES, { bidUsdPerHour, fromMs, untilMs });
    expect([[...found.startMs], [...found.lengthMs], [...found.ended]]).toEqual([starts, lengths, ended]);
  });

  it('sees nothing of what comes after the instant of the decision', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 9 }), (untilMs, spike) => {
        const past = { bidUsdPerHour: 2, fromMs: 0, untilMs };
        const changed = priceSeries([
          ...[...SERIES.atMs].map((atMs, i) => ({ atMs, usdPerHour: SERIES.usdPerHour[i]! })),
          { atMs: untilMs + 1, usdPerHour: spike },
        ].filter(({ atMs }, i) => atMs <= untilMs || i === 6)); // prettier-ignore
        expect(upIntervals(changed, past)).toEqual(upIntervals(SERIES, past));
      }),
    ));
});

describe('survivalCurve', () => {
  const textbook = survivalCurve(of([[1, 1], [2, 1], [2, 0], [4, 1], [5, 1], [6, 1], [7, 1], [8, 1]])); // prettier-ignore

  it.each([
    [0.5, 1],
    [1, 7 / 8],
    [2, 7 / 8 - 1 / 8],
    [3.9, 3 / 4],
    [4, (3 / 4) * (4 / 5)],
  ])('S(%d) is %d, counting the censored until it was lost sight of', (age, expected) =>
    expect(survivalAt(textbook, age)).toBeCloseTo(expected, 12),
  );

  it('goes on with a constant hazard where fewer than five are left', () => {
    expect(textbook.tailFromMs).toBe(4);
    const rate = 7.5 / 35;
    expect(survivalAt(textbook, 10)).toBeCloseTo(0.6 * Math.exp(-rate * 6), 12);
    expect(conditionalSurvival(textbook, 20, 3)).toBeCloseTo(Math.exp(-rate * 3), 12);
    expect(meanUpMs(textbook)).toBeCloseTo(1 / rate, 12);
  });

  it('promises nothing where nothing was seen, and no eternity where nothing ended', () => {
    const none = survivalCurve(of([]));
    expect([survivalAt(none, 0), conditionalSurvival(none, 0, 1), expectedRemainingMs(none, 0, 10)]).toEqual([1, 0, 0]);
    const calm = survivalCurve(of([[1000, 0]]));
    expect(conditionalSurvival(calm, 1000, 2000)).toBeCloseTo(Math.exp(-1), 12);
  });

  const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 1)), { maxLength: 40 });

  it('never rises, and the expected remainder is the area under the conditional curve', () =>
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 30 }), (given, age, horizon) => {
        const curve = survivalCurve(of(given));
        for (let at = 0; at < 60; at++) expect(survivalAt(curve, at + 1)).toBeLessThanOrEqual(survivalAt(curve, at));
        const fine = 400;
        let area = 0;
        for (let i = 0; i < horizon * fine; i++) area += conditionalSurvival(curve, age, (i + 0.5) / fine) / fine;
        if (curve.observedMs > 0) expect(expectedRemainingMs(curve, age, horizon)).toBeCloseTo(area, 2);
      }),
      { numRuns: 40 },
    ));

  it('equals the product-limit formula said slowly', () =>
    fc.assert(
      fc.property(rows, (given) => {
        const curve = survivalCurve(of(given));
        for (const [age] of given.filter(([length]) => length <= curve.tailFromMs)) {
          let product = 1;
          for (const t of new Set(given.map(([length]) => length))) {
            const atRisk = given.filter(([length]) => length >= t).length;
            const died = given.filter(([length, ended]) => length === t && ended === 1).length;
            if (t <= age) product *= 1 - died / atRisk;
          }
          expect(survivalAt(curve, age)).toBeCloseTo(product, 10);
        }
      }),
    ));
});
