import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointPlan } from '../../../src/engine/decide/checkpoint-plan.ts';
import {
  CHECKPOINT_POLICIES,
  type CheckpointPolicy,
  EDGE,
  hourPolicy,
  NONE,
  noticePolicy,
  periodMs,
  type RunState,
  youngPolicy,
} from '../../../src/engine/decide/checkpoint-policy.ts';
import { billingNamed } from '../../../src/engine/market/billing.ts';
import type { HazardChain } from '../../../src/engine/market/hazard-chain.ts';
import { pointsOf, priceSeries } from '../../../src/engine/market/price-series.ts';
import { SYNTHETIC_DEFAULTS, syntheticSeries } from '../../../src/engine/market/synthetic.ts';
import { policyNamed } from '../../../src/engine/sim/policies.ts';
import { Replay } from '../../../src/engine/sim/replay.ts';

const MIN = 60_000;
const DAY = 1440 * MIN;
const COSTS = { checkpointMs: 5 * MIN, restartMs: 10 * MIN };
const at = (minute: number, changes: Partial<Record<keyof RunState, number>> = {}): RunState => {
  const ms = Object.fromEntries(Object.entries(changes).map(([key, value]) => [key, key.includes('Usd') || key.includes('usd') ? value : value * MIN])); // prettier-ignore
  return { nowMs: minute * MIN, instanceStartMs: 0, upSinceMs: 0, unsavedMs: minute * MIN, workLeftMs: 500 * MIN, usdPerHour: 1, previousUsdPerHour: 1, priceSinceMs: 0, killAtMs: Infinity, ...ms }; // prettier-ignore
};
const YOUNG = youngPolicy(COSTS, () => 160 * MIN);
const NOTICE = noticePolicy({ ...COSTS, checkpointMs: MIN }, () => 160 * MIN, { noticeMs: 2 * MIN, missedShare: 0 });

describe('when each policy saves next', () => {
  it.each([
    ['none never', NONE, at(50), Infinity],
    ['hour so as to end at the boundary', hourPolicy(COSTS), at(10), 55],
    ['hour at the boundary after a save', hourPolicy(COSTS), at(60, { unsavedMs: 0 }), 115],
    ['hour not in the last minutes of one', hourPolicy(COSTS), at(57), 115],
    ['edge on a rise', EDGE, at(40, { priceSinceMs: 40, usdPerHour: 2 }), 40],
    ['edge not on a fall', EDGE, at(40, { priceSinceMs: 40, previousUsdPerHour: 2 }), Infinity],
    ['edge not after it', EDGE, at(41, { priceSinceMs: 40, usdPerHour: 2 }), Infinity],
    ['young by its period', YOUNG, at(10), 40],
    ['young at once where it is over', YOUNG, at(50), 40],
    ['notice not before it', NOTICE, at(50), Infinity],
    ['notice as late as is safe', NOTICE, at(50, { killAtMs: 52 }), 50.75],
    ['notice not where the job ends before', NOTICE, at(50, { killAtMs: 52, workLeftMs: 2 }), Infinity],
  ] as const)('%s', (...[, policy, state, minute]) => expect(policy.nextAtMs(state) / MIN).toBe(minute));

  it('takes the mean for its period where a checkpoint costs more than that', () => {
    expect(periodMs(10, 4)).toBe(10);
    expect(periodMs(10, 5)).toBe(10);
    expect(periodMs(300, 28_800)).toBeCloseTo(4157, 0);
  });

  it('saves by the clock where a checkpoint does not fit into the notice', () => {
    const slow = noticePolicy(COSTS, () => 160 * MIN, { noticeMs: 2 * MIN, missedShare: 0 });
    expect([slow.noticeMs, slow.nextAtMs(at(10)) / MIN]).toEqual([0, 40]);
  });
});

/** One state, the same risk in every step: what Young's rule assumes. */
const constant = (risk: number): HazardChain => ({ states: 1, taken: Float64Array.of(risk), from: Int32Array.of(0, 1), to: Int32Array.of(0), chance: Float64Array.of(1), stateOf: () => 0 }); // prettier-ignore

describe('checkpointPlan', () => {
  const firstSave = (risk: number, hourly: boolean, workLeftMin = 500): number => {
    const plan = checkpointPlan(constant(risk), COSTS, hourly);
    for (let minute = 5; minute <= 150; minute += 5)
      if (plan.saves({ unsavedMs: minute * MIN, workLeftMs: (workLeftMin - minute) * MIN, billedMs: minute * MIN, state: 0 })) return minute; // prettier-ignore
    return Infinity;
  };

  it.each([0.005, 0.01, 0.02, 0.05])('is about Young for a constant hazard of %d a step', (risk) => {
    const young = periodMs(5 * MIN, (5 * MIN) / risk) / MIN;
    expect(Math.abs(firstSave(risk, false) - young)).toBeLessThanOrEqual(15);
  });

  it('never saves where nothing can happen', () => expect(firstSave(0, false)).toBe(Infinity));

  it('saves in an hour that is paid to its end anyway, and not where that would begin another', () => {
    const plan = checkpointPlan(constant(0.001), COSTS, true);
    const run = { unsavedMs: 30 * MIN, workLeftMs: 40 * MIN, state: 0 };
    expect(plan.saves({ ...run, billedMs: 10 * MIN })).toBe(true);
    expect(plan.saves({ ...run, billedMs: 20 * MIN })).toBe(false);
  });

  it('saves before danger, not in calm', () => {
    // Calm for two steps, then half of all are taken in one, then calm again.
    const chain: HazardChain = { states: 4, taken: Float64Array.of(0, 0, 0.5, 0), from: Int32Array.of(0, 1, 2, 3, 4), to: Int32Array.of(1, 2, 3, 3), chance: Float64Array.of(1, 1, 1, 1), stateOf: () => 0 }; // prettier-ignore
    const plan = checkpointPlan(chain, COSTS, false);
    const saves = (state: number): boolean => plan.saves({ unsavedMs: 60 * MIN, workLeftMs: 300 * MIN, billedMs: 0, state }); // prettier-ignore
    expect([0, 1, 2, 3].map(saves)).toEqual([false, true, false, false]);
  });
});

describe('what a policy sees', () => {
  const market = syntheticSeries(
    { seed: 5, name: 'test', onDemandUsdPerHour: 1 },
    { fromMs: 0, toMs: 30 * DAY },
    { ...SYNTHETIC_DEFAULTS, changeIntervalMs: 20 * MIN, spikesPerHour: 1 / 8 },
  );
  const HEARD_MS = 2 * MIN;

  it.each(CHECKPOINT_POLICIES)('%s decides nothing by a spike that is yet to come', (name) =>
    fc.assert(
      fc.property(
        fc.integer({ min: 10 * DAY, max: 29 * DAY }),
        fc.integer({ min: 1, max: 1200 }),
        (spikeMs, before) => {
          const planted = priceSeries([
            ...pointsOf(market).filter(({ atMs }) => atMs < spikeMs),
            { atMs: spikeMs, usdPerHour: 50 },
          ]);
          const decisions = [market, planted].map((series) => {
            const asked: [number, number][] = [];
            const inner = policyNamed(name, COSTS, { series, bidUsdPerHour: 0.42, billing: billingNamed('classic') });
            const policy: CheckpointPolicy = {
              ...inner,
              nextAtMs: (run) => {
                const next = inner.nextAtMs(run);
                if (run.nowMs < spikeMs - HEARD_MS) asked.push([run.nowMs, next]);
                return next;
              },
            };
            const given = { series, policy, untilMs: 30 * DAY, bidUsdPerHour: 0.42, billing: billingNamed('classic'), workMs: 2000 * MIN, deadlineMs: Infinity, ...COSTS }; // prettier-ignore
            new Replay(given).run(spikeMs - before * MIN);
            return asked;
          });
          expect(decisions[1]).toEqual(decisions[0]);
        },
      ),
      { numRuns: name === 'adapt' ? 3 : 40 },
    ),
  );
});
