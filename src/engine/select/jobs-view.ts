import { JOB } from '../model/job-columns.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { markJobs } from './job-filter.ts';
import { submissionOrder, type SubmissionOrder } from './submission-order.ts';

export { parseJobFilter } from './job-filter.ts';

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
  /** Position in the collection: for whoever looks at one column of many rows. */
  positionAt(index: number): number;
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

type Key = (position: number) => string | number;

const SORT_KEYS: Readonly<Record<JobSortColumn, (jobs: Rows<JobRow>) => Key>> = {
  submitted: (jobs) => jobs.column(JOB.submittedAt),
  name: (jobs) => jobs.column(JOB.name),
  state: (jobs) => {
    const stateOf = jobs.column(JOB.state);
    return (position) => STATE_RANK[stateOf(position)];
  },
  age: (jobs) => {
    const submittedAt = jobs.column(JOB.submittedAt);
    return (position) => -submittedAt(position);
  },
  cost: (jobs) => jobs.column(JOB.costUsd),
  interruptions: (jobs) => jobs.column(JOB.interruptions),
  changed: (jobs) => jobs.column(JOB.changedAt),
};

/** Undefined for the order of submission, which is kept and costs nothing. */
export function orderJobs(jobs: Rows<JobRow>, sort: JobSort): JobOrder | undefined {
  if (sort.column === 'submitted' && sort.direction === 'up') return undefined;
  const keyOf = SORT_KEYS[sort.column](jobs);
  const keys = Array.from({ length: jobs.length }, (_, position) => keyOf(position));
  const sign = sort.direction === 'up' ? 1 : -1;
  return Int32Array.from(keys.keys()).sort((a, b) => {
    const [left = 0, right = 0] = [keys[a], keys[b]];
    return left < right ? -sign : left > right ? sign : sign * (a - b);
  });
}

/** Failures, and jobs that were thrown back at least once. */
function isFaulty({ state, attempt }: Pick<JobRow, 'state' | 'attempt'>): boolean {
  return state === 'FAILED' || state === 'INTERRUPTING' || (state === 'RUNNABLE' && attempt > 1);
}

/** Index of the next faulty job of a view from one index on, up or down; -1 when there is none. */
export function nextFault(jobs: Rows<JobRow>, view: JobView, from: { index: number; step: 1 | -1 }): number {
  const isFaultyAt = faultyAt(jobs);
  for (let index = from.index + from.step; index >= 0 && index < view.length; index += from.step) {
    if (isFaultyAt(view.positionAt(index))) return index;
  }
  return -1;
}

/** `isFaulty` by position. */
function faultyAt(jobs: Rows<JobRow>): (position: number) => boolean {
  const [stateOf, attemptOf] = [jobs.column(JOB.state), jobs.column(JOB.attempt)];
  return (position) => isFaulty({ state: stateOf(position), attempt: attemptOf(position) });
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
  if (isPlain(query)) return new SubmittedJobs(jobs);
  const same =
    remembered?.jobs === jobs &&
    remembered.query.filter === query.filter &&
    remembered.query.order === query.order &&
    remembered.query.faultsOnly === query.faultsOnly;
  if (remembered !== undefined && same) return remembered.view;
  const view = search(jobs, query);
  remembered = { jobs, query, view };
  return view;
}

function search(jobs: Rows<JobRow>, query: JobQuery): JobView {
  const positions: number[] = [];
  const marks = markJobs(jobs, query.filter);
  const isFaultyAt = faultyAt(jobs);
  const keep = (position: number): void => {
    if (marks !== undefined && marks[position] === 0) return;
    if (!query.faultsOnly || isFaultyAt(position)) positions.push(position);
  };
  const order = query.order ?? submissionOrder(jobs).positions;
  const ordered = Math.min(order.length, jobs.length);
  for (const position of order) if (position < jobs.length) keep(position);
  for (let position = ordered; position < jobs.length; position++) keep(position);
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
    return this.jobs.at(this.positionAt(index));
  }

  positionAt(index: number): number {
    return this.order.positions[index] ?? -1;
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
  /** Index by position, -1 for what was not found. Made when first asked: most frames only read a window. */
  ranks: Int32Array | undefined;

  constructor(jobs: Rows<JobRow>, positions: readonly number[]) {
    this.jobs = jobs;
    this.positions = positions;
    this.length = positions.length;
  }

  at(index: number): JobRow {
    return this.jobs.at(this.positionAt(index));
  }

  positionAt(index: number): number {
    return this.positions[index] ?? -1;
  }

  indexOf(id: string): number {
    const position = this.jobs.indexOf(id);
    if (position < 0) return -1;
    if (this.ranks === undefined) {
      this.ranks = new Int32Array(this.jobs.length).fill(-1);
      for (const [index, at] of this.positions.entries()) this.ranks[at] = index;
    }
    return this.ranks[position] ?? -1;
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
  const stateOf = jobs.column(JOB.state);
  while (index < view.length && isTerminal(stateOf(view.positionAt(index)))) index++;
  donePrefix = { seq, length: index, lastId: index > 0 ? view.at(index - 1).id : '' };
  return index;
}
