import { useSyncExternalStore } from 'react';
import type { Engine } from '../engine/model/engine.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';

/** The engine's newest snapshot; the component is drawn again when it changes, at most ten times a second. */
export function useSnapshot(engine: Engine): Snapshot {
  return useSyncExternalStore(
    (listener) => engine.subscribe(listener),
    () => engine.snapshot(),
  );
}
