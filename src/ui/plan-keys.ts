import { switchStep, withReason } from '../engine/decide/plan-steps.ts';
import { type Plan, REASON_MAX } from '../engine/model/command.ts';
import { propose } from './propose.ts';
import type { Cockpit } from './cockpit.ts';
import { commandAgain, confirm } from './confirm.ts';
import type { Dialog, Results } from './dialog.ts';
import type { KeyPress } from './key-press.ts';
import { tell } from './state.ts';
import { tokenOf } from './token.ts';

/** A key that was pressed before the dialog could be read is no answer to it: nobody reads faster than this. */
export const DIALOG_DEAF_MS = 300;
/** Longer than any deployment's name. */
const TOKEN_MAX = 64;

type PlanDialog = Extract<Dialog, { kind: 'plan' }>;

/** It is not on the screen yet, or not long enough to have been read. */
export function isDeafTo({ clock }: Cockpit, { shownAtMs }: { readonly shownAtMs: number | undefined }): boolean {
  return shownAtMs === undefined || clock.monotonicMs() - shownAtMs < DIALOG_DEAF_MS;
}

/**
 * `y` carries the plan out, or enter where a token was typed; Cancel has the focus, so that enter alone closes. The arrows go over the
 * steps, and space switches one off or on. What was typed ahead is dropped, and only a key that came alone confirms or closes.
 */
export function planKey(
  cockpit: Cockpit,
  dialog: PlanDialog,
  { press, isAlone }: { readonly press: KeyPress; readonly isAlone: boolean },
): void {
  if (isDeafTo(cockpit, dialog)) return;
  const { store, engine, keymap } = cockpit;
  const { plan, typed, step, openedBy, back } = dialog;
  const set = (change: Partial<PlanDialog>): void => store.setState({ dialog: { ...dialog, ...change } });
  if (dialog.reasonTyped !== undefined) return set(reasonAfter(plan, dialog.reasonTyped, press));
  const token = tokenOf(plan, engine.snapshot());
  if (press.name === 'enter') {
    if (!isAlone) return;
    if (token !== undefined && typed === token.text) return confirm(cockpit, plan);
    return typed === '' ? store.setState({ dialog: back }) : tell(store, `that is not ${token?.text ?? ''}`, 'attention'); // prettier-ignore
  }
  const { id } = keymap.bindingFor(press.name, 'plan') ?? {};
  if (id === 'plan-reason') return set({ reasonTyped: plan.reason ?? '' });
  if (token !== undefined && press.name === 'backspace') return set({ typed: typed.slice(0, -1) });
  // Space is in no token.
  if (token !== undefined && press.text !== '' && press.name !== 'space')
    return set({ typed: (typed + press.text).slice(0, TOKEN_MAX) });
  switch (id) {
    case 'plan-cancel':
      return isAlone ? store.setState({ dialog: back }) : undefined;
    case 'plan-up':
      return set({ step: Math.max(0, step - 1) });
    case 'plan-down':
      return set({ step: Math.min(plan.steps.length - 1, step + 1) });
    case 'plan-switch':
      return set({ plan: switchStep(plan, step), typed: '' });
    case 'plan-do':
      // Where a token is wanted nothing shorter will do, and the key that led here never confirms.
      if (token === undefined && isAlone && openedBy !== press.name) confirm(cockpit, plan);
  }
}

/** A key while the reason is typed. Enter and tab keep it, esc leaves it as it was; an empty one is none. */
function reasonAfter(plan: Plan, typed: string, { name, text }: KeyPress): Partial<PlanDialog> {
  if (name === 'esc') return { reasonTyped: undefined };
  if (name === 'backspace') return { reasonTyped: [...typed].slice(0, -1).join('') };
  if (name !== 'enter' && name !== 'tab')
    return { reasonTyped: text === '' ? typed : `${typed}${text}`.slice(0, REASON_MAX) };
  return { reasonTyped: undefined, plan: withReason(plan, typed) };
}

/** The list of what came of an act: it is read and closed, or what did not come off is tried again. */
export function resultsKey(cockpit: Cockpit, results: Results, { name }: KeyPress): void {
  const { store, keymap } = cockpit;
  const move = (by: number): void =>
    store.setState({ results: { ...results, top: Math.max(0, Math.min(results.lines.length - 1, results.top + by)) } });
  switch (keymap.bindingFor(name, 'results')?.id) {
    case 'results-close':
      return store.setState({ results: undefined });
    case 'results-up':
      return move(-1);
    case 'results-down':
      return move(1);
    case 'results-again': {
      const command = commandAgain(results.plan, results.lines);
      if (command === undefined) return tell(store, 'it cannot be tried again in part: begin it anew');
      store.setState({ results: undefined });
      propose(cockpit, command, name);
    }
  }
}
