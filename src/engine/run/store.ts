import { createStore, type StoreApi } from 'zustand/vanilla';
import { reduce } from '../decide/reduce.ts';
import type { EngineEvent } from '../model/event.ts';
import { emptySnapshot, type Snapshot } from '../model/snapshot.ts';
import type { Journal } from './journal.ts';

/** Where events go in and snapshots come out. */
export interface SnapshotStore {
  readonly api: StoreApi<Snapshot>;
  snapshot(): Snapshot;
  /** Journal first, then fold, then one change of state for the whole batch. */
  dispatch(events: readonly EngineEvent[]): void;
}

export function createSnapshotStore(journal: Journal): SnapshotStore {
  const api = createStore<Snapshot>(() => emptySnapshot());
  return {
    api,
    snapshot: api.getState,
    dispatch(events) {
      if (events.length === 0) return;
      journal.append(events);
      let next = api.getState();
      for (const event of events) next = reduce(next, event);
      api.setState(next, true);
    },
  };
}
