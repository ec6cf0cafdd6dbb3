import type { Cockpit, TerminalControl } from './cockpit.ts';
import { isDeafTo } from './dialog-keys.ts';
import { isTooSmall } from './frame.ts';
import type { KeyPress } from './key-press.ts';
import type { Dialog } from './state.ts';
import { tell } from './state.ts';

/**
 * Leaving: at once, or, while a master that was started from here runs, by a question. `asked`: k keeps it, s stops it,
 * esc stays. `stopping`: until it has ended; then the console is left, or its trouble is told.
 */
export function leave({ engine, store }: Cockpit, terminal: TerminalControl): void {
  const master = engine.ownMaster();
  const { dialog, size } = store.getState();
  // Where the question has no room, or was asked already, nothing is stopped: the master goes on.
  if (master === undefined || isTooSmall(size) || dialog?.kind === 'leave') return terminal.exit();
  store.setState({ dialog: { kind: 'leave', masterId: master.id, state: 'asked', shownAtMs: undefined } });
}

export function leaveKey(
  cockpit: Cockpit,
  terminal: TerminalControl,
  asked: { readonly dialog: Extract<Dialog, { kind: 'leave' }>; readonly press: KeyPress; readonly isAlone: boolean },
): void {
  const { dialog, press, isAlone } = asked;
  if (dialog.state === 'stopping' || !isAlone || isDeafTo(cockpit, dialog)) return;
  if (press.name === 'k') return terminal.exit();
  if (press.name === 'esc' || press.name === 'enter') return cockpit.store.setState({ dialog: undefined });
  if (press.name === 's') stop(cockpit, terminal, dialog);
}

function stop({ engine, store }: Cockpit, terminal: TerminalControl, dialog: Extract<Dialog, { kind: 'leave' }>): void {
  store.setState({ dialog: { ...dialog, state: 'stopping' } });
  void engine.stopMaster().then(({ state, detail }) => {
    if (state === 'done') return terminal.exit();
    store.setState({ dialog: undefined });
    tell(store, `the master was not stopped: ${detail}`, 'broken');
  });
}
