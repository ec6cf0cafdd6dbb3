import { describe, expect, it } from 'vitest';
import { priceSeries } from '../../../src/engine/market/price-series.ts';
import { HOUR_MS } from '../../../src/engine/model/units.ts';
import { cutByCapacity, livesAt } from '../../../src/engine/sim/lives.ts';
import { studyBids } from '../../../src/engine/sim/bid-study.ts';

/** 0.1 for nine hours of every ten, then 9 for one. */
const HOURS = 2_000;
const series = priceSeries(Array.from({ length: HOURS / 5 }, (_, i) => ({ atMs: (i >> 1) * 10 * HOUR_MS + (i % 2) * 9 * HOUR_MS, usdPerHour: i % 2 ? 9 : 0.1 }))); // prettier-ignore
const untilMs = HOURS * HOUR_MS;
const losses = { perHour: 0.05, outageMs: 0.5 * HOUR_MS, seed: 1 };

describe('capacity cuts lives', () => {
  const whole = livesAt(series, 1);
  const cut = cutByCapacity(whole, losses, { series, untilMs });

  it('at its rate; each cut life lies in one that the price allows, and outages lie between', () => {
    const extra = cut.count - whole.count;
    const upHours = 0.9 * HOURS;
    expect(Math.abs(extra - losses.perHour * upHours)).toBeLessThan(4 * Math.sqrt(losses.perHour * upHours));
    const ends = new Set(whole.endMs);
    for (let i = 0; i < cut.count; i++) {
      const [start, end] = [cut.startMs[i]!, cut.endMs[i]!];
      const around = [...whole.startMs].findLastIndex((at) => at <= start);
      expect(end).toBeGreaterThan(start);
      expect(end).toBeLessThanOrEqual(whole.endMs[around]!);
      expect(series.atMs[cut.point[i]!]!).toBeLessThanOrEqual(start);
      expect(series.atMs[cut.point[i]! + 1] ?? Infinity).toBeGreaterThan(start);
      if (!ends.has(end) && i + 1 < cut.count)
        expect(cut.startMs[i + 1]! - end).toBeGreaterThanOrEqual(losses.outageMs - 1e-6);
    }
  });

  it('not at all at rate 0; and at the same instants for every bid', () => {
    expect(cutByCapacity(whole, { ...losses, perHour: 0 }, { series, untilMs })).toBe(whole);
    const high = cutByCapacity(livesAt(series, 10), losses, { series, untilMs });
    const taken = new Set(high.endMs);
    const low = [...cut.endMs].filter((end) => !new Set(whole.endMs).has(end));
    expect(low.length).toBeGreaterThan(30);
    // A loss that the low bid met while it waited is not met; one that it meets the high bid met or was out already.
    expect(low.filter((end) => taken.has(end)).length).toBeGreaterThan(0.9 * low.length);
  });
});

it('a higher max price buys no safety: jobs on a flat price run through with exp(-rate work), at any', () => {
  const flat = priceSeries([{ atMs: 0, usdPerHour: 0.1 }]);
  const study = {
    series: flat, bids: [0.1, 5], billing: 'modern', checkpoint: 'young', workMs: 4 * HOUR_MS, deadlineMs: 48 * HOUR_MS, checkpointMs: 60_000,
    restartMs: 600_000, onDemandUsdPerHour: undefined, fromMs: 0, toMs: untilMs - 48 * HOUR_MS, untilMs, starts: 2_000, seed: 1,
    capacity: { perHour: 0.05, outageMs: 0.25 * HOUR_MS },
  } as const; // prettier-ignore
  const [low, high] = studyBids(study);
  expect(high!.replay).toEqual(low!.replay);
  // Its checkpoints make 4 h of work a little longer.
  expect(low!.replay.uninterrupted.share).toBeGreaterThan(Math.exp(-0.05 * 4.4) - 0.04);
  expect(low!.replay.uninterrupted.share).toBeLessThan(Math.exp(-0.05 * 4) + 0.04);
  expect(studyBids({ ...study, capacity: undefined })[0]!.replay.interruptions.mean).toBe(0);
});
