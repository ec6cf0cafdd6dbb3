import { realNumber } from './numbers.ts';

/** A minute is long enough to change one's mind; more would be mistaken for an act that was done. */
const UNDO_S_MAX = 60;

/** How long what ends something can be undone, in ms, of what was said in seconds. */
export function undoMsOf(text: string): number {
  return realNumber('--undo-for', text, { min: 0, max: UNDO_S_MAX }) * 1_000;
}
