import { upsertRows } from '../model/rows.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { WorkerRow } from '../model/worker.ts';
import { note, plural } from './notables.ts';

export function reduceWorkers(snapshot: Snapshot, rows: readonly WorkerRow[], at: number): Snapshot {
  const news = rows.filter((row) => row.rev > (snapshot.workers.get(row.id)?.rev ?? 0));
  if (news.length === 0) return snapshot;
  let next: Snapshot = snapshot;
  for (const row of news) {
    const known = snapshot.workers.get(row.id);
    if (known !== undefined && known.state !== row.state) next = noteTransition(next, row, at);
  }
  const gone = news.filter(({ state }) => state === 'TERMINATED').map(({ id }) => id);
  return { ...withoutSignals(next, gone), workers: upsertRows(snapshot.workers, news) };
}

/** What was heard of a worker is of no use once it is gone; a master that leads for months hears of many. */
function withoutSignals(snapshot: Snapshot, gone: readonly string[]): Snapshot {
  return {
    ...snapshot,
    pingAt: without(snapshot.pingAt, gone),
    notices: without(snapshot.notices, gone),
    rebalanceAt: without(snapshot.rebalanceAt, gone),
  };
}

/** The same object where none of them is in it: whoever compares by identity sees no change. */
function without<T>(known: Readonly<Record<string, T>>, ids: readonly string[]): Readonly<Record<string, T>> {
  if (!ids.some((id) => known[id] !== undefined)) return known;
  const left = { ...known };
  for (const id of ids) delete left[id];
  return left;
}

function noteTransition(snapshot: Snapshot, row: WorkerRow, at: number): Snapshot {
  switch (row.state) {
    case 'INTERRUPTED':
      return note(snapshot, {
        at,
        group: `taken:${row.pool}`,
        about: row.id,
        level: 'handled',
        say: (count) => `${row.pool} takes ${plural(count, 'worker')} back`,
      });
    case 'LOST':
      return note(snapshot, {
        at,
        group: 'workers.lost',
        about: row.id,
        level: 'handled',
        say: (count) => `${plural(count, 'worker')} lost: ${row.detail}`,
      });
    default:
      return snapshot;
  }
}
