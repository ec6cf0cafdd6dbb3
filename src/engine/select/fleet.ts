import type { Rows } from '../model/rows.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { WorkerRow } from '../model/worker.ts';

/** What a cell of the grid says of one worker. Silence is no kind: it is a badge with an age. */
export const CELL_KINDS = ['busy', 'idle', 'booting', 'leaving', 'lost'] as const;
export type CellKind = (typeof CELL_KINDS)[number];
export type CellCounts = Readonly<Record<CellKind, number>>;

export interface FleetPool {
  readonly id: string;
  /** In the order in which the workers became known, which never changes: a cell stays where it is. */
  readonly workers: readonly WorkerRow[];
}

/** Which kind of cell a worker is; undefined once it is gone. A notice makes it leave before its own row says so. */
export function cellKind(worker: WorkerRow, snapshot: Pick<Snapshot, 'notices'>): CellKind | undefined {
  const noticed = worker.notice !== undefined || snapshot.notices[worker.id] !== undefined;
  switch (worker.state) {
    case 'PENDING':
    case 'BOOTING':
      return noticed ? 'leaving' : 'booting';
    case 'IDLE':
      return noticed ? 'leaving' : 'idle';
    case 'BUSY':
      return noticed ? 'leaving' : 'busy';
    case 'DRAINING':
    case 'INTERRUPTED':
      return 'leaving';
    case 'LOST':
      return 'lost';
    case 'TERMINATED':
      return undefined;
  }
}

const fleets = new WeakMap<Rows<WorkerRow>, readonly FleetPool[]>();

/** Workers that are not gone, grouped by pool, pools in alphabetical order. Remembered per collection: most snapshots share it. */
export function fleetOf(snapshot: Pick<Snapshot, 'workers'>): readonly FleetPool[] {
  const known = fleets.get(snapshot.workers);
  if (known !== undefined) return known;
  const byPool = new Map<string, WorkerRow[]>();
  for (const worker of snapshot.workers) {
    if (worker.state === 'TERMINATED') continue;
    const pool = byPool.get(worker.pool);
    if (pool === undefined) byPool.set(worker.pool, [worker]);
    else pool.push(worker);
  }
  const fleet = [...byPool]
    .map(([id, workers]) => ({ id, workers }))
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  fleets.set(snapshot.workers, fleet);
  return fleet;
}

const forAnyJob = new WeakMap<readonly WorkerRow[], readonly WorkerRow[]>();

/** Those that take any job: a worker that was launched for rescued jobs is of no use to others. Remembered, as the counts are. */
export function workersForAny(workers: readonly WorkerRow[]): readonly WorkerRow[] {
  let known = forAnyJob.get(workers);
  if (known === undefined) {
    known = workers.every(({ serves }) => serves === 'queue')
      ? workers
      : workers.filter(({ serves }) => serves === 'queue');
    forAnyJob.set(workers, known);
  }
  return known;
}

interface Counted {
  readonly notices: Snapshot['notices'];
  readonly counts: CellCounts;
}
const counted = new WeakMap<readonly WorkerRow[], Counted>();

/** How many workers are of each kind. Remembered: ten thousand of them are counted once a change, not once a frame. */
export function countCells(workers: readonly WorkerRow[], snapshot: Pick<Snapshot, 'notices'>): CellCounts {
  const known = counted.get(workers);
  if (known?.notices === snapshot.notices) return known.counts;
  const counts: Record<CellKind, number> = { busy: 0, idle: 0, booting: 0, leaving: 0, lost: 0 };
  for (const worker of workers) {
    const kind = cellKind(worker, snapshot);
    if (kind !== undefined) counts[kind] += 1;
  }
  counted.set(workers, { notices: snapshot.notices, counts });
  return counts;
}

export function addCells(counts: readonly CellCounts[]): CellCounts {
  const sum: Record<CellKind, number> = { busy: 0, idle: 0, booting: 0, leaving: 0, lost: 0 };
  for (const part of counts) for (const kind of CELL_KINDS) sum[kind] += part[kind];
  return sum;
}
