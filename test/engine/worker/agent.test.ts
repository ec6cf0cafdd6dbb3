import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/aws/memory/faults.ts';
import { MemoryBlobs } from '../../../src/aws/memory/memory-blobs.ts';
import { MemoryQueue } from '../../../src/aws/memory/memory-queue.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { systemClock } from '../../../src/cli/clock.ts';
import type { Fault } from '../../../src/engine/model/fault.ts';
import { isTerminal, type JobRow } from '../../../src/engine/model/job.ts';
import type { Json } from '../../../src/engine/model/units.ts';
import { blobKeys } from '../../../src/engine/protocol/blobs.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { killJob, wishCheckpoint } from '../../../src/engine/protocol/operator-job-writes.ts';
import { workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { documentOf, itemOf } from '../../support/job-table.ts';
import { faultNow, LAB } from '../../support/memory-cloud.ts';
import { counter, endAll, outputsOf, realWorker, shell, type RealWorker } from '../../support/real-workers.ts';

/** As short as a real process allows; nothing below waits for a time, only for facts. */
const TIMINGS = {
  ...LAB.timings,
  leaseMs: 3_000,
  heartbeatMs: 60,
  pingMs: 50,
  noticePollMs: 30,
  claimPollMs: 20,
  graceMs: 300,
  skewMarginMs: 100,
  checkpointMinMs: 50,
  checkpointAckMs: 3_000,
  noticeReserveMs: 100,
};

let folder: string;
let table: MemoryTable;
let blobs: MemoryBlobs;
let pings: MemoryQueue;
let trouble: (operation: Operation) => Fault | undefined;
let left: RealWorker[];
let puts: string[];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-agent-'));
  trouble = () => undefined;
  const before = (operation: Operation): Fault | undefined => {
    if (operation.name.startsWith('put')) puts.push(operation.target);
    return trouble(operation);
  };
  puts = [];
  table = new MemoryTable({ hook: { before } });
  blobs = new MemoryBlobs({ before });
  pings = new MemoryQueue({ clock: systemClock });
  left = [];
});
afterEach(async () => {
  trouble = () => undefined;
  await endAll(left);
  // A killed group dies a moment after its leader; one that does not die fails here by the deadline.
  while (survivors().length > 0) await systemClock.sleep(5);
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Processes whose working folder lies below this test's. */
function survivors(): readonly string[] {
  return fs.readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

function worker(id: string, slots = 1, timings: Partial<typeof TIMINGS> = {}) {
  let takeAt: number | undefined;
  const metadata = { interruption: async () => (takeAt === undefined ? undefined : { takeAt }) };
  const made = realWorker({
    id,
    store: table,
    blobs,
    folder,
    timings: { ...TIMINGS, ...timings },
    slots,
    pings,
    metadata,
  });
  const { agent, over } = made;
  left.push(made);
  const notice = (inMs: number): void => {
    takeAt = systemClock.now() + inMs;
    // What is taken back waits for its end; nothing of it is left to wait for.
    left = left.filter((one) => one.agent !== agent);
  };
  return { agent, over, notice };
}

async function submit(id: string, given: Readonly<Record<string, Json>>): Promise<void> {
  await table.putAll('jobs', [itemOf({ id, at: systemClock.now(), document: documentOf(given) })]);
}
const jobOf = async (id: string): Promise<JobRow> => jobRowOf((await table.get('jobs', id)) ?? {}) as JobRow;

/** The row once a fact about it holds; what never holds fails by the test's deadline. */
async function when(id: string, fact: (row: JobRow) => boolean): Promise<JobRow> {
  for (;;) {
    const row = await jobOf(id);
    if (fact(row)) return row;
    await systemClock.sleep(10);
  }
}
const ended = (id: string): Promise<JobRow> => when(id, ({ state }) => isTerminal(state));
const running = (id: string): Promise<JobRow> => when(id, ({ state }) => state === 'RUNNING');

test('a job that succeeds commits its outputs, its record and its log, and its worker says that it lives', async () => {
  await blobs.putText('in/j/data', '41');
  await submit('j', {
    ...shell('echo said; n=$(($(cat in/x) + 1)); mkdir out; echo "{\\"n\\": $n, \\"text\\": \\"t\\"}" > out/a.json'),
    inputs: [{ from: 's3:in/j/data', to: 'in/x' }],
    outputs: [{ path: 'out/*.json', name: 'estimate' }],
    record: { book: 'pi', key: 'seed-1', from: 'estimate' },
  });
  worker('i-1');
  const row = await ended('j');
  expect(row).toMatchObject({
    state: 'SUCCEEDED',
    epoch: 1,
    attempt: 1,
    leaseOwner: '',
    record: { book: 'pi', key: 'seed-1', value: { n: 42 } },
  });
  expect(await outputsOf(blobs, row)).toEqual({ 'out/a.json': '{"n": 42, "text": "t"}\n' });
  expect(await blobs.getText(blobKeys.log('j', 1, 'stdout'))).toBe('said\n');
  expect((await pings.receive(5_000, new AbortController().signal)).length).toBeGreaterThan(0);
  expect(workerRowOf((await table.get('workers', 'i-1')) ?? {})).toMatchObject({ pool: 'c5.large/us-east-1a' });
});

describe('a failure', () => {
  test('is tried again as often as its owner allows, then is final and says why', async () => {
    await submit('j', { ...shell('echo "no luck" >&2; exit 7'), retry: { attempts: 2 } });
    worker('i-1');
    const waiting = await when('j', ({ reason }) => reason.code === 'retry');
    expect(waiting).toMatchObject({
      state: 'RUNNABLE',
      attempt: 1,
      reason: { detail: 'exit 7: "no luck"; attempt 1 of 2' },
    });
    await table.write({
      table: 'jobs',
      key: 'j',
      conditions: [],
      set: { readyShard: 'default#0', readyKey: 'x' },
      add: {},
      remove: ['notBefore'],
    });
    expect(await ended('j')).toMatchObject({
      state: 'FAILED',
      attempt: 2,
      epoch: 2,
      result: { exitCode: 7 },
      reason: { code: 'exit' },
    });
  });

  test.each([
    [
      'an output that is missing',
      { ...shell('true'), outputs: [{ path: 'out.json', name: 'x' }] },
      'staging-failed',
      /output x: no file matches out.json/,
    ],
    [
      'an input that is missing',
      { ...shell('true'), inputs: [{ from: 's3:none', to: 'x' }] },
      'staging-failed',
      /there is no none in the bucket/,
    ],
    [
      'a record without numbers',
      { ...shell('echo [] > r'), outputs: [{ path: 'r', name: 'r' }], record: { book: 'b', key: 'k', from: 'r' } },
      'staging-failed',
      /holds no numbers/,
    ],
    [
      'a command that is not there',
      { run: { command: ['/no/such'] } },
      'launch-failed',
      /^\/no\/such cannot be started/,
    ],
    ['a signal', shell('kill -SEGV $$'), 'signal', /ended by SIGSEGV/],
    [
      'a program that takes its own folder away',
      { ...shell('rm -rf ../work; exit 0'), outputs: [{ path: 'x', name: 'x' }] },
      'staging-failed',
      /ENOENT/,
    ],
  ] as const)('%s', async (...[, given, code, detail]) => {
    await submit('j', given as never);
    await submit('next', shell('true'));
    worker('i-1');
    expect(await ended('j')).toMatchObject({
      state: 'FAILED',
      reason: { code, detail: expect.stringMatching(detail) },
    });
    expect(await ended('next')).toMatchObject({ state: 'SUCCEEDED' });
  });

  test('inputs that cannot lie beside each other fail their job, not the worker', async () => {
    await blobs.putText('a', '1');
    await submit('j', { ...shell('true'), inputs: [{ from: 's3:a', to: 'x' }, { from: 's3:a', to: 'x/y' }] }); // prettier-ignore
    await submit('next', shell('true'));
    worker('i-1');
    expect(await ended('j')).toMatchObject({ state: 'FAILED', reason: { code: 'staging-failed' } });
    expect(await ended('next')).toMatchObject({ state: 'SUCCEEDED' });
  });
});

test('a wish for a checkpoint is granted while the job runs', async () => {
  await submit('j', counter(5_000));
  worker('i-1');
  await when('j', ({ state }) => state === 'RUNNING' && fs.existsSync(path.join(folder, 'i-1/j/e1/work/start')));
  await table.write(wishCheckpoint(await jobOf('j'), { at: systemClock.now(), by: 'ana' }));
  expect(await when('j', ({ checkpoint }) => checkpoint !== undefined)).toMatchObject({
    state: 'RUNNING',
    desired: {},
  });
});

test('checkpoints go on after S3 was away for a while, and after the program took its folder away', async () => {
  let refused = 0;
  trouble = ({ target }) => (target.startsWith('ckpt/') && refused++ < 2 ? faultNow() : undefined);
  const script =
    'rm -rf "$CBAS_CHECKPOINT_DIR"; sleep 0.7; mkdir "$CBAS_CHECKPOINT_DIR"; n=0; while :; do n=$((n+1)); echo $n > "$CBAS_CHECKPOINT_DIR/.r"; mv "$CBAS_CHECKPOINT_DIR/.r" "$CBAS_CHECKPOINT_DIR/READY"; sleep 0.1; done';
  await submit('j', shell(script));
  worker('i-1');
  await when('j', ({ checkpoint }) => checkpoint !== undefined);
  expect(refused).toBeGreaterThan(2);
});

test('a worker that is fenced kills the program at once and uploads nothing', async () => {
  await submit('j', { ...shell('echo x > out; echo up; sleep 1000'), outputs: [{ path: 'out', name: 'x' }] });
  worker('i-1');
  await running('j');
  await when('j', () => survivors().length > 0);
  puts.length = 0;
  await table.write(killJob(await jobOf('j'), { at: systemClock.now(), by: 'ana' }));
  await when('j', () => survivors().length === 0 && !fs.existsSync(path.join(folder, 'i-1/j/e1')));
  expect(puts.filter((key) => key.startsWith('out/') || key.startsWith('ckpt/'))).toEqual([]);
  expect(await jobOf('j')).toMatchObject({ state: 'KILLED' });
  await submit('next', shell('true'));
  expect(await ended('next')).toMatchObject({ state: 'SUCCEEDED' });
});

test('a job that is killed while its outputs are on their way stays killed', async () => {
  trouble = ({ name, target }) => {
    // Between the first output and the manifest; in the memory table this is done before the upload goes on.
    if (name === 'putFile' && target.startsWith('out/')) void killed();
    return undefined;
  };
  const killed = async (): Promise<void> => {
    await table.write(killJob(await jobOf('j'), { at: systemClock.now(), by: 'ana' }));
  };
  await submit('j', { ...shell('echo x > out'), outputs: [{ path: 'out', name: 'x' }] });
  const { agent, over } = worker('i-1');
  expect(await ended('j')).toMatchObject({ state: 'KILLED', result: undefined });
  agent.shutdown('done');
  await over;
  expect(await jobOf('j')).toMatchObject({ state: 'KILLED', result: undefined, rev: 4 });
});

test('a claim whose answer was lost is recognised as one’s own, by one of two slots only', async () => {
  let answers = 0;
  const after = ({ name, target }: Operation): Fault | undefined =>
    name === 'write' && target === 'jobs j' && answers++ < 2 ? faultNow('timeout') : undefined;
  table = new MemoryTable({ hook: { after } });
  await submit('j', { ...shell('echo 1 > out'), outputs: [{ path: 'out', name: 'x' }] });
  worker('i-1', 2);
  expect(await ended('j')).toMatchObject({ state: 'SUCCEEDED', epoch: 1, attempt: 1 });
});

test('a commit whose answer was lost counts once', async () => {
  let lost = 0;
  const after = ({ name, target }: Operation): Fault | undefined =>
    name === 'write' && target === 'jobs j' && succeeded && lost++ === 0 ? faultNow('timeout') : undefined;
  let succeeded = false;
  table = new MemoryTable({ hook: { after } });
  await submit('j', {
    ...shell('echo 1 > out; while [ ! -f go ]; do sleep 0.02; done'),
    outputs: [{ path: 'out', name: 'x' }],
  });
  worker('i-1');
  await running('j');
  trouble = ({ target }) => {
    // Outputs are on their way: the next write of the job is its commit, or a heartbeat, and both are made again.
    if (target.startsWith('out/')) succeeded = true;
    return undefined;
  };
  fs.writeFileSync(path.join(folder, 'i-1/j/e1/work/go'), '');
  expect(await ended('j')).toMatchObject({ state: 'SUCCEEDED', epoch: 1, attempt: 1 });
  expect(lost).toBeGreaterThan(0);
});

test('without any master for too long, a worker finishes and commits what it has, takes nothing new, and ends', async () => {
  await submit('j', {
    ...shell('echo x > out; while [ ! -f go ]; do sleep 0.02; done'),
    outputs: [{ path: 'out', name: 'x' }],
  });
  // No master ever was: the look at its start tells, and the next finds that it has been so for too long.
  const { over } = worker('i-1', 1, { lostMasterMs: 0, miscPollMs: 20 });
  await running('j');
  const stateOf = async () => workerRowOf((await table.get('workers', 'i-1')) ?? {})?.state;
  while ((await stateOf()) !== 'DRAINING') await systemClock.sleep(10);
  await submit('next', shell('true'));
  fs.writeFileSync(path.join(folder, 'i-1/j/e1/work/go'), '');
  expect(await over).toMatch(/^no master for/);
  expect(await jobOf('j')).toMatchObject({ state: 'SUCCEEDED', epoch: 1 });
  expect(await jobOf('next')).toMatchObject({ state: 'RUNNABLE' });
  expect(await stateOf()).toBe('TERMINATED');
});

test('told to leave, a worker saves and releases its job, and says that it has ended', async () => {
  await submit('j', counter(5_000));
  const { agent, over } = worker('i-1');
  await when('j', ({ state }) => state === 'RUNNING' && fs.existsSync(path.join(folder, 'i-1/j/e1/work/start')));
  agent.shutdown('SIGTERM');
  expect(await over).toBe('SIGTERM');
  expect(await jobOf('j')).toMatchObject({
    state: 'RUNNABLE',
    reason: { code: 'released' },
    tally: { interruptions: 0 },
  });
  expect(workerRowOf((await table.get('workers', 'i-1')) ?? {})?.state).toBe('TERMINATED');
});
