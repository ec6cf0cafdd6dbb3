import { describe, expect, test } from 'vitest';
import { type JobRow, NO_LOSSES } from '../../../src/engine/model/job.ts';
import type { CheckpointPointer } from '../../../src/engine/model/checkpoint.ts';
import { jobItemOf, jobLiveOf, jobRowOf, readyKey } from '../../../src/engine/protocol/job-item.ts';
import { readyAgain, reapJob, settleDependency } from '../../../src/engine/protocol/leader-job-writes.ts';
import { killJob, wishCheckpoint } from '../../../src/engine/protocol/operator-job-writes.ts';
import { abortCheckpoint, commitCheckpoint } from '../../../src/engine/protocol/checkpoint-writes.ts';
import { claimJob, endJob, heartbeat, releaseJob, startJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { documentOf, SHARDS, tableWith } from '../../support/job-table.ts';
import { AFTER, begins, ENDING, JOB, me, oneJob, TALLY } from './one-job.ts';

const { readyShards } = SHARDS;
const { table, rowOf, write, claim } = oneJob();
const pointer = (generation: number) => ({
  generation,
  manifestKey: `m${generation}`,
  sizeBytes: 1,
  stopMs: 5,
  at: 40,
  workMs: 20,
});

describe('claiming', () => {
  test('makes it STARTING under a new epoch and takes it out of the ready index', async () => {
    expect(await claim('w1')).toMatchObject({ state: 'STARTING', epoch: 1, leaseOwner: 'w1', rev: 2, startedAt: 20 });
    expect((await table().get('jobs', JOB))?.['readyKey']).toBeUndefined();
  });

  test('of two at once one wins', async () => {
    const row = await rowOf();
    const bid = (workerId: string) => claimJob(row, { workerId, pool: 'p', at: 20, leaseUntil: 120 });
    expect([await write(bid('w1')), await write(bid('w2'))].map((won) => won?.leaseOwner)).toEqual(['w1', undefined]);
  });
});

describe('a wish for a checkpoint', () => {
  test('needs a running job of the epoch that its operator saw; the checkpoint grants it', async () => {
    const claimed = (await claim('w1')) as JobRow;
    expect(await write(wishCheckpoint(claimed, { at: 30, by: 'ana' }))).toBeUndefined();
    const running = (await write(startJob(claimed, me, { at: 25, restored: undefined }))) as JobRow;
    expect(await write(wishCheckpoint({ ...running, epoch: 0 }, { at: 30, by: 'ana' }))).toBeUndefined();
    expect(await write(wishCheckpoint(running, { at: 30, by: 'ana' }))).toMatchObject({
      desired: { checkpoint: { by: 'ana' } },
    });
    await write(begins(me, 1_000_001));
    expect(await write(commitCheckpoint(running, me, { pointer: pointer(1_000_001) }))).toMatchObject({
      desired: {},
      checkpoint: { generation: 1_000_001 },
    });
  });
});

describe('checkpoints', () => {
  const running = async (): Promise<JobRow> =>
    (await write(startJob((await claim('w1')) as JobRow, me, { at: 25, restored: undefined }))) as JobRow;
  const item = async () => jobItemOf((await table().get('jobs', JOB)) ?? {});
  const commits = (row: JobRow, generation: number) => write(commitCheckpoint(row, me, { pointer: pointer(generation) }));

  test('of an older or the same generation are refused; the one before stays as the fall-back', async () => {
    const row = await running();
    await write(begins(me, 1_000_002));
    const first = (await commits(row, 1_000_002)) as JobRow;
    for (const stale of [1_000_001, 1_000_002]) {
      expect(await write(begins(me, stale))).toBeUndefined();
      expect(await commits(first, stale)).toBeUndefined();
    }
    await write(begins(me, 1_000_003));
    await commits(first, 1_000_003);
    expect((await item())?.checkpointBefore?.generation).toBe(1_000_002);
  });

  test('that begin are seen with the heartbeat’s facts, since when and why, until they are committed', async () => {
    const row = await running();
    expect(await write(begins(me, 1_000_001, 33))).toEqual(row);
    expect((await item())?.live).toMatchObject({ pending: { generation: 1_000_001, startedAt: 33, reason: 'periodic' }, heartbeatAt: 33, leaseUntil: 133 });
    await commits(row, 1_000_001);
    expect((await item())?.live).not.toHaveProperty('pending');
  });

  test('that were not begun are not committed', async () => {
    const row = await running();
    expect(await commits(row, 1_000_001)).toBeUndefined();
    await write(begins(me, 1_000_001));
    expect(await commits(row, 1_000_002)).toBeUndefined();
  });

  test('that are given up leave what stands, are counted, and the next takes their place', async () => {
    const row = await running();
    await write(begins(me, 1_000_001));
    expect(await write(abortCheckpoint(me, 1_000_002))).toBeUndefined();
    expect(await write(abortCheckpoint(me, 1_000_001))).toEqual(row);
    expect(await item()).toMatchObject({ checkpointFailures: 1, row: { checkpoint: undefined } });
    expect((await item())?.live).not.toHaveProperty('pending');
    expect(await commits(row, 1_000_001)).toBeUndefined();
    await write(begins(me, 1_000_002));
    expect(await commits(row, 1_000_002)).toBeDefined();
  });

  test('a try whose answer was lost is begun again; one that another run left behind is taken over, and shown to nobody', async () => {
    await running();
    expect(await write(begins(me, 1_000_001))).toBeDefined();
    expect(await write(begins(me, 1_000_001))).toBeDefined();
    // A leader of before there were such, which leaves it on the item.
    await table().write({ table: 'jobs', key: JOB, conditions: [], set: { state: 'RUNNABLE' }, add: {}, remove: ['leaseOwner'] });
    const claimed = (await claim('w2', 200)) as JobRow;
    const other = { jobId: JOB, epoch: 2, workerId: 'w2' };
    expect((await item())?.live).not.toHaveProperty('pending');
    const again = (await write(startJob(claimed, other, { at: 201, restored: undefined }))) as JobRow;
    expect(await write(begins(me, 1_000_002))).toBeUndefined();
    expect(await write(begins(other, 2_000_001))).toBeDefined();
    expect(await write(commitCheckpoint(again, other, { pointer: pointer(2_000_001) }))).toMatchObject({ checkpoint: { generation: 2_000_001 } });
  });
}); // prettier-ignore

describe('the heartbeat', () => {
  test('tells its facts and moves neither rev nor changedAt', async () => {
    const claimed = (await claim('w1')) as JobRow;
    const item = await table().write(heartbeat(me, { at: 50, leaseUntil: 150, progressPct: 42, atRiskMs: 7 }));
    expect(jobLiveOf(item ?? {})).toEqual({
      id: JOB,
      epoch: 1,
      progressPct: 42,
      leaseUntil: 150,
      heartbeatAt: 50,
      atRiskMs: 7,
    });
    expect(await rowOf()).toEqual(claimed);
  });

  test.each([
    { ...me, epoch: 0 },
    { ...me, workerId: 'w2' },
  ])('of %j is refused', async (stranger) => {
    await claim('w1');
    expect(
      await table().write(heartbeat(stranger, { at: 50, leaseUntil: 150, progressPct: 1, atRiskMs: 0 })),
    ).toBeUndefined();
  });
});

describe('reaping', () => {
  const reap = (row: JobRow, evidence: Parameters<typeof reapJob>[1]['evidence'], leaderEpoch = 3) =>
    reapJob(row, { at: 300, cause: 'node', detail: 'silent', leaderEpoch, readyShards, tally: TALLY, evidence });

  test('for silence waits for the end of the lease; for an instance that is gone it need not', async () => {
    const claimed = (await claim('w1')) as JobRow;
    expect(await write(reap(claimed, { kind: 'lease-over', before: 120 }))).toBeUndefined();
    expect(await write(reap(claimed, { kind: 'lease-over', before: 121 }))).toMatchObject({
      state: 'RUNNABLE',
      tally: TALLY,
      losses: { ...NO_LOSSES, node: 1, inARow: 1, nodeInARow: 1, workers: ['w1'] },
    });
    const again = (await claim('w2', 400)) as JobRow;
    expect(await write(reap(again, { kind: 'gone' }))).toMatchObject({ state: 'RUNNABLE', leaseOwner: '' });
  });

  test('by a leader who has been deposed is refused', async () => {
    await write(reap((await claim('w1')) as JobRow, { kind: 'gone' }, 5));
    expect(await write(reap((await claim('w2', 400)) as JobRow, { kind: 'gone' }, 4))).toBeUndefined();
  });
});

test('a job in backoff is in no ready index until the leader puts it back', async () => {
  const claimed = (await claim('w1')) as JobRow;
  const waiting = await write(
    releaseJob(claimed, me, {
      at: 60,
      code: 'retry',
      detail: '',
      tally: TALLY,
      losses: NO_LOSSES,
      attempt: 1,
      readyShards,
      notBefore: 90,
    }),
  );
  const ready = async () =>
    (
      await Promise.all(
        [0, 1].map((shard) =>
          table().query({
            table: 'jobs',
            index: 'ready',
            hash: { attribute: 'readyShard', value: `default#${shard}` },
            limit: 10,
          }),
        ),
      )
    ).flatMap(({ items }) => items);
  expect(waiting).toMatchObject({ state: 'RUNNABLE', notBefore: 90, attempt: 1 });
  expect(await ready()).toEqual([]);
  expect(await write(readyAgain(waiting as JobRow, { at: 91, leaderEpoch: 1, readyShards }))).toMatchObject({
    notBefore: 0,
  });
  expect(await ready()).toHaveLength(1);
});

test('a killed job is fenced from its worker', async () => {
  const claimed = (await claim('w1')) as JobRow;
  expect(await write(killJob({ ...claimed, epoch: 0 }, { at: 30, by: 'ana' }))).toBeUndefined();
  // A checkpoint that came between moves the rev, and must not save the job from its operator.
  expect(await write(killJob({ ...claimed, rev: 1 }, { at: 30, by: 'ana' }))).toMatchObject({
    state: 'KILLED',
    endedAt: 30,
  });
  const result = { exitCode: 0, signal: undefined, manifestKey: '' };
  expect(await write(endJob(claimed, me, { ...ENDING, result, state: 'SUCCEEDED' }))).toBeUndefined();
});

test('STARTING cannot succeed: a result needs a run', async () => {
  const claimed = (await claim('w1')) as JobRow;
  expect(
    await write(
      endJob(claimed, me, {
        ...ENDING,
        result: { exitCode: 0, signal: undefined, manifestKey: '' },
        state: 'SUCCEEDED',
      }),
    ),
  ).toBeUndefined();
});

test('a blocked job becomes ready, or fails with the one that it waited for', async () => {
  const settle = async (failed: string | undefined) =>
    write(settleDependency(await rowOf(AFTER), { at: 50, leaderEpoch: 1, readyShards, failed }));
  expect((await rowOf(AFTER)).state).toBe('BLOCKED');
  expect(await settle(undefined)).toMatchObject({ state: 'RUNNABLE' });
  expect(await settle('x')).toBeUndefined();
});

test('the ready index goes by priority, then by what has begun, then by age to the microsecond', () => {
  const checkpoint: CheckpointPointer = { generation: 1, manifestKey: 'm', sizeBytes: 1, stopMs: 1, at: 1, workMs: 1 };
  const [saved, fresh] = [checkpoint, undefined];
  const jobs = [
    { id: 'a', priority: 5, submittedAt: 7, checkpoint: fresh },
    { id: 'b', priority: 0, submittedAt: 3, checkpoint: saved },
    { id: 'c', priority: 0, submittedAt: 4, checkpoint: saved },
    { id: 'd', priority: 0, submittedAt: 1, checkpoint: fresh },
    { id: 'e', priority: 0, submittedAt: 1.001, checkpoint: fresh },
    { id: 'f', priority: 0, submittedAt: 2, checkpoint: fresh },
    { id: 'g', priority: -1_000, submittedAt: 0, checkpoint: fresh },
  ];
  const keys = jobs.map(readyKey);
  expect(keys.toReversed().sort()).toEqual(keys);
});

test('a writer whose clock is behind does not move changedAt back', async () => {
  const claimed = (await claim('w1', 5_000)) as JobRow;
  expect(await write(killJob(claimed, { at: 100, by: 'ana' }))).toMatchObject({ changedAt: 5_001 });
});

test('the index of changes tells a job’s price limit; 0 where it set none', async () => {
  const store = await tableWith([
    { id: 'limited', at: 10, document: documentOf({ bid: { maxUsdPerHour: 0.035 } }) },
    { id: 'free', at: 11 },
  ]);
  const limits: Record<string, number | undefined> = {};
  for (const shard of ['s0', 's1', 's2', 's3']) {
    const hash = { attribute: 'shard', value: shard };
    const { items } = await store.query({ table: 'jobs', index: 'changes', hash, limit: 10 });
    for (const row of items.map(jobRowOf)) limits[row?.id ?? ''] = row?.maxUsdPerHour;
  }
  expect(limits).toEqual({ limited: 0.035, free: 0 });
});
