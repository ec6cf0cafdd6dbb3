import type { Column } from '../model/columns.ts';
import { JOB } from '../model/job-columns.ts';
import type { JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';

const COLUMNS: Readonly<Record<string, Column<JobRow, string>>> = {
  state: JOB.state,
  name: JOB.name,
  pool: JOB.pool,
  worker: JOB.leaseOwner,
  queue: JOB.queue,
  owner: JOB.owner,
  why: JOB.reasonDetail,
};
/** What a word without a column is looked for in, beside the id. */
const SEARCHED: readonly Column<JobRow, string>[] = [JOB.name, JOB.state, JOB.reasonDetail, JOB.pool];

interface Word {
  readonly text: string;
  readonly columns: readonly Column<JobRow, string>[];
  readonly isInId: boolean;
  /** Rows that have it are left out. */
  readonly isNot: boolean;
}

function wordsOf(filter: string): readonly Word[] {
  return filter.toLowerCase().split(/\s+/).filter(Boolean).map(wordOf);
}

function wordOf(said: string): Word {
  if (said.startsWith('!') && said.length > 1) {
    const word = wordOf(said.slice(1));
    return { ...word, isNot: !word.isNot };
  }
  const colon = said.indexOf(':');
  const name = said.slice(0, Math.max(0, colon));
  const text = said.slice(colon + 1);
  if (name === 'id') return { text, columns: [], isInId: true, isNot: false };
  const column = Object.hasOwn(COLUMNS, name) ? COLUMNS[name] : undefined;
  if (column !== undefined) return { text, columns: [column], isInId: false, isNot: false };
  return { text: said, columns: SEARCHED, isInId: true, isNot: false };
}

/** Words must all match; `column:value` looks in one column only; a leading `!` turns a word round. Case does not matter. */
export function parseJobFilter(filter: string): ((row: JobRow) => boolean) | undefined {
  const words = wordsOf(filter);
  if (words.length === 0) return undefined;
  return (row) => words.every((word) => hasWord(row, word) !== word.isNot);
}

function hasWord(row: JobRow, { text, columns, isInId }: Word): boolean {
  const has = (value: string): boolean => value.toLowerCase().includes(text);
  return columns.some((column) => has(column.of(row))) || (isInId && has(row.id));
}

/** The same asked of all jobs at once, column by column: 1 by position where the filter matches; undefined when it is empty. */
export function markJobs(jobs: Rows<JobRow>, filter: string): Uint8Array | undefined {
  const [first, ...rest] = wordsOf(filter).map((word) => markWord(jobs, word));
  if (first === undefined) return undefined;
  for (const marks of rest) for (let at = 0; at < first.length; at++) first[at]! &= marks[at]!;
  return first;
}

function markWord(jobs: Rows<JobRow>, { text, columns, isInId, isNot }: Word): Uint8Array {
  const marks = new Uint8Array(jobs.length);
  for (const column of columns) jobs.mark(column, text, marks);
  if (isInId) jobs.markIds(text, marks);
  if (isNot) for (let at = 0; at < marks.length; at++) marks[at]! ^= 1;
  return marks;
}
