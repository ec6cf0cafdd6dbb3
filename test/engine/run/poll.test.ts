import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import type { EngineEvent, EventOf } from '../../../src/engine/model/event.ts';
import { FaultError, type Fault } from '../../../src/engine/model/fault.ts';
import { pollForever } from '../../../src/engine/run/poll.ts';
import { faultNow } from '../../support/memory-cloud.ts';

function started(answers: readonly (Fault | 'well')[], random = 0.5) {
  const clock = new VirtualClock(0);
  const events: EngineEvent[] = [];
  const stop = new AbortController();
  let asked = 0;
  const done = pollForever({
    source: 'jobs',
    everyMs: 100,
    clock,
    signal: stop.signal,
    random: () => random,
    dispatch: (news) => void events.push(...news),
    poll: async () => {
      const answer = answers[asked++] ?? 'well';
      if (answer !== 'well') throw new FaultError(answer);
      return [];
    },
  });
  const failures = () => events.filter((event): event is EventOf<'poll.failed'> => event.kind === 'poll.failed');
  return { clock, events, failures, stop, done };
}

test('a fault becomes an event, is waited out, longer each time, and the loop recovers', async () => {
  const { clock, failures, events, stop, done } = started([faultNow(), faultNow(), faultNow(), 'well']);
  await clock.advance(5_000);
  // Ceilings of 200, 400 and 800 ms, half of each drawn, never below the period.
  expect(failures().map(({ at, retryAt }) => [at, retryAt - at])).toEqual([
    [0, 100],
    [100, 200],
    [300, 400],
  ]);
  expect(events[3]).toEqual({ kind: 'poll.answered', at: 700, source: 'jobs' });
  expect(events.slice(4).every(({ kind }) => kind === 'poll.answered')).toBe(true);
  stop.abort();
  await done;
  expect(clock.sleepers).toBe(0);
});

test('what needs somebody is asked about less often, but never given up', async () => {
  const { clock, failures } = started(Array.from({ length: 12 }, () => faultNow('denied')), 0); // prettier-ignore
  await clock.advance(300_000);
  const waits = failures().map(({ at, retryAt }) => retryAt - at);
  expect(waits.slice(0, 4)).toEqual([200, 400, 800, 1_600]);
  expect(Math.max(...waits)).toBe(30_000);
  expect(failures()).toHaveLength(12);
});
