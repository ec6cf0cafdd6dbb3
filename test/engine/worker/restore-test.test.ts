import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { systemClock } from '../../../src/cli/clock.ts';
import { blobKeys, manifestText } from '../../../src/engine/protocol/blobs.ts';
import type { CheckpointManifest } from '../../../src/engine/protocol/checkpoint-manifest.ts';
import { decodeJobDocument } from '../../../src/engine/protocol/job-document.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { abilitiesOf, restoreTestResultOf, wishRestoreTest } from '../../../src/engine/protocol/worker-abilities.ts';
import type { CheckpointDriver, SavableProcess } from '../../../src/engine/worker/drivers/checkpoint-driver.ts';
import { Drivers } from '../../../src/engine/worker/drivers/drivers.ts';
import { HOST_BOUND } from '../../../src/engine/worker/drivers/host-bound.ts';
import { localFiles } from '../../../src/engine/worker/local-files.ts';
import { RestoreBench } from '../../../src/engine/worker/restore-bench.ts';
import { testRestore } from '../../../src/engine/worker/restore-test.ts';
import { processSupervisor } from '../../../src/engine/worker/supervisor.ts';
import { documentOf, itemOf } from '../../support/job-table.ts';

const HOST = { arch: 'x64', cpuFlags: ['sse'], imageId: 'ami-1' };
const MADE: CheckpointManifest = {
  driver: 'criu', toolVersion: '4.1', host: HOST, folder: '/x', peers: 1, packed: 'none', stopMs: 1, reason: 'wish',
}; // prettier-ignore
const GENERATION = 1_000_002;
const POINTER = { generation: GENERATION, manifestKey: blobKeys.checkpointManifest('j', GENERATION) };

let folder: string;
let blobs: MemoryBlobs;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-restore-'));
  blobs = new MemoryBlobs();
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const ports = () => ({ files: localFiles, supervisor: processSupervisor, clock: systemClock, blobs });
let restored: SavableProcess | undefined;

/** A driver whose memory is a script: what it restores is a real process. */
function driver(script: string, version = '4.1'): CheckpointDriver {
  return {
    name: 'criu',
    capabilities: { needsRoot: true, stopsJob: true, hostBound: HOST_BOUND.criu, samePath: true },
    probe: async () => ({ ok: true, toolVersion: version, detail: '' }),
    refuses: async () => undefined,
    start: () => Promise.reject(new Error('a test starts nothing anew')),
    restore: async (job) => {
      if (script === '') return { refused: 'bad', why: 'images are of a newer version' };
      const { stdout, stderr, work } = job.folders;
      const process = processSupervisor.start({ argv: ['sh', '-c', script], cwd: work, env: job.env, stdout, stderr });
      restored = { ...process, driver: 'criu', canBeAsked: false, hasNews: async () => false, checkpoint: async () => undefined, close: async () => undefined }; // prettier-ignore
      return restored;
    },
  };
}

async function saved(about?: CheckpointManifest, content = 'state'): Promise<void> {
  const key = `${blobKeys.checkpoint('j', GENERATION)}images`;
  await blobs.putText(key, content);
  const sha256 = createHash('sha256').update('state').digest('hex');
  const files = [{ path: 'images', key, sizeBytes: 5, sha256, output: '' }];
  await blobs.putText(POINTER.manifestKey, manifestText({ cbas: 1, kind: 'checkpoint', jobId: 'j', epoch: 1, generation: GENERATION, createdAt: 1, workMs: 1, files, ...(about && { checkpoint: about }) })); // prettier-ignore
}

function tried(drivers: Drivers) {
  const decoded = decodeJobDocument(documentOf({ run: { command: ['x'] } }));
  const row = jobRowOf(itemOf({ id: 'j', at: 1 }));
  if (!decoded.ok || row === undefined) throw new Error('no job');
  const place = { drivers, environment: { PATH: process.env['PATH'] }, say: () => undefined, scratch: path.join(folder, 'scratch') }; // prettier-ignore
  return testRestore({ ports: ports(), place, row, document: decoded.value, pointer: POINTER });
}
const withDriver = (one: CheckpointDriver) => new Drivers(ports(), [one], HOST);

describe('a restore test', () => {
  afterEach(() => expect(fs.existsSync(path.join(folder, 'scratch'))).toBe(false));

  test('of what the program wrote proves that its files are whole, and says that it proves no more', async () => {
    await saved();
    const { ok, told } = await tried(new Drivers(ports()));
    expect(ok).toBe(true);
    expect(told).toMatch(/^1 file of 5 bytes .* only the program can prove: it is not started for a test$/);
  });

  test.each([
    ['nothing', async () => undefined, 'it cannot be used: its manifest is missing'],
    ['other bytes', () => saved(MADE, 'stXte'), 'it is damaged: images has another content than when it was saved'],
    ['fewer bytes', () => saved(MADE, 'sta'), 'it is damaged: images has 3 bytes instead of 5'],
  ])('finds %s', async (_, make, told) => {
    await make();
    expect(await tried(withDriver(driver('sleep 60')))).toEqual({ ok: false, told });
  });

  test('of a memory lets the program run, and ends it', async () => {
    await saved(MADE);
    const { ok, told } = await tried(withDriver(driver('exec sleep 600')));
    expect([ok, told]).toEqual([true, expect.stringMatching(/criu 4.1 restored its memory, and the program ran for \d+ ms and was ended/)]); // prettier-ignore
    expect(await restored?.ended).toMatchObject({ signal: 'SIGKILL' });
  });

  test.each([
    ['dies at once', driver('kill -SEGV $$'), /restored it, and it died at once: SIGSEGV/],
    ['cannot be restored', driver(''), /criu cannot restore it: images are of a newer version/],
    ['is of another version', driver('sleep 60', '3.17'), /not restored: it was made by version 4.1, and here is 3.17/],
  ])('says that it %s', async (_, one, told) => {
    await saved(MADE);
    const outcome = await tried(withDriver(one));
    expect(outcome.ok).toBe(false);
    expect(outcome.told).toMatch(told);
  });

  test('on a machine without the driver says what could be proven', async () => {
    await saved(MADE);
    const { ok, told } = await tried(new Drivers(ports()));
    expect([ok, told]).toEqual([false, expect.stringMatching(/sizes and SHA-256 .*; not restored: criu: this worker does not have it/)]); // prettier-ignore
  });
});

test('a worker tells once what it can, and tests what its row asks for, once', async () => {
  await saved(MADE);
  const store = new MemoryTable();
  await store.putAll('jobs', [itemOf({ id: 'j', at: 1 })]);
  await store.putAll('workers', [{ workerId: 'w', state: 'IDLE' }]);
  let restores = 0;
  const one = driver('exec sleep 600');
  const counted = { ...one, restore: (...args: Parameters<typeof one.restore>) => (restores++, one.restore(...args)) };
  const bench = new RestoreBench({
    store,
    ports: ports(),
    place: { drivers: withDriver(counted), environment: {}, say: () => undefined, scratch: path.join(folder, 'scratch') },
    workerId: 'w',
  }); // prettier-ignore
  const look = async () => {
    const item = (await store.get('workers', 'w')) ?? {};
    bench.look(item);
    await bench.settled;
    return (await store.get('workers', 'w')) ?? {};
  };
  expect(abilitiesOf(await look())).toMatchObject({ host: HOST, drivers: { criu: { toolVersion: '4.1', why: '' }, dmtcp: { why: 'this worker does not have it' } } }); // prettier-ignore
  await store.write(wishRestoreTest('w', { jobId: 'j', generation: GENERATION, at: 7, by: 'ana' }));
  expect(restoreTestResultOf(await look())).toMatchObject({ jobId: 'j', generation: GENERATION, at: 7, ok: true });
  await look();
  expect(restores).toBe(1);
  await store.write(wishRestoreTest('w', { jobId: 'gone', generation: 1, at: 8, by: 'ana' }));
  expect(restoreTestResultOf(await look())).toMatchObject({ at: 8, ok: false, told: 'the job cannot be read' });
});
