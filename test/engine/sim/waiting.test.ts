import { expect, it } from 'vitest';
import { CLASSIC } from '../../../src/engine/market/billing-classic.ts';
import { priceSeries } from '../../../src/engine/market/price-series.ts';
import { DAY_MS, HOUR_MS } from '../../../src/engine/model/units.ts';
import { studyBids } from '../../../src/engine/sim/bid-study.ts';
import { openWhatIf } from '../../../src/engine/sim/what-if.ts';

/** Two hours at 0.1, two at 1, for 60 days; it is half an hour into a dear stretch. */
const series = priceSeries(Array.from({ length: 720 }, (_, i) => ({ atMs: i * 2 * HOUR_MS, usdPerHour: i % 2 ? 1 : 0.1 }))); // prettier-ignore
const nowMs = 59 * DAY_MS + 2.5 * HOUR_MS;
const BID = 0.5;

it('waiting counts: a job of an hour at a bid below the price now is done an hour after the wait, and both simulations say so', () => {
  const job = {
    workH: 1,
    deadlineH: 12,
    checkpointS: 1,
    restartS: 0,
    checkpoint: 'none',
    atLastMoment: 'wait',
  } as const;
  const market = { name: 'here', series, onDemandUsdPerHour: 1, billing: CLASSIC };
  const { replayed } = openWhatIf({ job, markets: [market], chosen: 0, nowMs }).at(BID);
  // Of waits like now, 0 to 2 h: the middle one an hour, one in twenty longer than 1.9.
  expect(replayed.eta.p50Ms / HOUR_MS).toBeGreaterThan(1.8);
  expect(replayed.eta.p50Ms / HOUR_MS).toBeLessThan(2.2);
  expect(replayed.eta.p95Ms / HOUR_MS).toBeGreaterThan(2.8);
  expect(replayed.eta.p95Ms / HOUR_MS).toBeLessThan(3.1);
  const [bid] = studyBids({
    series, bids: [BID], billing: 'classic', checkpoint: 'none', workMs: HOUR_MS, deadlineMs: 12 * HOUR_MS, checkpointMs: 1_000, restartMs: 0,
    onDemandUsdPerHour: undefined, fromMs: 0, toMs: nowMs - 12 * HOUR_MS, untilMs: nowMs, starts: 1_000, seed: 1,
  }); // prettier-ignore
  const { makespanH, costUsd, missed } = bid!.replay;
  // Over all starts: a quarter runs through, a quarter is cut and waits two hours, half waits 0 to 2 h.
  expect(makespanH.mean).toBeCloseTo(0.25 * 1 + 0.25 * 3.5 + 0.5 * 2, 1);
  expect([makespanH.p5, missed.share]).toEqual([1, 0]);
  expect(replayed.missed).toBe(0);
  expect(replayed.meanUsd).toBeCloseTo(costUsd.mean, 2);
});
