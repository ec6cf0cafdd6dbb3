import { type Tuner, TUNER_POLICIES, type TunerPolicy } from '../engine/model/tuner.ts';
import { roundBid } from './act.ts';
import { propose } from './propose.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import type { KeyPress } from './key-press.ts';
import type { KeyId } from './keymap.ts';
import { planKey } from './plan-keys.ts';
import { listOf } from './screens/index.ts';
import type { Dialog } from './dialog.ts';
import { setCursor, tell } from './state.ts';
import { urgencyKey } from './urgency.ts';

/** More would be a typing error, and the engine's limit is far below. */
const COUNT_DIGITS_MAX = 4;

type Of<K extends Dialog['kind']> = Extract<Dialog, { kind: K }>;

/** Keys while something is asked; leaving, which needs the terminal, is answered in `leave.ts`. `typedTogether`: how many keys came in one read; people confirm with one. */
export function dialogKey(cockpit: Cockpit, press: KeyPress, typedTogether: number): void {
  const { store, keymap } = cockpit;
  const { dialog } = store.getState();
  const isAsked = dialog?.kind === 'launch' || dialog?.kind === 'urgency' || dialog?.kind === 'problems';
  if (isAsked && keymap.bindingFor(press.name, 'question') !== undefined) return store.setState({ dialog: undefined });
  switch (dialog?.kind) {
    case 'plan':
      return planKey(cockpit, dialog, { press, isAlone: typedTogether === 1 });
    case 'urgency':
      return urgencyKey(cockpit, dialog, press);
    case 'problems':
      return press.name === 'enter' ? store.setState({ dialog: undefined }) : undefined;
    case 'launch':
      return launchKey(cockpit, dialog, press);
    case 'bid':
      return bidKey(cockpit, dialog, press);
    case 'leave':
    case 'leave-held':
    case undefined:
      return;
  }
}

function launchKey(cockpit: Cockpit, dialog: Of<'launch'>, { name }: KeyPress): void {
  const { store } = cockpit;
  const count = dialog.typed === '' ? 1 : Number(dialog.typed);
  const set = (typed: string): void =>
    store.setState({ dialog: { ...dialog, typed: typed.slice(0, COUNT_DIGITS_MAX) } });
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

/** Steps of a bid where no what-if is there to say where outcomes change: half a percent of on-demand. */
const STEPS_PER_ON_DEMAND = 200;
/** What up and down go at once. */
const LEAP = 10;
const BID_STEPS: Partial<Record<KeyId, number>> = {
  'bid-down': -1,
  'bid-up': 1,
  'bid-far-down': -LEAP,
  'bid-far-up': LEAP,
};

function bidKey(cockpit: Cockpit, dialog: Of<'bid'>, { name }: KeyPress): void {
  const { store } = cockpit;
  const { snapshot, ui } = frameOf(cockpit);
  const id = cockpit.keymap.bindingFor(name, 'tuner')?.id;
  const onDemand = snapshot.markets[dialog.pool]?.onDemandUsdPerHour ?? dialog.bidUsdPerHour * 2;
  const set = (bid: number, typed = ''): void =>
    store.setState({ dialog: { ...dialog, bidUsdPerHour: bid, typed, before: dialog.bidUsdPerHour } });
  const move = id === undefined ? undefined : BID_STEPS[id];
  if (move !== undefined) {
    const step = Math.max(0.0001, onDemand / STEPS_PER_ON_DEMAND);
    const next = stepped(ui.tuning?.tuner, dialog.bidUsdPerHour, move) ?? dialog.bidUsdPerHour + move * step;
    return set(roundBid(next));
  }
  switch (id) {
    case 'bid-leave':
      return store.setState({ dialog: undefined });
    case 'bid-plan':
      return propose(cockpit, { kind: 'bid.set', pool: dialog.pool, usdPerHour: dialog.bidUsdPerHour }, name);
    case 'bid-on-demand':
      return set(roundBid(onDemand));
    case 'bid-recommended':
      return recommend(cockpit, dialog);
    case 'bid-checkpoints':
      return store.setState({ dialog: { ...dialog, policy: nextPolicy(dialog.policy) } });
    case 'bid-market':
      return otherMarket(cockpit, dialog);
    default:
      return typeBid(dialog, name, set);
  }
}

function typeBid(dialog: Of<'bid'>, key: string, set: (bid: number, typed: string) => void): void {
  const typed = key === 'backspace' ? dialog.typed.slice(0, -1) : /^[\d.]$/.test(key) ? dialog.typed + key : undefined;
  if (typed === undefined) return;
  const bid = Number(typed);
  set(Number.isFinite(bid) && bid > 0 ? roundBid(bid) : dialog.bidUsdPerHour, typed);
}

/** To the next bid at which outcomes change, that EC2 can be told: four decimals may be a stop's own bid again. */
function stepped(tuner: Tuner | undefined, bid: number, move: number): number | undefined {
  if (tuner === undefined) return undefined;
  const direction = move < 0 ? 'down' : 'up';
  let next = tuner.next(bid, direction, Math.abs(move));
  for (let tries = 0; roundBid(next) === bid && tries < LEAP; tries++) {
    const further = tuner.next(next, direction);
    if (further === next) break;
    next = further;
  }
  return next;
}

function recommend({ store }: Cockpit, dialog: Of<'bid'>): void {
  const best = store.getState().tuning?.tuner?.at(dialog.bidUsdPerHour).regret?.bestBidUsdPerHour;
  if (best === undefined) return tell(store, 'not all bids are known yet: a moment');
  store.setState({
    dialog: { ...dialog, bidUsdPerHour: roundBid(best), typed: '', before: dialog.bidUsdPerHour },
  });
}

function nextPolicy(policy: TunerPolicy): TunerPolicy {
  return TUNER_POLICIES[(TUNER_POLICIES.indexOf(policy) + 1) % TUNER_POLICIES.length] ?? policy;
}

/** The next pool that has prices, at the same bid. */
function otherMarket(cockpit: Cockpit, dialog: Of<'bid'>): void {
  const { markets, settings } = frameOf(cockpit).snapshot;
  const pools = settings.pools.map(({ id }) => id).filter((id) => (markets[id]?.points.length ?? 0) > 0);
  const pool = pools[(pools.indexOf(dialog.pool) + 1) % Math.max(1, pools.length)];
  if (pool === undefined || pool === dialog.pool) return tell(cockpit.store, 'no other pool has prices');
  cockpit.store.setState({ dialog: { ...dialog, pool, before: undefined } });
  const list = listOf('market', frameOf(cockpit).snapshot, cockpit.store.getState());
  setCursor(cockpit.store, 'market', { id: pool, index: list.indexOf(pool), top: 0 });
}
