import { bookSummaries, type BookSummary, type Estimate } from '../../engine/select/book.ts';
import { figure, grouped } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { Look } from '../look.ts';
import { aside, printJson, printTable } from '../output.ts';
import { openToLook } from '../session.ts';

/** `cbas book`: what the jobs estimate together; each (book, key) counts exactly once. */
export async function book(name: string | undefined, options: CommonOptions): Promise<number> {
  const { snapshot } = await Look.at(await openToLook(options), ['jobs']);
  const all = bookSummaries(snapshot);
  const books = all.filter((one) => name === undefined || one.name === name);
  if (books.length === 0 && name !== undefined) {
    const known = all.length === 0 ? 'no job has recorded anything yet' : `there are: ${all.map((one) => safe(one.name)).join(', ')}`;
    throw new CliError(`there is no book ${safe(name)}; ${known}`, EXIT.notFound);
  } // prettier-ignore
  if (options.json === true) printJson(name === undefined ? books.map(bookJson) : books.map(withEntries)[0]);
  else if (books.length === 0) aside('no book yet: no job that records into one has succeeded');
  else printBooks(books);
  return EXIT.done;
}

function printBooks(books: readonly BookSummary[]): void {
  const lines = books.flatMap(({ name, entries, estimates }) =>
    estimates.map((estimate) => ({ name, entries: entries.length, estimate })),
  );
  const of = (text: (estimate: Estimate) => string) => (line: (typeof lines)[number]) => text(line.estimate);
  printTable(
    [
      { title: 'book', text: ({ name }) => name },
      { title: 'entries', text: ({ entries }) => grouped(entries), align: 'right' },
      { title: 'of', text: of(({ field }) => field) },
      { title: 'mean', text: of(({ mean }) => figure(mean)), align: 'right' },
      { title: 'std error', text: of(({ standardError }) => figure(standardError)), align: 'right' },
      { title: 'samples', text: of(({ samples }) => grouped(samples)), align: 'right' },
    ],
    lines,
  );
}

function bookJson({ name, entries, estimates }: BookSummary) {
  return {
    book: name,
    entries: entries.length,
    estimates: estimates.map((estimate) => ({ ...estimate, standardError: estimate.standardError ?? null })),
  };
}

function withEntries(book: BookSummary) {
  return {
    ...bookJson(book),
    records: [...book.entries].map(({ id, jobId, value }) => ({ key: id, jobId, value })),
  };
}
