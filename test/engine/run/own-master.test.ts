import { beforeEach, expect, test } from 'vitest';
import type { Plan } from '../../../src/engine/model/command.ts';
import { acquireLead } from '../../../src/engine/protocol/misc-item.ts';
import { OperatorEngine } from '../../../src/engine/run/operator-engine.ts';
import { createSnapshotStore } from '../../../src/engine/run/store.ts';
import { FakeHost } from '../../support/master-host.ts';
import { LAB, memoryCloud, type MemoryCloud, withWork } from '../../support/memory-cloud.ts';

let cloud: MemoryCloud;
let host: FakeHost;

beforeEach(async () => {
  cloud = memoryCloud();
  host = new FakeHost();
  await withWork(cloud, 1);
});

async function engineWith(change: { readonly host?: FakeHost; readonly mode?: 'read-only' } = { host }) {
  const engine = new OperatorEngine({
    ports: { ...cloud.ports, blobs: cloud.blobs, host: change.host },
    snapshots: createSnapshotStore({ append: () => undefined, close: () => undefined }),
    deployment: LAB,
    operator: { name: 'ana', from: 'ssh', mode: change.mode ?? 'operator' },
    wait: true,
  });
  engine.start();
  await cloud.clock.advance(5_000);
  return engine;
}

function planOf(engine: OperatorEngine): Plan {
  const proposal = engine.propose({ kind: 'master.start' });
  if (!proposal.ok) throw new Error(proposal.refusal.sentence);
  return proposal.plan;
}

function whyNot(engine: OperatorEngine): string {
  const proposal = engine.propose({ kind: 'master.start' });
  return proposal.ok ? '' : proposal.refusal.sentence;
}

async function lead(id: string): Promise<void> {
  const { clock, store } = cloud;
  const item = await store.get('misc', 'leader');
  const bid = acquireLead(item, {
    id,
    at: clock.now(),
    until: clock.now() + 5_000,
    marginMs: 0,
    unchangedMs: 0,
    leaseMs: 5_000,
  });
  if (bid === undefined || (await store.write(bid)) === undefined) throw new Error('somebody leads');
}

test('a master is planned with what is run, where and at what cost, started by its id, and told when it leads', async () => {
  const engine = await engineWith();
  const plan = planOf(engine);
  expect(plan).toMatchObject({ title: 'start a master for lab', usdPerHour: 0, usd: 0, losesMs: 0 });
  expect(plan.steps).toMatchObject([
    { text: 'cbas master --deployment lab', note: expect.stringMatching(/^on vm-1, this machine, as m-vm-1-/) },
  ]);
  expect(plan.notes.join('\n')).toMatch(
    /costs nothing[^]*up to the 4 that are asked for[^]*its log: \/state\/.*m-vm-1-/,
  );
  expect(host.started).toEqual([]);
  const told = engine.confirm(plan);
  await cloud.clock.advance(1_000);
  const [id = ''] = host.started;
  expect(id).toMatch(/^m-vm-1-[0-9a-f]{4}$/);
  expect(engine.ownMaster()).toMatchObject({ id, pid: 4_711 });
  expect(whyNot(engine)).toBe('the master that you started runs already, and waits for the lead');
  await lead(id);
  await cloud.clock.advance(2_000);
  expect(await told).toMatchObject([{ state: 'done', detail: `${id} leads` }]);
  expect(whyNot(engine)).toBe(`${id} leads already`);
  expect(await engine.stopMaster()).toMatchObject({ state: 'done' });
  expect(engine.ownMaster()).toBeUndefined();
  expect(await engine.stopMaster()).toMatchObject({ state: 'done', detail: 'it had ended already' });
  engine.stop();
});

test('one that ends is told with its last words, and may be started again', async () => {
  const engine = await engineWith();
  const told = engine.confirm(planOf(engine));
  await cloud.clock.advance(200);
  [host.ended, host.said] = ['exit 3', 'cbas: there is no deployment lab'];
  await cloud.clock.advance(200);
  expect(await told).toMatchObject([
    { state: 'failed', detail: expect.stringMatching(/^it ended with exit 3: cbas: there is no deployment lab; its log: /) },
  ]); // prettier-ignore
  expect(engine.ownMaster()).toBeUndefined();
  expect(planOf(engine).title).toBe('start a master for lab');
  engine.stop();
});

test('another that was quicker leads; one that never leads is told after a while and left alone', async () => {
  const engine = await engineWith();
  const told = engine.confirm(planOf(engine));
  await cloud.clock.advance(200);
  await lead('m-other');
  await cloud.clock.advance(2_000);
  expect(await told).toMatchObject([{ state: 'done', detail: `m-other leads, ${host.started[0]} stands by` }]);
  engine.stop();

  const late = await engineWith({ host: (host = new FakeHost()) });
  await cloud.clock.advance(10_000);
  const waited = late.confirm(planOf(late));
  await cloud.clock.advance(31_000);
  expect(await waited).toMatchObject([
    { state: 'failed', detail: expect.stringContaining('it runs as process 4711, but does not lead after 30 s') },
  ]);
  host.obeys = false;
  expect(await late.stopMaster()).toMatchObject({ state: 'failed', detail: expect.stringContaining('4711') });
  expect(late.ownMaster()).toBeDefined();
  late.stop();
});

test('who planned it while nobody led does not start one when somebody leads', async () => {
  const engine = await engineWith();
  const plan = planOf(engine);
  await lead('m-other');
  await cloud.clock.advance(2_000);
  expect(await engine.confirm(plan)).toMatchObject([{ state: 'conflict', detail: 'm-other leads meanwhile' }]);
  expect(host.started).toEqual([]);
  engine.stop();
});

test('a read-only console starts none, nor one that is not on a machine of its own', async () => {
  const reader = await engineWith({ host, mode: 'read-only' });
  expect(reader.abilities()).toMatchObject({ acts: false, startsMaster: true, dryRun: false });
  expect(whyNot(reader)).toMatch(/read-only/);
  reader.stop();
  const elsewhere = await engineWith({});
  expect(elsewhere.abilities()).toEqual({ acts: true, startsMaster: false, dryRun: false });
  expect(whyNot(elsewhere)).toContain('cbas master --deployment lab');
  elsewhere.stop();
});
