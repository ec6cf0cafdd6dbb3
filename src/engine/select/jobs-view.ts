import { isTerminal, type JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { submissionOrder, type SubmissionOrder } from './submission-order.ts';

export const JOB_SORTS = ['submitted', 'name', 'state', 'age', 'cost', 'interruptions', 'changed'] as const;
export type JobSortColumn = (typeof JOB_SORTS)[number];

export interface JobSort {
  readonly column: JobSortColumn;
  readonly direction: 'up' | 'down';
}
export const DEFAULT_JOB_SORT: JobSort = { column: 'submitted', direction: 'up' };

/** Some of the jobs in some order; reading it costs what is read. */
export interface JobView {
  readonly length: number;
  at(index: number): JobRow;
  /** Where a job stands in this view, or -1. */
  indexOf(id: string): number;
}

/**
 * An order of rows, asked for once: positions in the collection. Rows that come later follow it in their own order, so
 * that no row jumps while somebody reads; asking again sorts anew.
 */
export type JobOrder = Int32Array;

const STATE_RANK: Readonly<Record<JobRow['state'], number>> = {
  INTERRUPTING: 0,
  RUNNING: 1,
  STARTING: 2,
  FAILED: 3,
  RUNNABLE: 4,
  BLOCKED: 5,
  HELD: 6,
  KILLED: 7,
  SUCCEEDED: 8,
};

const SORT_KEYS: Readonly<Record<JobSortColumn, (row: JobRow) => string | number>> = {
  submitted: (row) => row.submittedAt,
  name: (row) => row.name,
  state: (row) => STATE_RANK[row.state],
  age: (row) => -row.submittedAt,
  cost: (row) => row.tally.costUsd,
  interruptions: (row) => row.tally.interruptions,
  changed: (row) => row.changedAt,
};

/** Undefined for the order of submission, which is kept and costs nothing. */
export function orderJobs(jobs: Rows<JobRow>, sort: JobSort): JobOrder | undefined {
  if (sort.column === 'submitted' && sort.direction === 'up') return undefined;
  const key = SORT_KEYS[sort.column];
  const keys = [...jobs].map(key);
  const sign = sort.direction === 'up' ? 1 : -1;
  return Int32Array.from(keys.keys()).sort((a, b) => {
    const [left = 0, right = 0] = [keys[a], keys[b]];
    return left < right ? -sign : left > right ? sign : sign * (a - b);
  });
}

type Test = (row: JobRow) => boolean;
const COLUMNS: Readonly<Record<string, (row: JobRow) => string>> = {
  state: (row) => row.state,
  name: (row) => row.name,
  id: (row) => row.id,
  pool: (row) => row.pool,
  worker: (row) => row.leaseOwner,
  queue: (row) => row.queue,
  owner: (row) => row.owner,
  why: (row) => row.reason.detail,
};

/** What a filter searches of a row. Rows are immutable, so each is put together once. */
const haystacks = new WeakMap<JobRow, string>();
function haystack(row: JobRow): string {
  let text = haystacks.get(row);
  if (text === undefined) {
    text = `${row.name}\n${row.id}\n${row.state}\n${row.reason.detail}\n${row.pool}`.toLowerCase();
    haystacks.set(row, text);
  }
  return text;
}

/** Words must all match; `column:value` looks in one column only; a leading `!` turns a word round. Case does not matter. */
export function parseJobFilter(filter: string): Test | undefined {
  const tests = filter.toLowerCase().split(/\s+/).filter(Boolean).map(wordTest);
  return tests.length === 0 ? undefined : (row) => tests.every((test) => test(row));
}

function wordTest(word: string): Test {
  if (word.startsWith('!') && word.length > 1) {
    const test = wordTest(word.slice(1));
    return (row) => !test(row);
  }
  const colon = word.indexOf(':');
  const column = colon > 0 ? COLUMNS[word.slice(0, colon)] : undefined;
  if (column === undefined) return (row) => haystack(row).includes(word);
  const wanted = word.slice(colon + 1);
  return (row) => column(row).toLowerCase().includes(wanted);
}

/** Failures, and jobs that were thrown back at least once. */
export function isFaulty(row: JobRow): boolean {
  return row.state === 'FAILED' || row.state === 'INTERRUPTING' || (row.state === 'RUNNABLE' && row.attempt > 1);
}

export interface JobQuery {
  readonly filter: string;
  readonly order: JobOrder | undefined;
  readonly faultsOnly: boolean;
}

interface Remembered {
  readonly jobs: Rows<JobRow>;
  readonly query: JobQuery;
  readonly view: JobView;
}
/** The newest view: frames between two changes, and keys that only move the cursor, do not search again. */
let remembered: Remembered | undefined;

/** All jobs, in order of submission. */
export function isPlain({ filter, order, faultsOnly }: JobQuery): boolean {
  return filter.trim() === '' && order === undefined && !faultsOnly;
}

export function viewJobs(jobs: Rows<JobRow>, query: JobQuery): JobView {
  const test = parseJobFilter(query.filter);
  if (isPlain(query)) return new SubmittedJobs(jobs);
  const same =
    remembered?.jobs === jobs &&
    remembered.query.filter === query.filter &&
    remembered.query.order === query.order &&
    remembered.query.faultsOnly === query.faultsOnly;
  if (remembered !== undefined && same) return remembered.view;
  const view = search(jobs, query, test);
  remembered = { jobs, query, view };
  return view;
}

function search(jobs: Rows<JobRow>, query: JobQuery, test: Test | undefined): JobView {
  const positions: number[] = [];
  const keep = (position: number, row: JobRow): void => {
    if (query.faultsOnly && !isFaulty(row)) return;
    if (test === undefined || test(row)) positions.push(position);
  };
  const order = query.order ?? submissionOrder(jobs).positions;
  const ordered = Math.min(order.length, jobs.length);
  for (const position of order) if (position < jobs.length) keep(position, jobs.at(position));
  for (let position = ordered; position < jobs.length; position++) keep(position, jobs.at(position));
  return new FoundJobs(jobs, positions);
}

/** All jobs, oldest first. */
class SubmittedJobs implements JobView {
  readonly jobs: Rows<JobRow>;
  readonly order: SubmissionOrder;

  constructor(jobs: Rows<JobRow>) {
    this.jobs = jobs;
    this.order = submissionOrder(jobs);
  }

  get length(): number {
    return this.jobs.length;
  }

  at(index: number): JobRow {
    return this.jobs.at(this.order.positions[index] ?? -1);
  }

  indexOf(id: string): number {
    const position = this.jobs.indexOf(id);
    return position < 0 ? -1 : (this.order.ranks[position] ?? -1);
  }
}

class FoundJobs implements JobView {
  readonly length: number;
  readonly jobs: Rows<JobRow>;
  readonly positions: readonly number[];
  /** Made when first asked: most frames only read a window. */
  index: Map<number, number> | undefined;

  constructor(jobs: Rows<JobRow>, positions: readonly number[]) {
    this.jobs = jobs;
    this.positions = positions;
    this.length = positions.length;
  }

  at(index: number): JobRow {
    return this.jobs.at(this.positions[index] ?? -1);
  }

  indexOf(id: string): number {
    const position = this.jobs.indexOf(id);
    if (position < 0) return -1;
    this.index ??= new Map(this.positions.map((at, index) => [at, index]));
    return this.index.get(position) ?? -1;
  }
}

/** How far the search for unfinished jobs has come, and in which state of the collection. */
let donePrefix = { seq: 0, length: 0, lastId: '' };

/**
 * The first job that has not ended: where a list in order of submission is worth reading. What has ended stays so,
 * hence the search goes on where it stopped, unless this is an earlier snapshot than the last one, or another's.
 */
export function firstUnfinished({ jobs, seq }: Pick<Snapshot, 'jobs' | 'seq'>): number {
  const view = viewJobs(jobs, { filter: '', order: undefined, faultsOnly: false });
  const { length, lastId } = donePrefix;
  const isLater = seq >= donePrefix.seq && length > 0 && length <= view.length && view.at(length - 1).id === lastId;
  let index = isLater ? length : 0;
  while (index < view.length && isTerminal(view.at(index).state)) index++;
  donePrefix = { seq, length: index, lastId: index > 0 ? view.at(index - 1).id : '' };
  return index;
}
