import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import { untilItMustGo } from '../../../src/engine/worker/notice-window.ts';
import { LAB } from '../../support/memory-cloud.ts';
import { NOW } from '../../support/snapshots.ts';

type Takes = { readonly stopMs: number; readonly uploadMs: number } | undefined;

/** Two minutes, of which thirty seconds are kept free; the second at which the job goes. */
async function goesAfterS(given: {
  readonly takes?: Takes;
  readonly jobs?: number;
  /** Somebody is free from this second on. */
  readonly spareFromS?: number;
  readonly takeAt?: (elapsedMs: number) => number;
  readonly abortsAtS?: number;
}): Promise<number> {
  const clock = new VirtualClock(NOW);
  const { takes, jobs = 1, spareFromS = Infinity, takeAt = () => NOW + 120_000, abortsAtS } = given;
  const stop = new AbortController();
  if (abortsAtS !== undefined) void clock.sleep(abortsAtS * 1_000).then(() => stop.abort());
  let wentMs: number | undefined;
  void untilItMustGo({
    ports: { clock },
    place: {
      deployment: { ...LAB, timings: AWS_TIMINGS },
      spareSlots: async () => (clock.monotonicMs() >= spareFromS * 1_000 ? 1 : 0),
      jobsHere: () => jobs,
    },
    takeAt: () => takeAt(clock.monotonicMs()),
    takes: () => takes,
    onStay: () => undefined,
    signal: stop.signal,
  }).then(() => (wentMs = clock.monotonicMs()));
  await clock.advance(200_000);
  return (wentMs ?? Infinity) / 1_000;
}

const TEN_S = { stopMs: 4_000, uploadMs: 6_000 };

test.each<[what: string, given: Parameters<typeof goesAfterS>[0], seconds: number]>([
  ['it works until half as much again as it takes is left', { takes: TEN_S }, 120 - 30 - 15],
  ['several leave through one road', { takes: TEN_S, jobs: 3 }, 120 - 30 - 1.5 * (4 + 3 * 6)],
  ['what nobody saves works to the end', { takes: { stopMs: 0, uploadMs: 0 } }, 90],
  ['what was never measured has half of the window', { takes: undefined }, 45],
  ['what does not fit goes at once', { takes: { stopMs: 1_000, uploadMs: 324_000 } }, 0],
  ['somebody is free: at once', { takes: TEN_S, spareFromS: 0 }, 0],
  ['somebody becomes free: then', { takes: TEN_S, spareFromS: 20.5 }, 21],
  ['another reason to go', { takes: TEN_S, abortsAtS: 10 }, 10],
  ['the time turns out to be an earlier one', { takes: TEN_S, takeAt: (ms) => NOW + (ms < 30_000 ? 120_000 : 80_000) }, 35],
  ['a notice that came too late', { takes: TEN_S, takeAt: () => NOW + 5_000 }, 0],
])('%s', async (_, given, seconds) => {
  expect(await goesAfterS(given)).toBe(seconds);
}); // prettier-ignore
