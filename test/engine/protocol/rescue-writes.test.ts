import { expect, test } from 'vitest';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { type JobRow, NO_LOSSES } from '../../../src/engine/model/job.ts';
import { RESCUE_SHARD } from '../../../src/engine/protocol/job-item.ts';
import { retryJob } from '../../../src/engine/protocol/operator-job-writes.ts';
import { liftRescue, rescueJob, sendOver } from '../../../src/engine/protocol/rescue-writes.ts';
import { claimJob, releaseJob, startJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { HeldJob } from '../../../src/engine/worker/held-job.ts';
import { SHARDS } from '../../support/job-table.ts';
import { JOB, me, oneJob, TALLY } from './one-job.ts';

const { readyShards } = SHARDS;
const { table, rowOf, write, claim } = oneJob();
const rescuing = { at: 30, by: 'm', leaderEpoch: 3, readyShards };
const place = async () => (await table().get('jobs', JOB))?.['readyShard'];
const bid = (row: JobRow, lifecycle?: 'spot' | 'on-demand') =>
  claimJob(row, { workerId: 'w1', pool: 'p', at: 40, leaseUntil: 140, ...(lifecycle !== undefined && { lifecycle }) });
const release = (row: JobRow) =>
  releaseJob(row, me, { at: 50, code: 'released', detail: '', tally: TALLY, losses: NO_LOSSES, attempt: 0, readyShards, notBefore: 0 }); // prettier-ignore

test('a rescued job lies where spot workers do not look, and none of them may claim it, whatever it read before', async () => {
  const seen = await rowOf();
  expect(await write(rescueJob(seen, rescuing))).toMatchObject({ rescue: { at: 30, by: 'm', goAt: 0 }, rev: 2 });
  expect(await place()).toBe(RESCUE_SHARD);
  expect(await write(bid(seen, 'spot'))).toBeUndefined();
  expect(await write(bid(seen))).toBeUndefined();
  expect(await write(bid(seen, 'on-demand'))).toMatchObject({ state: 'STARTING', epoch: 1 });
});

test('a leader that was deposed, or saw another state, rescues nothing; twice is once', async () => {
  const seen = await rowOf();
  await claim('w1');
  expect(await write(rescueJob(seen, rescuing))).toBeUndefined();
  const held = await rowOf();
  await write(rescueJob(held, rescuing));
  expect(await write(rescueJob(held, rescuing))).toBeUndefined();
  expect(await write(sendOver(held, { ...rescuing, leaderEpoch: 2 }))).toBeUndefined();
  expect(await write(sendOver(await rowOf(), { ...rescuing, at: 45 }))).toMatchObject({
    rescue: { at: 30, by: 'm', goAt: 45 },
  });
});

test('a worker that hands it back without having heard of the rescue is refused, looks again, and puts it in its place', async () => {
  const claimed = (await claim('w1')) as JobRow;
  await write(startJob(claimed, me, { at: 21, restored: undefined }));
  const row = await rowOf();
  await write(rescueJob(row, rescuing));
  expect(await write(release(row))).toBeUndefined();
  const clock = new VirtualClock(0);
  const options = { store: table(), clock, workerId: 'w1', row, claimedMonotonicMs: 0, slotUsdPerHour: () => 0 };
  const job = new HeldJob({ ...options, onFenced: () => expect.unreachable('it is still ours') });
  expect(await job.commit(() => release(job.row))).toBe(true);
  expect(await place()).toBe(RESCUE_SHARD);
});

test('lifted it is anybody’s again, and tried again it is no longer rescued', async () => {
  await write(rescueJob(await rowOf(), rescuing));
  expect(await write(liftRescue(await rowOf(), rescuing))).toMatchObject({ rescue: undefined });
  expect(await place()).toMatch(/^default#\d$/);
  await write(rescueJob(await rowOf(), rescuing));
  const ended = await table().write({ table: 'jobs', key: JOB, conditions: [], set: { state: 'KILLED' }, add: { rev: 1 }, remove: [] }); // prettier-ignore
  expect(ended).toBeDefined();
  await write(retryJob(await rowOf(), { at: 60, by: 'ana', readyShards }));
  expect(await rowOf()).toMatchObject({ state: 'RUNNABLE', rescue: undefined });
  expect(await place()).toMatch(/^default#\d$/);
});
