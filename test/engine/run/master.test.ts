import { afterEach, describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/aws/memory/faults.ts';
import type { JobRow } from '../../../src/engine/model/job.ts';
import { readJournal } from '../../../src/engine/run/journal.ts';
import { jobRowOf } from '../../../src/engine/protocol/job-item.ts';
import { leaderOf, MISC, settingsOf } from '../../../src/engine/protocol/misc-item.ts';
import { newIntent, putIntent, startIntent, intentOf } from '../../../src/engine/protocol/intent-item.ts';
import { pingBody } from '../../../src/engine/protocol/messages.ts';
import { registerBooting, retireWorker, workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { claimJob } from '../../../src/engine/protocol/worker-job-writes.ts';
import { runMaster } from '../../../src/engine/run/master.ts';
import { createSnapshotStore } from '../../../src/engine/run/store.ts';
import type { TableStore } from '../../../src/engine/model/ports.ts';
import type { EngineEvent } from '../../../src/engine/model/event.ts';
import { NOW } from '../../support/snapshots.ts';
import {
  faultNow,
  hookedStore,
  LAB,
  memoryCloud,
  type MemoryCloud,
  OTHER_POOL,
  POOL,
  withWork,
} from '../../support/memory-cloud.ts';

const stops: AbortController[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop.abort()));

/** A master on the cloud; `store` lets it have a table of its own, e.g. one that it cannot reach. */
function master(cloud: MemoryCloud, id: string, store: TableStore = cloud.store) {
  const stop = new AbortController();
  stops.push(stop);
  const events: EngineEvent[] = [];
  const said: string[] = [];
  const snapshots = createSnapshotStore({ append: (news) => void events.push(...news), close: () => undefined });
  const done = runMaster({
    id,
    ports: { ...cloud.ports, store },
    deployment: LAB,
    snapshots,
    signal: stop.signal,
    say: (line) => void said.push(line),
  });
  return { stop, events, said, done, snapshot: snapshots.snapshot };
}

const living = async (cloud: MemoryCloud) =>
  (await cloud.compute.instances()).filter(({ state }) => state === 'running');
const intents = async (cloud: MemoryCloud) => (await cloud.store.scan('intents')).items.map(intentOf);

async function ping(cloud: MemoryCloud, forMs: number): Promise<void> {
  for (let passed = 0; passed < forMs; passed += 2_000) {
    for (const { id } of await living(cloud))
      await cloud.ports.pings.send([pingBody({ workerId: id, at: cloud.clock.now() })]);
    await cloud.clock.advance(2_000);
  }
}

describe('a leader', () => {
  test('launches up to the target, spread over the pools, and then is content', async () => {
    const cloud = memoryCloud();
    await withWork(cloud, 10);
    const { events } = master(cloud, 'm1');
    await cloud.clock.advance(5_000);
    await ping(cloud, 20_000);
    const pools = (await living(cloud)).map(({ pool }) => pool).sort();
    expect(pools).toEqual([POOL, POOL, OTHER_POOL, OTHER_POOL]);
    expect((await intents(cloud)).map((intent) => intent?.state)).toEqual(['DONE', 'DONE']);
    expect((await cloud.store.scan('workers')).items.map((item) => workerRowOf(item)?.state)).toEqual([
      'PENDING',
      'PENDING',
      'PENDING',
      'PENDING',
    ]);
    const started = events.findIndex(({ kind }) => kind === 'intent.started');
    const answered = events.findIndex(({ kind }) => kind === 'launch.answered');
    expect(started).toBeGreaterThan(-1);
    expect(answered).toBeGreaterThan(started);
  });

  test('launches nothing without work', async () => {
    const cloud = memoryCloud();
    await withWork(cloud, 0);
    master(cloud, 'm1');
    await cloud.clock.advance(10_000);
    expect(await cloud.compute.instances()).toEqual([]);
  });

  test('leaves a pool that refuses alone for a while, and says so', async () => {
    const asked: number[] = [];
    const cloud: MemoryCloud = memoryCloud({}, {
      capacity: ({ pool, count }) => {
        if (pool !== POOL) return { granted: count };
        asked.push(cloud.clock.now() - NOW);
        return { granted: 0, fault: faultNow('capacity') };
      },
    }); // prettier-ignore
    await withWork(cloud, 10);
    const { snapshot } = master(cloud, 'm1');
    await cloud.clock.advance(4_000);
    expect(asked).toHaveLength(1);
    expect(snapshot().poolRetryAt[POOL]).toBeGreaterThan(cloud.clock.now());
    expect(snapshot().decisions['capacity:']?.rejected.join()).toMatch(/refused, asked again in/);
    await cloud.clock.advance(20_000);
    // 5 s, then twice as long.
    expect(asked).toHaveLength(3);
  });

  test.each<[what: string, pool: string | undefined, dry: readonly string[], asked: readonly string[], state: string]>([
    ['in the cheapest pool, which refuses: in the next', undefined, [POOL], [POOL, OTHER_POOL], 'DONE'],
    ['in any pool, and all refuse', undefined, [POOL, OTHER_POOL], [POOL, OTHER_POOL], 'FAILED'],
    ['in a pool that was named: there or nowhere', POOL, [POOL], [POOL], 'FAILED'],
  ])('an operator’s launch %s', async (...[, pool, dry, pools, state]) => {
    const asked: string[] = [];
    const cloud: MemoryCloud = memoryCloud({}, {
      capacity: (request) => {
        if (request.intentId === 'ana-1') asked.push(request.pool);
        if (!dry.includes(request.pool)) return { granted: request.count };
        return { granted: 0, fault: { ...faultNow('capacity'), target: request.pool } };
      },
    }); // prettier-ignore
    await withWork(cloud, 0);
    const action = { verb: 'launch' as const, count: 2, pool };
    await cloud.store.write(putIntent(newIntent({ id: 'ana-1', action, by: 'ana', createdAt: cloud.clock.now() })));
    master(cloud, 'm1');
    await cloud.clock.advance(3_000);
    expect(asked).toEqual(pools);
    const intent = (await intents(cloud)).find((one) => one?.id === 'ana-1');
    expect(intent?.state).toBe(state);
    for (const refused of state === 'FAILED' ? pools : []) expect(intent?.outcome).toContain(refused);
    const born = (await cloud.compute.instances()).filter((instance) => instance.intent === 'ana-1');
    expect(born.map((instance) => instance.pool)).toEqual(state === 'DONE' ? [OTHER_POOL, OTHER_POOL] : []);
  });

  test('makes the job of a worker that EC2 took back runnable again, and ends a worker that fell silent', async () => {
    const cloud = memoryCloud({}, { shutdownMs: 0 });
    await withWork(cloud, 2, { targetWorkers: 2 });
    master(cloud, 'm1');
    await cloud.clock.until(() => false, 3_000);
    const [gone, silent] = await living(cloud);
    for (const [at, instance] of [gone, silent].entries()) {
      const { id, pool } = instance!;
      await cloud.store.write(
        registerBooting(
          {
            id,
            pool,
            slots: 1,
            bidUsdPerHour: 0.05,
            intent: '',
            shards: LAB.shards,
            requestedAt: NOW,
            launchedAt: NOW,
            at: cloud.clock.now(),
          },
          workerRowOf((await cloud.store.get('workers', id)) ?? {}),
        ),
      );
      const row = jobRowOf((await cloud.store.get('jobs', `job-${at}`)) ?? {}) as JobRow;
      await cloud.store.write(
        claimJob(row, { workerId: id, pool, at: cloud.clock.now(), leaseUntil: cloud.clock.now() + 10_000 }),
      );
    }
    cloud.compute.reclaim(gone!.id);
    await cloud.clock.advance(8_000);
    const jobOf = async (name: string) => jobRowOf((await cloud.store.get('jobs', name)) ?? {});
    expect(await jobOf('job-0')).toMatchObject({
      state: 'RUNNABLE',
      epoch: 1,
      reason: { code: 'worker-lost' },
      tally: { interruptions: 1 },
    });
    expect(await jobOf('job-1')).toMatchObject({ state: 'STARTING', leaseOwner: silent!.id });
    await cloud.clock.advance(12_000);
    expect(await jobOf('job-1')).toMatchObject({ state: 'RUNNABLE', leaseOwner: '' });
    await cloud.clock.advance(20_000);
    expect((await cloud.compute.instances()).find(({ id }) => id === silent!.id)?.state).toBe('terminated');
  });

  test('what AWS refuses keeps nothing else from being done', async () => {
    const before = ({ name }: Operation) => (name === 'terminate' ? faultNow('denied') : undefined);
    const cloud = memoryCloud({ before });
    await withWork(cloud, 10, { targetWorkers: 1 });
    const { events } = master(cloud, 'm1');
    await cloud.clock.advance(3_000);
    const [zombie] = await living(cloud);
    const row = workerRowOf((await cloud.store.get('workers', zombie!.id)) ?? {})!;
    await cloud.store.write(
      retireWorker(row, {
        state: 'TERMINATED',
        detail: '',
        endedAt: cloud.clock.now(),
        at: cloud.clock.now(),
        leaderEpoch: 1,
      }),
    );
    await cloud.clock.advance(30_000);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'effect.failed', what: 'instance.end' }));
    expect(await living(cloud)).toHaveLength(2);
  });

  test('lowers the target with a termination that asks for it, and refuses what has ended', async () => {
    const cloud = memoryCloud();
    await withWork(cloud, 10);
    master(cloud, 'm1');
    await cloud.clock.advance(3_000);
    const [first] = await living(cloud);
    const wish = (id: string, workerIds: readonly string[]) =>
      putIntent(
        newIntent({
          id,
          action: { verb: 'terminate', workerIds, revs: [1], target: 'lower' },
          by: 'ana',
          createdAt: cloud.clock.now(),
        }),
      );
    await cloud.store.write(wish('t1', [first!.id]));
    await cloud.store.write(wish('t2', ['i-unknown']));
    await cloud.clock.advance(2_000);
    const settled = Object.fromEntries((await intents(cloud)).map((intent) => [intent?.id, intent?.state]));
    expect(settled).toMatchObject({ t1: 'DONE', t2: 'REFUSED' });
    expect(settingsOf(await cloud.store.get('misc', MISC.settings)).targetWorkers).toBe(3);
    expect(await living(cloud)).toHaveLength(3);
  });
});

describe('after a crash between STARTED and the call', () => {
  async function crashed(verb: 'launch' | 'terminate', happened: boolean) {
    const cloud = memoryCloud();
    await withWork(cloud, 0);
    const launch = (token: string) =>
      cloud.compute.launch({
        token,
        intentId: token,
        pool: POOL,
        count: 1,
        maxUsdPerHour: 0.05,
        slots: 1,
        machine: undefined,
      });
    const victim = (await launch('earlier')).instanceIds[0]!;
    const action =
      verb === 'launch'
        ? { verb, count: 1, pool: POOL }
        : { verb, workerIds: [victim], revs: [1], target: 'keep' as const };
    await cloud.store.write(
      putIntent(
        newIntent({
          id: 'x',
          action,
          by: 'ana',
          createdAt: NOW,
        }),
      ),
    );
    await cloud.store.write(startIntent('x', { token: 'x', leaderEpoch: 0, at: NOW }));
    if (happened) await (verb === 'launch' ? launch('x') : cloud.compute.terminate([victim]));
    return { cloud, victim };
  }

  test.each([true, false])('a launch is settled by its token and never done again; happened: %s', async (happened) => {
    const { cloud } = await crashed('launch', happened);
    master(cloud, 'm2');
    await ping(cloud, 130_000);
    expect((await intents(cloud))[0]?.state).toBe(happened ? 'DONE' : 'FAILED');
    expect((await cloud.compute.instances()).filter(({ intent }) => intent === 'x')).toHaveLength(happened ? 1 : 0);
  });

  test.each([true, false])('a termination is carried out; happened: %s', async (happened) => {
    const { cloud, victim } = await crashed('terminate', happened);
    master(cloud, 'm2');
    await cloud.clock.advance(10_000);
    expect((await intents(cloud))[0]?.state).toBe('DONE');
    expect((await cloud.compute.instances()).find(({ id }) => id === victim)?.state).toBe('terminated');
  });
});

describe('two masters', () => {
  test('one leads; when it stops in order the other follows at once', async () => {
    const cloud = memoryCloud();
    await withWork(cloud, 0);
    const first = master(cloud, 'm1');
    await cloud.clock.advance(100);
    const second = master(cloud, 'm2');
    await cloud.clock.advance(20_000);
    expect(second.said).toEqual(['standing by as m2']);
    first.stop.abort();
    await cloud.clock.advance(LAB.timings.leaderRenewMs);
    expect(second.said.at(-1)).toBe('leads with epoch 2');
    expect(first.events.at(-1)).toMatchObject({ kind: 'leader.deposed' });
  });

  test('one that cannot renew acts no more before the other may take over; then only the other acts', async () => {
    const cloud = memoryCloud();
    const { clock } = cloud;
    await withWork(cloud, 10, { targetWorkers: 1 });
    const tried: number[] = [];
    let cut = false;
    const own = hookedStore(cloud.store, ({ name, target }) => {
      if (cut && name === 'write' && !target.startsWith('misc')) tried.push(clock.now());
      return cut ? faultNow() : undefined;
    });
    const first = master(cloud, 'm1', own);
    await clock.advance(100);
    const second = master(cloud, 'm2');
    await clock.advance(8_500);
    const { leaderLeaseMs, leaderRenewMs, skewMarginMs } = LAB.timings;
    const lease = leaderOf(await cloud.store.get('misc', MISC.leader))!;
    cut = true;
    // The first learns of this from EC2, and would like to write it down and to launch another.
    cloud.compute.reclaim((await living(cloud))[0]!.id);
    expect(await clock.until(() => second.said.length > 1, 2 * leaderLeaseMs + leaderRenewMs)).toBe(true);
    expect(clock.now()).toBeGreaterThanOrEqual(lease.until);
    expect(tried.length).toBeGreaterThan(0);
    await clock.advance(10_000);
    expect(Math.max(...tried)).toBeLessThanOrEqual(lease.until - skewMarginMs);
    expect(second.said.at(-1)).toBe('leads with epoch 2');
    expect(first.said.filter((line) => line.startsWith('leads'))).toEqual(['leads with epoch 1']);
    expect(await living(cloud)).toHaveLength(1);
    cut = false;
    await clock.advance(10_000);
    expect(leaderOf(await cloud.store.get('misc', MISC.leader))).toMatchObject({ id: 'm2', epoch: 2 });
    expect(first.said).toContain('no longer leads: the lease could not be renewed');
  });
});

test('the journal of a leader folds into the snapshot that it had', async () => {
  const cloud = memoryCloud();
  await withWork(cloud, 5);
  const { events, snapshot } = master(cloud, 'm1');
  await cloud.clock.advance(4_000);
  const read = readJournal(`${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
  const replayed = createSnapshotStore({ append: () => undefined, close: () => undefined });
  replayed.dispatch(read.events);
  expect(JSON.stringify(replayed.snapshot())).toBe(JSON.stringify(snapshot()));
});
