import { type Cockpit, frameOf } from './cockpit.ts';
import { cursorStep } from './cursor-step.ts';
import { layoutOf } from './frame.ts';
import type { KeyId } from './keymap.ts';
import { scrollTop, viewport } from './list.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import type { Sort } from './components/table.ts';
import { setCursor, setTable, tell } from './state.ts';

/** Moves the cursor of the screen; it lands on a row's id and follows that row from then on. */
export function moveCursor(cockpit: Cockpit, id: KeyId): void {
  const frame = frameOf(cockpit);
  const { ui, snapshot } = frame;
  const spec = SCREEN_SPECS[ui.screen];
  const list = spec.list(snapshot, ui);
  if (list.length === 0) return;
  const cursor = ui.cursors[ui.screen];
  const page = spec.pageRows(frame, layoutOf(ui).bodyRows);
  const { index, top: shownTop } = viewport(list, cursor, page);
  const wanted = spec.step?.(frame, id, { index, page }) ?? cursorStep(id, { index, length: list.length, page });
  if (wanted === undefined) return;
  const next = Math.min(list.length - 1, Math.max(0, wanted));
  const top = scrollTop(shownTop, next, { rows: page, length: list.length });
  setCursor(cockpit.store, ui.screen, { id: list.idAt(next), index: next, top });
}

/** The next column, or the other way round. */
export function sortRows(cockpit: Cockpit, how: 'next' | 'reverse'): void {
  const { ui } = frameOf(cockpit);
  const { sorts = [] } = SCREEN_SPECS[ui.screen];
  const [first] = sorts;
  if (first === undefined) return;
  const now: Sort = ui.tables[ui.screen].sort ?? { column: first, direction: 'up' };
  const sort: Sort =
    how === 'reverse'
      ? { ...now, direction: now.direction === 'up' ? 'down' : 'up' }
      : { column: sorts[(sorts.indexOf(now.column) + 1) % sorts.length] ?? first, direction: 'up' };
  sortBy(cockpit, sort);
}

/** The order changes only here: sorted once, with the values of this moment. */
export function sortBy(cockpit: Cockpit, sort: Sort): void {
  const { ui, snapshot } = frameOf(cockpit);
  const { orderBy } = SCREEN_SPECS[ui.screen];
  if (orderBy === undefined) return;
  if (ui.screen === 'workers' && ui.workersPane === 'grid')
    return tell(cockpit.store, 'the grid stays in order of pools; tab shows the table, which can be sorted');
  setTable(cockpit.store, ui.screen, { sort, order: orderBy(snapshot, sort) });
  setCursor(cockpit.store, ui.screen, { id: '', index: 0, top: 0 });
}
