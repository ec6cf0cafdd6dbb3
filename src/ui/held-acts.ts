import type { Cockpit } from './cockpit.ts';
import { carryOutPlan } from './confirm.ts';
import type { HeldAct } from './dialog.ts';
import { tell } from './state.ts';

/**
 * Acts that end something are held back for some seconds after their confirmation. Enter: `y` on such a plan. Stay: the countdown is
 * on the message line of every screen. Leave: `U` drops the newest; when its time is over it is carried out, exactly as it was shown.
 * They live in this process alone: whatever ends the console ends them, and the cloud never hears of them.
 */
export const UNDO_MS = 5_000;
/** How often the countdown is looked at. */
export const HELD_TICK_MS = 250;
/** One that comes due so late was not counted down before anybody's eyes: this process, or its machine, stood still. */
const LATE_MAX_MS = 3_000;

/** Carries out what is due. Called while something is held back. */
export function settleHeld(cockpit: Cockpit): void {
  const { store, clock } = cockpit;
  const nowMs = clock.monotonicMs();
  const { held } = store.getState();
  // The line that counts down is drawn from this.
  store.setState({ held: held.filter(({ dueMs }) => dueMs > nowMs), heldNowMs: nowMs });
  for (const { plan, dueMs } of held.filter((one) => one.dueMs <= nowMs)) {
    if (nowMs - dueMs > LATE_MAX_MS)
      tell(store, `${plan.title}: not done, for the console stood still while it was due`, 'attention'); // prettier-ignore
    else carryOutPlan(cockpit, plan);
  }
}

/** Drops the newest; false when there is none. */
export function undoHeld({ store }: Pick<Cockpit, 'store'>): boolean {
  const newest = store.getState().held.at(-1);
  if (newest === undefined) return false;
  store.setState((ui) => ({ held: ui.held.filter((one) => one !== newest) }));
  tell(store, `${newest.plan.title}: undone, nothing was asked of the cloud`);
  return true;
}

/** Whole seconds left, counted as people count: 5, 4, 3, 2, 1. */
export function secondsLeft({ dueMs }: HeldAct, nowMs: number): number {
  return Math.max(0, Math.ceil((dueMs - nowMs) / 1_000));
}
