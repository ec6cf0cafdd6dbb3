import { type Cockpit, frameOf } from './cockpit.ts';
import { layoutOf } from './frame.ts';
import type { KeyId } from './keymap.ts';
import { selectedId } from './screens/index.ts';
import {
  atEnd,
  atStart,
  type LogPane,
  type LogWindow,
  nextMatch,
  openedLog,
  otherEpoch,
  otherStream,
  scrolled,
  searched,
} from './log-pane.ts';
import { logTextColumns, logTextRows } from './screens/log.ts';
import { tell } from './state.ts';

/** Opens the log of the job under the cursor. */
export function openLog(cockpit: Cockpit): void {
  const { snapshot, ui } = frameOf(cockpit);
  const id = selectedId('jobs', snapshot, ui);
  if (snapshot.jobs.get(id) === undefined) return tell(cockpit.store, 'no job under the cursor');
  cockpit.store.setState({ log: openedLog(id), isHelpOpen: false });
}

function windowOf(cockpit: Cockpit, pane: LogPane): LogWindow {
  const { ui, width } = frameOf(cockpit);
  return { rows: logTextRows(layoutOf(ui).bodyRows), columns: logTextColumns(pane, width) };
}

/** A key that moves in the open log or chooses another; false when it is none of these. */
export function logKey(cockpit: Cockpit, pane: LogPane, id: KeyId): boolean {
  const log = moved(pane, id, windowOf(cockpit, pane));
  if (log !== undefined) cockpit.store.setState({ log });
  else if (id === 'epoch-before' || id === 'epoch-after') walkEpochs(cockpit, pane, id === 'epoch-after' ? 1 : -1);
  else if (id === 'next-match' || id === 'previous-match') walkMatches(cockpit, pane, id === 'next-match' ? 1 : -1);
  else return false;
  return true;
}

function moved(pane: LogPane, id: KeyId, window: LogWindow): LogPane | undefined {
  const steps: Partial<Record<KeyId, number>> = {
    up: -1,
    down: 1,
    'page-up': -window.rows,
    'page-down': window.rows,
    'half-up': -Math.floor(window.rows / 2),
    'half-down': Math.floor(window.rows / 2),
  };
  const by = steps[id];
  if (by !== undefined) return scrolled(pane, by, window);
  if (id === 'top') return atStart(pane);
  if (id === 'bottom') return atEnd(pane);
  if (id === 'stream') return otherStream(pane);
  return id === 'times' ? { ...pane, hasTimes: !pane.hasTimes } : undefined;
}

function walkEpochs({ store }: Cockpit, pane: LogPane, step: 1 | -1): void {
  const log = otherEpoch(pane, step);
  if (log !== undefined) store.setState({ log });
  else tell(store, step < 0 ? 'no earlier run wrote anything' : 'this is the newest run that wrote anything');
}

function walkMatches(cockpit: Cockpit, pane: LogPane, step: 1 | -1): void {
  if (pane.search === '') return tell(cockpit.store, 'nothing to look for yet: / searches');
  cockpit.store.setState({ log: nextMatch(pane, step, windowOf(cockpit, pane)) });
}

/** What is typed after `/` is looked for at once. */
export function searchLog(cockpit: Cockpit, pane: LogPane, text: string): void {
  cockpit.store.setState({ log: searched(pane, text, windowOf(cockpit, pane)) });
}
