import { type Cockpit, frameOf } from './cockpit.ts';
import { listOf, SCREEN_SPECS } from './screens/index.ts';
import type { ScreenId } from './screens.ts';
import { setCursor, setFilter, setTable } from './state.ts';

/** Opens a screen as its number key does. The one that is left is looked at from now on: what changes there bears a mark when it is opened again. */
export function openScreen(cockpit: Cockpit, screen: ScreenId): void {
  const { store, engine } = cockpit;
  const { ui, snapshot, now } = frameOf(cockpit);
  // Marks and details belong to a screen's rows: carried over, an act could hit what nobody sees.
  const left = ui.screen === screen ? {} : { marks: new Set<string>(), range: undefined, isDetailOpen: false };
  store.setState({
    screen,
    isHelpOpen: false,
    log: undefined,
    ownMaster: engine.ownMaster(),
    looked: { ...ui.looked, [ui.screen]: { at: now, jobs: snapshot.jobCounts } },
    ...left,
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
