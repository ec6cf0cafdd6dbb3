import { act } from './act.ts';
import { chooserKey, openChooser } from './choose-columns.ts';
import { undoHeld } from './held-acts.ts';
import { extendRange, markAll, toggleMark, toggleRange } from './marks.ts';
import { tokenOf } from './token.ts';
import { compare, describe } from './describe.ts';
import { type Cockpit, frameOf, type TerminalControl } from './cockpit.ts';
import { dialogKey } from './dialog-keys.ts';
import { isTooSmall } from './frame.ts';
import { report } from './file-commands.ts';
import { beginFind, nextMatch } from './find.ts';
import { follow, goBack } from './follow.ts';
import { openScreen } from './open-screen.ts';
import type { KeyPress } from './key-press.ts';
import type { KeyBinding, KeyId } from './keymap.ts';
import { placeOf } from './keymap.ts';
import { leave, leaveHeldKey, leaveKey } from './leave.ts';
import { SCREEN_SPECS, selectedId } from './screens/index.ts';
import { logKey, openLog } from './log-keys.ts';
import { moveCursor, sortRows } from './navigate.ts';
import { openPalette, paletteKey } from './palette-keys.ts';
import { resultsKey } from './plan-keys.ts';
import { promptKey } from './prompt-keys.ts';
import type { Link } from './screen-spec.ts';
import { screenKey as keyOfScreen, SCREENS } from './screens.ts';
import { setFilter, tell } from './state.ts';

/**
 * Every key of the program comes through here. Modes, the strongest first: a dialog, the filter being typed, the help,
 * the screen. Enter a mode by its key, leave it by esc.
 */
export function dispatch(cockpit: Cockpit, terminal: TerminalControl, presses: readonly KeyPress[]): void {
  for (const press of presses) {
    const { dialog, prompt, size, results } = cockpit.store.getState();
    if (press.name === 'ctrl-c') return leave(cockpit, terminal);
    const meaning = cockpit.keymap.bindingFor(press.name, placeOf(cockpit.store.getState()));
    // Over everything that is open, unless they lie on a key that types something.
    const isKey = (id: KeyId): boolean => cockpit.keymap.hasKey(id, press.name);
    if (press.text === '' && isKey('redraw')) terminal.redraw();
    else if (press.text === '' && isKey('suspend')) terminal.suspend();
    else if (isKey('undo') && !isTyping(cockpit) && undoHeld(cockpit)) continue;
    else if (dialog?.kind === 'leave-held')
      leaveHeldKey(cockpit, terminal, { dialog, press, isAlone: presses.length === 1 });
    else if (dialog?.kind === 'leave') leaveKey(cockpit, terminal, { dialog, press, isAlone: presses.length === 1 });
    else if (dialog !== undefined) dialogKey(cockpit, press, presses.length);
    else if (cockpit.store.getState().chooser !== undefined) chooserKey(cockpit, meaning?.id);
    else if (isTooSmall(size)) {
      if (isKey('quit')) leave(cockpit, terminal);
    } else if (prompt?.kind === 'command') {
      paletteKey(cockpit, prompt, { press, run: (binding) => runKey(cockpit, terminal, { binding, key: press.name }) });
    } else if (prompt !== undefined) promptKey(cockpit, prompt, press);
    else if (results !== undefined) resultsKey(cockpit, results, press);
    else screenKey(cockpit, terminal, press);
  }
}

/** Where a letter is text, and no key. */
function isTyping({ store, engine }: Cockpit): boolean {
  const { dialog, prompt } = store.getState();
  if (prompt !== undefined || dialog?.kind === 'urgency') return true;
  return dialog?.kind === 'plan' && tokenOf(dialog.plan, engine.snapshot()) !== undefined;
}

function screenKey(cockpit: Cockpit, terminal: TerminalControl, press: KeyPress): void {
  const ui = cockpit.store.getState();
  if (ui.message !== undefined || ui.why !== undefined) cockpit.store.setState({ message: undefined, why: undefined });
  // What is looked for among the keys is found among all that can be done here.
  if (ui.isHelpOpen && cockpit.keymap.hasKey('filter', press.name)) return openPalette(cockpit);
  const binding = cockpit.keymap.bindingFor(press.name, placeOf(ui));
  if (ui.why !== undefined && (binding?.id === 'back' || binding?.id === 'why')) return;
  if (binding !== undefined) runKey(cockpit, terminal, { binding, key: press.name });
}

/** What a key means; `key`: the one that was pressed for it. */
function runKey(
  cockpit: Cockpit,
  terminal: TerminalControl,
  { binding, key }: { readonly binding: KeyBinding; readonly key: string },
): void {
  if (binding.act) return act(cockpit, binding, { key, terminal });
  if (binding.id === 'redraw') return terminal.redraw();
  if (binding.id === 'suspend') return terminal.suspend();
  if (binding.id === 'quit') return leave(cockpit, terminal);
  if (binding.id === 'copy') return copyId(cockpit, terminal);
  look(cockpit, binding);
}

/** Keys that look: they change the screen and nothing else. */
function look(cockpit: Cockpit, { id }: KeyBinding): void {
  const { store } = cockpit;
  const ui = store.getState();
  if (ui.log !== undefined && !ui.isHelpOpen && logKey(cockpit, ui.log, id)) return;
  if (id.startsWith('screen-'))
    return openScreen(cockpit, SCREENS.find((screen) => keyOfScreen(screen) === id.slice(-1)) ?? 'overview');
  switch (id) {
    case 'help':
      return store.setState({ isHelpOpen: !ui.isHelpOpen });
    case 'back':
      return back(cockpit);
    case 'follow':
    case 'follow-other':
      return follow(cockpit, linksHere(cockpit), id === 'follow' ? 0 : 1);
    case 'return':
      return void (goBack(cockpit) || tell(store, 'no link was followed'));
    case 'columns':
      return openChooser(cockpit);
    case 'open':
      return store.setState({ isDetailOpen: !ui.isDetailOpen && SCREEN_SPECS[ui.screen].detail !== undefined });
    case 'pane':
      return store.setState({ workersPane: ui.workersPane === 'grid' ? 'table' : 'grid' });
    case 'search':
      return store.setState({ prompt: { kind: 'filter', before: ui.log?.search ?? '' } });
    case 'filter':
      return store.setState({ prompt: { kind: 'filter', before: ui.filters[ui.screen] } });
    case 'command':
      return openPalette(cockpit);
    case 'find':
      return beginFind(cockpit);
    case 'sort':
      return sortRows(cockpit, 'next');
    case 'reverse':
      return sortRows(cockpit, 'reverse');
    case 'faults':
      return showFaults(cockpit);
    case 'next':
      return nextMatch(cockpit, 1);
    case 'previous':
      return nextMatch(cockpit, -1);
    case 'mark':
      toggleMark(cockpit);
      return moveCursor(cockpit, ui.screen === 'workers' && ui.workersPane === 'grid' ? 'right' : 'down');
    case 'range':
      return toggleRange(cockpit);
    case 'mark-all':
      return markAll(cockpit);
    case 'pause':
      return pause(cockpit);
    case 'why':
      return tellWhy(cockpit);
    case 'log':
      return openLog(cockpit);
    case 'describe':
      return describe(cockpit);
    case 'report':
      return void report(cockpit, '');
    case 'compare':
      return compare(cockpit);
    default:
      moveCursor(cockpit, id);
      return extendRange(cockpit);
  }
}

/** Of this screen, or, where it has none, of the jobs. */
function showFaults(cockpit: Cockpit): void {
  const { screen } = cockpit.store.getState();
  const hasOwn = SCREEN_SPECS[screen].hasFaults === true;
  if (!hasOwn) openScreen(cockpit, 'jobs');
  cockpit.store.setState(({ faultsOnly }) => ({
    faultsOnly: { ...faultsOnly, [hasOwn ? screen : 'jobs']: hasOwn ? !faultsOnly[screen] : true },
  }));
}

/** Leaves the innermost thing that is open; at last it takes filters and marks away. */
function back(cockpit: Cockpit): void {
  const { store } = cockpit;
  const ui = store.getState();
  if (ui.isHelpOpen) return store.setState({ isHelpOpen: false });
  if (ui.log !== undefined) return store.setState({ log: undefined });
  if (ui.isDetailOpen) return store.setState({ isDetailOpen: false });
  if (ui.range !== undefined) return store.setState({ marks: ui.range.before, range: undefined });
  if (ui.marks.size > 0) return store.setState({ marks: new Set() });
  if (ui.search.isShown) return store.setState({ search: { ...ui.search, isShown: false } });
  if (goBack(cockpit)) return;
  if (ui.faultsOnly[ui.screen]) return store.setState({ faultsOnly: { ...ui.faultsOnly, [ui.screen]: false } });
  if (ui.filters[ui.screen] !== '') setFilter(store, ui.screen, '');
}

function pause(cockpit: Cockpit): void {
  const { snapshot, now, ui } = frameOf(cockpit);
  cockpit.store.setState({ frozen: ui.frozen === undefined ? { snapshot, now } : undefined });
}

function tellWhy(cockpit: Cockpit): void {
  const frame = frameOf(cockpit);
  const { ui, snapshot } = frame;
  const id = selectedId(ui.screen, snapshot, ui);
  const sentences = SCREEN_SPECS[ui.screen].why?.(frame, id) ?? [];
  const [title = '', ...told] = sentences;
  if (told.length === 0) return tell(cockpit.store, 'nothing is known of why');
  cockpit.store.setState({ why: { title, sentences: told } });
}

function linksHere(cockpit: Cockpit): readonly Link[] {
  const frame = frameOf(cockpit);
  const { ui, snapshot } = frame;
  const id = selectedId(ui.screen, snapshot, ui);
  return id === '' ? [] : (SCREEN_SPECS[ui.screen].links?.(frame, id) ?? []);
}

function copyId(cockpit: Cockpit, terminal: TerminalControl): void {
  const { snapshot, ui } = frameOf(cockpit);
  const id = ui.log?.jobId ?? selectedId(ui.screen, snapshot, ui);
  if (id === '') return tell(cockpit.store, 'nothing under the cursor to copy');
  const text = SCREEN_SPECS[ui.screen].copies?.(id) ?? id;
  if (terminal.copy(text)) tell(cockpit.store, `copied ${text}`);
  else tell(cockpit.store, 'too long for the clipboard of a terminal', 'attention');
}
