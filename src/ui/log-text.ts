import type { LogPartTime } from '../engine/model/job-log.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { isNarrow } from './narrow.ts';
import { type Safe, safe } from './safe-text.ts';
import { graphemesOf } from './graphemes.ts';
import { widthOf } from './width.ts';

/** The text of a log as a terminal may show it: lines made safe, rows wrapped at a width, lines that match. */

/** Colours of a program are dropped, and nothing is lost with them; every other sequence stays, made visible. */
const SGR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;:]*m`, 'g');
/** A progress bar redraws its line by a carriage return: each drawing is a line of its own. */
const LINE_END = /\r\n|\r|\n/;
/** The same in a text that has its colours still: one between the two characters of an end does not make two of it. */
const LINE_ENDS = new RegExp(`\\r(?:${SGR.source})*\\n|\\r|\\n`, 'g');
const TAB_COLUMNS = 8;

export function logLines(text: string): readonly Safe[] {
  const lines = text.replace(SGR, '').split(LINE_END);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => safe(line.includes('\t') ? withoutTabs(line) : line));
}

/** For each line the time of the part in which it begins; a part's own time is when it came, so that each line was written by then. */
export function lineTimes(text: string, parts: readonly LogPartTime[]): readonly EpochMs[] {
  const times: EpochMs[] = [];
  let part = 0;
  let from = 0;
  const add = (): void => {
    while (part + 1 < parts.length && (parts[part + 1]?.from ?? 0) <= from) part++;
    times.push(parts[part]?.at ?? 0);
  };
  for (const end of text.matchAll(LINE_ENDS)) {
    add();
    from = end.index + end[0].length;
  }
  if (from < text.length) add();
  return times;
}

function withoutTabs(line: string): string {
  const [first = '', ...more] = line.split('\t');
  return more.reduce((text, part) => text + ' '.repeat(TAB_COLUMNS - (widthOf(text) % TAB_COLUMNS)) + part, first);
}

export interface LogRow {
  readonly text: string;
  /** Its line, from 0, and which row of that line it is. */
  readonly line: number;
  readonly part: number;
}

export interface LogRows {
  readonly columns: number;
  readonly rows: readonly LogRow[];
  /** The first row of each line. */
  readonly starts: readonly number[];
}

/** Lines are immutable: each width is worked out once for a log, and the newest width is the one that is asked again. */
const wrapped = new WeakMap<readonly Safe[], LogRows>();

/** All rows of a log at a width: long lines go on below themselves. */
export function logRows(lines: readonly Safe[], columns: number): LogRows {
  const known = wrapped.get(lines);
  if (known?.columns === columns) return known;
  const rows: LogRow[] = [];
  const starts: number[] = [];
  lines.forEach((line, number) => {
    starts.push(rows.length);
    wrapLine(line, columns).forEach((text, part) => rows.push({ text, line: number, part }));
  });
  const made = { columns, rows, starts };
  wrapped.set(lines, made);
  return made;
}

function wrapLine(line: Safe, columns: number): readonly string[] {
  const room = Math.max(2, columns);
  if (line.length <= room && widthOf(line) <= room) return [line];
  const rows: string[] = [];
  if (isNarrow(line)) {
    for (let at = 0; at < line.length; at += room) rows.push(line.slice(at, at + room));
    return rows;
  }
  // Measuring one costs more than finding it again, and a line has few different ones.
  const widths = new Map<string, number>();
  let row = '';
  let used = 0;
  for (const grapheme of graphemesOf(line)) {
    const width = widths.get(grapheme) ?? widthOf(grapheme);
    widths.set(grapheme, width);
    if (used + width > room) {
      rows.push(row);
      [row, used] = ['', 0];
    }
    row += grapheme;
    used += width;
  }
  return [...rows, row];
}

/** Finds a text as it stands there; case does not matter. undefined for nothing to look for. */
export function searchOf(text: string): RegExp | undefined {
  const wanted = safe(text);
  return wanted === '' ? undefined : new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'giu');
}

/** The next line from `from` on in a direction that matches, around the end; -1 when none does. */
export function findLine(lines: readonly Safe[], search: RegExp, walk: { from: number; step: 1 | -1 }): number {
  for (let count = 0; count < lines.length; count++) {
    const at = (((walk.from + count * walk.step) % lines.length) + lines.length) % lines.length;
    search.lastIndex = 0;
    if (search.test(lines[at] ?? '')) return at;
  }
  return -1;
}

/** Lines that are looked for in a newer text to see where the old one ends: enough not to meet by chance. */
const ANCHOR_LINES = 8;

/** How many lines left at the front between two looks at one log. 0 where the two have nothing in common. */
export function linesGone(before: readonly Safe[], after: readonly Safe[]): number {
  // The last one may have been half written.
  const anchor = before.slice(-ANCHOR_LINES - 1, -1);
  if (anchor.length === 0 || (before[0] === after[0] && before[1] === after[1])) return 0;
  const anchorAt = before.length - 1 - anchor.length;
  for (let at = after.length - anchor.length; at >= 0; at--) {
    if (anchor.every((line, number) => after[at + number] === line)) return Math.max(0, anchorAt - at);
  }
  return 0;
}
