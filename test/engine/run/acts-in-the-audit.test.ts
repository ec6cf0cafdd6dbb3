import { beforeEach, expect, test } from 'vitest';
import type { AuditEntry } from '../../../src/engine/model/audit.ts';
import type { Command, Intent } from '../../../src/engine/model/command.ts';
import type { Item, TableStore } from '../../../src/engine/model/ports.ts';
import { auditIntent } from '../../../src/engine/run/audit.ts';
import { NO_JOURNAL } from '../../../src/engine/run/journal.ts';
import { OperatorEngine, type OperatorEngineOptions } from '../../../src/engine/run/operator-engine.ts';
import { createSnapshotStore } from '../../../src/engine/run/store.ts';
import { drainWorker } from '../../../src/engine/protocol/operator-worker-writes.ts';
import { registerBooting, workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { faultNow, hookedStore, LAB, memoryCloud, type MemoryCloud, POOL, withWork } from '../../support/memory-cloud.ts'; // prettier-ignore
import { NOW } from '../../support/snapshots.ts';

const WORKER = 'i-0a41';

let cloud: MemoryCloud;
beforeEach(async () => {
  cloud = memoryCloud();
  await withWork(cloud, 2);
  const worker = { id: WORKER, pool: POOL, slots: 1, bidUsdPerHour: 0.05, intent: '', shards: LAB.shards, requestedAt: NOW, launchedAt: NOW, at: NOW }; // prettier-ignore
  await cloud.store.write(registerBooting(worker, undefined));
});

async function engineAt(change: Partial<OperatorEngineOptions> = {}, store: TableStore = cloud.store) {
  const engine = new OperatorEngine({
    ports: { ...cloud.ports, store, blobs: cloud.blobs, shells: { shellOn: async () => ({ argv: ['sh'], cwd: '/tmp', env: {} }) } }, // prettier-ignore
    snapshots: createSnapshotStore(NO_JOURNAL),
    deployment: LAB,
    operator: { name: 'ana', from: 'ssh 10.0.0.7', mode: 'operator' },
    wait: true,
    ...change,
  });
  engine.start();
  await cloud.clock.advance(5_000);
  return engine;
}

function planFor(engine: OperatorEngine, command: Command) {
  const proposal = engine.propose(command);
  if (!proposal.ok) throw new Error(proposal.refusal.sentence);
  return proposal.plan;
}

async function auditOf(engine: OperatorEngine): Promise<readonly AuditEntry[]> {
  const answer = await engine.readAudit({ since: NOW - 60_000, limit: 100 });
  if (answer.kind !== 'audit') throw new Error(answer.why);
  return answer.entries.toReversed();
}

test('an act is told before it is done and after, with who, from where, the ids, their revs and what came of each', async () => {
  const engine = await engineAt();
  await engine.confirm(planFor(engine, { kind: 'jobs.kill', jobIds: ['job-0', 'job-1'] }));
  await engine.openShell(WORKER);
  const told = await auditOf(engine);
  expect(told.map(({ by, from, verb, state }) => [by, from, verb, state])).toEqual([
    ['ana', 'ssh 10.0.0.7', 'jobs.kill', 'confirmed'],
    ['ana', 'ssh 10.0.0.7', 'jobs.kill', 'done'],
    ['ana', 'ssh 10.0.0.7', 'workers.shell', 'done'],
  ]);
  expect(told[0]?.targets).toEqual([{ id: 'job-0', rev: 1, outcome: '' }, { id: 'job-1', rev: 1, outcome: '' }]); // prettier-ignore
  expect(told[1]?.targets.map(({ id, outcome }) => [id, outcome])).toEqual([['job-0', 'done'], ['job-1', 'done']]); // prettier-ignore
  engine.stop();
});

test('what a leader made of it is told by the leader, for whom it was', async () => {
  const intent: Intent = { id: `${WORKER}@1`, action: { verb: 'terminate', workerIds: [WORKER], revs: [1], target: 'keep' }, by: 'ana', from: 'ssh 10.0.0.7', createdAt: NOW, state: 'STARTED', leaderEpoch: 4, token: '', startedAt: NOW, outcome: '', instanceIds: [], settledAt: 0 }; // prettier-ignore
  await auditIntent(cloud.store, intent, { at: NOW, leaderId: 'm-7f3a', state: 'REFUSED', outcome: 'it has changed', instanceIds: [] }); // prettier-ignore
  const engine = await engineAt({ operator: { name: 'bea', from: '', mode: 'read-only' } });
  expect(await auditOf(engine)).toMatchObject([
    { by: 'ana', from: 'ssh 10.0.0.7', writer: 'm-7f3a', state: 'refused', outcome: 'it has changed', targets: [{ id: WORKER, rev: 1 }] }, // prettier-ignore
  ]);
  engine.stop();
});

test('a dry run confirms and writes nothing but the audit; a shell is not opened in it', async () => {
  const engine = await engineAt({ dryRun: 'on' });
  const before = [await cloud.store.get('jobs', 'job-0'), await cloud.store.get('workers', WORKER)];
  const outcomes = await engine.confirm(planFor(engine, { kind: 'jobs.kill', jobIds: ['job-0'] }));
  expect(outcomes).toMatchObject([{ state: 'skipped', detail: 'dry run: nothing was written' }]);
  await engine.confirm(planFor(engine, { kind: 'workers.terminate', workerIds: [WORKER], target: 'lower' }));
  expect(await engine.openShell(WORKER)).toMatchObject({ kind: 'refused' });
  expect([await cloud.store.get('jobs', 'job-0'), await cloud.store.get('workers', WORKER)]).toEqual(before);
  expect((await cloud.store.scan('intents')).items).toEqual([]);
  expect((await auditOf(engine)).map(({ verb, state }) => `${verb} ${state}`)).toEqual([
    'jobs.kill dry-run',
    'workers.terminate dry-run',
  ]);
  engine.setDryRun('off');
  await engine.confirm(planFor(engine, { kind: 'jobs.kill', jobIds: ['job-0'] }));
  expect(engine.snapshot().jobs.get('job-0')?.state).toBe('KILLED');
  engine.stop();
});

test('a read-only console plans nothing and opens no shell', async () => {
  const engine = await engineAt({ operator: { name: 'ana', from: '', mode: 'read-only' } });
  expect(engine.abilities()).toMatchObject({ acts: false });
  for (const command of [
    { kind: 'jobs.kill', jobIds: ['job-0'] },
    { kind: 'workers.drain', workerIds: [WORKER], target: 'keep', jobs: 'finish' },
    { kind: 'jobs.set', jobIds: ['job-0'], priority: 3, deadlineAt: undefined, needs: {} },
    { kind: 'bid.undo', pool: '*' },
  ] as const)
    expect(engine.propose(command)).toMatchObject({ ok: false, refusal: { code: 'read-only' } });
  expect(await engine.openShell(WORKER)).toMatchObject({ kind: 'refused' });
  engine.stop();
});

/** As a table answers whose index was made before `drain` was among its columns. */
function withOldIndex(store: TableStore): TableStore {
  const without = ({ drain: _, ...item }: Item): Item => item;
  return {
    ...hookedStore(store, () => undefined),
    query: async (query) => {
      const page = await store.query(query);
      return query.table === 'workers' ? { ...page, items: page.items.map(without) } : page;
    },
  };
}

test('a table that was made before a drain was a column of its index is read, and a drain works on it', async () => {
  const engine = await engineAt({}, withOldIndex(cloud.store));
  const drain = planFor(engine, { kind: 'workers.drain', workerIds: [WORKER], target: 'keep', jobs: 'finish' });
  expect(await engine.confirm(drain)).toMatchObject([{ state: 'done' }]);
  // The worker reads its own row, and not the index.
  expect(workerRowOf((await cloud.store.get('workers', WORKER))!)?.drain).toMatchObject({ by: 'ana', jobs: 'finish' });
  // Another console has only the index: it plans again, and is told who was first.
  await cloud.clock.advance(5_000);
  const other = await engineAt({ operator: { name: 'bea', from: '', mode: 'operator' } }, withOldIndex(cloud.store));
  expect(other.snapshot().workers.get(WORKER)?.drain).toBeUndefined();
  const again = planFor(other, { kind: 'workers.drain', workerIds: [WORKER], target: 'keep', jobs: 'finish' });
  expect(await other.confirm(again)).toMatchObject([{ state: 'conflict', detail: expect.stringMatching(/^ana drained it/) }]); // prettier-ignore
  engine.stop();
  other.stop();
});

test('a drain that is asked for twice at once is one drain', async () => {
  const row = workerRowOf((await cloud.store.get('workers', WORKER))!)!;
  const writes = ['ana', 'bea'].map((by) => cloud.store.write(drainWorker(row, { at: NOW + 1, by })));
  const written = await Promise.all(writes);
  expect(written.filter((item) => item !== undefined)).toHaveLength(1);
});

test('where the table of the audit is missing, acts go on, and that they are not told is told', async () => {
  const store = hookedStore(cloud.store, ({ name, target }) =>
    (name === 'write' || name === 'query') && target.startsWith('events') ? faultNow('not-found') : undefined,
  );
  const engine = await engineAt({}, store);
  expect(await engine.confirm(planFor(engine, { kind: 'jobs.kill', jobIds: ['job-0'] }))).toMatchObject([{ state: 'done' }]); // prettier-ignore
  expect(engine.snapshot().notables.map(({ sentence }) => sentence)).toContainEqual(expect.stringMatching(/^2 lines missing in the audit/)); // prettier-ignore
  expect(await engine.readAudit({ since: 0, limit: 10 })).toMatchObject({ kind: 'failed', fault: { kind: 'not-found' } }); // prettier-ignore
  engine.stop();
});

test("a program of the operator's own is told before it starts, and starts neither read-only nor in a dry run", async () => {
  const program = { name: 'note', argv: ['./note.sh', 'job-0'], about: 'job-0' };
  const engine = await engineAt();
  expect(await engine.tellProgram(program)).toBe('');
  expect(await auditOf(engine)).toMatchObject([
    {
      by: 'ana',
      from: 'ssh 10.0.0.7',
      verb: 'program.run',
      title: 'note: ./note.sh job-0',
      targets: [{ id: 'job-0' }],
    },
  ]);
  engine.setDryRun('on');
  expect(await engine.tellProgram(program)).toMatch(/dry run: \.\/note\.sh job-0 would be started/);
  engine.stop();
  const looking = await engineAt({ operator: { name: 'bea', from: '', mode: 'read-only' } });
  expect(await looking.tellProgram(program)).toMatch(/read-only/);
  expect(await auditOf(looking)).toHaveLength(1);
  looking.stop();
});
