import { type Cockpit, frameOf } from './cockpit.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import type { ScreenId } from './screens.ts';
import type { Link } from './screen-spec.ts';
import { type Place, setTable, tell, type UiState } from './state.ts';

/** Nobody finds back over more steps than this. */
const TRAIL_MAX = 20;

/** Opens a screen. The one that is left is looked at from now on: what changes there bears a mark when it is opened again. */
export function goTo(cockpit: Cockpit, screen: ScreenId, change: Partial<UiState> = {}): void {
  const { store, engine } = cockpit;
  const { ui, snapshot, now } = frameOf(cockpit);
  // Marks and details belong to a screen's rows: carried over, an act could hit what nobody sees.
  const left = ui.screen === screen ? {} : { marks: new Set<string>(), isDetailOpen: false };
  store.setState({
    screen,
    isHelpOpen: false,
    log: undefined,
    ownMaster: engine.ownMaster(),
    looked: { ...ui.looked, [ui.screen]: { at: now, jobs: snapshot.jobCounts } },
    ...left,
    ...change,
  });
  keepSorted(cockpit);
}

/** An order that was remembered from the last time is made once there are rows to order. */
export function keepSorted(cockpit: Cockpit): void {
  const { ui, snapshot } = frameOf(cockpit);
  const { sort, order } = ui.tables[ui.screen];
  const spec = SCREEN_SPECS[ui.screen];
  if (sort === undefined || order !== undefined || spec.orderBy === undefined) return;
  if (!(spec.sorts ?? []).includes(sort.column)) return setTable(cockpit.store, ui.screen, { sort: undefined });
  if (spec.list(snapshot, ui).length === 0) return;
  const made = spec.orderBy({ snapshot, ui }, sort);
  if (made !== undefined) setTable(cockpit.store, ui.screen, { order: made });
}

/** Follows a cross-link of the row under the cursor; `[` leads back. */
export function follow(cockpit: Cockpit, links: readonly Link[], which: number): void {
  const { store } = cockpit;
  const link = links[which];
  if (link === undefined) return tell(store, which === 0 ? 'it leads nowhere from here' : 'there is no other end');
  const ui = store.getState();
  const here: Place = {
    screen: ui.screen,
    isDetailOpen: ui.isDetailOpen,
    isFaultsOnly: ui.faultsOnly[ui.screen],
    cursor: ui.cursors[ui.screen],
    filter: ui.filters[ui.screen],
  };
  const { screen, id, filter = '' } = link;
  goTo(cockpit, screen, {
    trail: [...ui.trail, here].slice(-TRAIL_MAX),
    faultsOnly: { ...ui.faultsOnly, [screen]: false },
    filters: { ...ui.filters, [screen]: filter },
    cursors: { ...ui.cursors, [screen]: { id, index: 0, top: 0 } },
    isDetailOpen: ui.isDetailOpen && SCREEN_SPECS[screen].detail !== undefined,
  });
}

/** Back over the last link that was followed; false when there is none. */
export function goBack(cockpit: Cockpit): boolean {
  const ui = cockpit.store.getState();
  const place = ui.trail.at(-1);
  if (place === undefined) return false;
  const { screen, cursor, filter, isDetailOpen, isFaultsOnly } = place;
  goTo(cockpit, screen, {
    trail: ui.trail.slice(0, -1),
    isDetailOpen,
    faultsOnly: { ...ui.faultsOnly, [screen]: isFaultsOnly },
    filters: { ...ui.filters, [screen]: filter },
    cursors: { ...ui.cursors, [screen]: cursor },
  });
  return true;
}
