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

/** By this column; once more, the other way. */
export function sortByColumn(cockpit: Cockpit, column: string): void {
  const { ui } = frameOf(cockpit);
  if (!(SCREEN_SPECS[ui.screen].sorts ?? []).includes(column))
    return tell(cockpit.store, `rows cannot be sorted by ${column}`);
  const before = ui.tables[ui.screen].sort;
  const isAgain = before?.column === column && before.direction === 'up';
  sortBy(cockpit, { column, direction: isAgain ? 'down' : 'up' });
}

/** The order changes only here: sorted once, with the values of this moment. It is remembered for the next start. */
export function sortBy(cockpit: Cockpit, sort: Sort): void {
  const { store, memory } = cockpit;
  const { ui, snapshot } = frameOf(cockpit);
  const { orderBy } = SCREEN_SPECS[ui.screen];
  if (orderBy === undefined) return;
  if (ui.screen === 'workers' && ui.workersPane === 'grid')
    return tell(store, 'the grid stays in order of pools; tab shows the table, which can be sorted');
  setTable(store, ui.screen, { sort, order: orderBy({ snapshot, ui }, sort) });
  setCursor(store, ui.screen, { id: '', index: 0, top: 0 });
  memory.save({ sorts: { ...memory.load().sorts, [ui.screen]: sort } });
}
