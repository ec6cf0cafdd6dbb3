import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import { countJobs } from '../../../src/engine/decide/reduce-jobs.ts';
import type { EngineEvent } from '../../../src/engine/model/event.ts';
import { JOB_STATES, type JobRow } from '../../../src/engine/model/job.ts';
import { emptySnapshot, type Snapshot } from '../../../src/engine/model/snapshot.ts';
import { WORKER_STATES } from '../../../src/engine/model/worker.ts';
import { createSnapshotStore } from '../../../src/engine/run/store.ts';
import { NO_JOURNAL } from '../../../src/engine/run/journal.ts';
import { faultNow, LAB, POOL } from '../../support/memory-cloud.ts';
import { makeJob, makeWorker, NOW } from '../../support/snapshots.ts';

/** One row per (id, rev): two who see the same rev see the same row, as in the table. */
const row = fc.record({ id: fc.nat({ max: 6 }), rev: fc.integer({ min: 1, max: 6 }) }).map(({ id, rev }): JobRow => {
  const state = JOB_STATES[(id * 5 + rev * 7) % JOB_STATES.length] ?? 'RUNNABLE';
  const record = id % 2 === 0 ? { book: 'pi', key: `k${id % 4}`, value: { n: id } } : undefined;
  return makeJob(id, {
    rev,
    state,
    record,
    tally: { costUsd: rev / 4, interruptions: rev, ranMs: rev * 10, lostMs: rev },
  });
});
const jobsEvent = fc
  .array(row, { maxLength: 6 })
  .map((rows): EngineEvent => ({ kind: 'jobs.observed', at: NOW, rows }));
const otherEvent: fc.Arbitrary<EngineEvent> = fc.oneof(
  fc.array(fc.tuple(fc.nat({ max: 4 }), fc.integer({ min: 1, max: 5 })), { maxLength: 4 }).map((list) => ({
    kind: 'workers.observed' as const,
    at: NOW,
    rows: list.map(([id, rev]) =>
      makeWorker(id, { rev, state: WORKER_STATES[(id + rev) % WORKER_STATES.length] ?? 'IDLE' }),
    ),
  })),
  fc.array(fc.tuple(fc.nat({ max: 30 }), fc.integer({ min: 1, max: 9 })), { maxLength: 8 }).map((list) => ({
    kind: 'prices.observed' as const,
    at: NOW,
    points: list.map(([at, cents]) => ({ pool: POOL, at, usdPerHour: cents / 100 })),
  })),
  fc.constantFrom<EngineEvent>(
    { kind: 'deployment.observed', at: NOW, deployment: LAB, types: [] },
    { kind: 'poll.failed', at: NOW, source: 'jobs', fault: faultNow(), retryAt: NOW + 5 },
    { kind: 'poll.answered', at: NOW + 1, source: 'jobs' },
    { kind: 'launch.answered', at: NOW, intentId: 'i', pool: POOL, instanceIds: [], fault: faultNow('capacity') },
    { kind: 'launch.answered', at: NOW, intentId: 'i', pool: POOL, instanceIds: ['i-1'], fault: undefined },
    { kind: 'leader.observed', at: NOW, leader: { id: 'm', epoch: 3, until: NOW } },
    { kind: 'leader.observed', at: NOW, leader: undefined },
    {
      kind: 'pings.received',
      at: NOW,
      pings: [
        { workerId: 'w', at: NOW },
        { workerId: 'w', at: NOW - 9 },
      ],
    },
    { kind: 'messages.unknown', at: NOW, source: 'pings', what: ['x'] },
    { kind: 'engine.started', at: NOW, process: 'p' },
  ),
);
const events = fc.array(fc.oneof(jobsEvent, otherEvent), { maxLength: 25 });

/** Freezes all that a fold may touch, except what the rows' index is made of: it is shared on purpose and only added to. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !(value instanceof Map) && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

const fold = (list: readonly EngineEvent[]): Snapshot =>
  list.reduce((snapshot, event) => frozen(reduce(snapshot, event)), frozen(emptySnapshot()));
const total = (rows: readonly JobRow[], of: (row: JobRow) => number): number =>
  rows.reduce((sum, one) => sum + of(one), 0);

test('the fold never throws, never changes what it was given, and its counts and sums are those of a full walk', () => {
  fc.assert(
    fc.property(events, (list) => {
      const snapshot = fold(list.map(frozen));
      const rows = [...snapshot.jobs];
      expect(snapshot.jobCounts).toEqual(countJobs(snapshot));
      expect(snapshot.jobSums.costUsd).toBeCloseTo(total(rows, ({ tally }) => tally.costUsd));
      expect(snapshot.jobSums.interruptions).toBe(total(rows, ({ tally }) => tally.interruptions));
      expect(snapshot.jobSums.ranMs).toBe(total(rows, ({ tally }) => tally.ranMs));
      expect(snapshot.jobSums.lostMs).toBe(total(rows, ({ tally }) => tally.lostMs));
      expect(snapshot.seq).toBe(list.length);
      const points = snapshot.markets[POOL]?.points ?? [];
      expect(points.map(({ at }) => at)).toEqual([...new Set(points.map(({ at }) => at))].sort((a, b) => a - b));
    }),
  );
});

test('a replay equals the life of it, however the events were batched', () => {
  fc.assert(
    fc.property(events, fc.nat(), (list, cut) => {
      const live = createSnapshotStore(NO_JOURNAL);
      const at = list.length === 0 ? 0 : cut % list.length;
      live.dispatch(list.slice(0, at));
      live.dispatch(list.slice(at));
      const replayed = fold(JSON.parse(JSON.stringify(list)) as EngineEvent[]);
      expect(JSON.stringify(replayed)).toBe(JSON.stringify(live.snapshot()));
    }),
  );
});

test('rows that come twice, or in another order, change neither jobs nor counts nor books', () => {
  const batches = fc.array(fc.array(row, { maxLength: 5 }), { maxLength: 8 });
  fc.assert(
    fc.property(batches, fc.integer(), (list, seed) => {
      const told = (all: readonly (readonly JobRow[])[]) =>
        fold(all.map((rows) => ({ kind: 'jobs.observed', at: NOW, rows })));
      const shuffled = [...list, ...list].map((rows, at) => ({ rows: rows.toReversed(), key: Math.sin(seed + at) }));
      const other = told(shuffled.sort((a, b) => a.key - b.key).map(({ rows }) => rows));
      const one = told(list);
      const content = (snapshot: Snapshot) => [...snapshot.jobs].toSorted((a, b) => (a.id < b.id ? -1 : 1));
      expect(content(other)).toEqual(content(one));
      expect(other.jobCounts).toEqual(one.jobCounts);
      expect(other.jobSums.costUsd).toBeCloseTo(one.jobSums.costUsd);
    }),
  );
});

test('a book has one entry for a key, of the job that was submitted first, in whatever order they are seen', () => {
  const done = (number: number, key: string) =>
    makeJob(number, { state: 'SUCCEEDED', rev: 5, record: { book: 'pi', key, value: { n: number } } });
  const rows = [
    done(1, 'a'),
    done(2, 'a'),
    done(3, 'b'),
    makeJob(4, { state: 'FAILED', rev: 5, record: { book: 'pi', key: 'c', value: { n: 4 } } }),
  ];
  for (const order of [rows, rows.toReversed()]) {
    for (const batches of [[order], order.map((one) => [one])]) {
      const { books } = fold(batches.map((list) => ({ kind: 'jobs.observed', at: NOW, rows: list })));
      expect(Object.fromEntries([...(books['pi'] ?? [])].map(({ id, value }) => [id, value['n']]))).toEqual({
        a: 1,
        b: 3,
      });
    }
  }
});

test('a book may bear a name that every object of JavaScript knows', () => {
  for (const book of ['constructor', 'toString', '__proto__']) {
    const rows = [1, 2].map((number) =>
      makeJob(number, { state: 'SUCCEEDED', rev: 5, record: { book, key: `k${number}`, value: { n: number } } }),
    );
    const { books } = fold(rows.map((row) => ({ kind: 'jobs.observed', at: NOW, rows: [row] })));
    expect(Object.keys(books)).toEqual([book]);
    expect(Object.entries(books)[0]?.[1]).toHaveLength(2);
  }
});

test('a fault keeps the last good value and its age; the next answer clears it', () => {
  const failed: EngineEvent = { kind: 'poll.failed', at: NOW + 5, source: 'jobs', fault: faultNow(), retryAt: NOW + 9 };
  const answered: EngineEvent = { kind: 'poll.answered', at: NOW, source: 'jobs' };
  expect(fold([answered, failed, failed]).sources.jobs).toMatchObject({
    observedAt: NOW,
    failures: 2,
    retryAt: NOW + 9,
  });
  expect(fold([answered, failed, { ...answered, at: NOW + 20 }]).sources.jobs).toEqual({
    observedAt: NOW + 20,
    fault: undefined,
    retryAt: 0,
    failures: 0,
  });
});

test('a pool that refuses again and again is left alone twice as long each time, up to ten periods', () => {
  const refused: EngineEvent = {
    kind: 'launch.answered',
    at: NOW,
    intentId: 'i',
    pool: POOL,
    instanceIds: [],
    fault: faultNow('capacity'),
  };
  const deployment: EngineEvent = { kind: 'deployment.observed', at: NOW, deployment: LAB, types: [] };
  const waits = [1, 2, 3, 4, 5, 9].map(
    (times) => (fold([deployment, ...Array.from({ length: times }, () => refused)]).poolRetryAt[POOL] ?? 0) - NOW,
  );
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 50_000, 50_000]);
  expect(fold([deployment, refused, { ...refused, instanceIds: ['i-1'], fault: undefined }]).poolRetryAt).toEqual({});
  expect(fold([deployment, refused]).poolFaults).toEqual({ [POOL]: refused.fault?.kind });
  expect(fold([deployment, refused, { ...refused, instanceIds: ['i-1'], fault: undefined }]).poolFaults).toEqual({});
});

test('what was heard of a worker is forgotten once it is terminated, and of the others it stays', () => {
  const notice = { noticedAt: NOW, takeAt: NOW + 120_000, source: 'event' as const };
  const [gone, stays] = [makeWorker(1), makeWorker(2)];
  let snapshot = reduce(emptySnapshot(), { kind: 'workers.observed', at: NOW, rows: [gone, stays] });
  for (const { id: workerId } of [gone, stays]) {
    snapshot = reduce(snapshot, { kind: 'notices.received', at: NOW, notices: [{ workerId, notice }] });
    snapshot = reduce(snapshot, { kind: 'pings.received', at: NOW, pings: [{ workerId, at: NOW }] });
    snapshot = reduce(snapshot, { kind: 'rebalances.received', at: NOW, recommendations: [{ workerId, at: NOW }] });
  }
  // Lost is not gone: whether its word counts is judged by its last ping.
  const lost = { ...gone, state: 'LOST' as const, rev: gone.rev + 1 };
  const known = reduce(snapshot, { kind: 'workers.observed', at: NOW, rows: [lost] });
  expect(Object.keys(known.pingAt)).toHaveLength(2);
  const ended = reduce(known, { kind: 'workers.observed', at: NOW, rows: [{ ...lost, state: 'TERMINATED', rev: lost.rev + 1 }] }); // prettier-ignore
  for (const heard of [ended.pingAt, ended.notices, ended.rebalanceAt]) expect(Object.keys(heard)).toEqual([stays.id]);
  const another = reduce(ended, {
    kind: 'workers.observed',
    at: NOW,
    rows: [{ ...makeWorker(3), state: 'TERMINATED' }],
  });
  expect(another.notices).toBe(ended.notices);
});
