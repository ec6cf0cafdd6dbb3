import type { Snapshot } from '../../engine/model/snapshot.ts';
import { current, type List } from '../list.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import type { ScreenId } from '../screens.ts';
import type { UiState } from '../state.ts';
import { AUDIT } from './audit.ts';
import { BOOK } from './book.ts';
import { CAPACITY } from './capacity.ts';
import { DOCTOR } from './doctor.ts';
import { INCIDENTS } from './incidents.ts';
import { JOBS } from './jobs.ts';
import { MARKET } from './market.ts';
import { MASTERS } from './masters.ts';
import { OVERVIEW } from './overview.ts';
import { WORKERS } from './workers.ts';

/** Every screen: what the console draws, walks over and marks. */
export const SCREEN_SPECS: Readonly<Record<ScreenId, ScreenSpec>> = {
  overview: OVERVIEW,
  jobs: JOBS,
  workers: WORKERS,
  market: MARKET,
  capacity: CAPACITY,
  masters: MASTERS,
  incidents: INCIDENTS,
  book: BOOK,
  audit: AUDIT,
  doctor: DOCTOR,
};

export function listOf(screen: ScreenId, snapshot: Snapshot, ui: UiState): List {
  return SCREEN_SPECS[screen].list(snapshot, ui);
}

/** The row under the cursor of a screen: its id, or '' where there is none. */
export function selectedId(screen: ScreenId, snapshot: Snapshot, ui: UiState): string {
  return current(listOf(screen, snapshot, ui), ui.cursors[screen]).id;
}
