import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gammaCdf, gammaQuantile, lnGamma } from '../../../src/engine/market/gamma.ts';
import { interruptionHazard } from '../../../src/engine/market/interruption-hazard.ts';
import { interruptionRecord, oneIn, poissonRate } from '../../../src/engine/market/interruption-record.ts';
import { type AvailabilityTrace } from '../../../src/engine/market/availability.ts';
import { seededRng } from '../../../src/engine/model/rng.ts';
import { HOUR_MS } from '../../../src/engine/model/units.ts';
import type { WorkerRow } from '../../../src/engine/model/worker.ts';

describe('the gamma distribution', () => {
  it('by hand: factorials, the exponential, Erlang sums', () => {
    expect(lnGamma(5)).toBeCloseTo(Math.log(24), 11);
    expect(lnGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 11);
    expect(gammaCdf(1, 1)).toBeCloseTo(1 - Math.exp(-1), 11);
    // Shape n: not fewer than n events of a Poisson process in x.
    expect(gammaCdf(3, 2)).toBeCloseTo(1 - Math.exp(-2) * (1 + 2 + 2), 11);
    expect(gammaCdf(400, 400)).toBeCloseTo(0.50665, 4);
  });

  it('the quantile is the inverse', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.3, max: 2000, noNaN: true }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (shape, level) => {
          expect(gammaCdf(shape, gammaQuantile(shape, level))).toBeCloseTo(level, 8);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('exact interval of a rate', () => {
  // Garwood 1936: limits of the mean for 0, 1, 4 and 10 events.
  it.each([
    [0, 0, 3.689],
    [1, 0.0253, 5.572],
    [4, 1.09, 10.242],
    [10, 4.795, 18.39],
  ])('%i events', (events, low, high) => {
    const rate = poissonRate(events, 100);
    expect(rate.perHour).toBe(events / 100);
    expect(100 * rate.low).toBeCloseTo(low, 2);
    expect(100 * rate.high).toBeCloseTo(high, 2);
  });

  it('as people say it', () => {
    expect(oneIn(poissonRate(4, 100))).toBe('1 in 25 h (95 %: 9.8 h to 92 h)');
    expect(oneIn(poissonRate(0, 100))).toBe('none (95 %: 27 h or more)');
    expect(poissonRate(0, 0)).toEqual({ perHour: 0, low: 0, high: Infinity });
  });
});

const NOW = 1_000 * HOUR_MS;
const worker = (more: Partial<WorkerRow> & { from?: number; to?: number }): WorkerRow =>
  ({
    id: 'i-1', pool: 'c5.large/us-east-1a', state: 'TERMINATED', bidUsdPerHour: 0.05, notice: undefined, detail: '', changedAt: 0,
    phases: { requestedAt: 0, pendingAt: (more.from ?? 10) * HOUR_MS, bootingAt: 0, readyAt: 0, firstJobAt: 0, endedAt: (more.to ?? 0) * HOUR_MS },
    ...more,
  }) as WorkerRow; // prettier-ignore

describe('the own record, from rows of workers', () => {
  it.each([
    ['ended by its owner', worker({ to: 15 }), 5, 0],
    ['on notice: until it was taken', worker({ to: 16, notice: { noticedAt: 0, takeAt: 15 * HOUR_MS, source: 'imds' } }), 5, 1],
    ['without notice, as EC2 says', worker({ to: 15, detail: 'EC2 ended it: Server.SpotInstanceTermination' }), 5, 1],
    ['it lives', worker({ state: 'BUSY', from: 998 }), 2, 0],
    ['on notice now', worker({ state: 'INTERRUPTED', from: 998, notice: { noticedAt: NOW, takeAt: NOW + HOUR_MS, source: 'imds' } }), 2, 1],
    ['lost for another cause', worker({ state: 'LOST', changedAt: 13 * HOUR_MS, detail: 'silent for 60 s' }), 3, 0],
  ])('%s', (...[, row, hours, interruptions]) => {
    expect(interruptionRecord([row], NOW)).toEqual([
      { market: 'c5.large/us-east-1a', instances: 1, instanceHours: hours, interruptions },
    ]);
  }); // prettier-ignore

  it('leaves out what says nothing, and sums by market', () => {
    const rows = [
      worker({ bidUsdPerHour: 0, to: 20 }),
      worker({ from: 0, to: 20 }),
      worker({ pool: 'm5.large/us-east-1b', to: 11 }),
      worker({ to: 11 }),
      worker({ to: 12 }),
    ];
    expect(interruptionRecord(rows, NOW)).toEqual([
      { market: 'c5.large/us-east-1a', instances: 2, instanceHours: 3, interruptions: 0 },
      { market: 'm5.large/us-east-1b', instances: 1, instanceHours: 1, interruptions: 0 },
    ]);
  });
});

const count = (market: string, instanceHours: number, interruptions: number) => ({ market, instances: 1, instanceHours, interruptions }); // prettier-ignore
const trace = (counts: readonly number[]): AvailabilityTrace => ({
  kind: 'availability', zone: 'us-west-2a', device: 'v100', count: '1', nodes: 1, startMs: 0, tickS: 600, counts: Uint8Array.from(counts),
}); // prettier-ignore

describe('hazard of a market', () => {
  it('nothing known: the stated prior, and it says so', () => {
    const hazard = interruptionHazard('a/z', []);
    expect(hazard).toMatchObject({ perHour: 1 / 200, source: 'stated prior', outageH: 0.25 });
    expect(hazard.sentence).toBe(
      'Capacity takes an instance of a/z back 1 in 200 h (95 %: 54 h to 7900 h): from the stated prior: 1 in 200 h; there is no record of the market itself.',
    );
  });

  it('by hand: 4 in 100 h with nothing else known is 5 in 300 h', () => {
    const hazard = interruptionHazard('a/z', [count('a/z', 100, 4)]);
    expect(hazard.perHour).toBeCloseTo(5 / 300, 12);
    expect(hazard.own).toMatchObject({ hours: 100, interruptions: 4, rate: { perHour: 0.04 } });
    expect(hazard.low).toBeLessThan(hazard.perHour);
    expect(hazard.high).toBeGreaterThan(hazard.perHour);
  });

  it('other markets and traces speak through the prior alone: much of its own outweighs any amount of them', () => {
    const others = [count('b/z', 50_000, 5_000)];
    const traces = [trace(Array.from({ length: 4_000 }, (_, i) => (i % 7 === 6 ? 0 : 1)))];
    const none = interruptionHazard('a/z', others);
    expect(none).toMatchObject({ source: 'record of other markets', perHour: expect.closeTo(0.1, 2) });
    expect(interruptionHazard('a/z', [], traces)).toMatchObject({
      source: 'availability traces',
      outageH: expect.closeTo(1 / 6),
    });
    const own = interruptionHazard('a/z', [...others, count('a/z', 2_000, 10)], traces);
    expect(own.source).toBe('own record');
    expect(own.perHour).toBeGreaterThan(10 / 2_000);
    expect(own.perHour).toBeLessThan(1.25 * (10 / 2_000));
  });

  it('its 95 % range holds the truth for markets drawn around the prior', () => {
    const rng = seededRng(3);
    let held = 0;
    const markets = 400;
    for (let i = 0; i < markets; i++) {
      // Gamma(1, 200 h): what the prior believes of a market.
      const truth = -Math.log(1 - rng.next()) / 200;
      let interruptions = 0;
      for (let h = -Math.log(1 - rng.next()) / truth; h < 300; h += -Math.log(1 - rng.next()) / truth) interruptions++;
      const { low, high } = interruptionHazard('a/z', [count('a/z', 300, interruptions)]);
      if (low <= truth && truth <= high) held++;
    }
    expect(held / markets).toBeGreaterThan(0.92);
    expect(held / markets).toBeLessThan(0.98);
  });
});
