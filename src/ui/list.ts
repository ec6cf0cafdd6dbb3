import type { Cursor } from './state.ts';

/** What the cursor of a screen walks over. */
export interface List {
  readonly length: number;
  idAt(index: number): string;
  /** -1 when it is not in the list. */
  indexOf(id: string): number;
  /** Where a cursor stands that nobody has moved yet. */
  readonly start: number;
}

export const NOTHING: List = { length: 0, idAt: () => '', indexOf: () => -1, start: 0 };

export function listOfIds(ids: readonly string[]): List {
  return { length: ids.length, idAt: (index) => ids[index] ?? '', indexOf: (id) => ids.indexOf(id), start: 0 };
}

/** The row under the cursor: the one with its id, or, when that is gone, the one that took its place. */
export function current(list: List, cursor: Cursor): { readonly index: number; readonly id: string } {
  if (list.length === 0) return { index: 0, id: '' };
  if (isUnmoved(cursor)) return { index: list.start, id: list.idAt(list.start) };
  const found = cursor.id === '' ? -1 : list.indexOf(cursor.id);
  const index = found >= 0 ? found : Math.min(Math.max(0, cursor.index), list.length - 1);
  return { index, id: list.idAt(index) };
}

function isUnmoved(cursor: Cursor): boolean {
  return cursor.id === '' && cursor.index === 0;
}

/** Rows shown above the start of a list that nobody has moved in: what ended last. */
const ROWS_BEFORE_START = 3;

/** The cursor's row and the first row of a window around it: what is drawn, and what keys go on from. */
export function viewport(list: List, cursor: Cursor, rows: number): { index: number; id: string; top: number } {
  const { index, id } = current(list, cursor);
  const wanted = isUnmoved(cursor) ? index - ROWS_BEFORE_START : cursor.top;
  return { index, id, top: scrollTop(wanted, index, { rows, length: list.length }) };
}

/** First row to show, so that row `index` is in a window of `rows`: the old one, moved as little as needed. */
export function scrollTop(
  top: number,
  index: number,
  window: { readonly rows: number; readonly length: number },
): number {
  const least = Math.max(0, index - window.rows + 1);
  const most = Math.min(index, Math.max(0, window.length - window.rows));
  return Math.max(Math.min(top, Math.max(most, least)), least);
}
