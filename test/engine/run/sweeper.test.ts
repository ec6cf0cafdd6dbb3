import { expect, test } from 'vitest';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { VirtualClock } from '../../../src/aws/memory/virtual-clock.ts';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import type { JobRow } from '../../../src/engine/model/job.ts';
import { emptySnapshot } from '../../../src/engine/model/snapshot.ts';
import { AWS_TIMINGS } from '../../../src/engine/model/timings.ts';
import { blobKeys } from '../../../src/engine/protocol/blobs.ts';
import { Sweeper } from '../../../src/engine/run/sweeper.ts';
import { faultNow } from '../../support/memory-cloud.ts';
import { makeJob, NOW } from '../../support/snapshots.ts';

const HOUR = 3_600_000;
const CHECKPOINT = { generation: 1, manifestKey: 'm', sizeBytes: 1, stopMs: 1, at: NOW, workMs: 1 };

function ran(ranMs: number): JobRow['tally'] {
  return { costUsd: 0, interruptions: 0, ranMs, lostMs: 0 };
}

/** One job that has ended, with outputs of epochs 1 to 3, two checkpoints, and parts of two that were never committed. */
async function afterwards(change: Partial<JobRow>) {
  const asked: string[] = [];
  let isBroken = false;
  const before = ({ name, target }: { name: string; target: string }) => {
    asked.push(`${name} ${target}`);
    return isBroken ? faultNow('unavailable') : undefined;
  };
  const [blobs, clock] = [new MemoryBlobs({ before }), new VirtualClock(NOW)];
  const job = makeJob(0, { state: 'SUCCEEDED', epoch: 2, endedAt: NOW, ...change });
  const snapshot = reduce(emptySnapshot(), { kind: 'jobs.observed', at: NOW, rows: [job] });
  for (const epoch of [1, 2, 3]) await blobs.putText(`${blobKeys.outputs(job.id, epoch)}result`, String(epoch));
  for (const generation of [1, 2, 1_000_007, 3_000_001])
    await blobs.putText(`${blobKeys.checkpoint(job.id, generation)}state`, '');
  await blobs.putText(`${blobKeys.outputs('another', 1)}result`, '');
  const store = new MemoryTable();
  const pointers = { checkpoint: { ...CHECKPOINT, generation: 2 }, checkpointBefore: CHECKPOINT };
  await store.putAll('jobs', [{ jobId: job.id, state: job.state, epoch: job.epoch, ...pointers }]);
  const sweeper = new Sweeper({ store, blobs, clock, snapshot: () => snapshot, timings: AWS_TIMINGS });
  const left = async (): Promise<readonly string[]> => {
    const keys = (await Promise.all(['out/', 'ckpt/'].map((prefix) => blobs.list(prefix)))).flat();
    const ofJob = keys.map(({ key }) => key).filter((key) => key.includes(job.id));
    expect(keys.length - ofJob.length, 'what is of another').toBe(1);
    return ofJob.map((key) => key.replace(job.id, '').replace(/^(out|ckpt)\/\//, '$1 ')).sort();
  };
  asked.length = 0;
  return { sweeper, clock, asked, left, breakIt: (broken: boolean) => void (isBroken = broken) };
}

const NAMED = ['ckpt 1/state', 'ckpt 2/state', 'ckpt 3000001/state'];
const ALL = [...NAMED, 'ckpt 1000007/state', 'out e1/result', 'out e2/result', 'out e3/result'].sort();

test.each<[what: string, job: Partial<JobRow>, left: readonly string[]]>([
  ['committed: its own outputs stay', {}, ['out e2/result']],
  [
    'failed: no output is named, its checkpoints are for another try, whose own are not touched',
    { state: 'FAILED' },
    [...NAMED, 'out e3/result'],
  ],
  ['killed under its first worker', { state: 'KILLED', epoch: 1 }, [...NAMED, 'out e2/result', 'out e3/result']],
  ['committed by its first worker before it could have saved: not asked', { epoch: 1, tally: ran(9_000) }, ALL],
  [
    'committed by its first worker, which had begun a checkpoint and died before it could sweep',
    { epoch: 1, tally: ran(HOUR) },
    ['out e1/result'],
  ],
  [
    'over soon, but asked for a checkpoint',
    { epoch: 1, tally: ran(9_000), desired: { checkpoint: { at: NOW, by: 'ana' } } },
    ['out e1/result'],
  ],
  ['committed by its first worker, whom S3 refused to sweep', { epoch: 1, checkpoint: CHECKPOINT }, ['out e1/result']],
  ['not ended', { state: 'RUNNING', endedAt: 0 }, ALL],
  ['ended before any leader remembers', { endedAt: NOW - 3 * HOUR }, ALL],
])('%s', async (_, job, expected) => {
  const { sweeper, clock, left } = await afterwards(job);
  await clock.advance(AWS_TIMINGS.leaseMs);
  await sweeper.sweep();
  expect(await left(), 'a lost worker may still upload').toEqual(ALL);
  await clock.advance(HOUR / 2);
  await sweeper.sweep();
  expect(await left()).toEqual(expected);
});

test('what S3 refuses is tried again, and what is done is not asked again', async () => {
  const { sweeper, clock, left, breakIt, asked } = await afterwards({});
  await clock.advance(HOUR / 2);
  breakIt(true);
  await expect(sweeper.sweep()).rejects.toThrow();
  breakIt(false);
  await sweeper.sweep();
  expect(await left()).toEqual(['out e2/result']);
  asked.length = 0;
  await sweeper.sweep();
  expect(asked).toEqual([]);
});
