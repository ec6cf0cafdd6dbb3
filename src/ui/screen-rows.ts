import { type Cell, styleChange, tokenize } from './styled-line.ts';

/** One row as it stands on a terminal: a cell for each column. The columns after a wide character hold an empty text. */
export interface ScreenRow {
  readonly text: string;
  /** Up to the last that is not blank. */
  readonly cells: readonly Cell[];
  /** A terminal may see the width of one of its characters otherwise than we do. */
  readonly isUneven: boolean;
}

const SPACE: Cell = { text: ' ', width: 1, style: '' };
export const BLANK_ROW: ScreenRow = { text: '', cells: [], isUneven: false };

const ESC = '\u001b';
/** Unchanged cells between two changes that are cheaper written again than stepped over. */
const STEP_OVER = 4;

/** The row of a line, no wider than `columns`. */
export function screenRow(text: string, columns: number): ScreenRow {
  if (text === '') return BLANK_ROW;
  const cells: Cell[] = [];
  let isUneven = false;
  for (const cell of tokenize(text)) {
    if (cells.length + cell.width > columns) break;
    cells.push(cell);
    isUneven ||= cell.width > 1 || cell.text.length > 1;
    for (let part = 1; part < cell.width; part++) cells.push({ text: '', width: 0, style: cell.style });
  }
  while (cells.length > 0 && isSame(cells.at(-1), SPACE)) cells.pop();
  return { text, cells, isUneven };
}

function isSame(a: Cell = SPACE, b: Cell = SPACE): boolean {
  return a === b || (a.text === b.text && a.style === b.style);
}

/** Where the terminal writes next and in which style: the changes of a frame are one text. */
export class Pen {
  text = '';
  #row = -1;
  #column = -1;
  #style = '';

  write(row: number, column: number, cell: Cell): void {
    this.#moveTo(row, column);
    this.#paintIn(cell.style);
    this.text += cell.text;
    this.#column += cell.width;
  }

  /** Blanks the row from a column on. */
  erase(row: number, column: number): void {
    this.#moveTo(row, column);
    this.#paintIn('');
    this.text += `${ESC}[K`;
  }

  /** A sequence of another kind, after which the place is not known. It finds the plain style. */
  command(sequence: string): void {
    this.#paintIn('');
    this.text += sequence;
    this.#row = -1;
  }

  end(): string {
    this.#paintIn('');
    return this.text;
  }

  #paintIn(style: string): void {
    this.text += styleChange(this.#style, style);
    this.#style = style;
  }

  #moveTo(row: number, column: number): void {
    if (row === this.#row && column === this.#column) return;
    const isAhead = row === this.#row && column > this.#column;
    this.text += isAhead
      ? `${ESC}[${column - this.#column}C`
      : `${ESC}[${row + 1}${column === 0 ? '' : `;${column + 1}`}H`;
    this.#row = row;
    this.#column = column;
  }
}

/** Writes the cells in which a row differs from what stands there. */
export function updateRow(pen: Pen, row: number, change: { readonly from: ScreenRow; readonly to: ScreenRow }): void {
  const [before, after] = [change.from.cells, change.to.cells];
  const isUneven = change.from.isUneven || change.to.isUneven;
  let column = 0;
  while (column < after.length) {
    if (isSame(before[column], after[column])) {
      column++;
      continue;
    }
    let last = column;
    if (isUneven) last = after.length - 1;
    else
      for (let at = column + 1; at < after.length && at - last <= STEP_OVER; at++) {
        if (!isSame(before[at], after[at])) last = at;
      }
    // The second half of a wide character is written with the first.
    while (after[column]?.width === 0) column--;
    for (; column <= last; column++) {
      const cell = after[column];
      if (cell !== undefined && cell.width > 0) pen.write(row, column, cell);
    }
  }
  if (before.length > after.length) pen.erase(row, after.length);
}
