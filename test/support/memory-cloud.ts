import { type FaultHook, guarded, type Operation } from '../../src/aws/memory/faults.ts';
import { MemoryBlobs, newBucket } from '../../src/aws/memory/memory-blobs.ts';
import { MemoryCompute, type MemoryComputeOptions } from '../../src/aws/memory/memory-compute.ts';
import { MemoryPrices } from '../../src/aws/memory/memory-prices.ts';
import { MemoryQueue } from '../../src/aws/memory/memory-queue.ts';
import { MemoryTable } from '../../src/aws/memory/memory-table.ts';
import { VirtualClock } from '../../src/aws/memory/virtual-clock.ts';
import type { Deployment, Settings } from '../../src/engine/model/deployment.ts';
import type { Fault, FaultKind } from '../../src/engine/model/fault.ts';
import type { TableStore } from '../../src/engine/model/ports.ts';
import { seededRng } from '../../src/engine/model/rng.ts';
import { LOCAL_TIMINGS } from '../../src/engine/model/timings.ts';
import { writeSettings } from '../../src/engine/protocol/misc-item.ts';
import type { LeaderPorts } from '../../src/engine/run/leader.ts';
import { itemOf, SHARDS } from './job-table.ts';
import { DEPLOYMENT, NOW } from './snapshots.ts';

/** Where a worker of a test finds itself. */
export const PLACE = {
  instanceType: 'c5.large',
  zone: 'us-east-1a',
  region: 'us-east-1',
  lifecycle: 'spot',
  launchedAt: 1_700_000_000_000,
} as const;

export const LAB: Deployment = { ...DEPLOYMENT, ...SHARDS, timings: LOCAL_TIMINGS };
export const POOL = 'c5.large/us-east-1a';
export const OTHER_POOL = 'c5.large/us-east-1b';
export const C5_LARGE = {
  type: 'c5.large',
  vcpus: 2,
  memoryMb: 4_096,
  arch: 'x86_64',
  gpus: 0,
  onDemandUsdPerHour: 0.085,
} as const;

export function faultNow(kind: FaultKind = 'unavailable'): Fault {
  return { kind, operation: 'test', target: '', detail: 'planted', code: '' };
}

export interface MemoryCloud {
  readonly blobs: MemoryBlobs;
  readonly clock: VirtualClock;
  readonly store: MemoryTable;
  readonly compute: MemoryCompute;
  readonly prices: MemoryPrices;
  readonly ports: LeaderPorts;
}

/** Everything that a master needs, on a clock that stands still; one hook sees every call. */
export function memoryCloud(hook: FaultHook = {}, compute: Partial<MemoryComputeOptions> = {}): MemoryCloud {
  const clock = new VirtualClock(NOW);
  const store = new MemoryTable({ hook });
  const machines = new MemoryCompute({ clock, hook, ...compute });
  const prices = new MemoryPrices([C5_LARGE], hook);
  prices.add([POOL, OTHER_POOL].map((pool) => ({ pool, at: NOW - 60_000, usdPerHour: 0.03 })));
  const blobs = new MemoryBlobs(
    hook,
    undefined,
    newBucket(() => clock.now()),
  );
  const queue = (name: string) => new MemoryQueue({ clock, hook, name });
  return {
    blobs,
    clock,
    store,
    compute: machines,
    prices,
    ports: {
      store,
      blobs,
      compute: machines,
      prices,
      pings: queue('ping'),
      events: queue('events'),
      clock,
      rng: seededRng(1),
    },
  };
}

export function settingsFor(change: Partial<Settings> = {}): Settings {
  const pools = [POOL, OTHER_POOL].map((id) => ({ id, bidUsdPerHour: 0.05 }));
  return {
    rev: 0,
    accepting: true,
    targetWorkers: 4,
    slotsPerWorker: 1,
    pools,
    maxPoolSharePct: 50,
    changedBy: 'ana',
    changedAt: NOW,
    ...change,
  };
}

/** Settings and so many jobs that wait. */
export async function withWork(
  cloud: MemoryCloud,
  jobs: number,
  settings: Partial<Settings> = {},
): Promise<readonly string[]> {
  const ids = Array.from({ length: jobs }, (_, at) => `job-${at}`);
  await cloud.store.write(writeSettings(settingsFor(settings)));
  await cloud.store.putAll('jobs', ids.map((id) => itemOf({ id, at: NOW }))); // prettier-ignore
  return ids;
}

/** The same tables through a road of one's own: what `before` answers happens to this caller only. */
export function hookedStore(store: TableStore, before: NonNullable<FaultHook['before']>): TableStore {
  const run = <T>(name: string, target: string, act: () => Promise<T>): Promise<T> =>
    guarded({ before }, { port: 'table', name, target } satisfies Operation, act);
  return {
    get: (table, key) => run('get', `${table} ${key}`, () => store.get(table, key)),
    batchGet: (table, keys) => run('batchGet', table, () => store.batchGet(table, keys)),
    write: (write) => run('write', `${write.table} ${write.key}`, () => store.write(write)),
    query: (query) => run('query', query.table, () => store.query(query)),
    scan: (table, after) => run('scan', table, () => store.scan(table, after)),
    delete: (table, key) => run('delete', `${table} ${key}`, () => store.delete(table, key)),
  };
}
