import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BidFigures, BidIndex } from '../../../src/engine/market/bid-index.ts';
import { type PricePoint, type PriceSeries, priceSeries, slice } from '../../../src/engine/market/price-series.ts';

const STEPS = priceSeries([
  { atMs: 0, usdPerHour: 0.03 },
  { atMs: 1, usdPerHour: 0.05 },
  { atMs: 3, usdPerHour: 0.04 },
]);
const pointList = fc.array(
  fc.record({ atMs: fc.integer({ min: 0, max: 200 }), usdPerHour: fc.integer({ min: 0, max: 12 }) }),
  { maxLength: 60 },
);

/** What a bid met, said as slowly as possible. */
function scan(series: PriceSeries, { fromMs, toMs }: { fromMs: number; toMs: number }, bid: number): BidFigures {
  const { atMs, usdPerHour } = slice(series, fromMs, toMs);
  const runs: number[] = [];
  let [upMs, paid, interruptions, running] = [0, 0, 0, false];
  for (const [i, price] of usdPerHour.entries()) {
    const ms = (atMs[i + 1] ?? toMs) - Math.max(fromMs, atMs[i]!);
    if (price > bid && running) interruptions++;
    if (price <= bid) {
      upMs += ms;
      paid += ms * price;
      if (running) runs[runs.length - 1]! += ms;
      else runs.push(ms);
    }
    running = price <= bid;
  }
  runs.sort((a, b) => a - b);
  const windowMs = atMs.length === 0 ? 0 : toMs - Math.max(fromMs, atMs[0]!);
  const [low, high] = [runs[(runs.length - 1) >> 1], runs[runs.length >> 1]];
  return {
    bidUsdPerHour: bid,
    availability: windowMs > 0 ? upMs / windowMs : 0,
    meanPaidUsdPerHour: paid / upMs,
    interruptions,
    longestUpMs: runs.at(-1) ?? 0,
    medianUpMs: low === undefined || high === undefined ? 0 : (low + high) / 2,
  };
}

const expectSame = (found: BidFigures, { meanPaidUsdPerHour, ...exact }: BidFigures): void => {
  expect(found).toMatchObject(exact);
  if (Number.isNaN(meanPaidUsdPerHour)) expect(found.meanPaidUsdPerHour).toBeNaN();
  else expect(found.meanPaidUsdPerHour).toBeCloseTo(meanPaidUsdPerHour, 9);
};

describe('BidIndex', () => {
  it.each([
    { bid: 0.02, availability: 0, interruptions: 0, longestUpMs: 0, medianUpMs: 0 },
    { bid: 0.03, availability: 0.25, interruptions: 1, longestUpMs: 1, medianUpMs: 1 },
    { bid: 0.045, availability: 0.5, interruptions: 1, longestUpMs: 1, medianUpMs: 1 },
    { bid: 9, availability: 1, interruptions: 0, longestUpMs: 4, medianUpMs: 4 },
  ])('a bid of $bid', ({ bid, ...expected }) => {
    expect(new BidIndex(STEPS, { fromMs: 0, toMs: 4 }).at(bid)).toMatchObject(expected);
  });

  it('tells the mean paid, and none where nothing ran', () => {
    const index = new BidIndex(STEPS, { fromMs: 0, toMs: 4 });
    expect(index.at(0.045).meanPaidUsdPerHour).toBeCloseTo(0.035, 12);
    expect(index.at(0.02).meanPaidUsdPerHour).toBeNaN();
    expect([...index.breakpoints]).toEqual([0.03, 0.04, 0.05]);
  });

  it('equals a scan for any bid in any window, a market that begins inside it included', () =>
    fc.assert(
      fc.property(
        pointList,
        fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 150 })),
        (points, [fromMs, span]) => {
          const series = priceSeries(points);
          const window = { fromMs, toMs: fromMs + span };
          const index = new BidIndex(series, window);
          for (let bid = -0.5; bid <= 13; bid += 0.5) expectSame(index.at(bid), scan(series, window, bid));
          for (const level of index.sweep()) expect(level).toEqual(index.at(level.bidUsdPerHour));
        },
      ),
    ));

  it('that grew equals one that was built whole, bit for bit', () =>
    fc.assert(
      fc.property(pointList, fc.array(fc.integer({ min: 0, max: 220 }), { maxLength: 6 }), (points, given) => {
        const series = priceSeries(points);
        const ends = [...given.sort((a, b) => a - b), 230];
        const first = ends[0]! + 1;
        const index = new BidIndex(series, { fromMs: 0, toMs: first });
        let from = first;
        for (const end of ends) {
          // Told up to `end`, but told so a little later: points lie before the old end of the window.
          const [late, now] = [end + 5, Math.max(from, end)];
          const fresh = [...series.atMs].flatMap((atMs, i): PricePoint[] =>
            atMs >= from && atMs < now ? [{ atMs, usdPerHour: series.usdPerHour[i]! }] : [],
          );
          index.append(fresh, late);
          from = now;
        }
        const whole = new BidIndex(series, { fromMs: 0, toMs: 235 });
        expect([...index.breakpoints]).toEqual([...whole.breakpoints]);
        for (let bid = -0.5; bid <= 13; bid += 0.5) expect(index.at(bid)).toEqual(whole.at(bid));
      }),
    ));

  it.each([
    [[{ atMs: 3, usdPerHour: 1 }], 10, /a price at 3 is not later than the newest, 3/],
    [[{ atMs: 9, usdPerHour: Number.NaN }], 10, /NaN is not a price/],
    [[{ atMs: 9, usdPerHour: 1 }], 8, /cannot end at 8/],
  ])('refuses %j up to %d', (points, toMs, message) => {
    const index = new BidIndex(STEPS, { fromMs: 0, toMs: 4 });
    expect(() => index.append(points, toMs)).toThrow(message);
  });

  it('knows a market without prices, and one with a single price', () => {
    const none = new BidIndex(priceSeries([]), { fromMs: 0, toMs: 10 });
    expect(none.at(1)).toMatchObject({ availability: 0, interruptions: 0, longestUpMs: 0 });
    expect(none.sweep()).toEqual([]);
    none.append([{ atMs: 4, usdPerHour: 1 }], 10);
    expect(none.at(1)).toMatchObject({ availability: 1, longestUpMs: 6, medianUpMs: 6 });
  });
});
