import { cell, type Painted, paintLine, paintSelected, type Span, span } from '../line.ts';
import { type Highlight, highlighted } from '../highlight.ts';
import { Recent } from '../recent.ts';
import type { Theme, Tone } from '../theme.ts';
import { truncate } from '../width.ts';

export interface Sort {
  readonly column: string;
  readonly direction: 'up' | 'down';
}

/** One column of a table. One of width 1, which is the last as a rule, takes what is left. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly align?: 'right';
  readonly text: (row: Row) => string;
  /** Follows the value, never the printed text. */
  readonly tone?: (row: Row) => Tone;
  /** Shown only where it was chosen. */
  readonly isExtra?: true;
}

export interface TableShape<Row> {
  readonly columns: readonly Column<Row>[];
  /** Columns to leave out when it is narrow, the first one first. */
  readonly dropOrder: readonly string[];
  /** What the last column wants at least before another is left out. */
  readonly lastMin: number;
}

const GAP = '  ';
/** Cursor and mark, before the first column. */
const LEAD = 3;

/** The columns that fit; the one that takes what is left stretched to the right edge. */
export function fitColumns<Row>(shape: TableShape<Row>, width: number): readonly Column<Row>[] {
  let columns = shape.columns;
  for (const id of shape.dropOrder) {
    if (roomLeft(columns, width) >= shape.lastMin) break;
    if (columns.length > 1) columns = columns.filter((column) => column.id !== id);
  }
  const open = openColumn(columns);
  return columns.map((column) =>
    column === open ? { ...column, width: Math.max(1, roomLeft(columns, width)) } : column,
  );
}

/** The column without a width of its own, wherever the operator put it; where he took it away, the last one. */
function openColumn<Row>(columns: readonly Column<Row>[]): Column<Row> | undefined {
  return columns.find((column) => column.width <= 1) ?? columns.at(-1);
}

function roomLeft<Row>(columns: readonly Column<Row>[], width: number): number {
  const open = openColumn(columns);
  return columns.reduce((left, column) => (column === open ? left : left - column.width - GAP.length), width - LEAD);
}

/** The titles; the one that the rows are sorted by has an arrow. */
export function paintHead<Row>(
  theme: Theme,
  width: number,
  { columns, sort }: { readonly columns: readonly Column<Row>[]; readonly sort?: Sort | undefined },
): Painted {
  const arrow = sort?.direction === 'down' ? theme.glyphs.down : theme.glyphs.up;
  const titles = columns.map(({ id, title, width: room, align }) => {
    const isSorted = sort?.column === id;
    // Where there is no room for both, the arrow is worth more than the last letter.
    const text = isSorted ? `${truncate(title, Math.max(0, room - 1), '')}${arrow}` : title;
    return cell(text, room, align);
  });
  return paintLine(theme, width, [span(' '.repeat(LEAD)), span(titles.join(GAP), 'dim')]);
}

export interface TableRow<Row> {
  readonly row: Row;
  readonly isSelected: boolean;
  readonly isMarked: boolean;
  /** It has changed since the operator last looked. */
  readonly isNew?: boolean;
}

interface RowSpace<Row> {
  readonly width: number;
  readonly columns: readonly Column<Row>[];
  readonly highlight?: Highlight;
}

/** Rows of some tall tables. Most of a frame are those of the frame before. */
const ROWS_MAX = 1_000;
const paintedBy = new WeakMap<Theme, Recent<string, Painted>>();

export function paintRow<Row>(theme: Theme, table: RowSpace<Row>, shown: TableRow<Row>): Painted {
  const { row, isSelected, isMarked, isNew = false } = shown;
  // Under the cursor everything is reversed alike: a colour inside would be a third thing to read.
  const cells = table.columns.map(({ text, tone }): Span => span(text(row), isSelected ? 'plain' : (tone?.(row) ?? 'plain'))); // prettier-ignore
  const lead = ` ${isSelected ? theme.glyphs.cursor : ' '}${isMarked ? theme.glyphs.mark : isNew ? '+' : ' '}`;
  const paintAnew = (): Painted => paintCells(theme, { ...table, lead, isSelected }, cells);
  if (table.highlight !== undefined) return paintAnew();
  let known = paintedBy.get(theme);
  if (known === undefined) paintedBy.set(theme, (known = new Recent(ROWS_MAX)));
  // All that the row is painted from.
  let key = `${table.width}${lead}`;
  for (const [at, { text, tone }] of cells.entries()) {
    const { width, align = '' } = table.columns[at]!;
    key += `\n${width}${align}${tone}\t${text}`;
  }
  return known.get(key, paintAnew);
}

function paintCells<Row>(
  theme: Theme,
  table: RowSpace<Row> & { readonly lead: string; readonly isSelected: boolean },
  cells: readonly Span[],
): Painted {
  const { columns, highlight, isSelected } = table;
  const spans: Span[] = [span(table.lead)];
  columns.forEach((column, number) => {
    if (number > 0) spans.push(span(GAP));
    const { text = '', tone = 'plain' } = cells[number] ?? {};
    const shown = span(cell(text, column.width, column.align), tone);
    const marked = isSelected ? 'strong' : 'selected';
    spans.push(...(highlight === undefined ? [shown] : highlighted(shown, { column: column.id, highlight, marked })));
  });
  return isSelected ? paintSelected(theme, table.width, spans) : paintLine(theme, table.width, spans);
}
