import { goTo as openScreen } from './go-to.ts';
import { type Cockpit, frameOf } from './cockpit.ts';
import { listOf } from './screens/index.ts';
import type { ScreenId } from './screens.ts';
import { setCursor, setFilter } from './state.ts';

/** Opens a screen as its number key does. */
export { openScreen };

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
  // While a large list is still searched or sorted, the cursor waits for its row.
  const comes = screen === 'jobs' && frameOf(cockpit).snapshot.jobs.get(id) !== undefined;
  if (index < 0 && !comes) return false;
  setCursor(store, screen, { id, index: Math.max(0, index), top: Math.max(0, index - ROWS_ABOVE) });
  return true;
}

/** So that one sees among what it stands. */
const ROWS_ABOVE = 3;
