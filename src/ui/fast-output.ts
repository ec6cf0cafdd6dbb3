import { Recent } from './recent.ts';
import { type Cell, cellsOf, cellsToText, lineOfCells, type StyledLine, styledLine } from './styled-line.ts';

/**
 * Composes a frame out of Ink's writes; takes the place of `ink/build/output.js` in our bundle.
 *
 * Ink's own makes a grid of cells for every frame and breaks each visible character of each row into it, changed or
 * not: 15 ms for 200x50, most of a frame. Here a line that was seen before is looked up, a row whose writes do not
 * overlap is put together from whole strings, and only what is cut or overlapped is ever broken into cells. Cells and
 * styles come out as Ink's; test/ui/fast-output.test.ts compares the two.
 */

type Transformer = (text: string, index: number) => string;

/** The arguments with which Ink calls `write`. */
type InkWrite = readonly [
  x: number,
  y: number,
  text: string,
  options: { readonly transformers: readonly Transformer[] },
];

export interface Clip {
  readonly x1?: number | undefined;
  readonly x2?: number | undefined;
  readonly y1?: number | undefined;
  readonly y2?: number | undefined;
}

interface Write {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly transformers: readonly Transformer[];
  readonly clip: Clip | undefined;
}

/** A line at a column of a row; later ones lie over earlier ones. */
interface Segment {
  readonly x: number;
  readonly line: StyledLine;
}

/** Some frames of a large terminal. */
const LINES_MAX = 2_000;
const known = new Recent<string, StyledLine>(LINES_MAX);
const lines = { get: (source: string): StyledLine => known.get(source, styledLine) };

export class FastOutput {
  readonly width: number;
  readonly height: number;
  readonly #writes: Write[] = [];
  readonly #clips: Clip[] = [];

  constructor(size: { readonly width: number; readonly height: number }) {
    this.width = size.width;
    this.height = size.height;
  }

  write(...[x, y, text, options]: InkWrite): void {
    if (text !== '') this.#writes.push({ x, y, text, transformers: options.transformers, clip: this.#clips.at(-1) });
  }

  clip(clip: Clip): void {
    this.#clips.push(intersect(this.#clips.at(-1), clip));
  }

  unclip(): void {
    this.#clips.pop();
  }

  get(): { readonly output: string; readonly height: number } {
    const rows: Segment[][] = Array.from({ length: this.height }, () => []);
    for (const write of this.#writes) place(rows, write);
    const output = rows.map((segments) => composeRow(segments, this.width)).join('\n');
    return { output, height: this.height };
  }
}

// Ink imports its own by this name.
export { FastOutput as default };

function intersect(outer: Clip | undefined, inner: Clip): Clip {
  if (outer === undefined) return inner;
  return {
    x1: tighter(outer.x1, inner.x1, Math.max),
    x2: tighter(outer.x2, inner.x2, Math.min),
    y1: tighter(outer.y1, inner.y1, Math.max),
    y2: tighter(outer.y2, inner.y2, Math.min),
  };
}

/** An undefined bound is no bound. */
function tighter(
  a: number | undefined,
  b: number | undefined,
  pick: (a: number, b: number) => number,
): number | undefined {
  return a === undefined ? b : b === undefined ? a : pick(a, b);
}

/** Puts the lines of a write on their rows, what lies outside its clip left out. */
function place(rows: readonly Segment[][], write: Write): void {
  const { clip } = write;
  const columns = clip?.x1 !== undefined && clip.x2 !== undefined ? { from: clip.x1, to: clip.x2 } : undefined;
  const range = clip?.y1 !== undefined && clip.y2 !== undefined ? { from: clip.y1, to: clip.y2 } : undefined;
  if (columns && columns.from >= columns.to) return;
  if (range && range.from >= range.to) return;
  linesOf(write.text).forEach((line, index) => {
    const y = write.y + index;
    const row = rows[y];
    if (row === undefined || (range && (y < range.from || y >= range.to))) return;
    let shown = columns === undefined ? line : cutLine(line, columns.from - write.x, columns.to - write.x);
    for (const transform of write.transformers) shown = lines.get(transform(shown.text, index));
    if (shown.width > 0) row.push({ x: columns ? Math.max(write.x, columns.from) : write.x, line: shown });
  });
}

/** A style that is open at a line's end goes on in the next. */
function linesOf(text: string): readonly StyledLine[] {
  if (!text.includes('\n')) return [lines.get(text)];
  let style = '';
  return text.split('\n').map((part) => {
    const line = lines.get(style + part);
    style = line.endStyle;
    return line;
  });
}

/** Columns `from` to `to` of a line. A wide character that is cut in half becomes a blank of its style. */
function cutLine(line: StyledLine, from: number, to: number): StyledLine {
  if (from <= 0 && to >= line.width) return line;
  const kept: Cell[] = [];
  let column = 0;
  for (const cell of cellsOf(line)) {
    const start = column;
    column += cell.width;
    if (column <= from) continue;
    if (start >= to) break;
    kept.push(cell.width > 1 && (start < from || column > to) ? blank(cell) : cell);
  }
  return lineOfCells(kept, '');
}

function blank(cell: Cell): Cell {
  return { text: ' ', width: 1, style: cell.style };
}

function composeRow(segments: readonly Segment[], width: number): string {
  const [first] = segments;
  if (first === undefined) return '';
  if (!isApart(segments, width)) return composeCells(segments, width);
  let text = '';
  let column = 0;
  for (const { x, line } of segments) {
    text += ' '.repeat(x - column) + line.text;
    column = x + line.width;
  }
  return text.trimEnd();
}

/** From left to right, none over another, none over an edge: then whole strings can be put side by side. */
function isApart(segments: readonly Segment[], width: number): boolean {
  let column = 0;
  for (const { x, line } of segments) {
    if (x < column) return false;
    column = x + line.width;
  }
  return column <= width;
}

const SPACE: Cell = { text: ' ', width: 1, style: '' };

/** The row as cells, written one segment after the other; what is half covered of a wide character becomes blank. */
function composeCells(segments: readonly Segment[], width: number): string {
  const row: (Cell | undefined)[] = Array.from({ length: width }, () => SPACE);
  for (const { x, line } of segments) {
    const before = row[x - 1];
    if (x > 0 && row[x]?.text === '' && before !== undefined && before.width > 1) row[x - 1] = blank(before);
    let column = x;
    for (const cell of cellsOf(line)) {
      if (column >= 0) row[column] = cell;
      for (let part = 1; part < cell.width; part++) {
        // Of a character that begins left of the screen the visible half is blank.
        const rest: Cell = { text: column < 0 ? ' ' : '', width: 0, style: cell.style };
        if (column + part >= 0) row[column + part] = rest;
      }
      column += cell.width;
    }
    const after = row[column];
    if (after?.text === '') row[column] = blank(after);
  }
  return cellsToText(row.filter((cell) => cell !== undefined)).trimEnd();
}
