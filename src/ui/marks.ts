import { type Cockpit, frameOf } from './cockpit.ts';
import { current, type List } from './list.ts';
import { listOf, SCREEN_SPECS, selectedId } from './screens/index.ts';
import { tell } from './state.ts';

/** More are for a script: an act on them would be a plan that nobody can read. */
export const MARKS_MAX = 10_000;

export function toggleMark(cockpit: Cockpit): void {
  const { ui, snapshot } = frameOf(cockpit);
  const id = selectedId(ui.screen, snapshot, ui);
  if (id === '') return;
  const marks = new Set(ui.marks);
  if (!marks.delete(id)) marks.add(id);
  cockpit.store.setState({ marks, range: undefined });
}

/** All that the filter lets through; once more, and none of them is marked. */
export function markAll(cockpit: Cockpit): void {
  const { ui, snapshot } = frameOf(cockpit);
  const list = listOf(ui.screen, snapshot, ui);
  const ids = idsOf(list, 0, Math.min(list.length, MARKS_MAX) - 1);
  const marks = new Set(ui.marks);
  if (ids.length > 0 && ids.every((id) => marks.has(id))) for (const id of ids) marks.delete(id);
  else for (const id of ids) marks.add(id);
  cockpit.store.setState({ marks, range: undefined });
  if (list.length > MARKS_MAX) tell(cockpit.store, `only the first ${MARKS_MAX} of ${list.length} are marked: filter more, or use cbas`, 'attention'); // prettier-ignore
}

/** Begins a range at the cursor, or keeps the one that was begun. */
export function toggleRange(cockpit: Cockpit): void {
  const { ui, snapshot } = frameOf(cockpit);
  if (ui.range !== undefined) return cockpit.store.setState({ range: undefined });
  const anchor = selectedId(ui.screen, snapshot, ui);
  if (anchor === '' || !SCREEN_SPECS[ui.screen].hasMarks) return;
  cockpit.store.setState({ range: { anchor, before: ui.marks }, marks: new Set([...ui.marks, anchor]) });
}

/** While a range is open, what lies between its beginning and the cursor is marked. */
export function extendRange(cockpit: Cockpit): void {
  const { ui, snapshot } = frameOf(cockpit);
  const { range } = ui;
  if (range === undefined) return;
  const list = listOf(ui.screen, snapshot, ui);
  const from = list.indexOf(range.anchor);
  const to = current(list, ui.cursors[ui.screen]).index;
  // The row that it began at is gone, or filtered away: then it begins here.
  if (from < 0) return cockpit.store.setState({ range: undefined });
  const ids = idsOf(list, Math.min(from, to), Math.min(Math.max(from, to), Math.min(from, to) + MARKS_MAX - 1));
  cockpit.store.setState({ marks: new Set([...range.before, ...ids]) });
}

function idsOf(list: List, from: number, to: number): readonly string[] {
  const ids: string[] = [];
  for (let at = from; at <= to; at++) ids.push(list.idAt(at));
  return ids;
}
