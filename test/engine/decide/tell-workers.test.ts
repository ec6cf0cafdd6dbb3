import { describe, expect, test } from 'vitest';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { decideCapacity } from '../../../src/engine/decide/capacity.ts';
import { poolFigures } from '../../../src/engine/decide/pool-figures.ts';
import { decideRecovery } from '../../../src/engine/decide/recovery.ts';
import type { Snapshot } from '../../../src/engine/model/snapshot.ts';
import { HOUR_MS } from '../../../src/engine/model/units.ts';
import { figuresItem, figuresOf } from '../../../src/engine/protocol/pool-figures.ts';
import { registerBooting, workerRowOf } from '../../../src/engine/protocol/worker-item.ts';
import { tellWorker } from '../../../src/engine/protocol/worker-signals.ts';
import { LAB, POOL } from '../../support/memory-cloud.ts';
import { NOW } from '../../support/snapshots.ts';
import { at, waiting, world } from '../../support/world.ts';

const NOTICE = { noticedAt: NOW, takeAt: NOW + 120_000, source: 'event' } as const;
const writesTo = (id: string, snapshot: Snapshot) =>
  decideRecovery({ snapshot, now: NOW, leaderEpoch: 3, listeningSince: NOW, refusedAt: new Map() }).flatMap((repair) =>
    repair.kind === 'worker.write' && repair.workerId === id ? [repair.write.set['told']] : [],
  );

describe('what the leader heard of EventBridge', () => {
  const [worker] = [at(0)];
  test('is written into the worker’s row, once', () => {
    const snapshot = world({ notices: { [worker.id]: NOTICE } }, [], [worker]);
    expect(writesTo(worker.id, snapshot)).toEqual([{ takeAt: NOTICE.takeAt }]);
    const told = { ...worker, told: { takeAt: NOTICE.takeAt } };
    expect(writesTo(worker.id, world({ notices: { [worker.id]: NOTICE } }, [], [told]))).toEqual([]);
  });

  test('a recommendation as well, and a later one again; nothing is launched for it', () => {
    const change = { rebalanceAt: { [worker.id]: NOW } };
    expect(writesTo(worker.id, world(change, [], [worker]))).toEqual([{ rebalanceAt: NOW }]);
    const told = (rebalanceAt: number) => ({ ...worker, told: { takeAt: 7, rebalanceAt } });
    expect(writesTo(worker.id, world(change, [], [told(NOW)]))).toEqual([]);
    expect(writesTo(worker.id, world(change, [], [told(NOW - HOUR_MS)]))).toEqual([{ takeAt: 7, rebalanceAt: NOW }]);
    const settings = { ...world().settings, targetWorkers: 1 };
    expect(decideCapacity(world({ ...change, settings }, waiting(1), [worker]), NOW).launches).toEqual([]);
  });

  test.each(['TERMINATED', 'LOST'] as const)('of a worker that is %s is nobody’s any more', (state) => {
    expect(writesTo(worker.id, world({ notices: { [worker.id]: NOTICE } }, [], [at(0, { state })]))).toEqual([]);
  });

  test('of an instance that is none of ours is nobody’s', () => {
    expect(writesTo('i-foreign', world({ notices: { 'i-foreign': NOTICE } }, [], [worker]))).toEqual([]);
  });

  test('makes room for a replacement at once, whether or not the worker has heard of it', () => {
    const settings = { ...world().settings, targetWorkers: 1 };
    expect(decideCapacity(world({ settings }, waiting(1), [worker]), NOW).launches).toEqual([]);
    const noticed = world({ settings, notices: { [worker.id]: NOTICE } }, waiting(1), [worker]);
    expect(decideCapacity(noticed, NOW).launches).toMatchObject([{ count: 1 }]);
    // An event of long ago: were there anything in it, the worker would be gone.
    const stale = { [worker.id]: { ...NOTICE, takeAt: NOW - HOUR_MS } };
    expect(decideCapacity(world({ settings, notices: stale }, waiting(1), [worker]), NOW).launches).toEqual([]);
  });

  test('reaches the row of a worker, and no row that has ended or that a newer leader wrote', async () => {
    const table = new MemoryTable();
    const born = { id: 'i-1', pool: POOL, slots: 1, bidUsdPerHour: 0.05, intent: '', shards: 4, requestedAt: 1, launchedAt: 1, at: 1 };
    const row = workerRowOf((await table.write(registerBooting(born, undefined))) ?? {});
    if (row === undefined) throw new Error('it has a row');
    const told = { takeAt: 5 };
    const item = await table.write(tellWorker(row, { told, at: 2, leaderEpoch: 3 }));
    expect(workerRowOf(item ?? {})).toMatchObject({ told, rev: row.rev + 1 });
    expect(await table.write(tellWorker(row, { told, at: 2, leaderEpoch: 2 }))).toBeUndefined();
    await table.write({ table: 'workers', key: 'i-1', conditions: [], set: { state: 'TERMINATED' }, add: {}, remove: [] });
    expect(await table.write(tellWorker(row, { told, at: 2, leaderEpoch: 3 }))).toBeUndefined();
  }); // prettier-ignore
});

describe('what workers are told of the pools', () => {
  test('the embedded AWS: how often they are taken back, by prices and by what was seen; who is free beyond the jobs that wait', () => {
    const workers = [at(0), at(1, { slots: 3, jobs: ['a'] }), at(2, { notice: { ...NOTICE, source: 'imds' } }), at(3, { state: 'DRAINING' })];
    const figures = poolFigures(world({ deployment: { ...LAB, mode: 'local' } }, waiting(1), workers), NOW);
    expect(figures).toMatchObject({ usdPerHour: { [POOL]: 0.03 }, spareSlots: 2 });
    expect(figures.meanMs[POOL]).toBeGreaterThan(0);
    expect(figures.untoldShare).toBeCloseTo(1 / 11);
    expect(figuresOf({ name: 'prices', ...JSON.parse(JSON.stringify(figuresItem(figures, 1).set)) })).toEqual(figures);
  });

  test('AWS: by this deployment’s own record, drawn toward what is known of others', () => {
    const figures = poolFigures(world({ deployment: { ...LAB, mode: 'aws' } }, waiting(2), [at(0)]), NOW);
    expect(figures.meanMs[POOL]).toBeGreaterThan(150 * HOUR_MS);
    expect(figures.spareSlots).toBe(0);
  });

  test('a leader of before tells prices alone', () => {
    expect(figuresOf({ name: 'prices', value: { [POOL]: 0.03 } })).toEqual({ usdPerHour: { [POOL]: 0.03 }, meanMs: {}, untoldShare: 1, spareSlots: 0 });
  });
}); // prettier-ignore
