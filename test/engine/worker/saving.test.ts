import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { systemClock } from '../../../src/cli/clock.ts';
import { isTerminal, type JobItem } from '../../../src/engine/model/job.ts';
import type { Json } from '../../../src/engine/model/units.ts';
import { parseManifest } from '../../../src/engine/protocol/blobs.ts';
import { jobItemOf } from '../../../src/engine/protocol/job-item.ts';
import { wishCheckpoint } from '../../../src/engine/protocol/operator-job-writes.ts';
import { criuDriver } from '../../../src/engine/worker/drivers/criu-driver.ts';
import { machineDrivers } from '../../../src/engine/worker/drivers/machine-drivers.ts';
import { localFiles } from '../../../src/engine/worker/local-files.ts';
import { processSupervisor } from '../../../src/engine/worker/supervisor.ts';
import { COUNTING_PROGRAMS, EXIT_CODE, wholeCount } from '../../support/counting-programs.ts';
import { documentOf, itemOf } from '../../support/job-table.ts';
import { LAB } from '../../support/memory-cloud.ts';
import { endAll, realWorker, shell, type RealWorker } from '../../support/real-workers.ts';

/** Jobs whose work is saved and brought back, from the claim to the commit, on workers that are real but for AWS. */

const TIMINGS = {
  ...LAB.timings,
  leaseMs: 10_000,
  heartbeatMs: 60,
  claimPollMs: 20,
  graceMs: 5_000,
  skewMarginMs: 100,
  checkpointMinMs: 50,
  checkpointWatchMs: 30,
  checkpointAckMs: 10_000,
};

let folder: string;
let table: MemoryTable;
let blobs: MemoryBlobs;
let workers: RealWorker[];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-saving-'));
  table = new MemoryTable();
  blobs = new MemoryBlobs();
  workers = [];
});
afterEach(async () => {
  await endAll(workers);
  fs.rmSync(folder, { recursive: true, force: true });
});

function worker(id: string): RealWorker {
  const ports = { files: localFiles, supervisor: processSupervisor, clock: systemClock };
  const drivers = machineDrivers({ ports, environment: process.env, imageId: '' });
  const made = realWorker({ id, store: table, blobs, folder, timings: TIMINGS, drivers });
  workers.push(made);
  return made;
}
/** Saves what it has and goes. */
async function leaves({ agent, over }: RealWorker): Promise<void> {
  agent.shutdown('it goes');
  await over;
}

async function submit(given: Readonly<Record<string, Json>>): Promise<void> {
  await table.putAll('jobs', [itemOf({ id: 'j', at: systemClock.now(), document: documentOf(given) })]);
}
async function when(fact: (item: JobItem) => boolean): Promise<JobItem> {
  for (;;) {
    const item = jobItemOf((await table.get('jobs', 'j')) ?? {}) as JobItem;
    if (fact(item)) return item;
    await systemClock.sleep(10);
  }
}
const ended = (): Promise<JobItem> => when(({ row }) => isTerminal(row.state));
async function checkpointed(): Promise<number> {
  const { row } = await when(({ row: { state } }) => state === 'RUNNING');
  await table.write(wishCheckpoint(row, { at: systemClock.now(), by: 'ana' }));
  const newest = row.checkpoint?.generation ?? 0;
  return (await when(({ row: now }) => (now.checkpoint?.generation ?? 0) > newest)).row.checkpoint?.generation ?? 0;
}

/** Counts in its checkpoint folder, saves when asked, ends when a file `stop` lies in its work folder. */
const COUNTER = {
  ...shell(`
    cd "$CBAS_CHECKPOINT_DIR"; n=0; [ -f n ] && n=$(cat n); echo $n > "$CBAS_WORK_DIR/from"
    trap 'echo $n > .n; mv .n n; echo $n > .r; mv .r READY' USR1
    touch "$CBAS_WORK_DIR/up"
    while [ ! -e "$CBAS_WORK_DIR/stop" ]; do n=$((n+1)); sleep 0.02; done`),
  checkpoint: { signal: 'SIGUSR1', intervalS: 3_600 },
  outputs: [{ path: 'from', name: 'from' }],
};
async function fileIn(id: string, epoch: number, name: string): Promise<string> {
  const file = path.join(folder, id, 'j', `e${epoch}`, 'work', name);
  while (!fs.existsSync(file)) await systemClock.sleep(5);
  return file;
}
const stop = async (id: string, epoch: number): Promise<void> =>
  fs.writeFileSync(path.join(path.dirname(await fileIn(id, epoch, 'up')), 'stop'), '');

describe('a program that says by its exit code that it is to be run again', () => {
  test('is, on the state that it left, and uses up no attempt', async () => {
    await submit({
      ...shell(`
        cd "$CBAS_CHECKPOINT_DIR"; n=0; [ -f n ] && n=$(cat n)
        n=$((n+1)); echo $n > n; echo "$CBAS_RESTORED" >> runs
        [ $n -lt 3 ] && exit 85; cp n runs "$CBAS_WORK_DIR"`),
      checkpoint: { exitCode: 'auto' },
      outputs: [{ path: 'n', name: 'n' }, { path: 'runs', name: 'runs' }],
    });
    worker('i-1');
    const { row } = await ended();
    expect(row).toMatchObject({
      state: 'SUCCEEDED',
      attempt: 1,
      epoch: 1,
      saving: { driver: 'app', why: 'the document declares exit code 85' },
      checkpoint: { generation: 1_000_002, driver: 'app' },
    });
    expect(await blobs.getText('out/j/e1/n')).toBe('3\n');
    expect(await blobs.getText('out/j/e1/runs')).toBe('0\n1\n1\n');
  });

  test('is not where its document does not declare the code', async () => {
    await submit(shell('exit 85'));
    worker('i-1');
    expect((await ended()).row).toMatchObject({ state: 'FAILED', result: { exitCode: 85 } });
  });
}); // prettier-ignore

test('a program that saves by itself is found out by its first READY, and shown so from then on', async () => {
  await submit(shell('cd "$CBAS_CHECKPOINT_DIR"; while [ ! -e go ]; do sleep 0.02; done; echo 1 > n; echo 1 > .r; mv .r READY; sleep 1000'));
  worker('i-1');
  const { row } = await when(({ row: { state } }) => state === 'RUNNING');
  expect(row.saving?.driver).not.toBe('app');
  fs.writeFileSync(path.join(folder, 'i-1/j/e1/checkpoint/go'), '');
  expect((await when(({ row: { checkpoint } }) => checkpoint !== undefined)).row).toMatchObject({
    saving: { driver: 'app', why: 'the program saves by itself: it wrote READY' },
    checkpoint: { driver: 'app' },
  });
}); // prettier-ignore

describe('a generation that is damaged', () => {
  test('is condemned: the one before it is used, and no worker tries it again', async () => {
    await submit(COUNTER);
    const first = worker('i-1');
    await fileIn('i-1', 1, 'up');
    const older = await checkpointed();
    await leaves(first);
    const { row: left } = await when(({ row: { state } }) => state === 'RUNNABLE');
    const newest = left.checkpoint?.generation ?? 0;
    expect(newest).toBeGreaterThan(older);
    const [file] = parseManifest((await blobs.getText(left.checkpoint?.manifestKey ?? '')) ?? '')?.files ?? [];
    await blobs.putText(file?.key ?? '', '0\n');
    const saved = await blobs.getText(`ckpt/j/${older}/n`);
    worker('i-2');
    await fileIn('i-2', 2, 'up');
    const item = await when(({ row: { state } }) => state === 'RUNNING');
    expect(item).toMatchObject({
      checkpointBad: [newest],
      restoreFailures: 1,
      checkpointBefore: undefined,
      row: { checkpoint: { generation: older }, attempt: 0, epoch: 2, reason: { code: 'restored' } },
    });
    expect(item.row.reason.detail).toMatch(new RegExp(`^goes on from its checkpoint of .*; checkpoint ${newest} cannot be used: n has `));
    await stop('i-2', 2);
    expect((await ended()).row).toMatchObject({ state: 'SUCCEEDED', attempt: 1 });
    expect(await blobs.getText('out/j/e2/from')).toBe(saved);
  });

  test('and the one before it as well: the job begins anew, and says why', async () => {
    await submit(COUNTER);
    const first = worker('i-1');
    await fileIn('i-1', 1, 'up');
    await checkpointed();
    await leaves(first);
    await blobs.delete((await blobs.list('ckpt/j/')).map(({ key }) => key));
    worker('i-2');
    await fileIn('i-2', 2, 'up');
    const item = await when(({ row: { state } }) => state === 'RUNNING');
    expect(item).toMatchObject({ restoreFailures: 2, checkpointBad: [1_000_002, 1_000_001], row: { checkpoint: undefined } });
    expect(item.row.reason).toMatchObject({ code: 'running', detail: expect.stringMatching(/^begins anew; .*its manifest is missing; .*its manifest is missing$/) });
    await stop('i-2', 2);
    expect((await ended()).row).toMatchObject({ state: 'SUCCEEDED' });
    expect(await blobs.getText('out/j/e2/from')).toBe('0\n');
  });
}); // prettier-ignore

test('memory that another machine cannot use is passed over, and not condemned', async () => {
  await submit(COUNTER);
  const first = worker('i-1');
  await fileIn('i-1', 1, 'up');
  await leaves(first);
  const { row } = await when(({ row: { state } }) => state === 'RUNNABLE');
  const key = row.checkpoint?.manifestKey ?? '';
  const manifest = parseManifest((await blobs.getText(key)) ?? '');
  const made = { ...manifest?.checkpoint, driver: 'criu', toolVersion: '0.1' };
  await blobs.putText(key, JSON.stringify({ ...manifest, checkpoint: made }));
  worker('i-2');
  await fileIn('i-2', 2, 'up');
  const item = await when(({ row: { state } }) => state === 'RUNNING');
  expect(item).toMatchObject({ restoreFailures: 0, checkpointBad: [], row: { checkpoint: row.checkpoint } });
  expect(item.row.reason.detail).toMatch(/^begins anew; checkpoint \d+ cannot be used: it was made by criu, and here the job is saved by app$/);
}); // prettier-ignore

const dmtcp = await machineDrivers({
  ports: { files: localFiles, supervisor: processSupervisor, clock: systemClock },
  environment: process.env,
  imageId: '',
}).probe('dmtcp');
test.skipIf(dmtcp.ok)('a driver that is asked for and cannot be used here fails the job before it starts, with the reason', async () => {
  await submit({ ...shell('touch "$HOME/ran"'), checkpoint: { driver: 'dmtcp' } });
  worker('i-1');
  expect((await ended()).row).toMatchObject({
    state: 'FAILED',
    reason: { code: 'launch-failed', detail: expect.stringMatching(/^the document asks for dmtcp: .*; `auto` takes what the machine can do$/) },
  });
}); // prettier-ignore

const criu = await criuDriver({ clock: systemClock, environment: process.env }).probe();
test.skipIf(!criu.ok)(`a program that knows nothing of it goes on elsewhere under criu${criu.ok ? '' : `: not proven here, ${criu.why}`}`, async () => {
  const [bash] = COUNTING_PROGRAMS;
  const command = [...(bash?.command(folder) ?? [])];
  await submit({ run: { command }, checkpoint: { driver: 'criu' }, retry: { attempts: 1 } });
  const first = worker('i-1');
  const count = await fileIn('i-1', 1, 'count');
  while (fs.readFileSync(count, 'utf8').length < 30) await systemClock.sleep(5);
  await leaves(first);
  const { row } = await when(({ row: { state } }) => state === 'RUNNABLE');
  expect(row).toMatchObject({ saving: { driver: 'criu' }, checkpoint: { driver: 'criu' }, tally: { lostMs: 0 } });
  worker('i-2');
  const again = await fileIn('i-2', 2, 'count');
  while (fs.readFileSync(again, 'utf8').length < 90) await systemClock.sleep(5);
  fs.writeFileSync(path.join(path.dirname(again), 'stop'), '');
  let last = '';
  const { row: over } = await when(({ row: now }) => {
    if (fs.existsSync(again)) last = fs.readFileSync(again, 'utf8');
    return isTerminal(now.state);
  });
  expect(over).toMatchObject({ state: 'FAILED', result: { exitCode: EXIT_CODE }, epoch: 2 });
  expect(last).toBe(wholeCount(last.split('\n').length - 1));
}); // prettier-ignore
