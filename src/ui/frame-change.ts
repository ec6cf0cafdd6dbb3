import { bandSequence, moveBand, scrolledBand } from './scrolled-band.ts';
import { BLANK_ROW, Pen, type ScreenRow, screenRow, updateRow } from './screen-rows.ts';

/** What stands on a terminal, as far as we know. */
export interface OnTerminal {
  readonly columns: number;
  readonly rows: readonly ScreenRow[];
}

export interface FrameChange {
  readonly sequence: string;
  readonly now: OnTerminal;
}

const ESC = '\u001b';

/** The whole frame on a terminal of which nothing is known, without clearing it first: nothing flickers. */
export function wholeFrame(
  lines: readonly string[],
  size: { readonly columns: number; readonly rows: number },
): FrameChange {
  const shown = lines.slice(0, size.rows).map((line) => screenRow(line, size.columns));
  // Erased before it is written: behind a character in the last column, the erasing would take that with it.
  const written = shown.map((row, at) => {
    const pen = new Pen();
    pen.erase(at, 0);
    for (const [column, cell] of row.cells.entries()) if (cell.width > 0) pen.write(at, column, cell);
    return pen.end();
  });
  const below = shown.length < size.rows ? `${ESC}[${shown.length + 1}H${ESC}[J` : '';
  const rows = Array.from({ length: size.rows }, (_, at) => shown[at] ?? BLANK_ROW);
  return { sequence: written.join('') + below, now: { columns: size.columns, rows } };
}

/** What makes one frame of another: rows that moved are moved, and of the others the cells written that differ. */
export function frameChange(painted: OnTerminal, lines: readonly string[], canScroll: boolean): FrameChange {
  const pen = new Pen();
  let before = painted.rows;
  const band = canScroll ? scrolledBand(before.map(({ text }) => text), lines) : undefined; // prettier-ignore
  if (band !== undefined) {
    pen.command(bandSequence(band));
    before = moveBand(before, band, BLANK_ROW);
  }
  const rows = before.map((from, at) => {
    const text = lines[at] ?? '';
    if (text === from.text) return from;
    const to = screenRow(text, painted.columns);
    updateRow(pen, at, { from, to });
    return to;
  });
  return { sequence: pen.end(), now: { columns: painted.columns, rows } };
}
