import type { Snapshot } from '../engine/model/snapshot.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { drawHeader } from './components/header.ts';
import { drawVerdict } from './components/verdict.ts';
import { OWN_KEYS } from './effective-keys.ts';
import type { Frame } from './frame.ts';
import { BLANK } from './line.ts';
import { drawOverview } from './screens/overview.tsx';
import { createUiStore } from './state.ts';
import { makeTheme } from './theme.ts';

/** Enough for every pool and the newest notes; a pipe has no height. */
const PLAIN_ROWS = 60;
const PLAIN_COLUMNS = 120;

/** The Overview as lines of plain text: for a pipe, a file, a terminal that cannot draw. No escapes, no colours. */
export function plainOverview(
  snapshot: Snapshot,
  now: EpochMs,
  options: { readonly ascii: boolean },
): readonly string[] {
  const size = { columns: PLAIN_COLUMNS, rows: PLAIN_ROWS };
  const ui = createUiStore({ size, now }).getState();
  const frame: Frame = {
    snapshot,
    ui,
    theme: makeTheme({ color: false, ascii: options.ascii }),
    keymap: OWN_KEYS,
    now,
    width: PLAIN_COLUMNS,
  };
  const lines = [drawHeader(frame), drawVerdict(frame), BLANK, ...drawOverview(frame, PLAIN_ROWS)];
  // Bold and dim are no colours, but a pipe wants neither; other escapes cannot be in a painted line.
  return lines.map((line) => line.replaceAll(SGR, '').trimEnd());
}

const SGR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]+m`, 'g');
