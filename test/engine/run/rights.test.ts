import { beforeEach, expect, test } from 'vitest';
import { FaultError } from '../../../src/engine/model/fault.ts';
import type { TableStore } from '../../../src/engine/model/ports.ts';
import { OPERATOR_TABLES } from '../../../src/engine/protocol/rights-probe.ts';
import { NO_JOURNAL } from '../../../src/engine/run/journal.ts';
import { OperatorEngine } from '../../../src/engine/run/operator-engine.ts';
import { missingRight } from '../../../src/engine/run/rights.ts';
import { createSnapshotStore } from '../../../src/engine/run/store.ts';
import { LAB, memoryCloud, type MemoryCloud, withWork } from '../../support/memory-cloud.ts';

let cloud: MemoryCloud;
beforeEach(async () => {
  cloud = memoryCloud();
  await withWork(cloud, 1);
});

const denied = (table: string): FaultError =>
  new FaultError({ kind: 'denied', operation: 'dynamodb UpdateItem', target: `cbas-lab-${table}`, detail: 'not authorized', code: 'AccessDeniedException' }); // prettier-ignore

/** A table as an identity sees it that may write only some of them; `may` is asked at each write. */
function seenBy(may: (table: string) => boolean): TableStore {
  const { store } = cloud;
  return {
    get: (table, key) => store.get(table, key),
    batchGet: (table, keys) => store.batchGet(table, keys),
    query: (query) => store.query(query),
    scan: (table, after) => store.scan(table, after),
    delete: (table, key) => store.delete(table, key),
    write: (write) => (may(write.table) ? store.write(write) : Promise.reject(denied(write.table))),
  };
}

async function consoleOf(store: TableStore): Promise<OperatorEngine> {
  const engine = new OperatorEngine({
    ports: { ...cloud.ports, store, blobs: cloud.blobs },
    snapshots: createSnapshotStore(NO_JOURNAL),
    deployment: { ...LAB, identity: 'viv' },
    operator: { name: 'viv', from: '', mode: 'operator' },
    wait: true,
  });
  engine.start();
  await cloud.clock.advance(5_000);
  return engine;
}

const kill = { kind: 'jobs.kill', jobIds: ['job-0'] } as const;

test('to ask what may be written writes nothing', async () => {
  const all = async () => Promise.all(OPERATOR_TABLES.map(async (table) => (await cloud.store.scan(table)).items));
  const before = await all();
  expect(await missingRight(cloud.store)).toBeUndefined();
  expect(await all()).toEqual(before);
});

test.each(OPERATOR_TABLES)('an identity that may not write %s has a console that looks only, and says what is missing', async (denies) => {
  const engine = await consoleOf(seenBy((table) => table !== denies));
  const why = `read-only: dynamodb:UpdateItem is not allowed to viv on cbas-lab-${denies}; operators need: cbas policy print --role operator`;
  expect(engine.abilities()).toMatchObject({ acts: false, whyReadOnly: why });
  expect(engine.propose(kill)).toMatchObject({ ok: false, refusal: { code: 'read-only', sentence: why } });
  expect(await engine.openShell('i-1')).toEqual({ kind: 'refused', why });
  expect(engine.snapshot().notables.at(-1)).toMatchObject({ level: 'attention', sentence: why });
  engine.stop();
}); // prettier-ignore

test('a right that is lost later is found out by the act that fails, and one that is given by the next look', async () => {
  let may = true;
  const engine = await consoleOf(seenBy(() => may));
  const proposal = engine.propose(kill);
  if (!proposal.ok) throw new Error(proposal.refusal.sentence);
  may = false;
  expect(await engine.confirm(proposal.plan)).toMatchObject([{ state: 'failed' }]);
  expect(engine.propose(kill)).toMatchObject({ refusal: { code: 'read-only' } });
  may = true;
  await cloud.clock.advance(5 * 60_000);
  expect(engine.abilities().acts).toBe(true);
  expect(engine.propose(kill).ok).toBe(true);
  engine.stop();
});

test('AWS that does not answer says nothing of rights', async () => {
  const store = seenBy(() => true);
  const silent: TableStore = {
    ...store,
    write: () => Promise.reject(new FaultError({ kind: 'timeout', operation: 'dynamodb UpdateItem', target: '', detail: '', code: '' })), // prettier-ignore
  };
  const engine = await consoleOf(silent);
  expect(engine.abilities().acts).toBe(true);
  engine.stop();
});
