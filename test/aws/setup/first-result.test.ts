import { expect, test } from 'vitest';
import { firstResult } from '../../../src/aws/setup/first-result.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';

test('what is known of the way to a first result leaves room for the rest within five minutes', () => {
  const { steps, knownS, limitS } = firstResult();
  expect(limitS).toBe(300);
  expect(knownS).toBe(steps.reduce((sum, { s = 0 }) => sum + s, 0));
  expect(knownS).toBeLessThan(limitS * 0.75);
  for (const { what, s, of } of steps) {
    expect(what).not.toBe('');
    // A step without a figure says why it has none.
    expect(of, what).not.toBe('');
    if (s !== undefined) expect(s, what).toBeGreaterThan(0);
  }
  const said = (word: RegExp): number | undefined => steps.find(({ what }) => word.test(what))?.s;
  expect(said(/claims/)).toBe(AWS_TIMINGS.claimPollMs / 1_000);
  expect(said(/decides/)).toBe(AWS_TIMINGS.decideMs / 1_000);
});
