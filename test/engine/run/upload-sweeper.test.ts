import { expect, test } from 'vitest';
import { MemoryBlobs, newBucket } from '../../../src/aws/memory/memory-blobs.ts';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import { emptySnapshot } from '../../../src/engine/model/snapshot.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import { blobKeys } from '../../../src/engine/protocol/blobs.ts';
import { checkpointGeneration } from '../../../src/engine/protocol/checkpoint-item.ts';
import { UploadSweeper } from '../../../src/engine/run/upload-sweeper.ts';
import { makeJob, NOW } from '../../support/snapshots.ts';

const MINUTE = 60_000;

test('uploads in parts that nobody will end are aborted, the others are left alone', async () => {
  const clock = new VirtualClock(NOW);
  const bucket = newBucket(() => clock.now());
  const runs = makeJob(1, { state: 'RUNNING', epoch: 3, leaseOwner: 'i-1' });
  const waits = makeJob(2, { state: 'RUNNABLE', epoch: 3, leaseOwner: '' });
  const ended = makeJob(3, { state: 'KILLED', epoch: 1 });
  const out = (id: string, epoch: number): string => `${blobKeys.outputs(id, epoch)}big`;
  const ckpt = (id: string, epoch: number): string => `${blobKeys.checkpoint(id, checkpointGeneration(epoch, 2))}big`;
  const kept = [out(runs.id, 3), ckpt(runs.id, 3), out('unknown', 1), blobKeys.input(runs.id, 'big')];
  const gone = [out(runs.id, 2), ckpt(runs.id, 2), out(waits.id, 3), ckpt(waits.id, 3), out(ended.id, 1)];
  for (const key of [...kept, ...gone]) bucket.pending.push({ key, id: key, beganAt: NOW - MINUTE });
  bucket.pending.push({ key: gone[0] ?? '', id: 'fresh', beganAt: NOW });
  const snapshot = reduce(emptySnapshot(), { kind: 'jobs.observed', at: NOW, rows: [runs, waits, ended] });
  const blobs = new MemoryBlobs(undefined, undefined, bucket);
  const sweeper = new UploadSweeper({ blobs, clock, snapshot: () => snapshot, timings: AWS_TIMINGS });
  await sweeper.sweep();
  expect(bucket.pending.map(({ id }) => id)).toEqual([...kept, 'fresh']);
});
