import { SCREENS } from './screens.ts';
import { setTable, type UiStore } from './state.ts';
import type { Remembered } from './ui-memory.ts';

/** The columns and the order of each table as the operator left them. An order is made once there are rows to order. */
export function takeTables(store: UiStore, { columns = {}, sorts = {} }: Remembered): void {
  for (const screen of SCREENS) {
    const [chosen, sort] = [columns[screen], sorts[screen]];
    if (chosen !== undefined && chosen.length > 0) setTable(store, screen, { columns: chosen });
    if (sort !== undefined) setTable(store, screen, { sort, order: undefined });
  }
}
