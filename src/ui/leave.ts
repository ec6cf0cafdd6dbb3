import type { Cockpit, TerminalControl } from './cockpit.ts';
import type { Destination } from './destination.ts';
import { isTooSmall } from './frame.ts';
import type { KeyPress } from './key-press.ts';
import { isDeafTo } from './plan-keys.ts';
import type { Dialog } from './dialog.ts';
import { tell } from './state.ts';

/**
 * Leaving: at once, or, while a master that was started from here runs, by a question. `asked`: k keeps it, s stops it,
 * esc stays. `stopping`: until it has ended; then the console is left, or its trouble is told. `next`: the deployment to open then.
 */
export function leave({ engine, store }: Cockpit, terminal: TerminalControl, next?: Destination): void {
  store.setState({ next });
  const master = engine.ownMaster();
  const { dialog, size, held } = store.getState();
  if (held.length > 0 && !isTooSmall(size) && dialog?.kind !== 'leave-held')
    return store.setState({ dialog: { kind: 'leave-held', state: 'asked', shownAtMs: undefined } });
  // Where the question has no room, or was asked already, nothing is stopped: the master goes on.
  if (master === undefined || isTooSmall(size) || dialog?.kind === 'leave') return terminal.exit();
  store.setState({ dialog: { kind: 'leave', masterId: master.id, state: 'asked', shownAtMs: undefined } });
}

/**
 * Acts that are held back: d drops them, c carries them out now, esc stays; then the console is left. Asked a second time (ctrl-c), and
 * where there is no room for the question, they are dropped: what nobody waited for is not done.
 */
export function leaveHeldKey(
  cockpit: Cockpit,
  terminal: TerminalControl,
  asked: {
    readonly dialog: Extract<Dialog, { kind: 'leave-held' }>;
    readonly press: KeyPress;
    readonly isAlone: boolean;
  },
): void {
  const { dialog, press, isAlone } = asked;
  const { store, engine } = cockpit;
  if (dialog.state === 'leaving' || !isAlone || isDeafTo(cockpit, dialog)) return;
  const goOn = (): void => {
    store.setState({ dialog: undefined });
    leave(cockpit, terminal, store.getState().next);
  };
  if (isStaying(cockpit, press)) return store.setState({ dialog: undefined });
  const { held } = store.getState();
  if (press.name === 'd') {
    store.setState({ held: [] });
    return goOn();
  }
  if (press.name !== 'c') return;
  store.setState({ held: [], dialog: { ...dialog, state: 'leaving' } });
  void Promise.allSettled(held.map(({ plan }) => engine.confirm(plan))).then(goOn);
}

export function leaveKey(
  cockpit: Cockpit,
  terminal: TerminalControl,
  asked: { readonly dialog: Extract<Dialog, { kind: 'leave' }>; readonly press: KeyPress; readonly isAlone: boolean },
): void {
  const { dialog, press, isAlone } = asked;
  if (dialog.state === 'stopping' || !isAlone || isDeafTo(cockpit, dialog)) return;
  if (press.name === 'k') return terminal.exit();
  if (isStaying(cockpit, press)) return cockpit.store.setState({ dialog: undefined });
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

function isStaying({ keymap }: Cockpit, { name }: KeyPress): boolean {
  return name === 'enter' || keymap.bindingFor(name, 'question') !== undefined;
}
