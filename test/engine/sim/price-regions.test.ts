import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transferOf, NOTHING_TO_MOVE } from '../../../src/engine/decide/transfer.ts';
import { priceSeries } from '../../../src/engine/market/price-series.ts';
import { type PriceJob, runPriceJob } from '../../../src/engine/sim/price-job.ts';
import { optimalUsd } from '../../../src/engine/sim/price-optimum.ts';
import { adaptivePolicy } from '../../../src/engine/sim/price-policies.ts';
import { priceSlots, SLOT_MS } from '../../../src/engine/sim/price-slots.ts';

const DAYS_SLOTS = 3 * 288;
const TIED_USD = 0.002;
const ZONES = ['us-east-1a', 'eu-west-1a'];

/** A market of one price, and of another from slot `at` on. */
function market(usdPerHour: number, later?: { at: number; usdPerHour: number }) {
  const points = [{ atMs: 0, usdPerHour }];
  if (later !== undefined) points.push({ atMs: later.at * SLOT_MS, usdPerHour: later.usdPerHour });
  return priceSlots(priceSeries(points), 0, (DAYS_SLOTS + 800) * SLOT_MS);
}

interface Regions {
  readonly home: number;
  readonly far: number;
  readonly workH: number;
  readonly dataGb: number;
  readonly gbps: number;
  readonly setupUsd: number;
  readonly setupH: number;
}

function jobOf(drawn: Regions, markets: PriceJob['markets']): { job: PriceJob; usd: number; slots: number } {
  const { dataGb, gbps, setupUsd: setupUsdPerHour, setupH, workH } = drawn;
  const costs = { ...NOTHING_TO_MOVE, dataGb, gbps, setupUsdPerHour, setupH };
  const masters = new Set(['us-east-1']);
  const between = (from: number, to: number) => transferOf(costs, { from: ZONES[from]!, to: ZONES[to]!, masters });
  const slotsOf = (hours: number): number => Math.ceil(hours * 12 - 1e-9);
  const job: PriceJob = {
    markets,
    home: 0,
    regions: ['us-east-1', 'eu-west-1'],
    onDemandUsdPerHour: 0.5,
    start: DAYS_SLOTS,
    workSlots: workH * 12,
    deadlineSlots: workH * 24,
    move: (from, to) => ({ usd: between(from, to).usd, slots: slotsOf(between(from, to).hours) }),
    keepUsdPerHour: (place) => between(0, place).keepUsdPerHour,
  };
  return { job, usd: between(0, 1).usd, slots: slotsOf(between(0, 1).hours) };
}

const regions = fc.record({
  home: fc.constantFrom(0.1, 0.15, 0.3),
  far: fc.constantFrom(0.02, 0.06, 0.1, 0.14),
  workH: fc.constantFrom(4, 8, 16),
  dataGb: fc.integer({ min: 0, max: 120 }),
  gbps: fc.constantFrom(0.1, 1, 10),
  setupUsd: fc.constantFrom(0, 0.01, 0.05),
  setupH: fc.constantFrom(0, 0.25, 1),
});

describe('two regions whose prices are known', () => {
  it('a job begins in the other region exactly when what it saves there exceeds what the transfer costs', () => {
    let [moved, stayed] = [0, 0];
    fc.assert(
      fc.property(regions, (drawn) => {
        const { job, usd, slots } = jobOf(drawn, [market(drawn.home), market(drawn.far)]);
        const perHour = drawn.far + job.keepUsdPerHour!(1);
        const there = usd + (drawn.workH + slots / 12) * perHour;
        const here = drawn.workH * drawn.home;
        // A choice by a hair is none; and a transfer that leaves no time to be late is refused.
        fc.pre(Math.abs(there - here) > TIED_USD && slots < job.workSlots - 4);
        const result = runPriceJob(job, adaptivePolicy(job));
        expect(result.regionMoves).toBe(there < here ? 1 : 0);
        expect(result.usd).toBeCloseTo(Math.min(here, there), 9);
        expect(result.missed).toBe(false);
        expect(optimalUsd(job)).toBeLessThanOrEqual(result.usd + 1e-9);
        if (slots === 0) expect(optimalUsd(job)).toBeCloseTo(result.usd, 9);
        if (there < here) moved++;
        else stayed++;
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(Math.min(moved, stayed)).toBeGreaterThan(10);
  }, 60_000);

  it('a job that runs moves when the price at home has risen for good, if the work left is worth the transfer', () => {
    // That differences last is known from days in which home was a cent cheaper.
    const base = { home: 0.05, far: 0.06, workH: 8, gbps: 10, setupUsd: 0, setupH: 0 };
    // After two hours home costs 0.16: 6 h of work left save 0.6 dollars, less what the restart loses.
    const rises = market(base.home, { at: DAYS_SLOTS + 24, usdPerHour: 0.16 });
    for (const dataGb of [0, 10, 20, 28, 31, 60]) {
      const { job, usd, slots } = jobOf({ ...base, dataGb }, [rises, market(base.far)]);
      const result = runPriceJob(job, adaptivePolicy(job));
      const saved = 6 * 0.1 - ((1 + slots) / 12) * base.far - usd;
      expect([dataGb, result.regionMoves]).toEqual([dataGb, saved > 0 ? 1 : 0]);
      expect(result.usd).toBeCloseTo(2 * 0.05 + 6 * 0.16 - Math.max(0, saved), 9);
    }
  });

  it('no transfer is begun that leaves no time for on-demand', () => {
    const slow = { home: 0.4, far: 0.01, workH: 4, dataGb: 200, gbps: 0.1, setupUsd: 0, setupH: 0 };
    const { job, slots } = jobOf(slow, [market(0.4), market(0.01)]);
    expect(slots).toBeGreaterThan(job.deadlineSlots - job.workSlots);
    expect(runPriceJob(job, adaptivePolicy(job))).toMatchObject({ regionMoves: 0, missed: false });
  });

  it('any wandering between regions costs at least the optimum', () => {
    fc.assert(
      fc.property(
        regions,
        fc.array(fc.integer({ min: -2, max: 1 }), { minLength: 3, maxLength: 40 }),
        (drawn, places) => {
          const { job } = jobOf(drawn, [market(drawn.home), market(drawn.far)]);
          const result = runPriceJob(job, {
            bidOf: () => 1,
            choose: ({ slot }) => places[Math.floor(slot / 3) % places.length]!,
          });
          expect(result.missed).toBe(false);
          expect(result.usd).toBeGreaterThanOrEqual(optimalUsd(job) - 1e-9);
        },
      ),
      { numRuns: 40, seed: 2 },
    );
  }, 60_000);
});
