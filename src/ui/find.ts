import { type Cockpit, frameOf } from './cockpit.ts';
import { current, type List } from './list.ts';
import { SCREEN_SPECS } from './screens/index.ts';
import { type Cursor, setCursor, tell } from './state.ts';

/** Between two looks at the clock. */
const ROWS_PER_LOOK = 512;
const TURN_MS = 6;

interface Walk {
  readonly text: string;
  readonly list: List;
  readonly has: (index: number) => boolean;
  readonly step: 1 | -1;
  /** Where the last look was, and how many rows are left to look at. */
  at: number;
  left: number;
}

/** Goes to the next row, or the one before, that has what was looked for last; around the end of the list. */
export function nextMatch(cockpit: Cockpit, step: 1 | -1): void {
  const { text } = cockpit.store.getState().search;
  if (text === '') return beginFind(cockpit);
  cockpit.store.setState({ search: { text, isShown: true } });
  walkFrom(cockpit, { text, step, isFirst: false });
}

/** Asks what to look for. */
export function beginFind({ store }: Cockpit): void {
  const { search, cursors, screen } = store.getState();
  store.setState({
    prompt: { kind: 'search', before: search, cursor: cursors[screen] },
    search: { text: '', isShown: true },
  });
}

/** The text as it is typed: the cursor goes to the first row that has it, from where it stood. */
export function findTyped(cockpit: Cockpit, text: string, from: Cursor): void {
  const { screen } = cockpit.store.getState();
  setCursor(cockpit.store, screen, from);
  cockpit.store.setState({ search: { text, isShown: true } });
  if (text !== '') walkFrom(cockpit, { text, step: 1, isFirst: true });
}

function walkFrom(
  cockpit: Cockpit,
  { text, step, isFirst }: { readonly text: string; readonly step: 1 | -1; readonly isFirst: boolean },
): void {
  const { snapshot, ui } = frameOf(cockpit);
  const spec = SCREEN_SPECS[ui.screen];
  const list = spec.list(snapshot, ui);
  const has = spec.finder?.(snapshot, ui, text);
  if (has === undefined || list.length === 0) return tell(cockpit.store, 'there are no rows to look in');
  const { index } = current(list, ui.cursors[ui.screen]);
  const at = isFirst ? index - step : index;
  go(cockpit, { text, list, has, step, at, left: list.length });
}

/** A few ms of it; the rest after keys that have come meanwhile, unless they look for something else. */
function go(cockpit: Cockpit, walk: Walk): void {
  const { store, clock } = cockpit;
  const { screen } = store.getState();
  const until = clock.monotonicMs() + TURN_MS;
  while (walk.left > 0) {
    walk.at = (walk.at + walk.step + walk.list.length) % walk.list.length;
    walk.left -= 1;
    if (walk.has(walk.at)) return setCursor(store, screen, { ...store.getState().cursors[screen], id: walk.list.idAt(walk.at), index: walk.at }); // prettier-ignore
    if (walk.left % ROWS_PER_LOOK === 0 && clock.monotonicMs() >= until) break;
  }
  if (walk.left <= 0) return tell(store, `no row has "${walk.text}"`, 'attention');
  const before = store.getState();
  clock.soon(() => {
    const now = store.getState();
    // Whoever has moved meanwhile, or looks for something else, is not carried away.
    const isWanted = now.search.text === walk.text && now.screen === screen && now.cursors === before.cursors;
    if (isWanted) go(cockpit, walk);
  });
}
