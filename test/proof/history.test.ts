import { expect, test } from 'vitest';
import { exactCount, isExact, makeCounters } from '../../proof/chaos/counters.ts';
import {
  apart,
  committedTwice,
  type History,
  jobRepairs,
  leaderRepairs,
  requeues,
  spreadOf,
} from '../../proof/chaos/history.ts';
import type { Kill } from '../../proof/chaos/kills.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { makeJob } from '../support/snapshots.ts';

const rowAt = (changedAt: number, rev: number, change: Partial<JobRow>): JobRow =>
  makeJob(1, { changedAt, rev, ...change });

const RUNNING = { state: 'RUNNING', epoch: 1, leaseOwner: 'i-1' } as const;
const history = (rows: readonly JobRow[], more: Partial<History> = {}): History => ({
  rows: new Map([['j', rows]]),
  elections: [],
  recoveries: [],
  damaged: [],
  ...more,
});
const kill = (change: Partial<Kill>): Kill => ({
  kind: 'worker',
  at: 1_000,
  instanceId: undefined,
  epoch: undefined,
  ...change,
});

test('a recovery counts from the death of the worker that held the job to the next claim, and of no other', () => {
  const seen = history([
    rowAt(500, 2, RUNNING),
    rowAt(1_300, 3, { state: 'RUNNABLE', epoch: 1 }),
    rowAt(2_500, 4, { state: 'STARTING', epoch: 2, leaseOwner: 'i-2' }),
  ]);
  const died = [kill({ instanceId: 'i-1' }), kill({ instanceId: 'i-2' }), kill({ at: 3_000, instanceId: 'i-1' })];
  expect(requeues(seen, died)).toEqual([{ from: 1_000, until: 1_300 }]);
  expect(jobRepairs(seen, died)).toEqual([{ from: 1_000, until: 2_500 }]);
  expect(jobRepairs(history([rowAt(500, 2, RUNNING), rowAt(900, 3, { state: 'SUCCEEDED', epoch: 1 })]), died)).toEqual([]);
}); // prettier-ignore

test('a failover counts from the death of one that led to the next election', () => {
  const elections = [1, 2, 3].map((epoch) => ({ kind: 'leader.elected', at: epoch * 4_000, id: 'm', epoch }) as const);
  const died = [kill({ kind: 'master', at: 5_000, epoch: 1 }), kill({ kind: 'master', at: 6_000 })];
  expect(leaderRepairs(history([], { elections }), died)).toEqual([{ from: 5_000, until: 8_000 }]);
});

test('a job that was committed twice is told', () => {
  const done = { state: 'SUCCEEDED', epoch: 1 } as const;
  expect(committedTwice(history([rowAt(1, 2, RUNNING), rowAt(2, 3, done)]))).toEqual([]);
  expect(committedTwice(history([rowAt(2, 3, done), rowAt(9, 5, { ...done, epoch: 2 })]))).toEqual(['j']);
});

test('a spread is of nearest ranks, and what was disturbed is told apart', () => {
  expect(spreadOf([])).toBeUndefined();
  expect(spreadOf([4, 1, 3, 2])).toEqual({ count: 4, p50: 2, p95: 4, max: 4 });
  const repairs = [{ from: 0, until: 5 }, { from: 0, until: 50 }]; // prettier-ignore
  expect(apart(repairs, ({ until }) => until > 10)).toMatchObject({ inPeace: { max: 5 }, amidOther: { max: 50 } });
});

test('a step that is lost, or counted twice, or of another counter, makes a count wrong', () => {
  const [counter, other] = makeCounters(2, { seed: 1, steps: 40 });
  if (counter === undefined || other === undefined) throw new Error('two were asked for');
  const exact = exactCount(counter);
  expect(isExact(counter, exact)).toBe(true);
  for (const wrong of [exactCount(other), exactCount({ ...counter, steps: 39 }), { ...exact, sum: exact.sum + 1 }, undefined])
    expect(isExact(counter, wrong)).toBe(false);
}); // prettier-ignore
