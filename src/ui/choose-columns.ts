import { type Cockpit, frameOf } from './cockpit.ts';
import type { KeyId } from './keymap.ts';
import type { Frame } from './frame.ts';
import type { ColumnName } from './screen-spec.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import { sortByColumn } from './navigate.ts';
import { setTable, tell } from './state.ts';
import { columnsInOrder } from './table-screen.ts';

/** A line of the chooser. */
export interface ColumnChoice extends ColumnName {
  readonly isShown: boolean;
}

/** The columns shown, in their order; then those that are not. */
export function columnChoices(frame: Frame): readonly ColumnChoice[] {
  const all = SCREEN_SPECS[frame.ui.screen].columns?.(frame) ?? [];
  const shown = columnsInOrder(all, frame.ui.tables[frame.ui.screen].columns);
  const hidden = all.filter((column) => !shown.includes(column));
  return [...shown.map((column) => ({ ...column, isShown: true })), ...hidden.map((column) => ({ ...column, isShown: false }))]; // prettier-ignore
}

export function openChooser(cockpit: Cockpit): void {
  const frame = frameOf(cockpit);
  if (columnChoices(frame).length === 0) return tell(cockpit.store, 'there are no columns to choose here');
  cockpit.store.setState({ chooser: { index: 0 } });
}

/** A key while columns are chosen: space shows or hides, arrows move the cursor and the column under it. */
export function chooserKey(cockpit: Cockpit, id: KeyId | undefined): void {
  const { store, memory } = cockpit;
  const frame = frameOf(cockpit);
  const { screen, chooser } = frame.ui;
  const choices = columnChoices(frame);
  const index = Math.min(chooser?.index ?? 0, choices.length - 1);
  const at = choices[index];
  if (id === 'column-leave' || at === undefined) return store.setState({ chooser: undefined });
  const choose = (columns: readonly string[] | undefined, next: number): void => {
    if (columns?.length === 0) return tell(store, 'one column must stay');
    setTable(store, screen, { columns });
    store.setState({ chooser: { index: next } });
    memory.save({ columns: { ...memory.load().columns, [screen]: columns ?? [] } });
  };
  const shown = choices.filter(({ isShown }) => isShown).map((choice) => choice.id);
  const move = (step: -1 | 1): void => {
    const to = index + step;
    if (!at.isShown || to < 0 || to >= shown.length) return;
    choose(shown.toSpliced(index, 1).toSpliced(to, 0, at.id), to);
  };
  switch (id) {
    case 'column-up':
      return store.setState({ chooser: { index: Math.max(0, index - 1) } });
    case 'column-down':
      return store.setState({ chooser: { index: Math.min(choices.length - 1, index + 1) } });
    case 'column-toggle': {
      const columns = at.isShown ? shown.filter((one) => one !== at.id) : [...shown, at.id];
      return choose(columns, at.isShown ? index : columns.length - 1);
    }
    case 'column-earlier':
      return move(-1);
    case 'column-later':
      return move(1);
    case 'column-reset':
      return choose(undefined, 0);
    case 'column-sort':
      return sortByColumn(cockpit, at.id);
    default:
      return undefined;
  }
}
