import type { EpochMs } from '../engine/model/units.ts';
import type { Painted } from '../ui/line.ts';
import { safe } from '../ui/safe-text.ts';
import { fit, truncate, widthOf } from '../ui/width.ts';

/**
 * What verbs print: the only way to stdout and stderr, which lint enforces. Results go to stdout, everything that is said
 * about them to stderr. Whatever is in a text, a terminal gets no control of it: each way out makes it safe by itself, so
 * that no caller can forget to.
 */
export function print(lines: string): void {
  process.stdout.write(`${safeLines(lines)}\n`);
}

export function note(lines: string): void {
  process.stderr.write(`${safeLines(lines)}\n`);
}

/** A row as the screen shows it, with our own colours in it. */
export function printPainted(line: Painted): void {
  process.stdout.write(`${line}\n`);
}

/** The beginning of a line on stderr that is written over later, and never longer than it. */
export function noteInPlace(text: string): void {
  process.stderr.write(safe(text));
}

/** What a program wrote, as it wrote it: only for who asks for the bytes themselves. */
export function printRaw(text: string): void {
  process.stdout.write(text);
}

/** What a program wrote, made safe. A progress bar redraws its line by a carriage return: here each drawing is a line of its own. Tabs do no harm. */
export function printLog(text: string): void {
  process.stdout.write(
    text
      .split(/(\r\n|\r|\n|\t)/)
      .map((part) => (part === '\t' ? part : /^[\r\n]/.test(part) ? '\n' : safe(part)))
      .join(''),
  );
}

/** A remark that only a person reads: left out where stderr goes into a file. */
export function aside(line: string): void {
  if (process.stderr.isTTY) note(line);
}

/** What a terminal might obey, or nobody sees: a JSON string may name it, so that it is neither lost nor dangerous. */
const UNSEEN = /[\u007f-\u009f\u2028\u2029\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;

/** JSON in which untrusted text is escaped, never taken out. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  ); // prettier-ignore
}

export function printJson(value: unknown, indent?: number): void {
  process.stdout.write(`${jsonText(value, indent)}\n`);
}

/** Times of programs: ISO 8601 in UTC; null where there is none, or none that a calendar knows. */
export function iso(at: EpochMs): string | null {
  const date = new Date(at);
  return at === 0 || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Text of many lines, each of them safe. */
export function safeLines(text: string): string {
  return text.split('\n').map(safe).join('\n');
}

/** One column of a printed table; as wide as its widest cell. */
export interface TextColumn<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'right';
  /** Wider cells are cut. */
  readonly max?: number;
}

const GAP = '  ';

/** Lines of a table, heading first. On a terminal they are cut at its edge; in a pipe they are whole. */
export function tableLines<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): readonly string[] {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => safe(text(row))))];
  const widths = columns.map(({ max }, at) => Math.min(max ?? Infinity, longest(cells, at)));
  const edge = (process.stdout.isTTY && process.stdout.columns) || Infinity;
  return cells.map((line) => {
    const joined = line.map((text, at) => fit(text, widths[at] ?? 0, columns[at]?.align)).join(GAP);
    return truncate(joined.trimEnd(), edge);
  });
}

function longest(cells: readonly (readonly string[])[], column: number): number {
  return cells.reduce((most, line) => Math.max(most, widthOf(line[column] ?? '')), 0);
}

export function printTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): void {
  for (const line of tableLines(columns, rows)) print(line);
}

const LABEL_COLUMNS = 13;

/** "label        value", one a line. */
export function printFields(fields: readonly (readonly [label: string, text: string])[]): void {
  for (const [label, text] of fields) print(`${fit(label, LABEL_COLUMNS)} ${safe(text)}`.trimEnd());
}
