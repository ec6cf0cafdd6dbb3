import { nextFault, viewJobs } from '../engine/select/jobs-view.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import { cursorStep } from './cursor-step.ts';
import { layoutOf } from './frame.ts';
import type { KeyId } from './keymap.ts';
import { current, scrollTop, viewport } from './list.ts';
import { listOf, SCREEN_SPECS } from './screens/index.ts';
import { jobQuery } from './screens/jobs.ts';
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

/** To the next row that needs a look, or back to the one before. */
export function jumpToFault(cockpit: Cockpit, step: 1 | -1): void {
  const { ui, snapshot } = frameOf(cockpit);
  const list = listOf('jobs', snapshot, ui);
  const { index } = current(list, ui.cursors.jobs);
  const at = nextFault(snapshot.jobs, viewJobs(snapshot.jobs, jobQuery(ui)), { index, step });
  if (at < 0) return tell(cockpit.store, step > 0 ? 'no fault below' : 'no fault above');
  setCursor(cockpit.store, 'jobs', { ...ui.cursors.jobs, id: list.idAt(at), index: at });
}

/** The order changes only here: sorted once, with the values of this moment. */
export function sortRows(cockpit: Cockpit, how: 'next' | 'reverse'): void {
  const { ui } = frameOf(cockpit);
  const { sorts = [], orderBy } = SCREEN_SPECS[ui.screen];
  if (ui.screen === 'workers' && ui.workersPane === 'grid')
    return tell(cockpit.store, 'the grid stays in order of pools; tab shows the table, which can be sorted');
  const [first] = sorts;
  if (first === undefined || orderBy === undefined) return;
  const now: Sort = ui.tables[ui.screen].sort ?? { column: first, direction: 'up' };
  const sort: Sort =
    how === 'reverse'
      ? { ...now, direction: now.direction === 'up' ? 'down' : 'up' }
      : { column: sorts[(sorts.indexOf(now.column) + 1) % sorts.length] ?? first, direction: 'up' };
  order(cockpit, sort);
}

/** By this column; once more, the other way. */
export function sortBy(cockpit: Cockpit, column: string): void {
  const { ui } = frameOf(cockpit);
  if (!(SCREEN_SPECS[ui.screen].sorts ?? []).includes(column))
    return tell(cockpit.store, `rows cannot be sorted by ${column}`);
  const before = ui.tables[ui.screen].sort;
  const isAgain = before?.column === column && before.direction === 'up';
  order(cockpit, { column, direction: isAgain ? 'down' : 'up' });
}

function order(cockpit: Cockpit, sort: Sort): void {
  const { store, memory } = cockpit;
  const { ui, snapshot } = frameOf(cockpit);
  setTable(store, ui.screen, { sort, order: SCREEN_SPECS[ui.screen].orderBy?.({ snapshot, ui }, sort) });
  setCursor(store, ui.screen, { id: '', index: 0, top: 0 });
  memory.save({ sorts: { ...memory.load().sorts, [ui.screen]: sort } });
}
