import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { FaultError } from '../../../src/engine/model/fault.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import type { InterruptionNotice } from '../../../src/engine/model/worker.ts';
import { NoticeWatch } from '../../../src/engine/worker/notice-watch.ts';
import { faultNow } from '../../support/memory-cloud.ts';
import { NOW } from '../../support/snapshots.ts';

type Reply<T> = T | 'none' | 'unreadable' | 'away';

/** A worker’s ear: what its metadata service answers can be set, and the time moved. */
function ear() {
  const clock = new VirtualClock(NOW);
  const imds: { interruption: Reply<number>; rebalance: Reply<number> } = { interruption: 'none', rebalance: 'none' };
  const noticed: InterruptionNotice[] = [];
  const calls = { rebalances: 0, signals: 0 };
  const answer = async (reply: Reply<number>): Promise<number | undefined | 'none'> => {
    if (reply === 'away') throw new FaultError({ ...faultNow(), detail: 'no answer' });
    return reply === 'unreadable' ? undefined : reply;
  };
  const watch = new NoticeWatch({
    metadata: {
      interruption: async () => {
        const takeAt = await answer(imds.interruption);
        return takeAt === 'none' ? undefined : { takeAt };
      },
      rebalance: async () => {
        const at = await answer(imds.rebalance);
        return at === 'none' ? undefined : { at };
      },
    },
    clock,
    timings: AWS_TIMINGS,
    onNotice: async (notice) => void noticed.push(notice),
    onRebalance: () => void (calls.rebalances += 1),
    onSignals: async () => void (calls.signals += 1),
    say: () => undefined,
  });
  return { clock, imds, watch, noticed, calls };
}
type Ear = ReturnType<typeof ear>;

const IN_2_MIN = NOW + 120_000;
const QUIET = { malformed: 0, late: 0, repeated: 0, withdrawn: 0 };

describe('a notice', () => {
  const asked = (interruption: Reply<number>) => async ({ imds, watch }: Ear) => {
    imds.interruption = interruption;
    await watch.ask();
  };
  const told = (takeAt: number) => ({ watch }: Ear) => watch.told({ takeAt });
  const later = (ms: number) => ({ clock }: Ear) => clock.advance(ms);

  test.each<[
    what: string,
    steps: readonly ((at: Ear) => Promise<unknown>)[],
    notice: Partial<InterruptionNotice> | undefined,
    signals: Partial<typeof QUIET>,
  ]>([
    ['none', [asked('none'), asked('none')], undefined, {}],
    ['by the metadata service, asked again and again', [asked(IN_2_MIN), later(5_000), asked(IN_2_MIN)], { source: 'imds', takeAt: IN_2_MIN }, {}],
    ['by the leader, read again and again', [told(IN_2_MIN), told(IN_2_MIN)], { source: 'event', takeAt: IN_2_MIN }, {}],
    ['by the leader first: the time of the metadata service is the better one', [told(IN_2_MIN), asked(IN_2_MIN - 4_000), told(IN_2_MIN)], { source: 'event', takeAt: IN_2_MIN - 4_000 }, { repeated: 1 }],
    ['by the metadata service first: the time of an event changes nothing', [asked(IN_2_MIN), told(IN_2_MIN + 3_000)], { source: 'imds', takeAt: IN_2_MIN }, { repeated: 1 }],
    ['whose time is moved', [asked(IN_2_MIN), later(5_000), asked(IN_2_MIN - 30_000)], { takeAt: IN_2_MIN - 30_000 }, { repeated: 1 }],
    ['that cannot be read is one: the shortest time that EC2 promises', [asked('unreadable'), later(5_000), asked('unreadable')], { takeAt: IN_2_MIN }, { malformed: 1 }],
    ['that can be read at the second look', [asked('unreadable'), later(5_000), asked(NOW + 90_000)], { takeAt: NOW + 90_000 }, { malformed: 1, repeated: 1 }],
    ['that is withdrawn stands', [asked(IN_2_MIN), later(5_000), asked('none'), asked('none')], { takeAt: IN_2_MIN }, { withdrawn: 1 }],
    ['of the leader’s alone is not withdrawn by a metadata service that does not know it yet', [told(IN_2_MIN), asked('none')], { takeAt: IN_2_MIN }, {}],
    ['that comes late leaves what it leaves', [asked(NOW + 20_000)], { takeAt: NOW + 20_000 }, { late: 1 }],
    ['whose time is past', [asked(NOW - 1_000)], { takeAt: NOW - 1_000 }, { late: 1 }],
    ['by an event of long ago is none', [told(NOW - 600_000), told(NOW - 600_000)], undefined, { late: 1 }],
    ['by an event of long ago, and then by the metadata service', [told(NOW - 600_000), asked(IN_2_MIN)], { source: 'imds', takeAt: IN_2_MIN }, { late: 1 }],
    ['is one, though the other question is not answered', [async ({ imds, watch }) => { imds.rebalance = 'away'; imds.interruption = IN_2_MIN; await watch.ask(); }], { source: 'imds' }, {}],
    ['while the metadata service is away comes by the leader', [asked('away'), told(IN_2_MIN), asked('away')], { source: 'event' }, {}],
  ])('%s', async (...[, steps, notice, signals]) => {
    const at = ear();
    for (const step of steps) await step(at);
    expect(at.noticed, 'acted on once').toHaveLength(notice === undefined ? 0 : 1);
    if (notice === undefined) expect(at.watch.notice).toBeUndefined();
    else expect(at.watch.notice).toMatchObject(notice);
    expect(at.watch.signals).toEqual({ ...QUIET, ...signals });
  });
}); // prettier-ignore

describe('a recommendation to leave', () => {
  test('is acted on once, whoever tells of it, and once more when another comes later', async () => {
    const { clock, imds, watch, calls } = ear();
    imds.rebalance = NOW - 3_000;
    await watch.ask();
    await watch.ask();
    await watch.told({ rebalanceAt: NOW - 1_000 });
    await watch.told({ rebalanceAt: NOW - 1_000 });
    expect(calls.rebalances).toBe(1);
    expect(watch.signals).toEqual({
      ...QUIET,
      repeated: 1,
      rebalance: { at: NOW - 3_000, sources: ['imds', 'event'] },
    });
    await clock.advance(600_000);
    imds.rebalance = NOW + 600_000;
    await watch.ask();
    expect(calls.rebalances).toBe(2);
    expect(watch.notice).toBeUndefined();
  });

  test('that cannot be read is one, of now', async () => {
    const { imds, watch, calls } = ear();
    imds.rebalance = 'unreadable';
    await watch.ask();
    await watch.ask();
    expect(calls.rebalances).toBe(1);
    expect(watch.signals.rebalance).toEqual({ at: NOW, sources: ['imds'] });
  });
});

test('a metadata service that does not answer is told after the third time, since the first, until it answers again', async () => {
  const { clock, imds, watch, calls, noticed } = ear();
  imds.interruption = 'away';
  for (let tries = 0; tries < 3; tries++) {
    expect(watch.signals.away).toBeUndefined();
    await watch.ask();
    await clock.advance(5_000);
  }
  expect(watch.signals.away).toEqual({ since: NOW, detail: 'no answer' });
  await watch.ask();
  expect(calls.signals).toBe(1);
  imds.interruption = 'none';
  await watch.ask();
  expect(watch.signals).toEqual(QUIET);
  expect(calls.signals).toBe(2);
  expect(noticed).toEqual([]);
});
