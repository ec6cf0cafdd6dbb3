import { describe, expect, test } from 'vitest';
import { type JobRow, NO_LOSSES } from '../../../src/engine/model/job.ts';
import { holdWished, reapJob } from '../../../src/engine/protocol/leader-job-writes.ts';
import { holdJob, retryJob, unholdJob } from '../../../src/engine/protocol/operator-job-writes.ts';
import { checkpointGeneration } from '../../../src/engine/protocol/checkpoint-item.ts';
import { commitCheckpoint } from '../../../src/engine/protocol/checkpoint-writes.ts';
import { endJob, releaseJob, startJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { HeldJob } from '../../../src/engine/worker/held-job.ts';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { SHARDS } from '../../support/job-table.ts';
import { begins, JOB, me, oneJob, TALLY } from './one-job.ts';

const { readyShards } = SHARDS;
const { table, rowOf, write, claim } = oneJob();

describe('losses', () => {
  const lost = (row: JobRow, cause: 'spot' | 'node' | 'controller') =>
    reapJob(row, {
      at: 300,
      cause,
      detail: 'gone',
      leaderEpoch: 3,
      readyShards,
      tally: TALLY,
      evidence: { kind: 'gone' },
    });
  const loseTimes = async (times: number, cause: 'spot' | 'node', name = (epoch: number) => `w${epoch}`) => {
    let row = await rowOf();
    for (let time = 1; time <= times; time++) {
      const claimed = (await claim(name(row.epoch + 1), row.changedAt + 100)) as JobRow;
      row = (await write(lost(claimed, cause))) as JobRow;
    }
    return row;
  };

  test('a job that kills worker after worker is stopped, and the evidence is kept', async () => {
    expect(await loseTimes(3, 'node')).toMatchObject({ state: 'RUNNABLE', attempt: 0 });
    expect(await loseTimes(1, 'node')).toMatchObject({
      state: 'FAILED',
      reason: { code: 'poison', detail: expect.stringMatching(/^4 workers in a row .*: w1, w2, w3, w4$/) },
      attempt: 0,
      losses: { node: 4 },
    });
  });

  test('one worker that is cut off again and again is not many that died', async () => {
    expect(await loseTimes(6, 'node', () => 'w')).toMatchObject({ state: 'RUNNABLE', losses: { node: 6 } });
  });

  test('what EC2 takes back is not the job’s doing, yet without a checkpoint it must end some time', async () => {
    expect(await loseTimes(19, 'spot')).toMatchObject({ state: 'RUNNABLE', losses: { spot: 19, nodeInARow: 0 } });
    expect(await loseTimes(1, 'spot')).toMatchObject({ state: 'FAILED', reason: { code: 'no-progress' } });
  });

  test('a checkpoint in between begins the count anew', async () => {
    const saves = async (row: JobRow): Promise<void> => {
      const holder = { jobId: JOB, epoch: row.epoch, workerId: row.leaseOwner };
      const started = (await write(startJob(row, holder, { at: row.changedAt + 1, restored: undefined }))) as JobRow;
      const generation = checkpointGeneration(row.epoch, 1);
      await write(begins(holder, generation));
      await write(
        commitCheckpoint(started, holder, {
          pointer: {
            generation,
            manifestKey: 'k',
            sizeBytes: 1,
            stopMs: 1,
            at: row.changedAt + 2,
            workMs: 1,
          },
        }),
      );
    };
    // The reaper reads the row anew: the checkpoint is on it.
    for (let time = 1; time <= 30; time++) {
      const claimed = (await claim('w', 1_000 * time)) as JobRow;
      await saves(claimed);
      const row = await write(lost((await rowOf()) as JobRow, 'node'));
      expect(row).toMatchObject({ state: 'RUNNABLE', losses: { node: time, inARow: 1, nodeInARow: 1 } });
    }
  });
});

/** How a worker hands a job back, beside its reason. */
const BACK = {
  at: 80,
  detail: '',
  tally: TALLY,
  losses: NO_LOSSES,
  attempt: 0,
  readyShards,
  notBefore: 0,
} as const;

describe('hold, release and retry', () => {
  const ana = { at: 70, by: 'ana' };

  test('what waits is held at once, and goes on when it is released', async () => {
    expect(await write(holdJob((await rowOf()) as JobRow, ana))).toMatchObject({
      state: 'HELD',
      reason: { code: 'held' },
    });
    expect(await claim('w1')).toBeUndefined();
    const again = await write(unholdJob((await rowOf()) as JobRow, { ...ana, readyShards }));
    expect(again).toMatchObject({ state: 'RUNNABLE', desired: {} });
    expect(await claim('w1')).toMatchObject({ state: 'STARTING' });
  });

  test('what runs is asked, and its worker hands it back held', async () => {
    const claimed = (await claim('w1')) as JobRow;
    const wished = (await write(holdJob(claimed, ana))) as JobRow;
    expect(wished).toMatchObject({ state: 'STARTING', desired: { hold: { by: 'ana' } } });
    const back = { ...BACK, code: 'held' } as const;
    expect(await write(releaseJob(wished, me, back))).toMatchObject({ state: 'HELD', leaseOwner: '' });
  });

  test('nobody holds a job for a wish that was taken back: it would be held for ever', async () => {
    const wished = (await write(holdJob((await claim('w1')) as JobRow, ana))) as JobRow;
    const free = (await write(unholdJob(wished, { ...ana, readyShards }))) as JobRow;
    const back = { ...BACK, code: 'held' } as const;
    const reap = (row: JobRow) =>
      reapJob(row, {
        at: 300,
        cause: 'node',
        detail: '',
        leaderEpoch: 3,
        readyShards,
        tally: TALLY,
        evidence: { kind: 'gone' },
      });
    expect(await write(releaseJob(wished, me, back)), 'the worker, by what it knew').toBeUndefined();
    expect(await write(reap(wished)), 'the leader, by what it knew').toBeUndefined();
    expect(await write(reap(free))).toMatchObject({ state: 'RUNNABLE', desired: {} });
  });

  test('a worker that hands back what was released meanwhile looks again, and hands it back free', async () => {
    const wished = (await write(holdJob((await claim('w1')) as JobRow, ana))) as JobRow;
    const clock = new VirtualClock(80);
    const job = new HeldJob({
      store: table(),
      clock,
      workerId: me.workerId,
      row: wished,
      claimedMonotonicMs: 0,
      slotUsdPerHour: () => 0,
      onFenced: () => undefined,
    });
    await write(unholdJob(wished, { ...ana, readyShards }));
    const back = { ...BACK, code: 'released' } as const;
    expect(await job.commit(() => releaseJob(job.row, me, back))).toBe(true);
    expect(await rowOf()).toMatchObject({ state: 'RUNNABLE', leaseOwner: '' });
  });

  test('a wish that the worker had not heard of holds the job all the same', async () => {
    const claimed = (await claim('w1')) as JobRow;
    await write(holdJob(claimed, ana));
    const back = { ...BACK, code: 'released' } as const;
    const runnable = (await write(releaseJob(claimed, me, back))) as JobRow;
    expect(runnable).toMatchObject({ state: 'RUNNABLE', desired: { hold: { by: 'ana' } } });
    expect(await claim('w2', 90)).toBeUndefined();
    expect(await write(holdWished(runnable, { at: 95, leaderEpoch: 1 }))).toMatchObject({ state: 'HELD' });
  });

  test('a wish taken back in time leaves the job where it runs', async () => {
    const wished = (await write(holdJob((await claim('w1')) as JobRow, ana))) as JobRow;
    expect(await write(unholdJob(wished, { ...ana, readyShards }))).toMatchObject({ state: 'STARTING', desired: {} });
  });

  test('what has failed is tried again with all its attempts, once for each who saw it fail', async () => {
    const claimed = (await claim('w1')) as JobRow;
    const end = {
      at: 80,
      code: 'exit',
      detail: 'exit 3',
      record: undefined,
      tally: TALLY,
      losses: NO_LOSSES,
      next: '',
      attempt: 3,
    } as const;
    const failed = (await write(
      endJob(claimed, me, { ...end, state: 'FAILED', result: { exitCode: 3, signal: undefined, manifestKey: '' } }),
    )) as JobRow;
    const again = retryJob(failed, { ...ana, readyShards });
    expect(await write(again)).toMatchObject({
      state: 'RUNNABLE',
      attempt: 0,
      epoch: 1,
      result: undefined,
      endedAt: 0,
    });
    expect(await write(again)).toBeUndefined();
    expect(await claim('w2', 90)).toMatchObject({ state: 'STARTING', epoch: 2 });
  });
});
