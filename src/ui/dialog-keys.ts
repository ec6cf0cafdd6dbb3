import { confirm, propose, roundBid } from './act.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import type { KeyPress } from './key-press.ts';
import type { Dialog } from './state.ts';

/** A key that was pressed before the dialog could be read is no answer to it: nobody reads faster than this. */
export const DIALOG_DEAF_MS = 300;
/** More would be a typing error, and the engine's limit is far below. */
const COUNT_DIGITS_MAX = 4;

type Of<K extends Dialog['kind']> = Extract<Dialog, { kind: K }>;

/** Keys while something is asked; leaving, which needs the terminal, is answered in `leave.ts`. `typedTogether`: how many keys came in one read; people confirm with one. */
export function dialogKey(cockpit: Cockpit, press: KeyPress, typedTogether: number): void {
  const { dialog } = cockpit.store.getState();
  switch (dialog?.kind) {
    case 'plan':
      return planKey(cockpit, dialog, typedTogether === 1 ? press : undefined);
    case 'launch':
      return launchKey(cockpit, dialog, press);
    case 'bid':
      return bidKey(cockpit, dialog, press);
    case 'leave':
    case undefined:
      return;
  }
}

/** `y` carries the plan out; Cancel has the focus, so that enter closes. What was typed ahead is dropped. */
function planKey(cockpit: Cockpit, dialog: Of<'plan'>, press: KeyPress | undefined): void {
  if (press === undefined || isDeafTo(cockpit, dialog)) return;
  if (press.name === 'y' && dialog.openedBy !== 'y') return confirm(cockpit, dialog.plan);
  if (press.name === 'enter' || press.name === 'esc') cockpit.store.setState({ dialog: undefined });
}

/** It is not on the screen yet, or not long enough to have been read. */
export function isDeafTo({ clock }: Cockpit, { shownAtMs }: { readonly shownAtMs: number | undefined }): boolean {
  return shownAtMs === undefined || clock.monotonicMs() - shownAtMs < DIALOG_DEAF_MS;
}

function launchKey(cockpit: Cockpit, dialog: Of<'launch'>, { name }: KeyPress): void {
  const { store } = cockpit;
  const count = dialog.typed === '' ? 1 : Number(dialog.typed);
  const set = (typed: string): void =>
    store.setState({ dialog: { ...dialog, typed: typed.slice(0, COUNT_DIGITS_MAX) } });
  if (name === 'esc') return store.setState({ dialog: undefined });
  if (name === 'enter') return propose(cockpit, { kind: 'workers.launch', count, pool: dialog.pool }, 'enter');
  if (name === '+' || name === 'up') return set(String(count + 1));
  if (name === '-' || name === 'down') return set(String(Math.max(1, count - 1)));
  if (name === 'backspace' || name === 'delete') return set(dialog.typed.slice(0, -1));
  if (name === 'tab') return store.setState({ dialog: { ...dialog, pool: nextPool(cockpit, dialog.pool) } });
  if (/^\d$/.test(name)) return set((dialog.typed + name).replace(/^0+/, ''));
}

/** The engine's choice, then each configured pool in turn. */
function nextPool(cockpit: Cockpit, pool: string | undefined): string | undefined {
  const ids = frameOf(cockpit).snapshot.settings.pools.map((setting) => setting.id);
  return pool === undefined ? ids[0] : ids[ids.indexOf(pool) + 1];
}

/** Steps of a bid: half a percent of on-demand, ten times that with up and down. */
const STEPS_PER_ON_DEMAND = 200;

function bidKey(cockpit: Cockpit, dialog: Of<'bid'>, { name }: KeyPress): void {
  const { store } = cockpit;
  const onDemand = frameOf(cockpit).snapshot.markets[dialog.pool]?.onDemandUsdPerHour ?? dialog.bidUsdPerHour * 2;
  const step = Math.max(0.0001, onDemand / STEPS_PER_ON_DEMAND);
  const set = (bid: number, typed = ''): void => store.setState({ dialog: { ...dialog, bidUsdPerHour: bid, typed } });
  const steps: Readonly<Record<string, number>> = { left: -1, h: -1, right: 1, l: 1, down: -10, up: 10 };
  const move = steps[name];
  if (move !== undefined) return set(roundBid(dialog.bidUsdPerHour + move * step));
  if (name === 'esc') return store.setState({ dialog: undefined });
  if (name === 'enter') {
    return propose(cockpit, { kind: 'bid.set', pool: dialog.pool, usdPerHour: dialog.bidUsdPerHour }, 'enter');
  }
  if (name === 'o') return set(roundBid(onDemand));
  const typed =
    name === 'backspace' ? dialog.typed.slice(0, -1) : /^[\d.]$/.test(name) ? dialog.typed + name : undefined;
  if (typed === undefined) return;
  const bid = Number(typed);
  return set(Number.isFinite(bid) && bid > 0 ? roundBid(bid) : dialog.bidUsdPerHour, typed);
}
