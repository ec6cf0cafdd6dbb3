import { describe, expect, test } from 'vitest';
import { DEADLINE_POLICIES, DEADLINE_POLICY_NAMES } from '../../../src/engine/decide/deadline-policies.ts';
import { chooseMode, decideDeadline, type Known } from '../../../src/engine/decide/deadline-policy.ts';
import { greedy, timeSliced, uniformProgress } from '../../../src/engine/decide/published-policies.ts';
import { leastExpectedCost } from '../../../src/engine/decide/value-policy.ts';
import { knownAt } from './known.ts';

type Fields = Parameters<typeof knownAt>[0];

// d = 0.2 h: the published net closes at R < C + 0.4 h. Even pace of 48 h in 60 h: 0.8.
test.each<[Fields, Known['mode']]>([
  [{ available: true }, 'spot'],
  [{ available: false }, 'idle'],
  [{ available: false, workLeftH: 48, timeLeftH: 48.4 }, 'idle'],
  [{ available: false, workLeftH: 48, timeLeftH: 48.39 }, 'on-demand'],
  [{ available: true, workLeftH: 48, timeLeftH: 48.39 }, 'on-demand'],
  [{ available: true, mode: 'spot', workLeftH: 48, timeLeftH: 48.39 }, 'spot'],
  [{ available: true, mode: 'on-demand', workLeftH: 48, timeLeftH: 48.3 }, 'on-demand'],
])('greedy at %o: %s', (fields, mode) => {
  expect(greedy.wish(knownAt(fields)).mode).toBe(mode);
});

test.each<[Fields, Known['mode']]>([
  [{ available: true, workLeftH: 40, timeLeftH: 45 }, 'spot'],
  [{ available: false, workLeftH: 36, timeLeftH: 45 }, 'idle'],
  [{ available: false, workLeftH: 36.01, timeLeftH: 45 }, 'on-demand'],
  [{ available: true, mode: 'spot', workLeftH: 44, timeLeftH: 45 }, 'spot'],
  // On on-demand until 0.4 h ahead of time: 0.32 h of work.
  [{ available: true, mode: 'on-demand', workLeftH: 35.69, timeLeftH: 45 }, 'on-demand'],
  [{ available: true, mode: 'on-demand', workLeftH: 35.67, timeLeftH: 45 }, 'spot'],
  [{ available: false, mode: 'on-demand', workLeftH: 35, timeLeftH: 45 }, 'on-demand'],
  [{ available: true, workLeftH: 44.7, timeLeftH: 45 }, 'on-demand'],
])('uniform progress at %o: %s', (fields, mode) => {
  expect(uniformProgress.wish(knownAt(fields)).mode).toBe(mode);
});

// Four slices of 15 h with 12 h of work each.
test.each<[Fields, Known['mode']]>([
  [{ available: false, workLeftH: 48, timeLeftH: 58 }, 'idle'],
  [{ available: false, workLeftH: 48, timeLeftH: 57.39 }, 'on-demand'],
  [{ available: true, mode: 'on-demand', workLeftH: 36, timeLeftH: 45 }, 'spot'],
  [{ available: true, mode: 'on-demand', workLeftH: 36, timeLeftH: 36.3 }, 'on-demand'],
  [{ available: false, workLeftH: 30, timeLeftH: 46 }, 'idle'],
])('time sliced at %o: %s', (fields, mode) => {
  expect(timeSliced(4).wish(knownAt(fields)).mode).toBe(mode);
});

describe('least expected cost', () => {
  const runs = (...lengths: readonly number[]): boolean[] =>
    lengths.flatMap((ticks, at) => Array.from({ length: ticks }, () => at % 2 === 0));
  const steady = runs(700, 1, 500, 2, 600, 1, 300);
  const flapping = runs(...Array.from({ length: 600 }, (_, at) => (at % 2 === 0 ? 1 : 4)));
  const mode = (fields: Fields): Known['mode'] => chooseMode(leastExpectedCost(), knownAt(fields));

  test('takes spot that lasts, and leaves on-demand for it', () => {
    expect(mode({ past: steady })).toBe('spot');
    expect(mode({ past: steady, mode: 'on-demand' })).toBe('spot');
  });
  test('does not pay two changeovers for spot that is gone after a tick', () => {
    expect(mode({ past: [...flapping, false], mode: 'on-demand', workLeftH: 40, timeLeftH: 45 })).toBe('on-demand');
    expect(mode({ past: [...flapping, false], workLeftH: 40, timeLeftH: 60 })).not.toBe('spot');
  });
  test('waits through a young outage where outages are short, and keeps a poor market’s on-demand instance', () => {
    expect(mode({ past: steady, available: false, workLeftH: 40, timeLeftH: 45 })).toBe('idle');
    const poor = { past: runs(1, 3000), available: false, workLeftH: 40, timeLeftH: 45 };
    expect(mode({ ...poor, mode: 'on-demand' })).toBe('on-demand');
  });
  test('the same knowledge gives the same choice, whatever was asked before', () => {
    const warm = leastExpectedCost();
    const seen = knownAt({ past: steady }).seen;
    for (let timeLeftH = 12; timeLeftH > 9; timeLeftH -= 0.5) {
      const known = { ...knownAt({ available: false, workLeftH: timeLeftH - 3, timeLeftH }), seen };
      expect(warm.wish(known)).toEqual(leastExpectedCost().wish(known));
    }
  });
});

describe('a decision', () => {
  test.each(DEADLINE_POLICY_NAMES)('of %s says why in a sentence of its own, and what it knew', (name) => {
    const policy = DEADLINE_POLICIES[name]();
    for (const available of [true, false])
      for (const mode of ['idle', 'on-demand'] as const) {
        const decision = decideDeadline(policy, knownAt({ available, mode, workLeftH: 40, timeLeftH: 50 }));
        expect(decision.reason).toMatch(/^[A-Z].*\.$/);
        expect(decision.reason).not.toMatch(/Wu|NSDI|Late|Uniform Progress/);
        expect(decision.inputs).toMatchObject({ available, mode, workLeftS: 144_000, timeLeftS: 180_000 });
        expect(decision.inputs.slackS).toBeCloseTo(9.8 * 3600);
      }
  });
  test('the net overrules a wish that could miss, and says so', () => {
    const decision = decideDeadline(
      greedy,
      knownAt({ available: false, workLeftH: 48, timeLeftH: 48.4, changeoverS: 720 }),
    );
    expect(decision).toMatchObject({ mode: 'idle', overruled: undefined });
    const late = decideDeadline(
      greedy,
      knownAt({ available: false, workLeftH: 48, timeLeftH: 48.15, changeoverS: 180 }),
    );
    expect(late).toMatchObject({ mode: 'on-demand', overruled: 'idle' });
    expect(late.reason).toMatch(/too little time/);
  });
  test('our alternatives carry their expected costs', () => {
    const { expectedUsd, mode } = decideDeadline(leastExpectedCost(), knownAt());
    expect(mode).toBe('spot');
    expect(expectedUsd?.spot).toBeLessThan(expectedUsd?.['on-demand'] ?? 0);
    expect(expectedUsd?.['on-demand']).toBeLessThan(1.1 * 48 * 3.06);
  });
});
