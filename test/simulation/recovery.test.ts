import { expect, test } from 'vitest';
import { measureRecovery } from './recovery.ts';

/** Virtual time: what is measured here is the protocol, never the machine. */
test.each([1, 2, 3, 4, 5])('with AWS’s timings all is recovered within its limit, seed %i', async (seed) => {
  const recovery = await measureRecovery(seed);
  expect(recovery.silentMs).toBeLessThanOrEqual(75_000);
  expect(recovery.eventMs).toBeLessThanOrEqual(15_000);
  expect(recovery.failoverMs).toBeLessThanOrEqual(15_000);
  expect(recovery.orderlyMs).toBeLessThanOrEqual(10_000);
  // What a program did after it was asked to save, and while that was uploaded, is lost as well.
  expect(recovery.redoneS).toBeLessThanOrEqual(recovery.checkpointS + 2);
});
