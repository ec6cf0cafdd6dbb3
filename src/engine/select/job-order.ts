import { JOB } from '../model/job-columns.ts';
import type { JobRow, JobState } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import { JOB_NUMBERS, type JobMoment } from './job-values.ts';
import { submissionOrder } from './submission-order.ts';

/** What jobs can be sorted by, in the order that `s` goes through. */
export const JOB_SORTS = [
  'submitted',
  'name',
  'state',
  'age',
  'cost',
  'interruptions',
  'changed',
  'priority',
  'attempt',
  'ran',
  'lost',
  'deadline',
  'saved',
  'size',
  'stop',
  'pool',
  'owner',
] as const;
export type JobSortColumn = (typeof JOB_SORTS)[number];

export interface JobSort {
  readonly column: JobSortColumn;
  readonly direction: 'up' | 'down';
}
export const DEFAULT_JOB_SORT: JobSort = { column: 'submitted', direction: 'up' };

const STATE_RANK: Readonly<Record<JobState, number>> = {
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

const SORT_TEXTS = { name: JOB.name, pool: JOB.pool, owner: JOB.owner } as const;

function hasText(column: JobSortColumn): column is keyof typeof SORT_TEXTS {
  return Object.hasOwn(SORT_TEXTS, column);
}

function numberOf(jobs: Rows<JobRow>, column: JobSortColumn, moment: JobMoment): (at: number) => number | undefined {
  if (column === 'submitted') return jobs.column(JOB.submittedAt);
  if (column === 'state') {
    const stateOf = jobs.column(JOB.state);
    return (at) => STATE_RANK[stateOf(at)];
  }
  return JOB_NUMBERS[column]!((field) => jobs.column(field), moment);
}

/** Rows sorted at once; longer runs are merged. */
const RUN = 1_024;
/** Rows looked at, or merged, in one step: well under a millisecond. */
const STEP = 4_096;

/**
 * An order of jobs, asked for once, with the values of that moment; rows that come later follow it in their own order, so
 * that no row jumps while somebody reads. A million names take seconds to sort, so it is made step by step: first the
 * keys, with which two rows can be compared, then the order itself. Equal ones keep the order of submission, and those
 * without a value stand last, whichever the direction.
 */
export class JobOrder {
  readonly sort: JobSort;
  readonly #jobs: Rows<JobRow>;
  readonly #now: number;
  readonly #steps: Iterator<void>;
  #compare: (a: number, b: number) => number = () => 0;
  #isCompared = false;
  /** Positions in the collection, and the rank of each; undefined until all is sorted. */
  positions: Int32Array | undefined;
  ranks: Int32Array | undefined;

  constructor(jobs: Rows<JobRow>, sort: JobSort, now: number) {
    this.#jobs = jobs;
    this.sort = sort;
    this.#now = now;
    this.#steps = this.#work();
  }

  get length(): number {
    return this.#jobs.length;
  }

  /** Two rows can be compared: whoever wants the first few needs no more. */
  get isCompared(): boolean {
    return this.#isCompared;
  }

  /** A piece of the work; false when nothing is left to do. */
  step(): boolean {
    return this.#steps.next().done !== true;
  }

  /** All of it, for whoever has the time. */
  finish(): this {
    while (this.step());
    return this;
  }

  /** Which of two positions comes first: below 0 for the first of them. Once `isCompared`. */
  get compare(): (a: number, b: number) => number {
    return this.#compare;
  }

  *#work(): Generator<void, void> {
    const { positions, ranks } = submissionOrder(this.#jobs);
    yield* this.#readKeys(ranks);
    this.#isCompared = true;
    yield;
    const sorted = yield* this.#merge(new Int32Array(positions));
    const inverse = new Int32Array(sorted.length);
    for (let rank = 0; rank < sorted.length; rank++) inverse[sorted[rank]!] = rank;
    this.positions = sorted;
    this.ranks = inverse;
    // The keys have done their work: a million names are 50 MB.
    this.#compare = (a, b) => inverse[a]! - inverse[b]!;
  }

  *#readKeys(submitted: Int32Array): Generator<void, void> {
    const { column } = this.sort;
    const jobs = this.#jobs;
    const { length } = this;
    if (hasText(column)) {
      const read = jobs.column(SORT_TEXTS[column]);
      const texts: string[] = [];
      for (let at = 0; at < length; at++) {
        texts.push(read(at));
        if (at % STEP === STEP - 1) yield;
      }
      this.#compare = byTexts(texts, submitted, this.sort.direction === 'up' ? 1 : -1);
      return;
    }
    const read = numberOf(jobs, column, { now: this.#now, liveAt: () => undefined });
    const numbers = new Float64Array(length);
    for (let at = 0; at < length; at++) {
      numbers[at] = read(at) ?? NaN;
      if (at % STEP === STEP - 1) yield;
    }
    this.#compare = byNumbers(numbers, submitted, this.sort.direction === 'up' ? 1 : -1);
  }

  /** Merge sort from below. */
  *#merge(positions: Int32Array<ArrayBuffer>): Generator<void, Int32Array> {
    const { length } = positions;
    const compare = this.#compare;
    for (let from = 0; from < length; from += RUN) {
      positions.subarray(from, Math.min(length, from + RUN)).sort(compare);
      yield;
    }
    let [source, target] = [positions, new Int32Array(length)];
    for (let width = RUN; width < length; width *= 2) {
      for (let from = 0; from < length; from += 2 * width) {
        const [middle, end] = [Math.min(length, from + width), Math.min(length, from + 2 * width)];
        let [left, right] = [from, middle];
        for (let at = from; at < end; at++) {
          const isLeft = left < middle && (right >= end || compare(source[left]!, source[right]!) <= 0);
          target[at] = source[isLeft ? left++ : right++]!;
          if (at % STEP === STEP - 1) yield;
        }
      }
      [source, target] = [target, source];
    }
    return source;
  }
}

type Compare = (a: number, b: number) => number;

function byTexts(keys: readonly string[], submitted: Int32Array, sign: 1 | -1): Compare {
  return (a, b) => {
    const [left, right] = [keys[a]!, keys[b]!];
    if (left === right) return submitted[a]! - submitted[b]!;
    return left < right ? -sign : sign;
  };
}

/** NaN for no value. */
function byNumbers(keys: Float64Array, submitted: Int32Array, sign: 1 | -1): Compare {
  return (a, b) => {
    const left = keys[a]!;
    const right = keys[b]!;
    if (left < right) return -sign;
    if (left > right) return sign;
    const missing = left === right ? 0 : Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    return missing === 0 ? submitted[a]! - submitted[b]! : missing;
  };
}
