import { JOB_SORTS, type JobSort, nextFault, orderJobs, viewJobs } from '../engine/select/jobs-view.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import { type Frame, layoutOf } from './frame.ts';
import type { KeyId } from './keymap.ts';
import { current, jobQuery, listOf, scrollTop, shownWorkers, viewport } from './list.ts';
import { jobListRows } from './screens/jobs.tsx';
import { gridRows, gridStep } from './screens/worker-grid.ts';
import { workerListRows } from './screens/workers.tsx';
import { setCursor, tell } from './state.ts';

/** Where the cursor goes for a key, as an index; undefined when the key does not move it. */
function target(
  id: KeyId,
  at: { readonly index: number; readonly length: number; readonly page: number },
): number | undefined {
  const half = Math.max(1, Math.floor(at.page / 2));
  switch (id) {
    case 'up':
      return at.index - 1;
    case 'down':
      return at.index + 1;
    case 'top':
      return 0;
    case 'bottom':
      return at.length - 1;
    case 'page-down':
      return at.index + at.page;
    case 'page-up':
      return at.index - at.page;
    case 'half-down':
      return at.index + half;
    case 'half-up':
      return at.index - half;
    default:
      return undefined;
  }
}

export function pageRows({ ui }: Frame): number {
  const { bodyRows } = layoutOf(ui);
  return ui.screen === 'workers' ? workerListRows(bodyRows) : jobListRows(bodyRows);
}

/** Moves the cursor of the screen; it lands on a row's id and follows that row from then on. */
export function moveCursor(cockpit: Cockpit, id: KeyId): void {
  const frame = frameOf(cockpit);
  const { ui, snapshot } = frame;
  const list = listOf(ui.screen, snapshot, ui);
  if (list.length === 0) return;
  const cursor = ui.cursors[ui.screen];
  const page = pageRows(frame);
  const { index, top: shownTop } = viewport(list, cursor, page);
  const isGrid = ui.screen === 'workers' && ui.workersPane === 'grid';
  const wanted = isGrid ? gridTarget(frame, id, index) : target(id, { index, length: list.length, page });
  if (wanted === undefined) return;
  const next = Math.min(list.length - 1, Math.max(0, wanted));
  const top = scrollTop(shownTop, next, {
    rows: page,
    length: list.length,
  });
  setCursor(cockpit.store, ui.screen, { id: list.idAt(next), index: next, top });
}

function gridTarget(frame: Frame, id: KeyId, index: number): number | undefined {
  const workers = shownWorkers(frame.snapshot, frame.ui);
  const rows = gridRows(workers, layoutOf(frame.ui).listColumns || frame.width);
  const page = pageRows(frame);
  if (id === 'left') return index - 1;
  if (id === 'right') return index + 1;
  if (id === 'top') return 0;
  if (id === 'bottom') return workers.length - 1;
  const steps = target(id, { index: 0, length: 0, page });
  return steps === undefined ? undefined : gridStep(rows, index, steps);
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
export function sortJobs(cockpit: Cockpit, how: 'next' | 'reverse'): void {
  const { ui, snapshot } = frameOf(cockpit);
  const sort: JobSort =
    how === 'reverse'
      ? { ...ui.sort, direction: ui.sort.direction === 'up' ? 'down' : 'up' }
      : {
          column: JOB_SORTS[(JOB_SORTS.indexOf(ui.sort.column) + 1) % JOB_SORTS.length] ?? 'submitted',
          direction: 'up',
        };
  cockpit.store.setState({ sort, order: orderJobs(snapshot.jobs, sort) });
  setCursor(cockpit.store, 'jobs', { id: '', index: 0, top: 0 });
}
