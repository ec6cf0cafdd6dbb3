import { useCallback, useSyncExternalStore } from 'react';
import type { Engine } from '../engine/model/engine.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';

/** The engine's newest snapshot; the component is drawn again when it changes, at most ten times a second. */
export function useSnapshot(engine: Engine): Snapshot {
  const subscribe = useCallback((listener: () => void) => subscribeAfterKeys(engine, listener), [engine]);
  return useSyncExternalStore(subscribe, () => engine.snapshot());
}

/**
 * Tells of a change after the keys that have come meanwhile: the frame of a key shows the newest data anyhow, and then
 * none of its own is needed for them.
 */
function subscribeAfterKeys(engine: Engine, listener: () => void): () => void {
  let waiting: NodeJS.Immediate | undefined;
  const unsubscribe = engine.subscribe(() => {
    waiting ??= setImmediate(() => {
      waiting = undefined;
      listener();
    });
  });
  return () => {
    unsubscribe();
    clearImmediate(waiting);
  };
}
