import type { Snapshot } from '../engine/model/snapshot.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { type Filter, matchesFilter, parseFilter } from '../engine/select/filter.ts';
import { type Column, fitColumns, paintHead, paintRow, type Sort } from './components/table.ts';
import type { Frame } from './frame.ts';
import { highlightOf } from './highlight.ts';
import { type Painted, paintLine, span } from './line.ts';
import { type List, viewport } from './list.ts';
import type { Cells } from './cells.ts';
import type { ScreenSpec } from './screen-spec.ts';
import type { ScreenId } from './screens.ts';
import type { TableChoice, UiState } from './state.ts';

/** A table of rows that are objects: up to some ten thousand. (Jobs, of which there may be a million, has its own.) */
export interface TableSpec<Row, Line = Row> {
  readonly screen: ScreenId;
  /** All rows, in the order that they have when nobody asked for another; the same array for the same snapshot where that is cheap. */
  rows(snapshot: Snapshot, ui: UiState): readonly Row[];
  idOf(row: Row): string;
  /** What is shown of a row; asked for the rows in sight only. */
  line(row: Row, frame: Frame): Line;
  columns(frame: Frame): readonly Column<Line>[];
  /** By column id, what is sorted and filtered by; a name here that is no column may be filtered by all the same. */
  readonly values: Readonly<Record<string, (row: Row, snapshot: Snapshot) => string | number | undefined>>;
  /** Where a word without a column is looked for. */
  readonly searched: readonly string[];
  /** Something is wrong with the row; where it is given, `f` shows those alone. */
  isFault?(row: Row, snapshot: Snapshot): boolean;
  /** Columns to leave out when it is narrow, the first one first. */
  readonly dropOrder: readonly string[];
  /** What the last column wants at least before another is left out. */
  readonly lastMin: number;
  /** When a row last changed: newer than the operator's last look it bears a mark. */
  changedAt?(row: Row): EpochMs;
}

interface Shown<Row> {
  readonly rows: readonly Row[];
  readonly filter: string;
  readonly choice: TableChoice;
  readonly faultsOnly: boolean;
  /** Of values that move with the clock: ages, silence. */
  readonly snapshot: Snapshot;
  readonly shown: readonly Row[];
}
/** The newest rows shown, by screen: keys that only move the cursor do not filter again. */
const remembered = new Map<ScreenId, Shown<unknown>>();

export function filterOf<Row, Line>(spec: TableSpec<Row, Line>, text: string): Filter {
  return parseFilter(text, Object.keys(spec.values));
}

/** Rows that match the filter, in the order that was asked for. An order is asked for once: rows that come later follow. */
export function shownRows<Row, Line>(spec: TableSpec<Row, Line>, snapshot: Snapshot, ui: UiState): readonly Row[] {
  const rows = spec.rows(snapshot, ui);
  const filter = ui.filters[spec.screen];
  const choice = ui.tables[spec.screen];
  const known = remembered.get(spec.screen) as Shown<Row> | undefined;
  const faultsOnly = ui.faultsOnly[spec.screen] && spec.isFault !== undefined;
  const isKnown = known?.rows === rows && known.filter === filter && known.choice === choice;
  const isFresh = known?.snapshot === snapshot || (filter === '' && !faultsOnly);
  if (isKnown && isFresh && known.faultsOnly === faultsOnly) return known.shown;
  const wrong = faultsOnly ? rows.filter((row) => spec.isFault?.(row, snapshot)) : rows;
  const shown = ordered(spec, filtered(spec, wrong, { filter, snapshot }), choice.order);
  remembered.set(spec.screen, { rows, filter, choice, faultsOnly, snapshot, shown });
  return shown;
}

function filtered<Row, Line>(
  spec: TableSpec<Row, Line>,
  rows: readonly Row[],
  { filter, snapshot }: { readonly filter: string; readonly snapshot: Snapshot },
): readonly Row[] {
  const parsed = filterOf(spec, filter);
  if (parsed.terms.length === 0) return rows;
  return rows.filter((row) =>
    matchesFilter(parsed, {
      value: (column) => spec.values[column]?.(row, snapshot),
      texts: () => textsOf(spec, row, snapshot),
    }),
  );
}

function textsOf<Row, Line>(spec: TableSpec<Row, Line>, row: Row, snapshot: Snapshot): readonly string[] {
  return spec.searched.map((column) => String(spec.values[column]?.(row, snapshot) ?? ''));
}

function ordered<Row, Line>(
  spec: TableSpec<Row, Line>,
  rows: readonly Row[],
  order: TableChoice['order'],
): readonly Row[] {
  if (!(order instanceof Map)) return rows;
  const ranks: ReadonlyMap<string, number> = order;
  const rankOf = (row: Row): number => ranks.get(spec.idOf(row)) ?? Infinity;
  return rows.toSorted((a, b) => (rankOf(a) === rankOf(b) ? 0 : rankOf(a) - rankOf(b)));
}

/** The order of rows by a column, with the values of this moment. */
function orderBy<Row, Line>(
  spec: TableSpec<Row, Line>,
  { snapshot, ui }: Pick<Frame, 'snapshot' | 'ui'>,
  sort: Sort,
): ReadonlyMap<string, number> {
  const valueOf = spec.values[sort.column];
  const sign = sort.direction === 'up' ? 1 : -1;
  const keyed = spec.rows(snapshot, ui).map((row) => ({ id: spec.idOf(row), key: valueOf?.(row, snapshot) }));
  // What has no value stands last, whichever way.
  keyed.sort((a, b) => {
    if (a.key === undefined || b.key === undefined) return Number(a.key === undefined) - Number(b.key === undefined);
    return a.key < b.key ? -sign : a.key > b.key ? sign : 0;
  });
  return new Map(keyed.map(({ id }, rank) => [id, rank]));
}

/** Columns in the order and choice of the operator; those of the table where he made none. */
export function chosenColumns<Row, Line>(spec: TableSpec<Row, Line>, frame: Frame): readonly Column<Line>[] {
  return columnsInOrder(spec.columns(frame), frame.ui.tables[spec.screen].columns);
}

/** Those that are chosen, in the order chosen; all where nothing is chosen, or nothing that is still there. */
export function columnsInOrder<Named extends { readonly id: string }>(
  columns: readonly Named[],
  chosen: readonly string[] | undefined,
): readonly Named[] {
  const found = (chosen ?? []).flatMap((id) => columns.find((column) => column.id === id) ?? []);
  return found.length === 0 ? columns.filter((column) => !isExtra(column)) : found;
}

/** A column that is there for whoever asks for it. */
function isExtra(column: object): boolean {
  return 'isExtra' in column && column.isExtra === true;
}

function tableCells<Row, Line>(spec: TableSpec<Row, Line>, frame: Frame): Cells {
  const columns = chosenColumns(spec, frame);
  const rows = shownRows(spec, frame.snapshot, frame.ui);
  return {
    titles: columns.map(({ title }) => title),
    length: rows.length,
    idAt: (index) => spec.idOf(rows[index]!),
    rows: (from, count) =>
      rows.slice(from, from + count).map((row) => {
        const line = spec.line(row, frame);
        return columns.map(({ text }) => text(line));
      }),
  };
}

/** What a screen that is a table, or has one, needs not say itself. */
export function tableParts<Row, Line>(
  spec: TableSpec<Row, Line>,
): Pick<ScreenSpec, 'list' | 'sorts' | 'orderBy' | 'columns' | 'filter' | 'finder' | 'hasFaults' | 'cells'> {
  return {
    columns: (frame) => spec.columns(frame),
    cells: (frame) => tableCells(spec, frame),
    filter: {
      columns: Object.keys(spec.values),
      parse: (text) => filterOf(spec, text),
      isNumber: (column, { snapshot, ui }) =>
        spec.rows(snapshot, ui).some((row) => typeof spec.values[column]?.(row, snapshot) === 'number'),
    },
    finder: (snapshot, ui, text) => {
      const rows = shownRows(spec, snapshot, ui);
      const wanted = text.toLowerCase();
      return (index) => {
        const row = rows[index];
        return row !== undefined && textsOf(spec, row, snapshot).some((one) => one.toLowerCase().includes(wanted));
      };
    },
    hasFaults: spec.isFault !== undefined,
    list: (snapshot, ui) => tableList(spec, snapshot, ui),
    sorts: Object.keys(spec.values),
    orderBy: (frame, sort) => orderBy(spec, frame, sort),
  };
}

export function tableList<Row, Line>(spec: TableSpec<Row, Line>, snapshot: Snapshot, ui: UiState): List {
  const rows = shownRows(spec, snapshot, ui);
  return {
    length: rows.length,
    idAt: (index) => {
      const row = rows[index];
      return row === undefined ? '' : spec.idOf(row);
    },
    indexOf: (id) => rows.findIndex((row) => spec.idOf(row) === id),
    start: 0,
  };
}

/** A row that has changed since the operator was last on its screen. */
export function isNewSince(ui: UiState, screen: ScreenId, changedAt: EpochMs | undefined): boolean {
  const looked = ui.looked[screen];
  return looked !== undefined && changedAt !== undefined && changedAt > looked.at;
}

/** The titles and a window of rows: `height` lines. `empty` stands where no row is. */
export function drawTable<Row, Line>(
  spec: TableSpec<Row, Line>,
  frame: Frame,
  space: { readonly height: number; readonly empty: string },
): readonly Painted[] {
  const { snapshot, ui, theme, width } = frame;
  const rows = shownRows(spec, snapshot, ui);
  if (rows.length === 0) return [paintLine(theme, width, [span(`   ${space.empty}`, 'dim')])];
  const room = Math.max(1, space.height - 1);
  const { id, top } = viewport(tableList(spec, snapshot, ui), ui.cursors[spec.screen], room);
  const { dropOrder, lastMin } = spec;
  const columns = fitColumns({ columns: chosenColumns(spec, frame), dropOrder, lastMin }, width);
  const highlight = highlightOf(ui, filterOf(spec, ui.filters[spec.screen]));
  const lines = rows.slice(top, top + room).map((row) => {
    const rowId = spec.idOf(row);
    const isNew = isNewSince(ui, spec.screen, spec.changedAt?.(row));
    const shown = { row: spec.line(row, frame), isSelected: rowId === id, isMarked: ui.marks.has(rowId), isNew };
    return paintRow(theme, { width, columns, highlight }, shown);
  });
  return [paintHead(theme, width, { columns, sort: ui.tables[spec.screen].sort }), ...lines];
}
