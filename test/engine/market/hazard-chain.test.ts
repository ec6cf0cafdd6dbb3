import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HazardChain, hazardChain, sampleAt } from '../../../src/engine/market/hazard-chain.ts';
import { firstAbove, priceAt, priceSeries } from '../../../src/engine/market/price-series.ts';
import { SAMPLE_MS, upSamples } from '../../../src/engine/market/up-samples.ts';
import { seededRng } from '../../../src/engine/model/rng.ts';

const MIN = 60_000;
const HOUR = 60 * MIN;
const BID = 5;

/** Prices are set each hour: of ten, one is above the bid; nothing happens in between. */
function hourly(hours: number, seed: number): ReturnType<typeof priceSeries> {
  const rng = seededRng(seed);
  return priceSeries(Array.from({ length: hours }, (_, i) => ({ atMs: i * HOUR, usdPerHour: rng.below(10) === 0 ? 9 : 1 + 3 * rng.next() }))); // prettier-ignore
}

const at = (chain: HazardChain, sinceMin: number): number =>
  chain.taken[chain.stateOf({ sinceChangeMs: sinceMin * MIN, upMs: 200 * MIN, usdPerHour: 2.5, rose: true })]!;

describe('upSamples', () => {
  const series = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 9 })), { minLength: 2, maxLength: 30 })
    .map((steps) => {
      let minute = 0;
      return priceSeries(steps.map(([gap, usdPerHour]) => ({ atMs: (minute += gap) * MIN, usdPerHour })));
    });

  it('are what a holder of the bid sees every five minutes', () =>
    fc.assert(
      fc.property(series, (market) => {
        const samples = upSamples(market, BID);
        const last = market.atMs.at(-1)!;
        const expected = [];
        for (let t = Math.ceil(market.atMs[0]! / SAMPLE_MS) * SAMPLE_MS; t < last; t += SAMPLE_MS)
          if (priceAt(market, t)! <= BID) expected.push(t);
        expect([...samples.atMs]).toEqual(expected);
        for (const [i, t] of expected.entries()) {
          const point = market.atMs.findLastIndex((one) => one <= t);
          const down = market.usdPerHour.subarray(0, point).findLastIndex((usd) => usd > BID);
          expect(sampleAt(samples, i)).toEqual({
            sinceChangeMs: t - market.atMs[point]!,
            upMs: t - market.atMs[down + 1]!,
            usdPerHour: priceAt(market, t),
            rose: point > 0 && market.usdPerHour[point]! > market.usdPerHour[point - 1]!,
          });
          expect(samples.endMs[i]).toBe(firstAbove(market, BID, t) ?? Infinity);
        }
      }),
    ));
});

describe('hazardChain', () => {
  it('learns that an hourly market takes instances back on the hour, at the true rate, and never in between', () => {
    const samples = upSamples(hourly(3000, 1), BID);
    const chain = hazardChain(samples, { fromMs: 0, untilMs: 3000 * HOUR })!;
    expect(at(chain, 55)).toBeGreaterThan(0.07);
    expect(at(chain, 55)).toBeLessThan(0.13);
    for (const minute of [0, 10, 25, 40, 50]) expect(at(chain, minute)).toBeLessThan(0.005);
  });

  it('is a chain: from every state somewhere, with chances that sum to one', () =>
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 400 }), fc.integer({ min: 1, max: 99 }), (hours, seed) => {
        const chain = hazardChain(upSamples(hourly(hours, seed), BID), { fromMs: 0, untilMs: hours * HOUR })!;
        for (let x = 0; x < chain.states; x++) {
          const moves = chain.chance.subarray(chain.from[x]!, chain.from[x + 1]!);
          expect(moves.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
          expect(chain.taken[x]).toBeGreaterThan(0);
          expect(chain.taken[x]).toBeLessThanOrEqual(0.9);
        }
        for (const state of chain.to) expect(state).toBeLessThan(chain.states);
      }),
      { numRuns: 20 },
    ));

  it('learns from the past alone, and says nothing of a market that it hardly knows', () => {
    const [calm, wild] = [hourly(300, 1), hourly(300, 1)];
    const changed = priceSeries([
      ...Array.from(wild.atMs, (atMs, i) => ({ atMs, usdPerHour: wild.usdPerHour[i]! })).filter((p) => p.atMs < 200 * HOUR), // prettier-ignore
      { atMs: 200 * HOUR, usdPerHour: 50 },
      { atMs: 300 * HOUR, usdPerHour: 1 },
    ]);
    const past = { fromMs: 0, untilMs: 200 * HOUR };
    const [one, other] = [calm, changed].map((series) => hazardChain(upSamples(series, BID), past)!);
    expect(other!.taken).toEqual(one!.taken);
    expect(other!.chance).toEqual(one!.chance);
    expect(hazardChain(upSamples(calm, BID), { fromMs: 0, untilMs: 10 * HOUR })).toBeUndefined();
  });
});
