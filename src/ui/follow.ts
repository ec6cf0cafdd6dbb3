import type { Cockpit } from './cockpit.ts';
import { goTo, openScreen } from './open-screen.ts';
import type { Link } from './screen-spec.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import { type Place, setCursor, setFilter, tell } from './state.ts';

/** Nobody finds back over more steps than this. */
const TRAIL_MAX = 20;

/** Follows a cross-link of the row under the cursor; `[` leads back. */
export function follow(cockpit: Cockpit, links: readonly Link[], which: number): void {
  const { store } = cockpit;
  const link = links[which];
  if (link === undefined) return tell(store, which === 0 ? 'it leads nowhere from here' : 'there is no other end');
  const ui = store.getState();
  const here: Place = {
    screen: ui.screen,
    isDetailOpen: ui.isDetailOpen,
    hasFaultsOnly: ui.faultsOnly[ui.screen],
    cursor: ui.cursors[ui.screen],
    filter: ui.filters[ui.screen],
  };
  const { screen, id, filter } = link;
  if (filter !== undefined) {
    openScreen(cockpit, screen);
    setFilter(store, screen, filter);
    setCursor(store, screen, { id: '', index: 0, top: 0 });
  } else if (!goTo(cockpit, screen, id)) tell(store, `it is not in the list of ${screen} any more`);
  const isDetailOpen = ui.isDetailOpen && SCREEN_SPECS[screen].detail !== undefined;
  store.setState({ trail: [...ui.trail, here].slice(-TRAIL_MAX), isDetailOpen });
}

/** Back over the last link that was followed; false when there is none. */
export function goBack(cockpit: Cockpit): boolean {
  const { store } = cockpit;
  const { trail } = store.getState();
  const place = trail.at(-1);
  if (place === undefined) return false;
  const { screen, cursor, filter, isDetailOpen, hasFaultsOnly } = place;
  openScreen(cockpit, screen);
  setFilter(store, screen, filter);
  setCursor(store, screen, cursor);
  store.setState(({ faultsOnly }) => ({
    trail: trail.slice(0, -1),
    isDetailOpen,
    faultsOnly: { ...faultsOnly, [screen]: hasFaultsOnly },
  }));
  return true;
}
