import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideCapacity } from '../../../src/engine/decide/capacity.ts';
import { newTurns } from '../../../src/engine/decide/new-turns.ts';
import { decideQuota, parkedJobs } from '../../../src/engine/decide/owner-quota.ts';
import { decideRecovery } from '../../../src/engine/decide/recovery.ts';
import type { LeaderView } from '../../../src/engine/decide/repair.ts';
import type { ConditionalWrite } from '../../../src/engine/model/command.ts';
import { type OwnerSetting, ownerSetting } from '../../../src/engine/model/deployment.ts';
import { isLeased, type JobRow, NO_LOSSES } from '../../../src/engine/model/job.ts';
import { jobRowOf, newJobItem } from '../../../src/engine/protocol/job-item.ts';
import { holdJob, killJob, retryJob, unholdJob } from '../../../src/engine/protocol/operator-job-writes.ts';
import { claimJob, endJob, releaseJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { documentOf, SHARDS } from '../../support/job-table.ts';
import { settingsFor } from '../../support/memory-cloud.ts';
import { makeJob, NOW } from '../../support/snapshots.ts';
import { world } from '../../support/world.ts';

const LIMIT = 3;
const JOBS = 9;
const tally = { costUsd: 0, interruptions: 0, ranMs: 0, lostMs: 0 };
const ana = (setting: Partial<OwnerSetting>) => ({ settings: settingsFor({ rev: 1, owners: [{ name: 'ana', ...setting }] }) }); // prettier-ignore
const view = (rows: readonly JobRow[], now: number, setting: Partial<OwnerSetting> = { maxRunning: LIMIT }): LeaderView => ({
  snapshot: world(ana(setting), rows),
  now,
  leaderEpoch: 1,
  listeningSince: 0,
  refusedAt: new Map(),
}); // prettier-ignore

/** What anybody may do to a job whose row, perhaps an old one, he has. */
const ACTS: Readonly<Record<string, (row: JobRow, at: number) => ConditionalWrite>> = {
  claim: (row, at) => claimJob(row, { workerId: 'w', pool: 'p', at, leaseUntil: at + 50 }),
  release: (row, at) => releaseJob(row, holder(row), { ...back, at, code: 'released', notBefore: 0 }),
  backoff: (row, at) => releaseJob(row, holder(row), { ...back, at, code: 'retry', notBefore: at + 5 }),
  fail: (row, at) => endJob(row, holder(row), { ...end, state: 'FAILED', at }),
  succeed: (row, at) => endJob(row, holder(row), { ...end, state: 'SUCCEEDED', at }),
  kill: (row, at) => killJob(row, { at, by: 'ana' }),
  hold: (row, at) => holdJob(row, { at, by: 'ana' }),
  unhold: (row, at) => unholdJob(row, { at, by: 'ana', readyShards: SHARDS.readyShards, parksAt: at }),
  retry: (row, at) => retryJob(row, { at, by: 'ana', readyShards: SHARDS.readyShards, parksAt: at }),
};
const back = { detail: '', tally, losses: NO_LOSSES, attempt: 1, readyShards: SHARDS.readyShards } as const;
const end = { code: 'exit', detail: '', record: undefined, result: { exitCode: 0, signal: undefined, manifestKey: '' }, tally, losses: NO_LOSSES, next: '', attempt: 1 } as const; // prettier-ignore
const holder = (row: JobRow) => ({ jobId: row.id, epoch: row.epoch, workerId: 'w' });

const step = fc.record({
  act: fc.oneof({ weight: 3, arbitrary: fc.constantFrom('claim', 'succeed') }, { weight: 2, arbitrary: fc.constantFrom(...Object.keys(ACTS)) }, { weight: 3, arbitrary: fc.constant('leader') }), // prettier-ignore
  job: fc.nat({ max: JOBS - 1 }),
  /** Jobs of which the leader has fresh news before it decides; of the others it knows what it knew, and what it wrote itself. */
  heard: fc.array(fc.nat({ max: JOBS - 1 }), { maxLength: JOBS }),
}); // prettier-ignore

test('whatever workers, operators and a leader with old news do: never more than the quota in the index and under lease together', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const table = new MemoryTable({});
      const ids = Array.from({ length: JOBS }, (_, at) => `job-${at}`);
      const fresh = async (id: string): Promise<JobRow> => jobRowOf((await table.get('jobs', id))!) as JobRow;
      await table.putAll('jobs', ids.map((id) => newJobItem({ id, document: { ...documentOf(), owner: 'ana' }, deadlineAt: 0, at: NOW, waits: 'parked' }, SHARDS))); // prettier-ignore
      const known = new Map(await Promise.all(ids.map(async (id) => [id, await fresh(id)] as const)));
      let now = NOW;
      const lead = async (): Promise<void> => {
        for (const repair of decideQuota(view([...known.values()], now))) {
          if (repair.kind !== 'job.write') throw new Error(`a quota only writes jobs, no ${repair.kind}`);
          const item = await table.write(repair.write);
          known.set(repair.jobId, item === undefined ? await fresh(repair.jobId) : (jobRowOf(item) as JobRow));
        }
      };
      const counts = async () => {
        const rows = await Promise.all(ids.map(fresh));
        const admitted = rows.filter(({ state, notBefore }) => isLeased(state) || (state === 'RUNNABLE' && notBefore === 0)); // prettier-ignore
        return { rows, admitted: admitted.length };
      };
      for (const { act, job, heard } of steps) {
        now += 2;
        if (act === 'leader') {
          for (const at of heard) known.set(ids[at]!, await fresh(ids[at]!));
          await lead();
        } else await table.write(ACTS[act]!(await fresh(ids[job]!), now));
        expect((await counts()).admitted).toBeLessThanOrEqual(LIMIT);
      }
      // And as many as there may be, once the leader has heard of everything.
      now += 100;
      for (const id of ids) known.set(id, await fresh(id));
      await lead();
      const { rows, admitted } = await counts();
      const could = rows.filter(({ state, desired }) => isLeased(state) || (state === 'RUNNABLE' && desired.hold === undefined)); // prettier-ignore
      expect(admitted).toBeGreaterThanOrEqual(Math.min(LIMIT, could.length));
    }),
    { numRuns: 60 },
  );
});

const parked = (number: number, change: Partial<JobRow> = {}) => makeJob(number, { owner: 'ana', notBefore: NOW - 1, ...change }); // prettier-ignore
const written = (rows: readonly JobRow[], setting: Partial<OwnerSetting>) =>
  decideQuota(view(rows, NOW, setting)).map((repair) => (repair.kind === 'job.write' ? repair.jobId : repair.kind));

test('the first in line are let in: by priority, then what goes on from a checkpoint, then by turn', () => {
  const rows = [parked(1), parked(2), parked(3, { priority: 5 }), parked(4, { checkpoint: { generation: 1, manifestKey: '', sizeBytes: 0, stopMs: 0, at: 0, workMs: 0 } })]; // prettier-ignore
  expect(written(rows, { maxRunning: 3 })).toEqual([rows[2]!.id, rows[3]!.id, rows[0]!.id]);
  expect(written(rows, { maxRunning: 0 })).toEqual([]);
});

test('whoever is let in late, or waited for others, goes among those who are served now, and not before all of them', () => {
  const line = Array.from({ length: 9 }, (_, at) => makeJob(10 + at, { owner: 'bob', turn: 5_000_000 + 100 * at }));
  const late = [1, 2].map((number) => parked(number, { turn: 1_000 + number }));
  const turns = decideQuota(view([...late, ...line], NOW)).map((repair) => (repair.kind === 'job.write' ? (repair.write.set['header'] as { turn: number }).turn : 0)); // prettier-ignore
  // The middle of those first in line, and a step later.
  expect(turns).toEqual([5_000_400, 5_000_500]);
  const turnFor = newTurns(world({}, line));
  expect([turnFor(makeJob(3, { owner: 'bob', turn: 7 })), turnFor(makeJob(4, { owner: 'bob', turn: 9_000_000 })), turnFor(makeJob(5, { owner: 'eve', queue: 'other', turn: 7 }))]).toEqual([5_000_900, 9_000_000, 7]); // prettier-ignore
});

test('a lowered limit parks what lies in the index, the last in line first; what runs and what is rescued stays', () => {
  const ready = [0, 1, 2].map((number) => makeJob(number, { owner: 'ana' }));
  const running = makeJob(3, { owner: 'ana', state: 'RUNNING' });
  const rescued = makeJob(4, { owner: 'ana', rescue: { at: NOW, by: 'm', goAt: 0 } });
  expect(written([...ready, running, rescued], { maxRunning: 3 })).toEqual([ready[1]!.id, ready[2]!.id]);
  expect(written([...ready, running, rescued], { maxRunning: 0 })).toEqual(ready.map(({ id }) => id));
  expect(written([...ready, makeJob(9, { owner: 'bob' })], {})).toEqual([]);
});

test('without a quota any more, or for another owner, what was parked is let in like what was in backoff', () => {
  const rows = [parked(1), parked(2, { owner: 'bob' })];
  const writes = (setting: Partial<OwnerSetting>) => decideRecovery(view(rows, NOW, setting)).flatMap((repair) => (repair.kind === 'job.write' ? [repair.jobId] : [])); // prettier-ignore
  expect(writes({})).toEqual(rows.map(({ id }) => id));
  expect(writes({ maxRunning: 0 })).toEqual([rows[1]!.id]);
});

test('no worker is launched for jobs that no worker may claim', () => {
  const snapshot = world(ana({ maxRunning: 1 }), [
    makeJob(0, { owner: 'ana', state: 'RUNNING' }),
    parked(1),
    parked(2),
  ]);
  expect(parkedJobs(snapshot, NOW)).toBe(2);
  expect(decideCapacity(snapshot, NOW).decision.inputs).toMatchObject({ jobs: 1, wanted: 1 });
  expect(parkedJobs({ ...snapshot, settings: settingsFor() }, NOW)).toBe(0);
});

test("an owner's own setting stands in the place of everybody's, whole", () => {
  const settings = settingsFor({ owners: [{ name: '*', maxRunning: 5, maxWaiting: 9 }, { name: 'ana', weight: 2 }] }); // prettier-ignore
  expect(ownerSetting(settings, 'bob')).toMatchObject({ maxRunning: 5, maxWaiting: 9 });
  expect(ownerSetting(settings, 'ana')).toEqual({ name: 'ana', weight: 2 });
  expect(ownerSetting(settingsFor(), 'ana')).toEqual({});
});
