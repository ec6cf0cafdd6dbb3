import { describe, expect, test } from 'vitest';
import { spendRate, spotUsd, workerCost } from '../../../src/engine/decide/cost.ts';
import { guardIntent } from '../../../src/engine/decide/guard.ts';
import { settleDoubt } from '../../../src/engine/decide/intents.ts';
import { decideDependency, decideRecovery } from '../../../src/engine/decide/recovery.ts';
import type { Repair } from '../../../src/engine/decide/repair.ts';
import { type JobRow } from '../../../src/engine/model/job.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import { type Snapshot } from '../../../src/engine/model/snapshot.ts';
import type { SeenInstance } from '../../../src/engine/model/worker.ts';
import { POOL } from '../../support/memory-cloud.ts';
import { jobId, makeJob, makeMarket, makeWorker, NOW, workerId } from '../../support/snapshots.ts';
import { at, intent, world } from '../../support/world.ts';
describe('recovery', () => {
  const held = (change: Partial<JobRow> = {}) =>
    makeJob(0, { state: 'RUNNING', leaseOwner: workerId(0), pool: POOL, changedAt: NOW - 60_000, ...change });
  const machine = (state: SeenInstance['state'], change: Partial<SeenInstance> = {}): SeenInstance => ({
    id: workerId(0),
    pool: POOL,
    state,
    launchedAt: NOW - 600_000,
    spot: true,
    intent: 't',
    stateReason: '',
    endedAt: 0,
    since: NOW - 600_000,
    ...change,
  });
  const told = (repairs: readonly Repair[]) =>
    repairs.map((repair) =>
      repair.kind === 'job.reap'
        ? `${repair.kind} ${repair.cause}`
        : 'write' in repair
          ? `${repair.kind} ${repair.write.set['state']}`
          : repair.kind,
    );
  const paid = { usd: 0.1, onDemandUsd: 0.3 };
  const old = { changedAt: NOW - 60_000, phases: { ...makeWorker(0).phases }, paid };
  const holding = () => at(0, { ...old, jobs: [jobId(0)] });
  const decide = (snapshot: Snapshot, listeningSince = NOW - 600_000) =>
    told(decideRecovery({ snapshot, now: NOW, leaderEpoch: 3, listeningSince, refusedAt: new Map() }));
  const seen = (state: SeenInstance['state'], change: Partial<SeenInstance> = {}) => ({
    instances: rowsFrom([machine(state, change)]),
  });

  test.each<[string, Snapshot, readonly string[]]>([
    ['all is well', world({ ...seen('running'), pingAt: { [workerId(0)]: NOW - 1_000 } }, [held()], [holding()]), []],
    [
      'shutting down: its worker hands its jobs back meanwhile',
      world(
        { ...seen('shutting-down', { since: NOW - 1_000 }), pingAt: { [workerId(0)]: NOW } },
        [held()],
        [holding()],
      ),
      [],
    ],
    [
      'shutting down for longer than any program is given',
      world(seen('shutting-down'), [held()], [holding()]),
      ['worker.write TERMINATED'],
    ],
    ['gone by EC2', world(seen('terminated'), [held()], [holding()]), ['worker.write TERMINATED']],
    [
      'gone, and written down: its job goes on',
      world(
        seen('terminated', { stateReason: 'Server.SpotInstanceTermination' }),
        [held()],
        [at(0, { ...old, state: 'TERMINATED' })],
      ),
      ['job.reap spot'],
    ],
    [
      'ended by somebody',
      world(
        seen('terminated', { stateReason: 'Client.UserInitiatedShutdown' }),
        [held()],
        [at(0, { ...old, state: 'TERMINATED' })],
      ),
      ['job.reap node'],
    ],
    ['silent beyond its lease', world(seen('running'), [held()], [holding()]), ['worker.write LOST']],
    ['pinged lately', world({ ...seen('running'), pingAt: { [workerId(0)]: NOW - 9_000 } }, [held()], [holding()]), []],
    [
      'lost: its job waits for the lease',
      world(
        { ...seen('running'), pingAt: { [workerId(0)]: NOW } },
        [held({ changedAt: NOW - 9_000 })],
        [at(0, { ...old, state: 'LOST', changedAt: NOW })],
      ),
      [],
    ],
    [
      'lost, the lease is over',
      world(seen('running'), [held()], [at(0, { ...old, state: 'LOST', changedAt: NOW - 1_000 })]),
      ['job.reap node'],
    ],
    [
      'a live worker that does not know of its job: the claim’s answer was lost',
      world(
        { ...seen('running'), pingAt: { [workerId(0)]: NOW } },
        [held({ state: 'STARTING' })],
        [at(0, { ...old, jobs: [] })],
      ),
      ['job.reap controller'],
    ],
    [
      'a claim of a moment ago, of which the worker has not told yet',
      world(
        { ...seen('running'), pingAt: { [workerId(0)]: NOW } },
        [held({ state: 'STARTING', changedAt: NOW - 9_000 })],
        [at(0, { ...old, jobs: [] })],
      ),
      [],
    ],
    [
      'silent, and EC2’s list is too old to tell that it is gone',
      world(
        { sources: { instances: { observedAt: NOW - 3_600_000, fault: undefined, retryAt: 0, failures: 3 } } },
        [held()],
        [holding()],
      ),
      ['worker.write LOST'],
    ],
    [
      'silent, and EC2’s new list does not have it',
      world(
        { sources: { instances: { observedAt: NOW, fault: undefined, retryAt: 0, failures: 0 } } },
        [held()],
        [holding()],
      ),
      ['worker.write TERMINATED'],
    ],
    ['an orphan is adopted', world(seen('running')), ['worker.write PENDING']],
    ['an orphan that has ended cost money as well', world(seen('terminated')), ['worker.write PENDING']],
    ['a zombie is ended', world(seen('running'), [], [at(0, { ...old, state: 'TERMINATED' })]), ['instance.end']],
    [
      'one that only just said goodbye is let go',
      world(seen('running'), [], [at(0, { state: 'TERMINATED', changedAt: NOW - 1_000 })]),
      [],
    ],
    ['a backoff that is over', world({}, [makeJob(0, { notBefore: NOW - 1 })]), ['job.write undefined']],
    ['a backoff that is not', world({}, [makeJob(0, { notBefore: NOW + 1 })]), []],
    ['what has ended stays', world({}, [held({ state: 'SUCCEEDED' })]), []],
  ])('%s', (_, snapshot, wanted) => expect(decide(snapshot)).toEqual(wanted));

  test('a leader that has only begun to listen takes its own silence for nobody’s', () => {
    expect(decide(world(seen('running'), [held()], [holding()]), NOW - 1_000)).toEqual([]);
  });

  test('a reaping that the table refused is not asked for again before another lease is over', () => {
    const snapshot = world(
      { ...seen('running'), pingAt: { [workerId(0)]: NOW } },
      [held()],
      [at(0, { ...old, jobs: [] })],
    );
    const after = (agoMs: number) =>
      told(
        decideRecovery({
          snapshot,
          now: NOW,
          leaderEpoch: 3,
          listeningSince: 0,
          refusedAt: new Map([[jobId(0), NOW - agoMs]]),
        }),
      );
    expect(after(9_000)).toEqual([]);
    expect(after(11_000)).toEqual(['job.reap controller']);
  });

  test('what a lost worker did since its checkpoint is counted as lost', () => {
    const job = held({
      changedAt: NOW - 20_000,
      reason: { code: 'running', since: NOW - 60_000, detail: '', next: '' },
      checkpoint: { generation: 1_000_001, manifestKey: 'm', sizeBytes: 1, stopMs: 1, at: NOW - 50_000, workMs: 1 },
    });
    const snapshot = world(
      { ...seen('terminated'), pingAt: { [workerId(0)]: NOW - 10_000 } },
      [job],
      [at(0, { ...old, state: 'TERMINATED' })],
    );
    const [repair] = decideRecovery({ snapshot, now: NOW, leaderEpoch: 3, listeningSince: 0, refusedAt: new Map() });
    const tally = repair?.kind === 'job.reap' ? repair.write.set['tally'] : undefined;
    expect(tally).toEqual({
      costUsd: expect.closeTo((50 / 3_600) * 0.03, 9),
      interruptions: 1,
      ranMs: 50_000,
      lostMs: 40_000,
    });
  });

  test.each([
    ['SUCCEEDED', 'RUNNABLE'],
    ['FAILED', 'FAILED'],
    ['KILLED', 'FAILED'],
    ['RUNNING', undefined],
  ] as const)('a job that waits for one that is %s becomes %s', (state, wanted) => {
    const snapshot = world({}, [makeJob(0, { state }), makeJob(1, { state: 'BLOCKED' })]);
    const repair = decideDependency(makeJob(1, { state: 'BLOCKED' }), [jobId(0)], {
      snapshot,
      now: NOW,
      leaderEpoch: 1,
      listeningSince: 0,
      refusedAt: new Map(),
    });
    expect(repair?.kind === 'job.write' ? repair.write.set['state'] : undefined).toBe(wanted);
  });
});

describe('guard and doubt', () => {
  const end = (revs: readonly number[]) =>
    intent({ verb: 'terminate', workerIds: [workerId(0)], revs, target: 'keep' });
  test('a worker that works on is ended; one that has ended, or is not the one that was seen, is refused', () => {
    expect(guardIntent(world({}, [], [at(0, { rev: 4 })]), end([3]))).toBeUndefined();
    expect(guardIntent(world({}, [], [at(0, { rev: 4, state: 'TERMINATED' })]), end([3]))?.code).toBe('changed');
    expect(guardIntent(world({}, [], [at(0, { rev: 2 })]), end([3]))?.code).toBe('changed');
    expect(guardIntent(world(), end([3]))?.code).toBe('changed');
    expect(guardIntent(world(), intent({ verb: 'launch', count: 2_001, pool: POOL }))?.code).toBe('limit');
  });

  test('a launch in doubt is found by its token, waited for, then given up', () => {
    const launch = intent({ verb: 'launch', count: 1, pool: POOL }, { state: 'STARTED', startedAt: NOW });
    const found = world({
      instances: rowsFrom([
        {
          id: 'i-1',
          pool: POOL,
          state: 'running',
          launchedAt: NOW,
          spot: true,
          intent: 'x',
          stateReason: '',
          endedAt: 0,
          since: NOW,
        },
      ]),
    });
    expect(settleDoubt(found, launch, NOW)).toEqual({ kind: 'found', instanceIds: ['i-1'] });
    const lookedAt = (observedAt: number) =>
      world({ sources: { instances: { observedAt, fault: undefined, retryAt: 0, failures: 0 } } });
    expect(settleDoubt(lookedAt(NOW + 200_000), launch, NOW + 119_999)).toEqual({ kind: 'wait' });
    // A list from before the time by which EC2 shows it proves nothing.
    expect(settleDoubt(lookedAt(NOW + 119_999), launch, NOW + 200_000)).toEqual({ kind: 'wait' });
    expect(settleDoubt(lookedAt(NOW + 120_000), launch, NOW + 120_000)).toMatchObject({ kind: 'nothing' });
  });
});

describe('cost', () => {
  const point = (atMs: number, usdPerHour: number) => ({ pool: POOL, at: atMs, usdPerHour });
  test('by the second at the price in force, and never above the bid: 90 s at 0.04 and 30 s at 0.06 under 0.05', () => {
    const twoMinutes = { from: 0, to: 120_000 };
    expect(spotUsd([point(0, 0.04), point(90_000, 0.06)], twoMinutes, 0.05)).toBeCloseTo(0.0014167, 6);
    expect(spotUsd([point(0, 0.04), point(90_000, 0.06)], twoMinutes, 1)).toBeCloseTo(0.0015, 6);
    expect(spotUsd([point(60_000, 0.04)], twoMinutes, 1)).toBeCloseTo((120 / 3_600) * 0.04, 9);
    expect(spotUsd([], twoMinutes, 1)).toBe(0);
    expect(spotUsd([point(0, 1)], { from: 5, to: 5 }, 1)).toBe(0);
  });

  test('spot and on-demand workers, ended and alive', () => {
    const market = { ...makeMarket(POOL, 0.03), points: [point(0, 0.03)] };
    const hour = { phases: { ...makeWorker(0).phases, pendingAt: 3_600_000, endedAt: 7_200_000 } };
    expect(workerCost(at(0, hour), market, 9_000_000).usd).toBeCloseTo(0.03);
    expect(workerCost(at(0, { ...hour, bidUsdPerHour: 0 }), market, 9_000_000).usd).toBeCloseTo(0.085);
    expect(workerCost(at(0, hour), undefined, 9_000_000)).toEqual({ usd: 0, onDemandUsd: 0 });
    expect(spendRate(world({}, [], [at(0), at(1, { bidUsdPerHour: 0 }), at(2, { state: 'TERMINATED' })]))).toBeCloseTo(
      0.03 + 0.085,
    );
  });
});
