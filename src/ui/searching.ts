import { hitsOn, isHitting } from '../engine/select/job-hits.ts';
import { isSearching, searchOn } from '../engine/select/jobs-view.ts';
import type { Cockpit } from './cockpit.ts';

/** A turn of a search: keys are read in between. */
const TURN_MS = 6;
/** How often what a long search has found is painted, from its first rows on. */
const PAINT_EVERY_MS = 80;

/** Rows of the list, or jobs that answer what is typed after `:`. */
function isAny(): boolean {
  return isSearching() || isHitting();
}

/**
 * Goes on with what the frame could not find at once: a filter over a million jobs, or their order. A few ms at a time,
 * after the keys that have come meanwhile; another filter takes the place of the one that is being looked for. Returns
 * what wakes it, to be called after each frame.
 */
export function keepSearching({ clock, store }: Cockpit): () => void {
  let isAwake = false;
  let paintedMs = -Infinity;
  const turn = (): void => {
    const until = clock.monotonicMs() + TURN_MS;
    while ((searchOn() || hitsOn()) && clock.monotonicMs() < until);
    const isOver = !isAny();
    if (isOver || clock.monotonicMs() - paintedMs >= PAINT_EVERY_MS) {
      paintedMs = clock.monotonicMs();
      store.setState(({ searched }) => ({ searched: searched + 1 }));
    }
    isAwake = !isOver;
    if (isAwake) clock.soon(turn);
  };
  return () => {
    if (isAwake || !isAny()) return;
    isAwake = true;
    paintedMs = -Infinity;
    clock.soon(turn);
  };
}
