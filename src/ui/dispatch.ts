import { workerLine } from '../engine/select/workers.ts';
import { jobLine } from '../engine/select/jobs.ts';
import { waitingOf } from '../engine/select/reason.ts';
import { whyText } from './screens/worker-table.ts';
import { act, propose } from './act.ts';
import { commandAgain } from './confirm.ts';
import { undoHeld } from './held-acts.ts';
import { extendRange, markAll, toggleMark, toggleRange } from './marks.ts';
import { tokenOf } from './token.ts';
import { type Cockpit, frameOf, type TerminalControl } from './cockpit.ts';
import { dialogKey } from './dialog-keys.ts';
import { isTooSmall } from './frame.ts';
import type { KeyPress } from './key-press.ts';
import { bindingFor, type KeyBinding, placeOf } from './keymap.ts';
import { leave, leaveHeldKey, leaveKey } from './leave.ts';
import { SCREEN_SPECS, selectedId } from './screens/index.ts';
import { logKey, openLog, searchLog } from './log-keys.ts';
import { jumpToFault, moveCursor, sortRows } from './navigate.ts';
import { SCREENS, type ScreenId } from './screens.ts';
import { type Results, setFilter, tell } from './state.ts';

/**
 * Every key of the program comes through here. Modes, the strongest first: a dialog, the filter being typed, the help,
 * the screen. Enter a mode by its key, leave it by esc.
 */
export function dispatch(cockpit: Cockpit, terminal: TerminalControl, presses: readonly KeyPress[]): void {
  for (const press of presses) {
    const { dialog, prompt, size, results } = cockpit.store.getState();
    if (press.name === 'ctrl-c') return leave(cockpit, terminal);
    if (press.name === 'ctrl-l') terminal.redraw();
    else if (press.name === 'ctrl-z') terminal.suspend();
    else if (press.name === 'U' && !isTyping(cockpit) && undoHeld(cockpit)) continue;
    else if (dialog?.kind === 'leave-held')
      leaveHeldKey(cockpit, terminal, { dialog, press, isAlone: presses.length === 1 });
    else if (dialog?.kind === 'leave') leaveKey(cockpit, terminal, { dialog, press, isAlone: presses.length === 1 });
    else if (dialog !== undefined) dialogKey(cockpit, press, presses.length);
    else if (isTooSmall(size)) {
      if (press.name === 'q') leave(cockpit, terminal);
    } else if (prompt !== undefined) promptKey(cockpit, press);
    else if (results !== undefined) resultsKey(cockpit, results, press);
    else screenKey(cockpit, terminal, press);
  }
}

/** Where a letter is text, and no key. */
function isTyping({ store, engine }: Cockpit): boolean {
  const { dialog, prompt } = store.getState();
  if (prompt !== undefined || dialog?.kind === 'command' || dialog?.kind === 'urgency') return true;
  return dialog?.kind === 'plan' && tokenOf(dialog.plan, engine.snapshot()) !== undefined;
}

/** The list of what came of an act: it is read and closed, or what did not come off is tried again. */
function resultsKey(cockpit: Cockpit, results: Results, { name }: KeyPress): void {
  const { store } = cockpit;
  const move = (by: number): void =>
    store.setState({ results: { ...results, top: Math.max(0, Math.min(results.lines.length - 1, results.top + by)) } });
  if (name === 'esc' || name === 'enter' || name === 'q') return store.setState({ results: undefined });
  if (name === 'down' || name === 'j') return move(1);
  if (name === 'up' || name === 'k') return move(-1);
  if (name !== 'R') return;
  const command = commandAgain(results.plan, results.lines);
  if (command === undefined) return tell(store, 'it cannot be tried again in part: begin it anew');
  store.setState({ results: undefined });
  propose(cockpit, command, 'R');
}

/** The filter of the screen, or what is looked for in the open log. */
function promptKey(cockpit: Cockpit, press: KeyPress): void {
  const { store } = cockpit;
  const { screen, filters, prompt, log } = store.getState();
  const text = log === undefined ? filters[screen] : log.search;
  const set = (next: string): void =>
    log === undefined ? setFilter(store, screen, next) : searchLog(cockpit, log, next);
  if (press.name === 'enter') return store.setState({ prompt: undefined });
  if (press.name === 'esc') {
    set(prompt?.before ?? '');
    return store.setState({ prompt: undefined });
  }
  if (press.name === 'backspace' || press.name === 'delete') return set([...text].slice(0, -1).join(''));
  if (press.name === 'ctrl-u') return set('');
  if (press.text !== '') set(text + press.text);
}

function screenKey(cockpit: Cockpit, terminal: TerminalControl, press: KeyPress): void {
  const ui = cockpit.store.getState();
  if (ui.message !== undefined) cockpit.store.setState({ message: undefined });
  const binding = bindingFor(press.name, placeOf(ui));
  if (binding === undefined) return;
  if (binding.act) return act(cockpit, binding, { key: press.name, terminal });
  if (binding.id === 'quit') return leave(cockpit, terminal);
  if (binding.id === 'copy') return copyId(cockpit, terminal);
  look(cockpit, binding);
}

/** Keys that look: they change the screen and nothing else. */
function look(cockpit: Cockpit, { id }: KeyBinding): void {
  const { store } = cockpit;
  const ui = store.getState();
  if (ui.log !== undefined && !ui.isHelpOpen && logKey(cockpit, ui.log, id)) return;
  if (id.startsWith('screen-')) return open(cockpit, SCREENS[Number(id.slice(-1)) - 1] ?? 'overview');
  switch (id) {
    case 'help':
      return store.setState({ isHelpOpen: !ui.isHelpOpen });
    case 'back':
      return back(cockpit);
    case 'open':
      return store.setState({ isDetailOpen: !ui.isDetailOpen && SCREEN_SPECS[ui.screen].detail !== undefined });
    case 'pane':
      return store.setState({ workersPane: ui.workersPane === 'grid' ? 'table' : 'grid' });
    case 'search':
      return store.setState({ prompt: { before: ui.log?.search ?? '' } });
    case 'filter':
      return store.setState({ prompt: { before: ui.filters[ui.screen] } });
    case 'sort':
      return sortRows(cockpit, 'next');
    case 'reverse':
      return sortRows(cockpit, 'reverse');
    case 'faults':
      return store.setState({ screen: 'jobs', isFaultsOnly: ui.screen === 'jobs' ? !ui.isFaultsOnly : true });
    case 'next':
      return jumpToFault(cockpit, 1);
    case 'previous':
      return jumpToFault(cockpit, -1);
    case 'mark':
      toggleMark(cockpit);
      return moveCursor(cockpit, ui.screen === 'workers' && ui.workersPane === 'grid' ? 'right' : 'down');
    case 'range':
      return toggleRange(cockpit);
    case 'mark-all':
      return markAll(cockpit);
    case 'command':
      return store.setState({ dialog: { kind: 'command', typed: '', problem: [] } });
    case 'pause':
      return pause(cockpit);
    case 'why':
      return tellWhy(cockpit);
    case 'log':
      return openLog(cockpit);
    default:
      moveCursor(cockpit, id);
      return extendRange(cockpit);
  }
}

function open(cockpit: Cockpit, screen: ScreenId): void {
  const { screen: before } = cockpit.store.getState();
  // Marks and details belong to a screen's rows: carried over, an act could hit what nobody sees.
  const left = before === screen ? {} : { marks: new Set<string>(), range: undefined, isDetailOpen: false };
  cockpit.store.setState({ screen, isHelpOpen: false, log: undefined, ...left });
}

/** Leaves the innermost thing that is open; at last it takes filters and marks away. */
function back({ store }: Cockpit): void {
  const ui = store.getState();
  if (ui.isHelpOpen) return store.setState({ isHelpOpen: false });
  if (ui.log !== undefined) return store.setState({ log: undefined });
  if (ui.isDetailOpen) return store.setState({ isDetailOpen: false });
  if (ui.range !== undefined) return store.setState({ marks: ui.range.before, range: undefined });
  if (ui.marks.size > 0) return store.setState({ marks: new Set() });
  if (ui.isFaultsOnly) return store.setState({ isFaultsOnly: false });
  if (ui.filters[ui.screen] !== '') setFilter(store, ui.screen, '');
}

function pause(cockpit: Cockpit): void {
  const { snapshot, now, ui } = frameOf(cockpit);
  cockpit.store.setState({ frozen: ui.frozen === undefined ? { snapshot, now } : undefined });
}

function tellWhy(cockpit: Cockpit): void {
  const { snapshot, ui, now } = frameOf(cockpit);
  const id = selectedId(ui.screen, snapshot, ui);
  const job = ui.screen === 'jobs' ? snapshot.jobs.get(id) : undefined;
  if (job !== undefined)
    return tell(cockpit.store, `${job.name}: ${jobLine(snapshot, job, waitingOf(snapshot, now)).why}`);
  const worker = ui.screen === 'workers' ? snapshot.workers.get(id) : undefined;
  if (worker !== undefined)
    tell(cockpit.store, `${worker.id}: ${whyText(workerLine(snapshot, worker, now)) || worker.state}`);
}

function copyId(cockpit: Cockpit, terminal: TerminalControl): void {
  const { snapshot, ui } = frameOf(cockpit);
  const id = ui.log?.jobId ?? selectedId(ui.screen, snapshot, ui);
  if (id === '') return tell(cockpit.store, 'nothing under the cursor to copy');
  const text = SCREEN_SPECS[ui.screen].copies?.(id) ?? id;
  terminal.copy(text);
  tell(cockpit.store, `copied ${text}`);
}
