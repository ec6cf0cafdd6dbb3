import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointsOf, priceAt } from '../../../src/engine/market/price-series.ts';
import { BLOCK_MS, SYNTHETIC_DEFAULTS, syntheticSeries } from '../../../src/engine/market/synthetic.ts';

const POOL = { seed: 7, name: 'c5.large/us-east-1a', onDemandUsdPerHour: 0.085 };
const HOUR_MS = 3_600_000;
const windows = fc.tuple(
  fc.integer({ min: 0, max: 400 }),
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 1, max: 100 }),
);

describe('syntheticSeries', () => {
  it('repeats a shorter window at the beginning of a longer one', () =>
    fc.assert(
      fc.property(windows, ([fromH, hours, more]) => {
        const fromMs = fromH * HOUR_MS;
        const short = pointsOf(syntheticSeries(POOL, { fromMs, toMs: fromMs + hours * HOUR_MS }));
        const long = pointsOf(syntheticSeries(POOL, { fromMs, toMs: fromMs + (hours + more) * HOUR_MS }));
        expect(long.slice(0, short.length)).toEqual(short);
      }),
    ));

  it('tells the same price of an instant from wherever it is asked', () =>
    fc.assert(
      fc.property(windows, ([fromH, hours, before]) => {
        const fromMs = fromH * HOUR_MS;
        const toMs = fromMs + hours * HOUR_MS;
        const here = syntheticSeries(POOL, { fromMs, toMs });
        const wider = syntheticSeries(POOL, { fromMs: fromMs - before * HOUR_MS, toMs });
        for (let at = fromMs; at < toMs; at += HOUR_MS / 2) expect(priceAt(here, at)).toBe(priceAt(wider, at));
      }),
    ));

  it('stays in its band without spikes, and moves', () => {
    const options = { ...SYNTHETIC_DEFAULTS, spikesPerHour: 0 };
    const prices = syntheticSeries(POOL, { fromMs: 0, toMs: 30 * BLOCK_MS }, options).usdPerHour;
    expect(Math.min(...prices)).toBeGreaterThanOrEqual(0.25 * 0.085 - 1e-6);
    expect(Math.max(...prices)).toBeLessThanOrEqual(0.45 * 0.085 + 1e-6);
    expect(prices.length).toBeGreaterThan(500);
  });

  it('exceeds on-demand about as often, and for as long, as it is told to', () => {
    const options = { ...SYNTHETIC_DEFAULTS, spikesPerHour: 0.25, spikeLengthMs: 20 * 60_000 };
    const days = 200;
    const points = pointsOf(syntheticSeries(POOL, { fromMs: 0, toMs: days * BLOCK_MS }, options));
    const above = points.map((point, i) => ({
      lengthMs: (points[i + 1]?.atMs ?? point.atMs) - point.atMs,
      isSpike: point.usdPerHour > POOL.onDemandUsdPerHour,
    }));
    const spikes = above.filter((one) => one.isSpike);
    expect(spikes.length / (days * 24)).toBeGreaterThan(0.18);
    expect(spikes.length / (days * 24)).toBeLessThan(0.28);
    const meanMs = spikes.reduce((sum, one) => sum + one.lengthMs, 0) / spikes.length;
    expect(meanMs / 60_000).toBeGreaterThan(16);
    expect(meanMs / 60_000).toBeLessThan(24);
  });

  it('differs by seed and by pool', () => {
    const window = { fromMs: 0, toMs: BLOCK_MS };
    const base = pointsOf(syntheticSeries(POOL, window));
    expect(pointsOf(syntheticSeries({ ...POOL, seed: 8 }, window))).not.toEqual(base);
    expect(pointsOf(syntheticSeries({ ...POOL, name: 'c5.large/us-east-1b' }, window))).not.toEqual(base);
  });

  it.each([
    [{ floorShare: 0 }, /floor 0/],
    [{ floorShare: 0.5, ceilingShare: 0.4 }, /floor 0.5/],
    [{ changeIntervalMs: 1 }, /change interval 1 ms/],
    [{ spikesPerHour: -1 }, /-1 spikes/],
    [{ spikeLengthMs: 0 }, /spike length 0/],
  ])('refuses %o', (options, message) =>
    expect(() => syntheticSeries(POOL, { fromMs: 0, toMs: 1 }, { ...SYNTHETIC_DEFAULTS, ...options })).toThrow(message),
  );
});
