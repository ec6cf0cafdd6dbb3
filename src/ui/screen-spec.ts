import type { Snapshot } from '../engine/model/snapshot.ts';
import type { Filter } from '../engine/select/filter.ts';
import type { Cells } from './cells.ts';
import type { Frame } from './frame.ts';
import type { KeyId } from './keymap.ts';
import type { Painted } from './line.ts';
import type { List } from './list.ts';
import type { Sort } from './components/table.ts';
import type { ScreenId } from './screens.ts';
import type { TableOrder, UiState } from './state.ts';

/** A column as the chooser names it. */
export interface ColumnName {
  readonly id: string;
  readonly title: string;
}

/** Another row that has to do with this one. */
export interface Link {
  readonly screen: ScreenId;
  /** The row there; '' with a filter that shows several. */
  readonly id: string;
  /** Put on the screen there instead of a row. */
  readonly filter?: string;
  /** What it is, in a word or two: "its worker". */
  readonly label: string;
}

/** The filter of a screen. */
export interface FilterSpec {
  readonly columns: readonly string[];
  parse(text: string): Filter;
  /** A column of numbers is compared, one of texts is looked into. */
  isNumber(column: string, frame: Pick<Frame, 'snapshot' | 'ui'>): boolean;
}

/** What a screen is: all that the rest of the console asks of it. Adding one is one of these, and a line in `screens/index.ts`. */
export interface ScreenSpec {
  /** What its cursor walks over; NOTHING where there is none. */
  list(snapshot: Snapshot, ui: UiState): List;
  /** Rows of the list that fit into the body: what a page key moves by. */
  pageRows(frame: Frame, bodyRows: number): number;
  /** Rows of the body above the first row of the list, where a click finds it; undefined where rows are no lines. */
  headRows(ui: UiState): number | undefined;
  draw(frame: Frame, height: number): readonly Painted[];
  /** What is known of the row under the cursor, beside the list or over it. */
  detail?(frame: Frame, id: string, height: number): readonly Painted[];
  /** Where a key leads from an index, where that is not up or down a list. */
  step?(frame: Frame, id: KeyId, from: { readonly index: number; readonly page: number }): number | undefined;
  /** What `y` copies of a row, where that is not its id. */
  copies?(id: string): string;
  /** What its rows can be sorted by: what `s` goes through. */
  readonly sorts?: readonly string[];
  /** The order of rows with the values of this moment; undefined for the screen's own. */
  orderBy?(frame: Pick<Frame, 'snapshot' | 'ui'>, sort: Sort): TableOrder | undefined;
  /** All columns that its table can show, for whoever chooses among them. */
  columns?(frame: Frame): readonly ColumnName[];
  /** Where the row leads: the nearest first. */
  links?(frame: Frame, id: string): readonly Link[];
  /** Why the row is as it is: what it is called, then sentences with their numbers. `id` is '' where no row is under the cursor. */
  why?(frame: Frame, id: string): readonly string[];
  /** All that is known of a row, as it came: what `d` shows, and a file of rows gets. undefined where it is not there any more. */
  describe?(frame: Frame, id: string): object | undefined;
  /** The rows of its table, in the order and the columns in which it shows them. */
  cells?(frame: Frame): Cells;
  /** What its rows can be filtered by, and how a filter of them is read. */
  readonly filter?: FilterSpec;
  /** Whether the row at an index has a text: what n and N look for. Asked of one row after the other. */
  finder?(snapshot: Snapshot, ui: UiState, text: string): (index: number) => boolean;
  /** It says itself what is left out of its list. */
  readonly tellsFilter?: true;
  /** Rows can be wrong: `f` shows those alone. */
  readonly hasFaults?: boolean;
  /** A row may be marked. Only rows that something can be done to. */
  readonly hasMarks: boolean;
}
