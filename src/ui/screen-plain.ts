import type { Snapshot } from '../engine/model/snapshot.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { drawHeader } from './components/header.ts';
import { drawVerdict } from './components/verdict.ts';
import { OWN_KEYS } from './effective-keys.ts';
import type { Frame } from './frame.ts';
import { BLANK, type Painted, withoutStyle } from './line.ts';
import { drawOverview } from './screens/overview.ts';
import { createUiStore } from './state.ts';
import type { Theme } from './theme.ts';

/** Enough for every pool and the newest notes; a pipe has no height. */
const PLAIN_ROWS = 60;
const PLAIN_COLUMNS = 120;

export interface PlainOptions {
  readonly theme: Theme;
  readonly isColored?: boolean;
  /** Of a terminal that cannot draw; a pipe has none. */
  readonly columns?: number;
}

/** The Overview as lines of text: for a pipe, a file, a terminal that cannot draw. No escapes, unless somebody insists on colours. */
export function plainOverview(
  snapshot: Snapshot,
  now: EpochMs,
  { theme, isColored = false, columns = PLAIN_COLUMNS }: PlainOptions,
): readonly Painted[] {
  const size = { columns, rows: PLAIN_ROWS };
  const ui = createUiStore({ size, now }).getState();
  const frame: Frame = {
    snapshot,
    ui,
    theme,
    keymap: OWN_KEYS,
    now,
    width: columns,
  };
  const lines = [drawHeader(frame), drawVerdict(frame), BLANK, ...drawOverview(frame, PLAIN_ROWS)];
  // Bold and dim are no colours, but a pipe wants neither.
  return isColored ? lines : lines.map(withoutStyle);
}
