import type { Cockpit, TerminalControl } from './cockpit.ts';
import { frameOf } from './cockpit.ts';
import { screenAt } from './components/tabs.ts';
import { dispatch } from './dispatch.ts';
import type { Keymap } from './effective-keys.ts';
import { isTooSmall, layoutOf } from './frame.ts';
import type { MouseReport } from './input-split.ts';
import type { KeyId } from './keymap.ts';
import { viewport } from './list.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import { screenKey } from './screens.ts';
import { setCursor } from './state.ts';

/**
 * The mouse, for whoever asked for it: a click on a tab opens the screen, a click on a row moves the cursor there, the
 * wheel scrolls. It never acts: no plan opens by a click, and none is confirmed by one.
 */

/** Presses and the wheel (1000), in the form that knows columns beyond 223 (1006). */
export const MOUSE_ON = '\u001b[?1000h\u001b[?1006h';
export const MOUSE_OFF = '\u001b[?1006l\u001b[?1000l';

/** Rows that a notch of the wheel moves by, as in other programs. */
const WHEEL_ROWS = 3;
/** Rows of the header, the verdict and the tabs. */
const TABS_ROW = 2;

export function mouseTo(cockpit: Cockpit, terminal: TerminalControl, report: MouseReport): void {
  const { dialog, prompt, size } = cockpit.store.getState();
  if (dialog !== undefined || prompt !== undefined || isTooSmall(size)) return;
  if (report.kind === 'press') return click(cockpit, terminal, report);
  const key = keyFor(cockpit.keymap, report.kind === 'wheel-up' ? 'up' : 'down');
  // One at a time: keys that come together are taken for typed ahead.
  if (key !== undefined) for (let row = 0; row < WHEEL_ROWS; row++) dispatch(cockpit, terminal, [key]);
}

function keyFor(keymap: Keymap, id: KeyId): { readonly name: string; readonly text: string } | undefined {
  const name = keymap.keyOf(id);
  return name === '' ? undefined : { name, text: '' };
}

function click(cockpit: Cockpit, terminal: TerminalControl, { column, row }: MouseReport): void {
  if (row === TABS_ROW) {
    const { size, screen: here } = cockpit.store.getState();
    const screen = screenAt(column, size.columns, here);
    const key = screen === undefined ? undefined : keyFor(cockpit.keymap, `screen-${screenKey(screen)}` as KeyId);
    if (key !== undefined) dispatch(cockpit, terminal, [key]);
    return;
  }
  const frame = frameOf(cockpit);
  const { ui, snapshot } = frame;
  const { gapRows, bodyRows, listColumns } = layoutOf(ui);
  const spec = SCREEN_SPECS[ui.screen];
  const head = spec.headRows(ui);
  if (head === undefined || ui.log !== undefined || ui.isHelpOpen || column >= listColumns) return;
  const list = spec.list(snapshot, ui);
  const rows = spec.pageRows(frame, bodyRows);
  const { top } = viewport(list, ui.cursors[ui.screen], rows);
  const line = row - TABS_ROW - 1 - gapRows - head;
  const index = top + line;
  if (line < 0 || line >= rows || index >= list.length) return;
  setCursor(cockpit.store, ui.screen, { id: list.idAt(index), index, top });
}
