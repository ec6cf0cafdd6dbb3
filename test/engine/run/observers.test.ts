import { expect, test } from 'vitest';
import { MemoryPrices } from '../../../src/aws/memory/memory-prices.ts';
import { MemoryTable } from '../../../src/aws/memory/memory-table.ts';
import { reduce } from '../../../src/engine/decide/reduce.ts';
import type { EngineEvent } from '../../../src/engine/model/event.ts';
import { emptySnapshot } from '../../../src/engine/model/snapshot.ts';
import { observeWorkers } from '../../../src/engine/run/observers.ts';
import { registerPending } from '../../../src/engine/protocol/worker-item.ts';
import { LAB, POOL } from '../../support/memory-cloud.ts';

test('a sweep reads every row again, and tells of those only that are not known', async () => {
  const store = new MemoryTable();
  let [snapshot, at] = [emptySnapshot(), 1_000_000];
  const told: EngineEvent[] = [];
  const dispatch = (events: readonly EngineEvent[]): void => {
    told.push(...events);
    for (const event of events) snapshot = reduce(snapshot, event);
  };
  const register = (id: string) =>
    store.write(
      registerPending(
        { id, pool: POOL, slots: 1, bidUsdPerHour: 0.05, intent: '', shards: 1, requestedAt: at, launchedAt: at, at },
        1,
      ),
    );
  const deployment = { ...LAB, shards: 1 };
  const context = {
    store,
    prices: new MemoryPrices([]),
    deployment,
    snapshot: () => snapshot,
    now: () => at,
    dispatch,
  };
  const observer = observeWorkers(context);
  const readIds = async (): Promise<readonly string[]> => {
    told.length = 0;
    await observer.poll();
    return told.flatMap((event) => (event.kind === 'workers.observed' ? event.rows.map(({ id }) => id) : []));
  };

  await register('i-1');
  expect(await readIds()).toEqual(['i-1']);
  at += deployment.timings.sweepMs;
  expect(await readIds(), 'a sweep with nothing new').toEqual([]);
  expect(told, 'nothing for the journal').toEqual([]);
  at += deployment.timings.sweepMs;
  await register('i-2');
  expect(await readIds(), 'a sweep with one new row').toEqual(['i-2']);
});
