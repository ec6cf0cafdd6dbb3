import type { Snapshot } from '../engine/model/snapshot.ts';
import type { EpochMs } from '../engine/model/units.ts';
import type { Keymap } from './effective-keys.ts';
import type { UiState } from './state.ts';
import type { Theme } from './theme.ts';

/** All that a frame is drawn from. Two equal ones draw the same characters. */
export interface Frame {
  readonly snapshot: Snapshot;
  readonly ui: UiState;
  readonly theme: Theme;
  readonly keymap: Keymap;
  /** What ages are measured against: the clock, or the moment at which the screen was paused. */
  readonly now: EpochMs;
  readonly width: number;
}

/** Below this nothing useful fits, and one sentence is shown instead. */
export const COLUMNS_MIN = 60;
export const ROWS_MIN = 15;
/** From here on a blank line under the tabs separates them from the screen. */
const ROWS_AIRY = 20;
/** Wide enough to open a detail beside its list. */
const COLUMNS_BESIDE = 120;
const DETAIL_COLUMNS = 54;

export function isTooSmall(size: UiState['size']): boolean {
  return size.columns < COLUMNS_MIN || size.rows < ROWS_MIN;
}

export interface Layout {
  readonly gapRows: number;
  /** Rows between the tabs and the message line. */
  readonly bodyRows: number;
  /** Columns of the list; 0 when a detail covers it. */
  readonly listColumns: number;
  readonly detailColumns: number;
}

export function isDetailShown(ui: Pick<UiState, 'isDetailOpen' | 'screen'>): boolean {
  return ui.isDetailOpen;
}

/** Header, verdict, tabs, message and footer take a row each; the rest is the screen's. */
export function layoutOf(ui: Pick<UiState, 'size' | 'isDetailOpen' | 'screen'>): Layout {
  const { columns, rows } = ui.size;
  const gapRows = rows >= ROWS_AIRY ? 1 : 0;
  const bodyRows = Math.max(1, rows - 5 - gapRows);
  if (!isDetailShown(ui)) return { gapRows, bodyRows, listColumns: columns, detailColumns: 0 };
  const isBeside = columns >= COLUMNS_BESIDE;
  return {
    gapRows,
    bodyRows,
    listColumns: isBeside ? columns - DETAIL_COLUMNS : 0,
    detailColumns: isBeside ? DETAIL_COLUMNS : columns,
  };
}
