import { expect, test } from 'vitest';
import { watchOwnNotice } from '../../src/cli/own-instance.ts';
import { memoryCloud } from '../support/memory-cloud.ts';

test.each([
  ['two minutes on EC2: 20 s before the end', 120_000, 100_000],
  ['twelve seconds of the embedded AWS: at their half', 12_000, 6_000],
])('the lead is given up in time, %s', async (_, noticeMs, leavesAfterMs) => {
  const { clock } = memoryCloud();
  const stop = new AbortController();
  const notice: { takeAt?: number } = {};
  let fails = true;
  const said: string[] = [];
  const own = watchOwnNotice({
    metadata: {
      interruption: () => {
        if (fails) return Promise.reject(new Error('it does not answer'));
        const { takeAt } = notice;
        return Promise.resolve(takeAt === undefined ? undefined : { takeAt });
      },
    },
    clock,
    signal: stop.signal,
    everyMs: 1_000,
    say: (line) => void said.push(line),
  });
  await clock.advance(3_000);
  fails = false;
  await clock.advance(3_000);
  expect(own.takeAt()).toBeUndefined();
  const takeAt = clock.now() + noticeMs;
  notice.takeAt = takeAt;
  await clock.advance(1_000);
  expect(own.takeAt()).toBe(takeAt);
  expect(said).toEqual([expect.stringMatching(/^EC2 takes this instance back in \d+ s$/)]);
  const restMs = takeAt - clock.now();
  await clock.advance(leavesAfterMs - noticeMs + restMs - 1_000);
  expect(own.mustLeave.aborted).toBe(false);
  await clock.advance(2_000);
  expect(own.mustLeave.aborted).toBe(true);
  await clock.advance(noticeMs);
  await own.taken;
});
