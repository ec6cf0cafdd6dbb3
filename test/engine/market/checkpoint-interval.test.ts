import { describe, expect, test } from 'vitest';
import { dalyMs, paceOf, type PaceFacts } from '../../../src/engine/market/checkpoint-interval.ts';
import { recordedMeanMs, untoldShare } from '../../../src/engine/market/interruption-pace.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/engine/model/units.ts';
import { makeWorker, NOW } from '../../support/snapshots.ts';

// Minutes for a stop in seconds and a mean time in hours, worked out independently of this code.
test.each([
  [3, 6, 6],
  [3, 24, 12],
  [15, 6, 13.3],
  [15, 24, 26.7],
  [60, 6, 26.2],
  [60, 24, 53],
])('a stop of %i s and an interruption in %i h: every %f min', (stopS, meanH, minutes) => {
  expect(dalyMs(stopS * 1_000, meanH * HOUR_MS) / MINUTE_MS).toBeCloseTo(minutes, 1);
});

test('a stop longer than what two interruptions leave: as often as they come; none: never', () => {
  expect(dalyMs(5_000, 2_000)).toBe(2_000);
  expect(dalyMs(5_000, Infinity)).toBe(Infinity);
});

describe('the pace of a job', () => {
  const facts = (change: Partial<PaceFacts> = {}): PaceFacts => ({
    askedMs: undefined,
    stopMs: 3_000,
    uploadMs: 1_000,
    meanMs: 6 * HOUR_MS,
    untoldShare: 1,
    fitsNotice: true,
    limits: { minMs: MINUTE_MS, maxMs: HOUR_MS, firstMs: 5 * MINUTE_MS },
    ...change,
  });
  const daly = Math.round(dalyMs(3_000, 6 * HOUR_MS));

  test.each<[what: string, change: Partial<PaceFacts>, advisedMs: number, bound: string]>([
    ['no notice ever: all interruptions count', {}, daly, 'none'],
    ['one of four without a notice: twice as long, nearly', { untoldShare: 0.25 }, Math.round(dalyMs(3_000, 24 * HOUR_MS)), 'none'],
    ['it does not fit into a notice: all count again', { untoldShare: 0.25, fitsNotice: false }, daly, 'none'],
    ['nor more seldom than a quarter of the longest', { meanMs: 200 * HOUR_MS, fitsNotice: false }, 15 * MINUTE_MS, 'notice'],
    ['no shorter than is set', { stopMs: 10 }, MINUTE_MS, 'shortest'],
    ['no longer than is set', { meanMs: 10_000 * HOUR_MS }, HOUR_MS, 'longest'],
    ['on demand', { meanMs: Infinity }, HOUR_MS, 'longest'],
    ['the first one comes early, to measure', { stopMs: 0, meanMs: 200 * HOUR_MS, untoldShare: 0.1 }, 5 * MINUTE_MS, 'first'],
    ['a job that stands still for long: a twentieth of its time', { stopMs: 60_000, meanMs: MINUTE_MS }, 20 * MINUTE_MS, 'stop'],
    ['an upload that takes long: half of the time', { uploadMs: 10 * MINUTE_MS }, 20 * MINUTE_MS, 'upload'],
    ['also where it does not fit', { uploadMs: 10 * MINUTE_MS, fitsNotice: false }, 20 * MINUTE_MS, 'upload'],
  ])('%s', (...[, change, advisedMs, bound]) => {
    expect(paceOf(facts(change))).toMatchObject({ everyMs: advisedMs, advisedMs, bound });
  });

  test('what its document says is in force; what is advised is told all the same', () => {
    expect(paceOf(facts({ askedMs: 7_000 }))).toMatchObject({ everyMs: 7_000, advisedMs: daly });
    expect(paceOf(facts({ meanMs: Infinity }))).toMatchObject({ meanMs: 0 });
  });
}); // prettier-ignore

describe('how often instances are taken back, as was seen', () => {
  const phases = { requestedAt: 0, pendingAt: NOW - HOUR_MS, bootingAt: 0, readyAt: 0, firstJobAt: 0, endedAt: NOW - HOUR_MS / 2 };
  const taken = (number: number, told: boolean) =>
    makeWorker(number, {
      state: 'TERMINATED',
      phases,
      notice: told ? { noticedAt: NOW, takeAt: NOW, source: 'imds' } : undefined,
      detail: told ? 'EC2 takes it back' : 'EC2 ended it: Server.SpotInstanceTermination',
    });

  test('of nothing, what is assumed; later what was seen', () => {
    expect(recordedMeanMs([], 60_000, NOW)).toBe(60_000);
    const workers = [taken(0, true), taken(1, false), makeWorker(2, { phases: { ...phases, endedAt: 0 } })];
    expect(recordedMeanMs(workers, 60_000, NOW)).toBeCloseTo((60_000 + 2 * HOUR_MS) / 3);
  });

  test('how many without a notice: one in ten before any was seen', () => {
    expect(untoldShare([])).toBeCloseTo(0.1);
    expect(untoldShare([taken(0, true), taken(1, true), taken(2, false), makeWorker(3)])).toBeCloseTo(2 / 13);
  });
}); // prettier-ignore
