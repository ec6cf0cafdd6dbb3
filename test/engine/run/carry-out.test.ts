import { expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { propose } from '../../../src/engine/decide/plan.ts';
import { switchStep } from '../../../src/engine/decide/plan-steps.ts';
import type { Command, ConditionalWrite, Plan, StepOutcome } from '../../../src/engine/model/command.ts';
import type { BlobStore } from '../../../src/engine/model/blob-store.ts';
import type { Clock } from '../../../src/engine/model/ports.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { carryOut } from '../../../src/engine/run/carry-out.ts';
import { readAudit, writeAudit } from '../../../src/engine/run/audit.ts';
import { auditOfPlan } from '../../../src/engine/decide/audit-entries.ts';
import { auditSeq } from '../../../src/engine/protocol/audit-item.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { settingsOf } from '../../../src/engine/protocol/misc-item.ts';
import { workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { auditLines } from '../../../src/engine/select/audit.ts';
import { rowsFrom } from '../../../src/engine/model/rows.ts';
import { NO_JOURNAL } from '../../../src/engine/run/journal.ts';
import { createSnapshotStore } from '../../../src/engine/run/store.ts';
import { LAB, settingsFor } from '../../support/memory-cloud.ts';
import { NOW, withJobs } from '../../support/snapshots.ts';
import type { Json } from '../../../src/engine/model/units.ts';
import { world } from '../../support/world.ts';

const JOB = 'job-1';
const WORKER = 'i-0a41';
const checkpoint = { generation: 1_000_001, manifestKey: 'm', sizeBytes: 1, stopMs: 1, at: NOW - 1_000, workMs: 5_000 };
const ANA = { name: 'ana', from: 'ssh 10.0.0.7', mode: 'operator' } as const;

/** Time that passes only where somebody sleeps. */
class Sleeper implements Clock {
  at = NOW;
  now = (): number => this.at;
  monotonicMs = (): number => this.at;
  sleep = (ms: number): Promise<void> => {
    this.at += ms;
    return Promise.resolve();
  };
}

function write(table: ConditionalWrite['table'], key: string, set: ConditionalWrite['set']): ConditionalWrite {
  return { table, key, conditions: [], set, add: { rev: 1 }, remove: [] };
}

/** A table with one running job on one worker, and what a console has read of it. */
async function scene(change: ConditionalWrite['set'] = {}) {
  const store = new MemoryTable();
  await store.write(write('jobs', JOB, { header: { name: 'pi', submittedAt: NOW - 9_000 }, shard: 's0', changedAt: NOW - 100, state: 'RUNNING', epoch: 1, priority: 0, leaseOwner: WORKER, checkpoint, ...change })); // prettier-ignore
  await store.write(write('workers', WORKER, { shard: 's0', changedAt: NOW - 100, state: 'BUSY', pool: 'c5.large/us-east-1a', jobs: [JOB] })); // prettier-ignore
  await store.write(write('misc', 'settings', { value: { targetWorkers: 1, pools: settingsFor({}).pools as unknown as Json } })); // prettier-ignore
  const job = jobRowOf((await store.get('jobs', JOB))!)!;
  const worker = workerRowOf((await store.get('workers', WORKER))!)!;
  const settings = settingsOf(await store.get('misc', 'settings'));
  const snapshot = withJobs({ ...world({ settings }), workers: rowsFrom([worker]) }, [job]);
  return { store, snapshot, clock: new Sleeper() };
}

function planOf(command: Command, snapshot: Snapshot): Plan {
  const proposal = propose(command, { snapshot, operator: ANA, newId: () => 'plan-1', now: NOW });
  if (!proposal.ok) throw new Error(proposal.refusal.sentence);
  return proposal.plan;
}

function run(
  plan: Plan,
  { store, clock }: Pick<Awaited<ReturnType<typeof scene>>, 'store' | 'clock'>,
  blobs: Partial<BlobStore> = {},
): Promise<readonly StepOutcome[]> {
  return carryOut(plan, {
    ports: { store, clock, blobs: blobs as BlobStore },
    snapshots: createSnapshotStore(NO_JOURNAL),
    deployment: LAB,
    wait: false,
    signal: new AbortController().signal,
  });
}

const BY_BEA = { at: NOW - 4_000, by: 'bea' };
const MOVED: readonly (readonly [string, Command, ConditionalWrite, RegExp])[] = [
  ['kill', { kind: 'jobs.kill', jobIds: [JOB] }, write('jobs', JOB, { state: 'SUCCEEDED', reason: { code: 'succeeded', since: NOW, detail: 'exit 0' } }), /it was RUNNING and is SUCCEEDED by now: exit 0/], // prettier-ignore
  ['kill after a new claim', { kind: 'jobs.kill', jobIds: [JOB] }, write('jobs', JOB, { epoch: 2 }), /run 2, rev 2 \(1 was shown\)/], // prettier-ignore
  ['checkpoint', { kind: 'jobs.checkpoint', jobIds: [JOB] }, write('jobs', JOB, { state: 'FAILED' }), /it was RUNNING and is FAILED by now/], // prettier-ignore
  ['hold', { kind: 'jobs.hold', jobIds: [JOB] }, write('jobs', JOB, { epoch: 2, hold: BY_BEA }), /bea asked for it to be held 4 s ago/], // prettier-ignore
  ['priority', { kind: 'jobs.set', jobIds: [JOB], priority: 5, deadlineAt: undefined, needs: {} }, write('jobs', JOB, { priority: 3 }), /rev 2 \(1 was shown\); look again/], // prettier-ignore
  ['drain', { kind: 'workers.drain', workerIds: [WORKER], target: 'keep', jobs: 'finish' }, write('workers', WORKER, { drain: { ...BY_BEA, jobs: 'finish' } }), /bea drained it 4 s ago/], // prettier-ignore
  ['drain of what has ended', { kind: 'workers.drain', workerIds: [WORKER], target: 'keep', jobs: 'finish' }, write('workers', WORKER, { state: 'TERMINATED' }), /it was BUSY and is TERMINATED by now/], // prettier-ignore
  ['terminate', { kind: 'workers.terminate', workerIds: [WORKER], target: 'keep' }, write('intents', `${WORKER}@1`, { action: { verb: 'terminate', workerIds: [WORKER], revs: [1], target: 'keep' }, by: 'bea', createdAt: NOW - 4_000, state: 'OPEN' }), /bea asked the same 4 s ago, and it is OPEN/], // prettier-ignore
  ['bid', { kind: 'bid.set', pool: 'c5.large/us-east-1a', usdPerHour: 0.061 }, write('misc', 'settings', { value: { changedBy: 'bea', changedAt: NOW - 4_000 } }), /bea changed the settings 4 s ago: rev 2 by now \(bid 0\.05 was seen at rev 1\)/], // prettier-ignore
];

test.each(MOVED)(
  '%s: what moved since it was shown is a conflict, told with what has changed',
  async (...[, command, moved, told]) => {
    // prettier-ignore
    const there = await scene();
    const plan = planOf(command, there.snapshot);
    await there.store.write(moved);
    const before = JSON.stringify(await there.store.get(moved.table, moved.key));
    const outcomes = await run(plan, there);
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]?.state).toBe('conflict');
    expect(outcomes[0]?.detail).toMatch(told);
    expect(JSON.stringify(await there.store.get(moved.table, moved.key))).toBe(before);
  },
);

test('a retry is bound to the rev that was shown', async () => {
  const there = await scene({ state: 'FAILED', leaseOwner: '' });
  const plan = planOf({ kind: 'jobs.retry', jobIds: [JOB] }, there.snapshot);
  await there.store.write(write('jobs', JOB, { state: 'RUNNABLE' }));
  expect(await run(plan, there)).toMatchObject([{ state: 'conflict', detail: expect.stringContaining('is RUNNABLE by now') }]); // prettier-ignore
});

test('what is to be saved first is waited for, and what waits for it is done then', async () => {
  const there = await scene();
  const { sleep } = there.clock;
  // Its worker grants the wish a second later.
  there.clock.sleep = async (ms) => {
    await sleep(ms);
    if (there.clock.at === NOW + 1_000)
      await there.store.write({ ...write('jobs', JOB, { checkpoint: { ...checkpoint, generation: 1_000_002 } }), remove: ['desired'] }); // prettier-ignore
  };
  const outcomes = await run(planOf({ kind: 'jobs.kill', jobIds: [JOB], first: 'checkpoint' }, there.snapshot), there);
  expect(outcomes.map(({ state }) => state)).toEqual(['done', 'done']);
  expect(jobRowOf((await there.store.get('jobs', JOB))!)).toMatchObject({ state: 'KILLED', checkpoint: { generation: 1_000_002 } }); // prettier-ignore
});

test('what does not save in time is not killed; without that step it is', async () => {
  const there = await scene();
  const plan = planOf({ kind: 'jobs.kill', jobIds: [JOB], first: 'checkpoint' }, there.snapshot);
  const outcomes = await run(plan, there);
  expect(outcomes.map(({ state }) => state)).toEqual(['failed', 'skipped']);
  expect(outcomes[0]?.detail).toMatch(/has not saved its work in \d+ s/);
  expect(jobRowOf((await there.store.get('jobs', JOB))!)?.state).toBe('RUNNING');
  expect((await run(switchStep(plan, 0), there)).map(({ state }) => state)).toEqual(['done']);
});

test('a job is not submitted when its files could not be uploaded', async () => {
  const there = await scene();
  const document = { cbas: 1, name: 'one', run: { command: ['true'] } };
  const files = [{ from: '/nowhere/pi.mjs', to: 'pi.mjs' }];
  const plan = planOf({ kind: 'jobs.submit', source: 'a.json', jobs: [{ document, deadlineAt: 0, files }] }, there.snapshot); // prettier-ignore
  const putFile = (): Promise<'written'> => Promise.reject(new Error('ENOENT'));
  expect((await run(plan, there, { putFile })).map(({ state }) => state)).toEqual(['failed', 'skipped']);
  expect(await there.store.get('jobs', 'plan-1')).toBeUndefined();
  expect((await run(plan, there, { putFile: () => Promise.resolve('written') })).map(({ state }) => state)).toEqual(['done', 'done']); // prettier-ignore
});

test('a priority moves a waiting job in the ready index in the same write', async () => {
  const there = await scene({ state: 'RUNNABLE', leaseOwner: '', readyShard: 'default#0', readyKey: '01000:x' });
  const deadlineAt = NOW + 3_600_000;
  const plan = planOf({ kind: 'jobs.set', jobIds: [JOB], priority: 10, deadlineAt, needs: {} }, there.snapshot);
  expect((await run(plan, there)).map(({ state }) => state)).toEqual(['done']);
  const item = (await there.store.get('jobs', JOB))!;
  expect(item['readyKey']).toMatch(/^00990:/);
  expect(jobRowOf(item)).toMatchObject({ priority: 10, deadlineAt, name: 'pi', submittedAt: NOW - 9_000, rev: 2 });
});

test('the audit tells of a plan what was confirmed and what came of it, hours apart and newest first', async () => {
  const { store, snapshot } = await scene();
  const plan = planOf({ kind: 'jobs.kill', jobIds: [JOB] }, snapshot);
  const hour = 3_600_000;
  const stamp = (at: number) => ({ at, seq: auditSeq(at, 'x'), isDryRun: false });
  await writeAudit(store, auditOfPlan(plan, ANA, stamp(NOW - 30 * hour)));
  await writeAudit(store, auditOfPlan(plan, ANA, stamp(NOW - 2 * hour)));
  const outcomes: StepOutcome[] = [{ text: 'a', state: 'done', detail: '' }, { text: 'b', state: 'conflict', detail: 'it is SUCCEEDED by now' }]; // prettier-ignore
  await writeAudit(store, auditOfPlan(plan, ANA, { ...stamp(NOW), outcomes }));
  const answer = await readAudit(store, { since: NOW - 24 * hour, limit: 100 }, NOW);
  if (answer.kind !== 'audit') throw new Error(answer.why);
  expect(answer.entries.map(({ state }) => state)).toEqual(['partly', 'confirmed']);
  expect(auditLines(answer.entries)).toMatchObject([
    { id: 'plan-1', at: NOW - 2 * hour, by: 'ana', from: 'ssh 10.0.0.7', state: 'partly', outcome: 'it is SUCCEEDED by now', targets: [{ id: JOB, rev: 1 }] }, // prettier-ignore
  ]);
  const before = await readAudit(store, { since: NOW - 40 * hour, until: NOW - 2 * hour, limit: 100 }, NOW);
  expect(before).toMatchObject({ cut: false, entries: [{ state: 'confirmed', at: NOW - 2 * hour }, { state: 'confirmed', at: NOW - 30 * hour }] }); // prettier-ignore
  expect(await readAudit(store, { since: NOW - 24 * hour, limit: 1 }, NOW)).toMatchObject({ cut: true, entries: [{ state: 'partly' }] }); // prettier-ignore
});
