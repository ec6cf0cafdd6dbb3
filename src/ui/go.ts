import { type Cockpit, frameOf } from './cockpit.ts';
import { current } from './list.ts';
import { listOf } from './screens/index.ts';
import type { ScreenId } from './screens.ts';
import { setCursor, setFilter } from './state.ts';

/** Opens a screen as its number key does. */
export function openScreen({ store }: Pick<Cockpit, 'store'>, screen: ScreenId): void {
  const { screen: before } = store.getState();
  // Marks and details belong to a screen's rows: carried over, an act could hit what nobody sees.
  const left = before === screen ? {} : { marks: new Set<string>(), isDetailOpen: false };
  store.setState({ screen, isHelpOpen: false, log: undefined, ...left });
}

/** Opens a screen with the cursor on one of its rows; what hides the row there is taken away. False when it is not there at all. */
export function goTo(cockpit: Cockpit, screen: ScreenId, id: string): boolean {
  const { store } = cockpit;
  const place = (): number => {
    const { snapshot, ui } = frameOf(cockpit);
    return listOf(screen, snapshot, ui).indexOf(id);
  };
  openScreen(cockpit, screen);
  if (place() < 0) {
    setFilter(store, screen, '');
    store.setState(({ faultsOnly }) => ({ faultsOnly: { ...faultsOnly, [screen]: false } }));
  }
  const index = place();
  if (index < 0) return false;
  setCursor(store, screen, { id, index, top: Math.max(0, index - ROWS_ABOVE) });
  const { snapshot, ui } = frameOf(cockpit);
  return current(listOf(screen, snapshot, ui), ui.cursors[screen]).id === id;
}

/** So that one sees among what it stands. */
const ROWS_ABOVE = 3;
