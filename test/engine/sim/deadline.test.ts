import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEADLINE_POLICIES, DEADLINE_POLICY_NAMES } from '../../../src/engine/decide/deadline-policies.ts';
import type { DeadlinePolicy } from '../../../src/engine/decide/deadline-policy.ts';
import type { Mode } from '../../../src/engine/decide/safety-net.ts';
import type { AvailabilityTrace } from '../../../src/engine/market/availability.ts';
import { seededRng } from '../../../src/engine/model/rng.ts';
import { optimumUsd } from '../../../src/engine/sim/deadline-optimum.ts';
import { type DeadlineJob, replayDeadline } from '../../../src/engine/sim/deadline-replay.ts';
import { drawStarts, onDemandUsd, runTrial } from '../../../src/engine/sim/deadline-trials.ts';
import { twoStateTrace } from './two-state.ts';

const PRICES = { onDemandUsdPerHour: 3, spotUsdPerHour: 1 };
const JOB: DeadlineJob = { workS: 48 * 3600, deadlineS: 60 * 3600, changeoverS: 720, ...PRICES };

function traceOf(counts: readonly number[], tickS = 600): AvailabilityTrace {
  return {
    kind: 'availability',
    zone: 'z',
    device: 'v',
    count: '1',
    nodes: 1,
    startMs: 0,
    tickS,
    counts: Uint8Array.from(counts),
  };
}

/** Wishes anything, spot that is not there included. */
function chaotic(seed: number): DeadlinePolicy {
  const rng = seededRng(seed);
  const modes: readonly Mode[] = ['idle', 'spot', 'on-demand'];
  return { name: 'chaotic', wish: () => ({ mode: modes[rng.below(3)] ?? 'idle', reason: 'Chance.' }) };
}

/** Jobs that on-demand can just, or easily, finish; changeovers from none to several ticks; odd tick lengths. */
const CASE = fc
  .record({
    tickS: fc.constantFrom(60, 195, 600, 700),
    changeoverS: fc.constantFrom(0, 30, 180, 720, 2000),
    workS: fc.integer({ min: 100, max: 20_000 }),
    spareTicks: fc.integer({ min: 0, max: 30 }),
    looseS: fc.integer({ min: 0, max: 59 }),
    counts: fc.array(fc.constantFrom(0, 1, 4), { minLength: 0, maxLength: 400 }),
    seed: fc.nat(),
  })
  .map(({ tickS, changeoverS, workS, spareTicks, looseS, counts, seed }) => {
    const ticks = Math.ceil((workS + changeoverS) / tickS) + spareTicks;
    return {
      trace: traceOf(counts, tickS),
      seed,
      job: { workS, deadlineS: ticks * tickS + looseS, changeoverS, ...PRICES },
    };
  });

test('no policy ever misses, nor beats the optimum', () => {
  fc.assert(
    fc.property(CASE, ({ trace, job, seed }) => {
      const least = optimumUsd(trace.counts, 0, { job, tickS: trace.tickS });
      for (const policy of [...DEADLINE_POLICY_NAMES.map((name) => DEADLINE_POLICIES[name]()), chaotic(seed)]) {
        const run = replayDeadline(trace, job, { policy, start: 0 });
        expect(run.missed, policy.name).toBe(false);
        expect(run.finishedS).toBeLessThanOrEqual(job.deadlineS);
        expect(run.costUsd).toBeGreaterThanOrEqual(least - 1e-9);
      }
    }),
    { numRuns: 150 },
  );
});

test('a deadline that on-demand cannot meet is counted as missed', () => {
  const job = { ...JOB, workS: 3600, deadlineS: 3600 };
  const run = replayDeadline(traceOf([]), job, { policy: DEADLINE_POLICIES.greedy(), start: 0 });
  expect(run).toMatchObject({ missed: true, onDemandS: 4800 });
});

test('billing: every start pays a changeover, every begun tick is whole', () => {
  const job = { ...JOB, workS: 1800, deadlineS: 7200 };
  // Spot: 0, 480, then lost; again 0, 480, 600 and 240 of the last tick.
  const run = replayDeadline(traceOf([1, 1, 0, 1, 1, 1, 1, 1]), job, { policy: DEADLINE_POLICIES.greedy(), start: 0 });
  expect(run).toMatchObject({ missed: false, starts: 2, spotS: 6 * 600, onDemandS: 0, finishedS: 7 * 600 });
  expect(run.costUsd).toBeCloseTo(1);
});

describe('the optimum', () => {
  /** All sequences of modes, by the rules of the replay. */
  function bruteForce({ counts, tickS }: AvailabilityTrace, job: DeadlineJob): number {
    const ticks = Math.floor(job.deadlineS / tickS + 1e-9);
    const from = (tick: number, mode: Mode, left: { workS: number; changeoverS: number }): number => {
      if (left.workS <= 1e-9) return 0;
      if (tick >= ticks) return Infinity;
      const there = mode === 'spot' && (counts[tick] ?? 0) === 0 ? 'idle' : mode;
      return Math.min(
        ...(['idle', 'spot', 'on-demand'] as const).map((next) => {
          if (next === 'idle') return from(tick + 1, next, left);
          if (next === 'spot' && (counts[tick] ?? 0) === 0) return Infinity;
          const startS = next === there ? left.changeoverS : job.changeoverS;
          const workS = left.workS - Math.max(0, tickS - startS);
          const usd = ((next === 'spot' ? job.spotUsdPerHour : job.onDemandUsdPerHour) * tickS) / 3600;
          return usd + from(tick + 1, next, { workS, changeoverS: Math.max(0, startS - tickS) });
        }),
      );
    };
    return from(0, 'idle', { workS: job.workS, changeoverS: 0 });
  }

  test('is that of all sequences of modes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 1), { minLength: 8, maxLength: 8 }),
        fc.constantFrom(0, 180, 600, 720, 1300),
        fc.integer({ min: 1, max: 40 }),
        (counts, changeoverS, work) => {
          const job = { ...JOB, changeoverS, workS: work * 120, deadlineS: 8 * 600 };
          const trace = traceOf(counts);
          const exact = bruteForce(trace, job);
          expect(optimumUsd(trace.counts, 0, { job, tickS: 600 })).toBeCloseTo(exact, 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('of a job that cannot be done is infinite', () => {
    expect(optimumUsd(new Uint8Array(10), 0, { job: { ...JOB, workS: 6000, deadlineS: 6000 }, tickS: 600 })).toBe(
      Infinity,
    );
  });
});

describe('where the truth is known', () => {
  const costs = (counts: readonly number[]): Record<string, number> => {
    const runs = DEADLINE_POLICY_NAMES.map((name) => {
      const run = replayDeadline(traceOf(counts), JOB, { policy: DEADLINE_POLICIES[name](), start: 500 });
      return [name, run.costUsd / onDemandUsd(JOB)] as const;
    });
    return Object.fromEntries(runs);
  };

  test('spot that never goes away is taken from the first tick to the last', () => {
    expect(costs(Array.from({ length: 900 }, () => 1))['expected-cost']).toBeCloseTo((48 + 2 / 6) / 48 / 3, 6);
  });
  test('without any spot it is on-demand, and at most one start more that hopes for the last tick', () => {
    const cost = costs(Array.from({ length: 900 }, () => 0))['expected-cost'] ?? 0;
    expect(cost).toBeGreaterThan(1);
    expect(cost).toBeLessThan((48 + 3 / 6 + 1e-6) / 48);
  });
  test('a long two-state market: ours lies between the optimum and every published policy', () => {
    const trace = twoStateTrace({ seed: 7, ticks: 12_000, endsUp: 0.04, endsDown: 0.1 });
    const job = { ...JOB, deadlineS: 56 * 3600 };
    const starts = drawStarts(trace, job, { from: 1000, to: 12_000, count: 12, seed: 3 });
    const { policies, optimum } = runTrial({ trace, job, starts, policies: DEADLINE_POLICY_NAMES });
    const mean = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const by = Object.fromEntries(policies.map(({ policy, costShares }) => [policy, mean(costShares)]));
    expect(by['expected-cost']).toBeGreaterThan(mean(optimum));
    for (const name of ['on-demand', 'greedy', 'time-sliced', 'uniform-progress'] as const)
      expect(by['expected-cost'], name).toBeLessThan(by[name] ?? 0);
  });
});

test('what is planted in the future changes nothing before it', () => {
  const trace = twoStateTrace({ seed: 9, ticks: 1500, endsUp: 0.05, endsDown: 0.1 });
  const planted = { ...trace, counts: trace.counts.map((value, tick) => (tick < 700 ? value : 1 - value)) };
  for (const name of DEADLINE_POLICY_NAMES) {
    const modes = (of: AvailabilityTrace): Mode[] => {
      const taken: Mode[] = [];
      const policy = DEADLINE_POLICIES[name]();
      const spy: DeadlinePolicy = {
        name,
        wish(known) {
          const wish = policy.wish(known);
          taken.push(wish.mode);
          return wish;
        },
      };
      replayDeadline(of, JOB, { policy: spy, start: 500 });
      return taken;
    };
    const [before, after] = [modes(trace), modes(planted)];
    expect(after.slice(0, 200), name).toEqual(before.slice(0, 200));
    if (name === 'expected-cost') expect(after, name).not.toEqual(before);
  }
});
