import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRng } from '../../../src/engine/model/rng.ts';
import { blockBootstrap, effectiveSamples, quantile, wilson } from '../../../src/engine/sim/intervals.ts';

describe('wilson', () => {
  // R: prop.test(x, n, correct = FALSE)$conf.int
  it.each([
    [0, 10, 0, 0.2775],
    [0.5, 10, 0.2366, 0.7634],
    [0.9, 100, 0.8256, 0.9448],
    [1, 50, 0.9287, 1],
  ])('of a share of %d in %d', (...[share, n, low, high]) => {
    expect(wilson(share, n).low).toBeCloseTo(low, 4);
    expect(wilson(share, n).high).toBeCloseTo(high, 4);
  });
});

describe('effectiveSamples', () => {
  it('counts each of independent ones, and a run of like ones about once', () => {
    const rng = seededRng(3);
    const independent = Float64Array.from({ length: 2000 }, () => rng.below(2));
    expect(effectiveSamples(independent)).toBeGreaterThan(1700);
    const runs = Float64Array.from({ length: 2000 }, (_, i) => independent[Math.floor(i / 20)]!);
    expect(effectiveSamples(runs)).toBeGreaterThan(30);
    expect(effectiveSamples(runs)).toBeLessThan(120);
  });
});

describe('blockBootstrap', () => {
  it('holds the true mean in about 95 of 100 cases though samples of a day are alike; taking them as independent does not', () => {
    let [held, naive] = [0, 0];
    const cases = 80;
    for (let seed = 0; seed < cases; seed++) {
      const rng = seededRng(seed);
      const days = Array.from({ length: 40 }, () => rng.normal());
      const values = Float64Array.from({ length: 40 * 12 }, (_, i) => days[Math.floor(i / 12)]! + 0.2 * rng.normal());
      const block = Int32Array.from(values, (_, i) => Math.floor(i / 12));
      const { low, high } = blockBootstrap(values, block, rng);
      if (low <= 0 && 0 <= high) held++;
      const alone = blockBootstrap(
        values,
        Int32Array.from(values, (_, i) => i),
        rng,
      );
      if (alone.low <= 0 && 0 <= alone.high) naive++;
    }
    expect(held / cases).toBeGreaterThan(0.89);
    expect(naive / cases).toBeLessThan(0.6);
  });

  it('is deterministic by seed, and with one day spans the values', () => {
    const values = Float64Array.of(3, 1, 2);
    const days = Int32Array.of(0, 1, 2);
    expect(blockBootstrap(values, days, seededRng(1))).toEqual(blockBootstrap(values, days, seededRng(1)));
    expect(blockBootstrap(values, Int32Array.of(7, 7, 7), seededRng(1))).toEqual({ low: 1, high: 3 });
  });
});

describe('quantile', () => {
  it('lies between the extremes and never falls', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        const sorted = Float64Array.from(list).sort();
        expect(quantile(sorted, q)).toBeGreaterThanOrEqual(sorted[0]!);
        expect(quantile(sorted, q)).toBeLessThanOrEqual(sorted.at(-1)!);
        expect(quantile(sorted, q)).toBeLessThanOrEqual(quantile(sorted, Math.min(1, q + 0.1)));
      }), // prettier-ignore
    ));
});
