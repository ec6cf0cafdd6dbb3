import type { CheckpointPointer } from '../../../src/engine/model/checkpoint.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JOB_STATES, isTerminal, type JobRow, NO_LOSSES, turnOf } from '../../../src/engine/model/job.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import type { WorkerRow } from '../../../src/engine/model/worker.ts';
import { lossesSentence } from '../../../src/engine/select/losses.ts';
import { jobsBefore } from '../../../src/engine/select/queue-position.ts';
import { reasonOf, sentenceOf, WAIT_CODES, waitingOf } from '../../../src/engine/select/reason.ts';
import { busySnapshot, jobId, makeJob, makeWorker, NOW, POOLS, PULSE, withJobs, workerId } from '../../support/snapshots.ts'; // prettier-ignore

const MINUTE = 60_000;
const since = NOW - 20 * MINUTE;
const hold = { hold: { at: NOW - MINUTE, by: 'bea' } };
/** Three jobs wait; the second is looked at unless the row says another. */
const queue = [makeJob(0), makeJob(1), makeJob(2), makeJob(9, { state: 'SUCCEEDED' })];

function withWorkers(...workers: readonly Partial<WorkerRow>[]): Snapshot {
  const rows = workers.map((change, number) => makeWorker(number, change));
  const quiet = { ...PULSE, capacity: '', poolRetryAt: {}, poolFaults: {} };
  return { ...withJobs(busySnapshot(), queue), workers: rowsFrom(rows), pulse: quiet };
}
function refusing(snapshot: Snapshot, ...faults: readonly ('quota' | 'capacity')[]): Snapshot {
  const of = <T>(value: (at: number) => T) => Object.fromEntries(faults.map((_, at) => [POOLS[at], value(at)]));
  const pulse = { ...PULSE, poolRetryAt: of(() => NOW + 57_500), poolFaults: of((at) => faults[at]) };
  return { ...snapshot, pulse: pulse as unknown as Snapshot['pulse'] };
}
const none = withWorkers();
const busy = withWorkers({ state: 'BUSY' }, { state: 'BUSY' });
const asked = NOW - 12_000;
const phases = { requestedAt: asked, pendingAt: asked, bootingAt: NOW - 3_000, readyAt: 0, firstJobAt: 0, endedAt: 0 };
const waits = makeJob(1);
const bids = (usd: number) => none.settings.pools.map((pool) => ({ ...pool, bidUsdPerHour: usd }));
const limited = { ...none.settings, owners: [{ name: 'ana', maxRunning: 2 }] };
const leased: JobRow = makeJob(1, {
  state: 'RUNNING', leaseOwner: workerId(0), pool: POOLS[0], reason: { code: 'running', since, detail: '', next: '' },
}); // prettier-ignore

describe('why a job that has not ended is where it is', () => {
  test.each<[string, Snapshot, JobRow, object]>([
    ['quota', refusing(none, 'quota'), waits, { detail: `no worker: ${POOLS[0]} is at an account limit, asked again in 58 s`, since }], // prettier-ignore
    ['no-capacity', refusing(none, 'capacity'), waits, { detail: `no worker: ${POOLS[0]} has no capacity, asked again in 58 s` }], // prettier-ignore
    ['no-capacity', refusing(none, 'quota', 'capacity'), waits, { detail: `no worker: ${POOLS[0]} is at an account limit, asked again in 58 s; ${POOLS[1]} has no capacity, asked again in 58 s` }], // prettier-ignore
    ['dependency', busy, makeJob(3, { state: 'BLOCKED', after: [jobId(9), jobId(0), 'elsewhere'], reason: { code: 'dependency', since, detail: 'waits for 3 job(s)', next: 'starts when they have succeeded' } }), { detail: 'waits for pi-000, elsewhere', next: 'starts when they have succeeded' }], // prettier-ignore
    ['dependency', busy, makeJob(3, { state: 'BLOCKED', after: ['a', 'b', 'c', 'd', 'e'] }), { detail: 'waits for a, b, c and 2 more' }], // prettier-ignore
    ['dependency', busy, makeJob(3, { state: 'BLOCKED', reason: { code: 'dependency', since, detail: 'waits for 1 job(s)', next: '' } }), { detail: 'waits for 1 job(s)' }], // prettier-ignore
    ['priority', busy, waits, { detail: '1 job goes before it; all 2 workers busy', next: '', since }],
    ['priority', busy, makeJob(2), { detail: '2 jobs go before it; all 2 workers busy' }],
    ['priority', busy, makeJob(0), { detail: 'next in line; all 2 workers busy' }],
    ['priority', refusing(busy, 'capacity'), waits, { next: `${POOLS[0]} has no capacity, asked again in 58 s` }],
    ['priority', { ...busy, leader: undefined }, waits, { next: 'no master runs to launch more' }],
    ['held', busy, makeJob(1, { state: 'HELD', desired: hold, reason: { code: 'held', since, detail: 'by bea', next: 'released' } }), { detail: 'held by bea', next: 'released', since: NOW - MINUTE }], // prettier-ignore
    ['held', busy, makeJob(1, { state: 'HELD', desired: hold, reason: { code: 'held', since, detail: 'held by bea; saved 4 s ago', next: '' } }), { detail: 'held by bea; saved 4 s ago' }], // prettier-ignore
    ['held', busy, makeJob(1, { desired: hold }), { detail: 'held by bea' }],
    ['no-worker', withWorkers({ state: 'IDLE' }, { state: 'BUSY' }), waits, { detail: '1 idle worker about to look' }],
    ['no-worker', { ...none, settings: { ...none.settings, targetWorkers: 0 } }, waits, { detail: 'no worker is asked for', next: 'launch some (cbas launch)' }], // prettier-ignore
    ['no-worker', none, waits, { detail: 'no worker yet' }],
    ['no-worker', { ...none, pulse: { ...PULSE, capacity: '2 more wanted: 2 in x' } }, waits, { detail: 'no worker: 2 more wanted: 2 in x' }], // prettier-ignore
    ['price', busy, makeJob(1, { maxUsdPerHour: 0.001 }), { detail: expect.stringMatching(/^price 0\.0\d+ above its limit 0\.0010 in every pool$/) }], // prettier-ignore
    ['price', { ...none, settings: { ...none.settings, pools: bids(0.001) } }, waits, { detail: 'no worker: the price is above the bid in every pool' }], // prettier-ignore
    ['boot', withWorkers({ state: 'PENDING', phases }), waits, { detail: `${workerId(0)} comes in ${POOLS[0]}: EC2 starts it since 12 s`, since: asked }], // prettier-ignore
    ['boot', withWorkers({ state: 'BOOTING', phases }), waits, { detail: `${workerId(0)} comes in ${POOLS[0]}: its agent registers since 3 s` }], // prettier-ignore
    ['lease', busy, leased, { detail: `held by ${workerId(0)} in ${POOLS[0]}`, next: '', since }],
    ['lease', { ...busy, live: { [leased.id]: { id: leased.id, epoch: 1, progressPct: 1, leaseUntil: NOW + 31_000, heartbeatAt: NOW, atRiskMs: 1 } } }, { ...leased, desired: hold }, { detail: `held by ${workerId(0)} in ${POOLS[0]}; to be held, by bea`, next: 'lease until 31 s from now' }], // prettier-ignore
    ['backoff', busy, makeJob(1, { notBefore: NOW + 1_500, reason: { code: 'retry', since, detail: 'exit 75', next: '' } }), { detail: 'again in 2 s; exit 75', since }], // prettier-ignore
    ['owner-quota', { ...busy, settings: limited }, makeJob(1, { notBefore: NOW - 3_000 }), { detail: 'ana may have 2 jobs running at once', next: 'starts when another has ended; `cbas quota` changes that', since: NOW - 3_000 }], // prettier-ignore
    ['owner-quota', { ...busy, settings: limited, leader: undefined }, makeJob(1, { notBefore: NOW - 3_000 }), { next: 'no master runs to let it in (cbas master)' }], // prettier-ignore
    ['backoff', { ...busy, settings: limited }, makeJob(1, { notBefore: NOW + 1_500 }), {}],
    ['controller', { ...none, leader: undefined }, waits, { detail: 'no worker, and no master is running to launch one', since }], // prettier-ignore
    ['controller', { ...none, leader: { id: 'm', epoch: 1, until: NOW - MINUTE } }, waits, { since: NOW - MINUTE }],
  ])('%s', (code, snapshot, ...[job, expected]) => {
    expect(reasonOf(job, waitingOf(snapshot, NOW))).toMatchObject({ code, ...expected });
  });

  test('every job has a reason, in words; of one that has ended it is what its last transition wrote', () => {
    const fleet = fc.array(fc.constantFrom('PENDING', 'BOOTING', 'IDLE', 'BUSY', 'LOST'), { maxLength: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...JOB_STATES), fleet, fc.boolean(), (state, states, isLed) => {
        const world = withWorkers(...states.map((one) => ({ state: one }) as const));
        const leaseOwner = ['STARTING', 'RUNNING', 'INTERRUPTING'].includes(state) ? workerId(0) : '';
        const job = makeJob(1, { state, leaseOwner, reason: { code: 'submitted', since, detail: 'waits', next: '' } });
        const reason = reasonOf(job, waitingOf(isLed ? world : { ...world, leader: undefined }, NOW));
        if (isTerminal(state)) {
          expect(reason).toEqual(job.reason);
          return;
        }
        expect(WAIT_CODES).toContain(reason.code);
        expect(reason.detail).not.toBe('');
        expect(reason.since).toBeGreaterThanOrEqual(since);
      }),
    );
  });
});

test('a line of a table says it in one sentence: little of a job that runs, what a person can do of one that waits', () => {
  const said = (job: JobRow, snapshot: Snapshot) => sentenceOf(job, reasonOf(job, waitingOf(snapshot, NOW)));
  expect(said(leased, busy)).toBe(`in ${POOLS[0]}`);
  expect(said({ ...leased, desired: hold }, busy)).toBe('to be held, by bea');
  expect(said(waits, { ...none, leader: undefined })).toBe('no worker, and no master is running to launch one; start one (cbas master)'); // prettier-ignore
  const failed = makeJob(1, { state: 'FAILED', reason: { code: 'exit', since: 0, detail: 'exit 3', next: 'look' } });
  expect(said(failed, busy)).toBe('exit 3');
});

test('a limit matters only when every pool is dearer, and nothing is said while a price is not known', () => {
  const cheapest = Math.min(...Object.values(busy.markets).map(({ points }) => points.at(-1)!.usdPerHour));
  const code = (maxUsdPerHour: number, snapshot = busy) =>
    reasonOf(makeJob(1, { maxUsdPerHour }), waitingOf(snapshot, NOW)).code;
  expect(code(cheapest - 0.0001)).toBe('price');
  for (const limit of [cheapest, 1, 0]) expect(code(limit)).toBe('priority');
  const { [POOLS[1]]: _unknown, ...markets } = busy.markets;
  expect(code(0.0001, { ...busy, markets })).toBe('priority');
});

test('who goes before a job: its queue, by priority, then by what goes on from a checkpoint, then by turn', () => {
  const saved: CheckpointPointer = { generation: 1, manifestKey: 'm', sizeBytes: 1, stopMs: 1, at: 1, workMs: 1 };
  const row = fc.record({
    queue: fc.constantFrom('a', 'b'),
    priority: fc.integer({ min: -1, max: 1 }),
    submittedAt: fc.nat({ max: 9 }),
    turn: fc.constantFrom(0, 3_000, 5_000, 20_000),
    state: fc.constantFrom('RUNNABLE' as const, 'RUNNING' as const, 'HELD' as const),
    checkpoint: fc.constantFrom(undefined, saved),
  });
  const isBefore = (other: JobRow, job: JobRow) => {
    if (other.priority !== job.priority) return other.priority > job.priority;
    const [otherGoesOn, goesOn] = [other.checkpoint !== undefined, job.checkpoint !== undefined];
    return otherGoesOn === goesOn ? turnOf(other) < turnOf(job) : otherGoesOn;
  };
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), fc.nat(), (rows, salt) => {
      const list = rows.map((change, at) => makeJob(at, { ...change, id: `${salt}-${at}` }));
      const before = jobsBefore(withJobs(none, list).jobs, NOW);
      for (const job of list) {
        const counted = list.filter(
          (other) => other.state === 'RUNNABLE' && other.queue === job.queue && isBefore(other, job),
        );
        expect(before(job)).toBe(counted.length);
      }
    }),
  );
});

test('of very many jobs the turns are counted only now and then', () => {
  const many = Array.from({ length: 20_001 }, (_, at) => makeJob(at));
  const [last] = many.slice(-1) as [JobRow];
  const jobs = withJobs(none, many).jobs;
  const fewer = withJobs(none, [...many.slice(0, 5).map((job) => ({ ...job, state: 'RUNNING' as const })), ...many.slice(5)]).jobs; // prettier-ignore
  expect(jobsBefore(jobs, NOW)(last)).toBe(20_000);
  expect(jobsBefore(fewer, NOW + 200)(last)).toBe(20_000);
  expect(jobsBefore(fewer, NOW + 201)(last)).toBe(19_995);
});

test.each([
  [NO_LOSSES, ''],
  [{ ...NO_LOSSES, spot: 2, inARow: 1, workers: ['i-a', 'i-b'] }, '2 spot; lost workers i-a, i-b'],
  [{ ...NO_LOSSES, node: 1, controller: 1, inARow: 2, workers: ['i-a'] }, '1 node, 1 controller; 2 in a row without a checkpoint in between; lost worker i-a'], // prettier-ignore
])('losses %#', (losses, sentence) => expect(lossesSentence(losses)).toBe(sentence));
