import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JOB_STATES } from '../../../src/engine/model/job.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { WORKER_STATES } from '../../../src/engine/model/worker.ts';
import { countJobs } from '../../../src/engine/decide/reduce-jobs.ts';
import { capacityView } from '../../../src/engine/select/capacity.ts';
import { CELL_KINDS } from '../../../src/engine/select/fleet.ts';
import { poolLines } from '../../../src/engine/select/market.ts';
import { overviewOf } from '../../../src/engine/select/overview.ts';
import { workerLine, workersInOrder } from '../../../src/engine/select/workers.ts';
import { busySnapshot, jobId, makeJob, makeWorker, NOW, POOLS, withJobs, workerId } from '../../support/snapshots.ts';

const POOL_NAMES = [...POOLS, 'r5.large/us-east-1c'] as const;

const worker = fc.record({
  state: fc.constantFrom(...WORKER_STATES),
  pool: fc.constantFrom(...POOL_NAMES),
  isNoticed: fc.boolean(),
  serves: fc.constantFrom('queue' as const, 'rescued' as const),
});
const launch = fc.record({
  count: fc.integer({ min: 1, max: 9 }),
  pool: fc.option(fc.constantFrom(...POOLS), { nil: undefined }),
  state: fc.constantFrom('OPEN' as const, 'STARTED' as const, 'DONE' as const, 'REFUSED' as const),
});

const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    workers: fc.array(worker, { maxLength: 40 }),
    jobs: fc.array(fc.constantFrom(...JOB_STATES), { maxLength: 60 }),
    launches: fc.array(launch, { maxLength: 6 }),
    used: fc.subarray([...POOLS]),
  })
  .map(({ workers, jobs, launches, used }) => {
    const base = withJobs(busySnapshot(), jobs.map((state, at) => makeJob(at, { state })));
    return {
      ...base,
      settings: { ...base.settings, pools: used.map((id) => ({ id, bidUsdPerHour: 0.05 })) },
      workers: rowsFrom(workers.map(({ state, pool, serves }, at) => makeWorker(at, { state, pool, serves, jobs: state === 'BUSY' ? [jobId(at)] : [] }))),
      notices: Object.fromEntries(workers.flatMap(({ isNoticed }, at) => (isNoticed ? [[workerId(at), { noticedAt: NOW, takeAt: NOW + 60_000, source: 'event' as const }]] : []))),
      intents: rowsFrom(launches.map(({ count, pool, state }, at) => ({ id: `i${at}`, action: { verb: 'launch' as const, count, pool }, by: 'ana', from: '', createdAt: NOW, state, leaderEpoch: 1, token: '', startedAt: 0, outcome: '', instanceIds: [], settledAt: 0 }))),
    };
  }); // prettier-ignore

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

test('what the screens total is the sum of the rows below, and all screens agree', () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const overview = overviewOf(snapshot, NOW);
      const capacity = capacityView(snapshot);
      const rows = workersInOrder(snapshot).map((row) => workerLine(snapshot, row, NOW));
      for (const kind of CELL_KINDS) {
        const ofRows = rows.filter((row) => row.kind === kind).length;
        expect([kind, overview.workers[kind]]).toEqual([kind, ofRows]);
        expect([kind, sum(poolLines(snapshot).map(({ counts }) => counts[kind]))]).toEqual([kind, ofRows]);
        expect([kind, capacity.counts[kind]]).toEqual([kind, ofRows]);
        expect([kind, sum(capacity.pools.map(({ counts }) => counts[kind]))]).toEqual([kind, ofRows]);
      }
      expect(sum(overview.pools.map(({ workers }) => workers.length))).toBe(rows.length);
      expect(overview.jobs).toEqual(countJobs(snapshot));
      const open = [...snapshot.intents].filter(({ state }) => state === 'OPEN' || state === 'STARTED');
      expect(capacity.launches).toHaveLength(open.length);
      expect(sum(capacity.pools.map(({ launching }) => launching)) + capacity.launchingAnywhere).toBe(
        capacity.launching,
      );
      expect(capacity.launching).toBe(sum(open.map(({ action }) => (action.verb === 'launch' ? action.count : 0))));
    }),
    { numRuns: 200 },
  );
});
