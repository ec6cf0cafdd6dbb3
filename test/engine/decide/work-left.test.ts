import { expect, it } from 'vitest';
import { workLeft } from '../../../src/engine/decide/work-left.ts';
import type { JobLive, JobRow } from '../../../src/engine/model/job.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/engine/model/units.ts';

const row = (state: JobRow['state'], savedMs?: number): JobRow =>
  ({
    state,
    epoch: 3,
    checkpoint: savedMs === undefined ? undefined : { workMs: savedMs },
  }) as JobRow;
const live = (atRiskMs: number, progressPct?: number, epoch = 3): JobLive =>
  ({ epoch, atRiskMs, progressPct }) as JobLive;

it.each([
  ['waits, nothing done', row('RUNNABLE'), undefined, 2, { leftMs: 2 * HOUR_MS, doneMs: 0, from: 'estimate' }],
  ['waits, with a checkpoint', row('RUNNABLE', HOUR_MS), undefined, 2, { leftMs: HOUR_MS, doneMs: HOUR_MS, from: 'checkpoint' }],
  ['runs', row('RUNNING', 30 * MINUTE_MS), live(10 * MINUTE_MS), 2, { leftMs: 80 * MINUTE_MS, doneMs: 40 * MINUTE_MS, from: 'time' }],
  ['runs and says its progress', row('RUNNING', HOUR_MS), live(0, 75), 2, { leftMs: 0.5 * HOUR_MS, doneMs: 1.5 * HOUR_MS, from: 'progress' }],
  ['runs without an estimate', row('RUNNING'), live(HOUR_MS, 25), undefined, { leftMs: 3 * HOUR_MS, doneMs: HOUR_MS, from: 'progress' }],
  ['a heartbeat of an epoch before', row('RUNNING', HOUR_MS), live(HOUR_MS, 99, 2), 2, { leftMs: HOUR_MS, doneMs: HOUR_MS, from: 'checkpoint' }],
  ['outlived its estimate', row('RUNNING', 3 * HOUR_MS), live(0), 2, { leftMs: 0, doneMs: 3 * HOUR_MS, from: 'time' }],
  ['has ended: it would be done again', row('SUCCEEDED', HOUR_MS), undefined, 2, { leftMs: 2 * HOUR_MS, doneMs: 0, from: 'estimate' }],
  ['nothing tells', row('RUNNING'), live(0, 0), undefined, undefined],
] as const)('%s', (...[, job, beat, hours, left]) => {
  expect(workLeft({ row: job, live: beat }, hours === undefined ? undefined : hours * HOUR_MS)).toEqual(left);
}); // prettier-ignore
