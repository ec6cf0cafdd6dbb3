import type { JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import { JobMarks, type JobQuestion } from './job-marks.ts';
import type { JobOrder } from './job-order.ts';
import { submissionOrder } from './submission-order.ts';

/** Rows of the list that can be shown before all is sorted: several screens of them. */
const FIRST_ROWS = 256;
/** Rows walked over in one step, where none of them needs a search. */
const WALKED_PER_STEP = 4_096;
const ROOM_AT_FIRST = 1_024;

/** What was found: positions in the order of the list, and where each position would stand in it. */
export interface Found {
  readonly positions: Int32Array;
  readonly length: number;
  /** Rank of a position in the order that was walked; undefined while only the first rows are known. */
  rankOf: ((position: number) => number) | undefined;
}

/**
 * The jobs that a filter keeps, in an order, found step by step. It walks down the order, and searches a chunk when it
 * first comes to one of its rows: so what is found stands where it will stay, the top of the list first. While the order
 * is still being made, the first rows of what is kept are chosen by comparing alone.
 */
export class JobSearch {
  readonly question: JobQuestion;
  readonly order: JobOrder | undefined;
  readonly marks: JobMarks | undefined;
  readonly #steps: Iterator<void>;
  #found = new Int32Array(ROOM_AT_FIRST);
  #length = 0;
  #rankOf: Found['rankOf'];
  isDone = false;

  constructor(question: JobQuestion, order: JobOrder | undefined, before?: JobSearch) {
    this.question = question;
    this.order = order;
    const asksNothing = question.filter.terms.length === 0 && !question.faultsOnly;
    this.marks = asksNothing ? undefined : new JobMarks(question, before?.marks);
    this.#steps = this.#work();
  }

  /** A piece of the search; false when nothing is left to do. */
  step(): boolean {
    if (!this.isDone && this.#steps.next().done === true) this.isDone = true;
    return !this.isDone;
  }

  /** Something can be shown: rows, or that there are none. */
  get hasBegun(): boolean {
    return this.isDone || this.#length > 0;
  }

  found(): Found {
    return { positions: this.#found, length: this.#length, rankOf: this.#rankOf };
  }

  *#work(): Generator<void, void> {
    const { order } = this;
    if (order !== undefined && order.positions === undefined) {
      while (!order.isCompared) {
        order.step();
        yield;
      }
      yield* this.#chooseFirst(order);
      while (order.step()) yield;
    }
    yield* this.#walk();
  }

  *#walk(): Generator<void, void> {
    const { jobs } = this.question;
    const { positions, ranks } = this.#orderOf(jobs);
    // What has come since the order was made follows it.
    this.#found = new Int32Array(ROOM_AT_FIRST);
    this.#length = 0;
    this.#rankOf = (position) => (position < ranks.length ? ranks[position]! : ranks.length + position);
    const end = Math.max(positions.length, jobs.length);
    for (let at = 0; at < end; at++) {
      const position = at < positions.length ? positions[at]! : at;
      // An order of a later moment knows rows that are not here yet.
      if (position >= jobs.length) continue;
      const searched = this.marks?.searched;
      if (this.marks?.has(position) ?? true) this.#push(position);
      if (this.marks?.searched !== searched || at % WALKED_PER_STEP === WALKED_PER_STEP - 1) yield;
    }
  }

  #orderOf(jobs: Rows<JobRow>): { readonly positions: Int32Array; readonly ranks: Int32Array } {
    const { positions, ranks } = this.order ?? {};
    return positions === undefined || ranks === undefined ? submissionOrder(jobs) : { positions, ranks };
  }

  #push(position: number): void {
    if (this.#length === this.#found.length) {
      const grown = new Int32Array(this.#found.length * 2);
      grown.set(this.#found);
      this.#found = grown;
    }
    this.#found[this.#length++] = position;
  }

  /** The first rows of those that are kept: a heap with the last of them on top. */
  *#chooseFirst(order: JobOrder): Generator<void, void> {
    const heap: number[] = [];
    const { compare } = order;
    const isLater = (a: number, b: number): boolean => compare(a, b) > 0;
    const length = Math.min(this.question.jobs.length, order.length);
    for (let position = 0; position < length; position++) {
      const searched = this.marks?.searched;
      if (this.marks?.has(position) ?? true) {
        if (heap.length < FIRST_ROWS) push(heap, position, isLater);
        else if (isLater(heap[0]!, position)) replaceTop(heap, position, isLater);
      }
      if (this.marks?.searched !== searched || position % WALKED_PER_STEP === WALKED_PER_STEP - 1) yield;
    }
    this.#found = Int32Array.from(heap.sort(compare));
    this.#length = this.#found.length;
    yield;
  }
}

type IsLater = (a: number, b: number) => boolean;

function push(heap: number[], value: number, isLater: IsLater): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isLater(heap[at]!, heap[parent]!)) return;
    [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
    at = parent;
  }
}

function replaceTop(heap: number[], value: number, isLater: IsLater): void {
  heap[0] = value;
  for (let at = 0; ;) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    let last = at;
    if (left < heap.length && isLater(heap[left]!, heap[last]!)) last = left;
    if (right < heap.length && isLater(heap[right]!, heap[last]!)) last = right;
    if (last === at) return;
    [heap[at], heap[last]] = [heap[last]!, heap[at]!];
    at = last;
  }
}
