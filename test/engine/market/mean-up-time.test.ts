import { expect, test } from 'vitest';
import { meanUpTimeMs } from '../../../src/engine/market/mean-up-time.ts';

const HOUR = 3_600_000;
const points = (...hours: readonly (readonly [number, number])[]) =>
  hours.map(([hour, usdPerHour]) => ({ pool: 'p', at: hour * HOUR, usdPerHour }));

test.each([
  ['two rises in a day', points([0, 1], [10, 3], [10.5, 1], [20, 3], [20.5, 1]), 2, 23 / 2.5],
  ['none in an hour promises two', points([0, 1]), 2, 48],
  ['on demand nobody takes it back', points([0, 1], [1, 9]), 0, Infinity],
  ['always above the bid', points([0, 3]), 2, 0],
  ['what is not yet', points([0, 1], [25, 3]), 2, 48],
  ['nothing is known', [], 2, 0],
] as const)('%s', (...[, series, bid, hours]) => {
  expect(meanUpTimeMs(series, bid, 24 * HOUR) / HOUR).toBeCloseTo(hours, 9);
});
