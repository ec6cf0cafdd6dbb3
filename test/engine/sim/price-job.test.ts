import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { priceSeries } from '../../../src/engine/market/price-series.ts';
import {
  bidPolicy,
  IDLE,
  ON_DEMAND,
  type PriceJob,
  type PriceJobPolicy,
  runPriceJob,
} from '../../../src/engine/sim/price-job.ts';
import { optimalUsd, relaxedFloorUsd } from '../../../src/engine/sim/price-optimum.ts';
import { adaptivePolicy } from '../../../src/engine/sim/price-policies.ts';
import { priceSlots, SLOT_MS } from '../../../src/engine/sim/price-slots.ts';

/** A market with one price a slot. */
function market(prices: readonly number[], offsetMs = 0) {
  const points = prices.map((usdPerHour, slot) => ({ atMs: slot * SLOT_MS + (slot === 0 ? 0 : offsetMs), usdPerHour }));
  return priceSlots(priceSeries(points), 0, (prices.length + 400) * SLOT_MS);
}

const job = (prices: readonly number[], more: Partial<PriceJob> = {}): PriceJob => ({
  markets: [market(prices)],
  onDemandUsdPerHour: 1.2,
  start: 0,
  workSlots: 4,
  deadlineSlots: 12,
  ...more,
});

describe('one job, by hand (1.2 USD/h is 0.1 a slot)', () => {
  it('a calm market: four slots of work are four slots paid', () => {
    const result = runPriceJob(job([0.12]), bidPolicy(0.5));
    expect(result).toEqual({
      usd: expect.closeTo(0.04),
      doneSlots: 4,
      missed: false,
      interruptions: 0,
      moves: 0,
      regionMoves: 0,
      onDemandSlots: 0,
    });
  });

  it('an interruption costs the slot of the restart', () => {
    const result = runPriceJob(job([0.12, 0.12, 6, 0.12, 0.12]), bidPolicy(0.5));
    // Two slots of work, one above the bid, one lost to the restart, two of work.
    expect(result).toMatchObject({ usd: expect.closeTo(0.05), doneSlots: 6, interruptions: 1 });
  });

  it('within a slot it is paid until the price exceeds the bid, by the second, and does no work', () => {
    const rising = { ...job([]), markets: [market([0.12, 6, 0.12], 60_000)] };
    // Slot 1: at 0.12 for 60 s, then dead. Slot 2: at 6 for 60 s at its start. Slot 3: the restart.
    const result = runPriceJob(rising, bidPolicy(0.5));
    expect(result.usd).toBeCloseTo(0.01 * (1 + 0.2 + 1 + 3));
    expect(result).toMatchObject({ doneSlots: 7, interruptions: 1 });
  });

  it('a market that is always too dear: on-demand in time, and no restart is paid by a job that never ran', () => {
    const result = runPriceJob(job([6]), bidPolicy(0.5));
    expect(result).toMatchObject({ usd: expect.closeTo(0.4), missed: false, onDemandSlots: 4 });
    expect(result.doneSlots).toBeLessThanOrEqual(12);
  });

  it('a deadline as long as the work goes to on-demand at once', () => {
    expect(runPriceJob(job([0.12], { deadlineSlots: 4 }), bidPolicy(9))).toMatchObject({
      doneSlots: 4,
      onDemandSlots: 4,
    });
  });

  it('a move to another region pays its transfer in dollars and slots', () => {
    const two = job([], {
      markets: [market([0.12]), market([0.12])],
      deadlineSlots: 30,
      move: () => ({ usd: 0.5, slots: 3 }),
    });
    const hop: PriceJobPolicy = { bidOf: () => 1, choose: ({ slot }) => (slot < 2 ? 0 : 1) };
    // Two slots of work, then one of restart and three of transfer, then two of work.
    expect(runPriceJob(two, hop)).toMatchObject({ usd: expect.closeTo(0.5 + 0.08), doneSlots: 8, moves: 1 });
    // From home elsewhere: the transfer alone.
    expect(runPriceJob({ ...two, home: 1 }, { ...hop, choose: () => 0 })).toMatchObject({ usd: expect.closeTo(0.57) });
  });
});

describe('bounds', () => {
  it('by hand: the floor takes the cheapest slots, the optimum pays for the gap between them', () => {
    const gap = job([0.12, 0.12, 1.08, 0.12, 0.12, 1.2], { deadlineSlots: 6 });
    expect(relaxedFloorUsd(gap)).toBeCloseTo(0.04);
    // Through the dear slot: 0.01 + 0.01 + 0.09 + 0.01; around it: a slot lost to the restart, and too few are left cheap.
    expect(optimalUsd(gap)).toBeCloseTo(0.12);
  });

  const price = fc.constantFrom(0.06, 0.12, 0.24, 1, 2, 9);
  const drawn = fc.record({
    markets: fc.array(fc.array(price, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 }),
    workSlots: fc.integer({ min: 1, max: 12 }),
    spare: fc.integer({ min: 0, max: 12 }),
    offsetMs: fc.constantFrom(0, 60_000, 250_000),
    choices: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 1, maxLength: 40 }),
    bid: fc.constantFrom(0.1, 0.3, 1.2, 10),
  });

  it('floor <= optimum <= what any policy pays, and none misses its deadline', () => {
    fc.assert(
      fc.property(drawn, ({ markets, workSlots, spare, offsetMs, choices, bid }) => {
        const drawnJob = job([], {
          markets: markets.map((prices) => market(prices, offsetMs)),
          workSlots,
          deadlineSlots: workSlots + spare,
        });
        const [floor, optimum] = [relaxedFloorUsd(drawnJob), optimalUsd(drawnJob)];
        expect(optimum).toBeGreaterThanOrEqual(floor - 1e-12);
        const restless: PriceJobPolicy = {
          bidOf: () => bid,
          choose: ({ slot }) => {
            const choice = choices[slot % choices.length] ?? 0;
            return choice >= markets.length ? IDLE : choice;
          },
        };
        const alwaysSafe: PriceJobPolicy = { bidOf: () => bid, choose: () => ON_DEMAND };
        for (const policy of [bidPolicy(bid), restless, alwaysSafe, adaptivePolicy(drawnJob)]) {
          const result = runPriceJob(drawnJob, policy);
          expect(result.missed).toBe(false);
          expect(result.usd).toBeGreaterThanOrEqual(optimum - 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('a spike planted in a later slot changes no choice before it', () => {
  const DAYS_SLOTS = 3 * 288;
  const wave = Array.from(
    { length: DAYS_SLOTS + 60 },
    (_, i) => 0.12 + 0.06 * Math.sin(i / 9) + (i % 97 === 0 ? 2 : 0),
  );
  const spiked = wave.map((usdPerHour, slot) => (slot > DAYS_SLOTS + 20 ? 50 : usdPerHour));
  const chosen = (prices: readonly number[]): number[] => {
    const drawnJob = job([], {
      markets: [market(prices), market(prices.map((usdPerHour, i) => usdPerHour * (i % 50 < 25 ? 1.2 : 0.8)))],
      start: DAYS_SLOTS,
      workSlots: 24,
      deadlineSlots: 48,
    });
    const policy = adaptivePolicy(drawnJob);
    const seen: number[] = [];
    runPriceJob(drawnJob, {
      ...policy,
      choose: (state) => {
        const place = policy.choose(state);
        seen[state.slot - DAYS_SLOTS] = place;
        return place;
      },
    });
    return seen;
  };
  const calm = chosen(wave);
  expect(calm.length).toBeGreaterThan(24);
  expect(chosen(spiked).slice(0, 21)).toEqual(calm.slice(0, 21));
  expect(chosen(spiked).slice(21)).not.toEqual(calm.slice(21));
});
