import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CheckpointPolicy,
  EDGE,
  hourPolicy,
  NONE,
  noticePolicy,
  youngPolicy,
} from '../../../src/engine/decide/checkpoint-policy.ts';
import { BILLING_MODELS, billingNamed } from '../../../src/engine/market/billing.ts';
import { type PriceSeries, priceSeries } from '../../../src/engine/market/price-series.ts';
import { optimalPolicy } from '../../../src/engine/sim/optimal-checkpoints.ts';
import { Replay, type ReplayOutcome, type ReplaySetup } from '../../../src/engine/sim/replay.ts';
import { naiveReplay } from './naive-replay.ts';

const MIN = 60_000;
const COSTS = { checkpointMs: 5 * MIN, restartMs: 10 * MIN };
const minutes = (points: readonly (readonly [minute: number, usd: number])[]): PriceSeries =>
  priceSeries(points.map(([minute, usdPerHour]) => ({ atMs: minute * MIN, usdPerHour })));

/** Up for 150 minutes, away for 30, then up for good. */
const ONCE = minutes([[0, 1], [150, 9], [180, 2]]); // prettier-ignore
const setup = (series: PriceSeries, policy: CheckpointPolicy, changes: Partial<ReplaySetup> = {}): ReplaySetup => ({
  series,
  untilMs: 10_000 * MIN,
  bidUsdPerHour: 3,
  billing: billingNamed('classic'),
  policy,
  workMs: 200 * MIN,
  deadlineMs: Infinity,
  ...COSTS,
  ...changes,
});
const figures = ({ costUsd, makespanMs, interruptions, checkpoints, lostMs }: ReplayOutcome): number[] => [costUsd, makespanMs / MIN, interruptions, checkpoints, lostMs / MIN]; // prettier-ignore
const YOUNG = youngPolicy(COSTS, () => 160 * MIN);

describe('Replay, by hand', () => {
  it.each([
    // Two paid hours at 1, the third free; then 10 minutes of restart and all 200 of work: 4 hours at 2.
    { name: 'none', policy: NONE, expected: [2 + 8, 180 + 210, 1, 0, 150] },
    // Saves at 55 and 115 (110 of work), loses 30; 10 + 90 + a save at the hour's end: 2 hours at 2.
    { name: 'hour', policy: hourPolicy(COSTS), expected: [2 + 4, 180 + 10 + 90 + 5, 1, 3, 30] },
    // No price rises while it runs.
    { name: 'edge', policy: EDGE, expected: [2 + 8, 180 + 210, 1, 0, 150] },
    // tau = sqrt(2 * 5 * 160) = 40: saves at 40, 85, 130 (120 of work), loses 15; 10 + 80 + a save.
    { name: 'young', policy: YOUNG, expected: [2 + 4, 180 + 10 + 80 + 5, 1, 4, 15] },
    // Saves at 145 and loses nothing; 10 + 55 of work.
    { name: 'opt', policy: optimalPolicy(COSTS), expected: [2 + 4, 180 + 65, 1, 1, 0] },
  ])('$name', ({ policy, expected }) => {
    expect(figures(new Replay(setup(ONCE, policy)).run(0))).toEqual(expected);
  });

  it('saves on a rise of the price, and on a notice', () => {
    const rising = minutes([[0, 1], [100, 2], [150, 9], [180, 2]]); // prettier-ignore
    expect(figures(new Replay(setup(rising, EDGE)).run(0))).toEqual([2 + 4, 180 + 110, 1, 1, 45]);
    const costs = { checkpointMs: MIN, restartMs: 10 * MIN };
    const notice = noticePolicy(costs, () => 160 * MIN, { noticeMs: 2 * MIN, missedShare: 0 });
    const { lostMs, checkpoints, makespanMs } = new Replay(setup(ONCE, notice, costs)).run(0);
    expect([lostMs, checkpoints, makespanMs]).toEqual([0.25 * MIN, 1, (180 + 10 + 200 - 148.75) * MIN]);
    const missed = new Replay(setup(ONCE, notice, { ...costs, missedNoticeShare: 1 })).run(0);
    expect([missed.lostMs, missed.checkpoints]).toEqual([150 * MIN, 0]);
  });

  it('goes on-demand at the last moment, and tells a miss where there is no net', () => {
    const gone = minutes([[0, 1], [60, 9]]); // prettier-ignore
    const deadlineMs = 400 * MIN;
    const withNet = new Replay(setup(gone, hourPolicy(COSTS), { deadlineMs, onDemandUsdPerHour: 4 })).run(0);
    // 55 minutes are saved; the other 145 and twice a restart before the deadline it goes: 155 minutes, 3 hours at 4.
    expect([withNet.costUsd, withNet.makespanMs / MIN, withNet.onDemandMs / MIN, withNet.missed]).toEqual([13, 390, 155, false]); // prettier-ignore
    const waiting = new Replay(setup(gone, hourPolicy(COSTS), { deadlineMs })).run(0);
    expect([waiting.finished, waiting.missed, waiting.costUsd]).toEqual([false, true, 1]);
  });

  it('starts in the middle of an up-interval, before the first price, and at a bid that never runs', () => {
    expect(figures(new Replay(setup(ONCE, NONE, { workMs: 60 * MIN })).run(30 * MIN))).toEqual([1, 60, 0, 0, 0]);
    expect(figures(new Replay(setup(ONCE, NONE, { workMs: 60 * MIN })).run(-30 * MIN))).toEqual([1, 90, 0, 0, 0]);
    const never = new Replay(setup(ONCE, NONE, { bidUsdPerHour: 0.5 })).run(0);
    expect([never.costUsd, never.finished, never.missed]).toEqual([0, false, true]);
  });
});

const market = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6 })), { minLength: 1, maxLength: 40 })
  .map((steps) => {
    let minute = 0;
    return minutes(steps.map(([gap, usd]) => [(minute += gap), usd] as const));
  });
const policy = fc.constantFrom(NONE, EDGE, YOUNG, hourPolicy(COSTS), optimalPolicy(COSTS));

describe('Replay', () => {
  it('equals a replay minute by minute, with and without a net, under every billing', () =>
    fc.assert(
      fc.property(
        fc.record({ series: market, policy, start: fc.integer({ min: 0, max: 300 }), bid: fc.integer({ min: 0, max: 6 }), work: fc.integer({ min: 1, max: 200 }), slack: fc.integer({ min: 0, max: 300 }), net: fc.boolean(), billing: fc.constantFrom(...BILLING_MODELS) }), // prettier-ignore
        ({ series, start, bid, work, slack, net, ...rest }) => {
          const given: ReplaySetup = {
            ...setup(series, rest.policy),
            untilMs: 1200 * MIN,
            billing: rest.billing,
            bidUsdPerHour: bid,
            workMs: work * MIN,
            deadlineMs: (work + slack) * MIN,
            ...(net ? { onDemandUsdPerHour: 7 } : {}),
          };
          const fast = new Replay(given).run(start * MIN);
          const slow = naiveReplay(given, start * MIN);
          expect({ ...fast, costUsd: 0 }).toEqual({ ...slow, costUsd: 0 });
          expect(fast.costUsd).toBeCloseTo(slow.costUsd, 9);
        },
      ),
      { numRuns: 500 },
    ));

  it('with a net misses no deadline that leaves room for two changes', () =>
    fc.assert(
      fc.property(market, policy, fc.record({ work: fc.integer({ min: 1, max: 200 }), slack: fc.integer({ min: 20, max: 300 }), start: fc.integer({ min: 0, max: 300 }) }), (series, rule, { work, slack, start }) => {
        const deadlineMs = (work + slack) * MIN;
        const given = { ...setup(series, rule), workMs: work * MIN, deadlineMs, onDemandUsdPerHour: 7 };
        const { missed, costUsd } = new Replay(given).run(start * MIN);
        expect(missed).toBe(false);
        expect(costUsd).toBeGreaterThan(0);
      }), // prettier-ignore
    ));

  it('takes no more lives than any other policy when it knows them in advance', () =>
    fc.assert(
      fc.property(market, policy, fc.integer({ min: 0, max: 300 }), (series, rule, start) => {
        const known = { ...new Replay(setup(series, optimalPolicy(COSTS))).run(start * MIN) };
        const other = new Replay(setup(series, rule)).run(start * MIN);
        expect(known.makespanMs).toBeLessThanOrEqual(other.makespanMs);
        expect(known.interruptions).toBeLessThanOrEqual(other.interruptions);
      }),
    ));
});
