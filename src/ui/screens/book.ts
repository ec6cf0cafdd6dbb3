import type { BookEntry, Snapshot } from '../../engine/model/snapshot.ts';
import { type BookSummary, bookSummaries, type Estimate } from '../../engine/select/book.ts';
import { type Column, fitColumns, paintHead, paintRow } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintLine, type Span, span } from '../line.ts';
import { type List, listOfIds, viewport } from '../list.ts';
import type { ScreenSpec } from '../screen-spec.ts';

/** Estimates shown above the list, at most; the rest of the screen belongs to the records. */
const ESTIMATE_ROWS_MAX = 6;

interface BookRow {
  readonly id: string;
  readonly book: string;
  readonly entry: BookEntry;
  readonly jobName: string;
}

/** A key of a record is unique in its book only. */
function bookRowId(book: string, key: string): string {
  return `${book}\n${key}`;
}

function bookList(snapshot: Snapshot): List {
  return listOfIds(
    bookSummaries(snapshot).flatMap((book) => [...book.entries].map((entry) => bookRowId(book.name, entry.id))),
  );
}

export const BOOK: ScreenSpec = {
  list: bookList,
  pageRows: (_, bodyRows) => Math.max(1, bodyRows - ESTIMATE_ROWS_MAX),
  headRows: () => undefined,
  draw: drawBook,
  copies: (id) => id.slice(id.indexOf('\n') + 1),
  hasMarks: false,
};

/** What the records say together, then the records: one per key, each with the one job behind it. */
function drawBook(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, ui, theme, width } = frame;
  const books = bookSummaries(snapshot);
  if (books.length === 0)
    return [
      paintLine(theme, width, [span('   no records yet: a job with `record` writes one when it succeeds', 'dim')]),
    ];
  const head = books
    .flatMap((book) => book.estimates.map((estimate, at) => drawEstimate(frame, book, { estimate, at })))
    .slice(0, ESTIMATE_ROWS_MAX);
  const rows = Math.max(1, height - head.length - 2);
  const { id, top } = viewport(bookList(snapshot), ui.cursors.book, rows);
  const columns = fitColumns({ columns: bookColumns(frame), dropOrder: ['job'], lastMin: 20 }, width);
  const lines = windowOf(snapshot, books, { top, rows }).map((row) =>
    paintRow(theme, { width, columns }, { row, isSelected: row.id === id, isMarked: false }),
  );
  return [...head, BLANK, paintHead(theme, width, { columns }), ...lines];
}

function drawEstimate(
  { theme, width }: Frame,
  book: BookSummary,
  { estimate, at }: { readonly estimate: Estimate; readonly at: number },
): Painted {
  const error = estimate.standardError;
  const spans: Span[] = [
    span(` ${at === 0 ? book.name : ' '.repeat(book.name.length)}`, 'strong'),
    span(`   ${estimate.field} `, 'dim'),
    span(format.figure(estimate.mean), 'strong'),
    span(error === undefined ? '' : ` ± ${format.figure(Number(error.toPrecision(2)))}`),
    span(`   ${format.grouped(estimate.samples)} samples`),
    span(`   ${format.grouped(book.entries.length)} ${book.entries.length === 1 ? 'record' : 'records'}`),
  ];
  return paintLine(theme, width, spans);
}

/** The records from `top` on, over all books one after another: only the window is read. */
function windowOf(
  snapshot: Snapshot,
  books: readonly BookSummary[],
  { top, rows }: { readonly top: number; readonly rows: number },
): readonly BookRow[] {
  const found: BookRow[] = [];
  let before = 0;
  for (const { name, entries } of books) {
    for (let at = Math.max(0, top - before); at < entries.length && found.length < rows; at++) {
      const entry = entries.at(at);
      found.push({
        id: bookRowId(name, entry.id),
        book: name,
        entry,
        jobName: snapshot.jobs.get(entry.jobId)?.name ?? '',
      });
    }
    before += entries.length;
  }
  return found;
}

function bookColumns({ theme }: Frame): readonly Column<BookRow>[] {
  return [
    { id: 'book', title: 'book', width: 12, text: ({ book }) => book },
    { id: 'key', title: 'key', width: 16, text: ({ entry }) => entry.id },
    { id: 'name', title: 'by', width: 12, text: ({ jobName }) => jobName },
    { id: 'job', title: 'job', width: 7, text: ({ entry }) => format.shortJobId(entry.jobId, theme.glyphs.ellipsis) },
    {
      id: 'value',
      title: 'record',
      width: 1,
      text: ({ entry }) =>
        Object.entries(entry.value)
          .map(([field, x]) => `${field} ${format.figure(x)}`)
          .join('   '),
    },
  ];
}
