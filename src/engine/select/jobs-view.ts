import { JOB } from '../model/job-columns.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';
import { type Filter, parseFilter } from './filter.ts';
import { isContinuation } from './job-marks.ts';
import { JobOrder, type JobSort } from './job-order.ts';
import { type Found, JobSearch } from './job-search.ts';
import { dependsOn, JOB_COLUMNS } from './job-values.ts';
import { submissionOrder, type SubmissionOrder } from './submission-order.ts';

export { DEFAULT_JOB_SORT, JOB_SORTS, type JobOrder, type JobSort, type JobSortColumn } from './job-order.ts';

/** Some of the jobs in some order; reading it costs what is read. */
export interface JobView {
  readonly length: number;
  at(index: number): JobRow;
  /** Position in the collection: for whoever looks at one column of many rows. */
  positionAt(index: number): number;
  /** Where a job stands in this view, or -1. */
  indexOf(id: string): number;
  /** Rows are still missing: the search, or the sorting, goes on. */
  readonly isPartial: boolean;
}

/** What jobs are looked for in. */
export interface JobSource {
  readonly jobs: Rows<JobRow>;
  readonly live: Snapshot['live'];
  /** What ages are measured against. */
  readonly now: EpochMs;
}

/** What an operator asked for. */
export interface JobQuery {
  /** In the language of `filter.ts`. */
  readonly filter: string;
  readonly order: JobOrder | undefined;
  readonly faultsOnly: boolean;
}

/** Undefined for the order of submission, which is kept and costs nothing. */
export function orderJobs(jobs: Rows<JobRow>, sort: JobSort, now: EpochMs): JobOrder | undefined {
  return sort.column === 'submitted' && sort.direction === 'up' ? undefined : new JobOrder(jobs, sort, now);
}

export function parseJobFilter(text: string): Filter {
  return parseFilter(text, JOB_COLUMNS);
}

/** All jobs, in order of submission. */
export function isPlain({ filter, order, faultsOnly }: JobQuery): boolean {
  return filter.trim() === '' && order === undefined && !faultsOnly;
}

/** Rows that come and go by the clock alone are looked for anew so often. */
const TIMED_EVERY_MS = 5_000;
/** Steps of a search that are done at once, within the frame that asks: some milliseconds, 25,000 rows. */
const STEPS_AT_ONCE = 24;

interface Before {
  readonly found: Found;
  /** Of the same query: until all of its rows are found again. In another order: until the first rows are. */
  readonly until: 'all' | 'first';
}

interface Current {
  readonly query: JobQuery;
  readonly search: JobSearch;
  /** Shown until the search has something: what stood there before. */
  readonly before: Before | undefined;
}
/** The newest search: frames between two changes, and keys that only move the cursor, ask the same again. */
let current: Current | undefined;

/**
 * The jobs of a query. What is found at once is in it; the rest is found by `searchOn`, and a view that is asked for
 * later has more. While a collection changes under a query, the rows found stay until those of the newer one are found.
 */
export function viewJobs(source: JobSource, query: JobQuery): JobView {
  const { jobs } = source;
  if (isPlain(query)) return new SubmittedJobs(jobs);
  const isSameQuery = current !== undefined && sameQuery(current.query, query);
  if (current === undefined || !isSameQuery || isOutdated(current.search, source)) current = searchFor(source, query);
  const { search, before } = current;
  if (shows(search, before)) return new FoundJobs(jobs, search.found(), !search.isDone);
  return new FoundJobs(jobs, before.found, before.until === 'first');
}

/** Does a piece of the newest search; false when it is done. Some hundred microseconds. */
export function searchOn(): boolean {
  return current?.search.step() ?? false;
}

/** The newest search has more to do. */
export function isSearching(): boolean {
  return current !== undefined && !current.search.isDone;
}

function sameQuery(a: JobQuery, b: JobQuery): boolean {
  return a.filter === b.filter && a.order === b.order && a.faultsOnly === b.faultsOnly;
}

/** What the search has found is worth more than what stood there before. */
function shows(search: JobSearch, before: Before | undefined): before is undefined {
  return search.isDone || before === undefined || (before.until === 'first' && search.hasBegun);
}

/** A search that runs is never begun anew for a change of the rows: else it would never end. */
function isOutdated({ question, isDone }: JobSearch, { jobs, live, now }: JobSource): boolean {
  if (!isContinuation(question.jobs, jobs)) return true;
  if (!isDone) return false;
  const depends = dependsOn(question.filter.terms);
  return (
    question.jobs !== jobs ||
    (depends.time && question.now !== momentOf(now)) ||
    (depends.live && question.live !== live)
  );
}

function momentOf(now: EpochMs): EpochMs {
  return Math.floor(now / TIMED_EVERY_MS) * TIMED_EVERY_MS;
}

function searchFor({ jobs, live, now }: JobSource, query: JobQuery): Current {
  const filter = parseJobFilter(query.filter);
  const last = current !== undefined && isContinuation(current.search.question.jobs, jobs) ? current : undefined;
  const question = { jobs, live, now: momentOf(now), filter, faultsOnly: query.faultsOnly };
  const search = new JobSearch(question, query.order, last?.search);
  for (let step = 0; step < STEPS_AT_ONCE && search.step(); step++);
  return { query, search, before: last === undefined ? undefined : beforeOf(last, query) };
}

function beforeOf({ query: old, search }: Current, query: JobQuery): Before | undefined {
  if (old.filter !== query.filter || old.faultsOnly !== query.faultsOnly || !search.hasBegun) return undefined;
  return { found: search.found(), until: old.order === query.order ? 'all' : 'first' };
}

/** All jobs, oldest first. */
class SubmittedJobs implements JobView {
  readonly isPartial = false;
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
  readonly isPartial: boolean;
  readonly #jobs: Rows<JobRow>;
  readonly #found: Found;

  constructor(jobs: Rows<JobRow>, found: Found, isPartial: boolean) {
    this.#jobs = jobs;
    this.#found = found;
    this.length = found.length;
    this.isPartial = isPartial;
  }

  at(index: number): JobRow {
    return this.#jobs.at(this.positionAt(index));
  }

  positionAt(index: number): number {
    return index < this.length ? (this.#found.positions[index] ?? -1) : -1;
  }

  indexOf(id: string): number {
    const position = this.#jobs.indexOf(id);
    if (position < 0) return -1;
    const { positions, rankOf } = this.#found;
    if (rankOf === undefined) return positions.subarray(0, this.length).indexOf(position);
    const rank = rankOf(position);
    let [from, to] = [0, this.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (rankOf(positions[middle]!) < rank) from = middle + 1;
      else to = middle;
    }
    return positions[from] === position && from < this.length ? from : -1;
  }
}

/** How far the search for unfinished jobs has come, and in which state of the collection. */
let donePrefix = { seq: 0, length: 0, lastId: '' };

/**
 * The first job that has not ended: where a list in order of submission is worth reading. What has ended stays so,
 * hence the search goes on where it stopped, unless this is an earlier snapshot than the last one, or another's.
 */
export function firstUnfinished({ jobs, seq }: Pick<Snapshot, 'jobs' | 'seq'>): number {
  const view = new SubmittedJobs(jobs);
  const { length, lastId } = donePrefix;
  const isLater = seq >= donePrefix.seq && length > 0 && length <= view.length && view.at(length - 1).id === lastId;
  let index = isLater ? length : 0;
  const stateOf = jobs.column(JOB.state);
  while (index < view.length && isTerminal(stateOf(view.positionAt(index)))) index++;
  donePrefix = { seq, length: index, lastId: index > 0 ? view.at(index - 1).id : '' };
  return index;
}
