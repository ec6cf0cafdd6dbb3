import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNot } from '../../src/cli/commands/checkpoints-inspect.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { blobKeys, type Manifest, manifestText } from '../../src/engine/protocol/blobs.ts';
import type { CheckpointManifest } from '../../src/engine/protocol/checkpoint-manifest.ts';
import { checkpointGeneration } from '../../src/engine/protocol/checkpoint-item.ts';
import { commitCheckpoint, condemnCheckpoint } from '../../src/engine/protocol/checkpoint-writes.ts';
import { heartbeat } from '../../src/engine/protocol/worker-job-writes.ts';
import { jobItemOf, jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { restoreTestWishOf, tellAbilities, tellRestoreTest } from '../../src/engine/protocol/worker-abilities.ts';
import { registerBooting, changeWorker, workerRowOf } from '../../src/engine/protocol/worker-item.ts';
import { eventually } from '../support/eventually.ts';
import { cbas, POOL, submitted, type TestDeployment, testDeployment } from './deployment.ts';
import { endedJob, runJob, saveJob, WORKER } from './finished-job.ts';

let deployment: TestDeployment;
let id: string;
let row: JobRow;

const CRIU: CheckpointManifest = {
  driver: 'criu',
  toolVersion: '4.1.1',
  host: { arch: 'x64', cpuFlags: ['avx', 'sse'], imageId: 'ami-1' },
  folder: '/var/lib/cbas/jobs/j',
  peers: 2,
  packed: 'zstd',
  stopMs: 40,
  reason: 'periodic',
};

const holderOf = (job: JobRow) => ({ jobId: job.id, epoch: job.epoch, workerId: WORKER });

/** As a worker saves: the beginning, the file, the manifest, the pointer. */
async function save(number: number, about?: CheckpointManifest): Promise<number> {
  const { blobs, store } = deployment.wired;
  const generation = checkpointGeneration(row.epoch, number);
  const at = Date.now();
  const begins = { generation, startedAt: at, reason: 'periodic' } as const;
  await store.write(heartbeat(holderOf(row), { at, leaseUntil: at + 60_000, progressPct: undefined, atRiskMs: 0, begins })); // prettier-ignore
  const text = `state ${number}`;
  const key = `${blobKeys.checkpoint(id, generation)}state`;
  await blobs.putText(key, text);
  const sha256 = createHash('sha256').update(text).digest('hex');
  const manifest: Manifest = {
    cbas: 1,
    kind: 'checkpoint',
    jobId: id,
    epoch: row.epoch,
    generation,
    createdAt: Date.now(),
    workMs: 60_000 * number,
    files: [{ path: 'state', key, sizeBytes: text.length, sha256, output: '' }],
    ...(about !== undefined && { checkpoint: about }),
  };
  const manifestKey = blobKeys.checkpointManifest(id, generation);
  await blobs.putText(manifestKey, manifestText(manifest));
  const pointer = { generation, manifestKey, sizeBytes: text.length, stopMs: 40, at: Date.now(), workMs: manifest.workMs, driver: about?.driver ?? 'app' }; // prettier-ignore
  row = jobRowOf((await store.write(commitCheckpoint(row, holderOf(row), { pointer }))) ?? {}) ?? row;
  return generation;
}

beforeAll(async () => {
  deployment = await testDeployment();
  await submitted('saves-nothing');
  id = await submitted('saves');
  row = await runJob(deployment.wired, id);
  for (const number of [1, 2, 3]) await save(number);
});
afterAll(() => deployment.close());

describe('checkpoints', () => {
  test('lists the newest and the one before it, of jobs that have saved anything', async () => {
    const { stdout } = await cbas('checkpoints');
    const [head, newest, before, ...more] = stdout.trim().split('\n');
    expect(head).toMatch(/^job +name +state +checkpoint +is +driver +age +size +stop +saved +at risk$/);
    expect(newest).toMatch(/saves +RUNNING +3 of run 1 +newest +app +\ds +7 B +40ms +3m +0s$/);
    expect(before).toMatch(/saves +RUNNING +2 of run 1 +before +app +\ds +7 B +40ms +2m +-$/);
    expect(more).toEqual([]);
    expect((await cbas('checkpoints', 'saves-nothing')).stdout).toBe('');
    expect((await cbas('checkpoints', '--filter', 'size>1000')).stdout).toBe('');
    expect((await cbas('checkpoints', '--filter', 'size<1000', '--name', 'sav*')).stdout).toContain('3 of run 1');
    expect((await cbas('checkpoints', 'saves', '--name', 'x')).code).toBe(2);
    expect(JSON.parse((await cbas('checkpoints', 'saves', '--json')).stdout)).toMatchObject([
      { job: id, generation: 1_000_003, standing: 'newest', valid: true, driver: 'app', atRiskMs: 0 },
      { job: id, generation: 1_000_002, standing: 'before', valid: true, atRiskMs: null },
    ]);
  });

  test('inspects one: what it holds, and what only the bucket still has', async () => {
    const newest = await cbas('checkpoints', 'inspect', 'saves');
    expect(newest.stdout).toMatch(/checkpoint +1000003: 3 of run 1, newest/);
    expect(newest.stdout).toMatch(/^state +7 B +[0-9a-f]{64}$/m);
    expect(newest.stdout).toMatch(/no worker lives/);
    expect((await cbas('checkpoints', 'inspect', 'saves', '1000001')).stdout).toMatch(/1 of run 1, uncommitted/);
    const none = await cbas('checkpoints', 'inspect', 'saves', '7');
    expect([none.code, none.stderr]).toEqual([3, expect.stringContaining('it has no checkpoint 7; it has 1000003, 1000002, 1000001')]); // prettier-ignore
    expect((await cbas('checkpoints', 'inspect', 'saves-nothing')).code).toBe(3);
  });

  test('tests one into a scratch folder: whole ones are good, damaged ones are not, and the job is not touched', async () => {
    const before = await deployment.wired.store.get('jobs', id);
    const good = await cbas('checkpoints', 'test', 'saves');
    expect(good.code).toBe(0);
    expect(good.stdout).toMatch(/^good: checkpoint 3 of run 1 of saves, tested on this machine: 1 file of 7 bytes in all, with the sizes and SHA-256 of the manifest; .*only the program can prove/); // prettier-ignore
    await deployment.wired.blobs.putText(`${blobKeys.checkpoint(id, 1_000_002)}state`, 'stale 2');
    const bad = await cbas('checkpoints', 'test', 'saves', '1000002', '--json');
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ ok: false, told: 'it is damaged: state has another content than when it was saved' }); // prettier-ignore
    expect(await deployment.wired.store.get('jobs', id)).toEqual(before);
  });

  test('a condemned one stays in the list, and is not valid', async () => {
    const { store } = deployment.wired;
    const verdict = { generation: 1_000_003, bad: [], stand: undefined, before: undefined, at: Date.now() };
    const item = jobItemOf((await store.get('jobs', id)) ?? {});
    await store.write(condemnCheckpoint(row, holderOf(row), { ...verdict, stand: item?.checkpointBefore }));
    row = jobRowOf((await store.get('jobs', id)) ?? {}) ?? row;
    const told = JSON.parse((await cbas('checkpoints', 'saves', '--json')).stdout) as object[];
    expect(told).toMatchObject([
      { generation: 1_000_003, standing: 'condemned', valid: false, driver: null },
      { generation: 1_000_002, standing: 'newest' },
    ]);
  });
});

test('those of a job that has succeeded are no longer in the list, and asked for by name they are removed', async () => {
  const done = await submitted('succeeds');
  const running = await runJob(deployment.wired, done);
  await saveJob(deployment.wired, done);
  await endedJob(deployment.wired, running, {});
  expect((await cbas('checkpoints')).stdout).not.toContain('succeeds');
  expect((await cbas('checkpoints', 'succeeds')).stdout).toMatch(/1 of run 1 +removed/);
});

describe('who could restore it', () => {
  const manifest = { checkpoint: CRIU } as Manifest;
  const abilities = { host: CRIU.host, drivers: { criu: { toolVersion: '4.1.1', why: '' } } };

  test.each([
    ['the same machine', abilities, ''],
    ['one that has not told', undefined, 'it has not told yet what its machine can do'],
    ['another version', { ...abilities, drivers: { criu: { toolVersion: '3.17', why: '' } } }, 'it was made by version 4.1.1, and here is 3.17'], // prettier-ignore
    ['one without the tool', { ...abilities, drivers: { criu: { toolVersion: '', why: 'no criu on the path' } } }, 'criu: no criu on the path'], // prettier-ignore
    ['one that lacks features', { ...abilities, host: { ...CRIU.host, cpuFlags: ['sse'] } }, 'it was made on a processor with avx, which this one does not have'], // prettier-ignore
  ])('%s', (_, told, why) => {
    expect(whyNot(manifest, told)).toBe(why);
    expect(whyNot({} as Manifest, told)).toBe('');
  });

  test('a worker that can is asked, and its answer is told', async () => {
    const { store } = deployment.wired;
    const worker = 'i-0bbbbbbbbbbbbbbb2';
    const at = Date.now();
    const booted = workerRowOf((await store.write(registerBooting({ id: worker, pool: POOL, slots: 1, lifecycle: 'spot', serves: 'queue', bidUsdPerHour: 1, intent: 'x', launchedAt: at, shards: deployment.wired.deployment.shards, requestedAt: at, at }, undefined))) ?? {}); // prettier-ignore
    await store.write(changeWorker(booted!, { state: 'IDLE', jobs: [], phases: booted!.phases, notice: undefined, detail: '', at })); // prettier-ignore
    await store.write(tellAbilities(worker, { host: CRIU.host, drivers: { criu: { toolVersion: '4.1.1', why: '' } } }));
    const generation = await save(9, CRIU);
    const inspected = await cbas('checkpoints', 'inspect', 'saves');
    expect(inspected.stdout).toMatch(/1 of 1 live workers could restore it/);
    const testing = cbas('checkpoints', 'test', 'saves', '--worker', worker, '--within', '60', '--json');
    const wish = await eventually('the worker is asked', async () => restoreTestWishOf((await store.get('workers', worker)) ?? {}), { withinMs: 30_000 }); // prettier-ignore
    expect(wish).toMatchObject({ jobId: id, generation, by: 'ana' });
    await store.write(tellRestoreTest(worker, { ...wish, ok: true, told: 'it ran' }));
    expect(JSON.parse((await testing).stdout)).toMatchObject({ ok: true, where: worker, told: 'it ran' });
  });
});
