import { expect, test } from 'vitest';
import { runMonkey } from '../support/monkey.ts';

const ACTIONS = 300;

test.each([1, 2])('random keys, sizes, pastes and churn break nothing: seed %d', async (seed) => {
  const { violations, churns, plansShown } = await runMonkey({ seed, goesOn: (actions) => actions < ACTIONS });
  expect(violations).toEqual([]);
  // It did something.
  expect(churns).toBeGreaterThan(10);
  expect(plansShown).toBeGreaterThan(0);
});
