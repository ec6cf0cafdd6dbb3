import { expect, test } from 'vitest';
import { changeoverOf } from '../../../src/engine/decide/deadline-outlook.ts';
import type { JobRow } from '../../../src/engine/model/job.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { deadlineLine } from '../../../src/engine/select/deadline.ts';
import { jobLine } from '../../../src/engine/select/jobs.ts';
import { needsOf } from '../../../src/engine/select/needs.ts';
import { waitingOf } from '../../../src/engine/select/reason.ts';
import { C5_LARGE } from '../../support/memory-cloud.ts';
import { makeJob, NOW, PULSE, workerId } from '../../support/snapshots.ts';
import { at, world } from '../../support/world.ts';

const MINUTE = 60_000;
const { changeoverMs, everyMs } = changeoverOf({ checkpoint: undefined }, world());
const NET_MS = 2 * changeoverMs + everyMs;
const job = (change: Partial<JobRow>): JobRow => makeJob(0, { workS: 7_200, deadlineAt: NOW + 120 * MINUTE + NET_MS + 50 * MINUTE, ...change }); // prettier-ignore
const onDemand = at(1, { bidUsdPerHour: 0, serves: 'rescued' });
const place = (rows: readonly JobRow[]): Snapshot =>
  world({ types: { 'c5.large': C5_LARGE } }, rows, [at(0), onDemand]);
const rescue = { at: NOW - 5 * MINUTE, by: 'm', goAt: 0 };
const running = { state: 'RUNNING', leaseOwner: workerId(0) } as const;

test.each<[string, Partial<JobRow>, string | undefined, RegExp | undefined]>([
  ['none', { deadlineAt: 0 }, undefined, undefined],
  ['over', { state: 'SUCCEEDED' }, undefined, undefined],
  ['fine', {}, 'fine', /^deadline in 2 h 51 m, needs 2 h 1 m: slack 50 m$/],
  ['unknown', { workS: 0 }, 'fine', /nothing is promised: it has no estimate and does not say how far it is$/],
  ['rescued', { rescue }, 'rescued', /^deadline in 2 h 51 m; rescued 5 m ago, an on-demand worker comes$/],
  ['on its way', { rescue: { ...rescue, goAt: NOW }, ...running }, 'rescued', /goes over to on-demand$/],
  ['there', { rescue, ...running, leaseOwner: workerId(1) }, 'rescued', /runs on on-demand$/],
  ['missed', { deadlineAt: NOW - 3 * MINUTE }, 'at-risk', /^deadline missed 3 m ago$/],
  ['hopeless', { deadlineAt: NOW + MINUTE }, 'at-risk', /^deadline in 1 m; not even on-demand could still meet it$/],
  ['too dear', { deadlineAt: NOW + 120 * MINUTE, maxUsdPerHour: 0.01 }, 'at-risk', /its price limit is 0.01/],
])('%s', (...[, change, level, sentence]) => {
  const row = job(change);
  const line = deadlineLine(row, place([row]), NOW);
  expect(line?.level).toBe(level);
  if (sentence !== undefined) expect(line?.sentence).toMatch(sentence);
});

test('a list tells it where it matters, and the verdict counts what is at risk', () => {
  const fine = job({});
  const risky = job({ deadlineAt: NOW + MINUTE });
  const why = (row: JobRow) => jobLine(place([row]), row, waitingOf(place([row]), NOW)).why;
  expect(why(fine)).not.toMatch(/deadline/);
  expect(why(risky)).toMatch(/^deadline in 1 m; not even on-demand could still meet it; /);
  const verdict = (atRisk: number) =>
    needsOf({ ...place([]), pulse: { ...PULSE, deadlines: { atRisk, rescued: 0 } } }, NOW).map(
      ({ sentence }) => sentence,
    );
  expect(verdict(0).join()).not.toMatch(/deadline/);
  expect(verdict(2)).toContain('2 deadlines at risk');
});
