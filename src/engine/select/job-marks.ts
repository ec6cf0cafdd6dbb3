import { type Chunk, CHUNK_ROWS } from '../model/chunk.ts';
import type { JobLive, JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { EpochMs } from '../model/units.ts';
import { type Filter, type FilterTerm, holdsFor, matchesFilter, narrows } from './filter.ts';
import {
  dependsOn,
  filterRowOf,
  isFaultyJob,
  JOB_IDS,
  JOB_NUMBERS,
  JOB_SEARCHED,
  JOB_TEXTS,
  type JobMoment,
  type JobText,
  textsOf,
} from './job-values.ts';

/** What is looked for, and in what. */
export interface JobQuestion {
  readonly jobs: Rows<JobRow>;
  readonly now: EpochMs;
  /** By job id. */
  readonly live: Readonly<Record<string, JobLive>>;
  readonly filter: Pick<Filter, 'terms'>;
  readonly faultsOnly: boolean;
}

/** One chunk, searched. */
interface Searched {
  readonly chunk: Chunk<JobRow>;
  /** By slot: 1 where the row is kept. */
  readonly marks: Uint8Array;
  readonly count: number;
}

const EMPTY = new Uint8Array(CHUNK_ROWS);

/**
 * Which jobs a filter keeps, worked out chunk by chunk where somebody looks, column by column within a chunk. What was
 * found before serves again: an unchanged chunk as it is, a changed one for all but the rows that lie beside its
 * columns; and for a filter that has only become narrower, a chunk without any mark needs no search at all.
 */
export class JobMarks {
  readonly question: JobQuestion;
  readonly #known: (Searched | undefined)[] = [];
  readonly #before: readonly (Searched | undefined)[];
  readonly #serves: 'same' | 'wider' | 'nothing';
  readonly #live = new Map<number, JobLive>();
  readonly #scratch = new Uint8Array(CHUNK_ROWS);
  /** Chunks that had to be searched, wholly or in part. */
  searched = 0;

  constructor(question: JobQuestion, before?: JobMarks) {
    this.question = question;
    this.#serves = before === undefined ? 'nothing' : servesFor(question, before.question);
    this.#before = before === undefined || this.#serves === 'nothing' ? [] : before.#newest();
    if (dependsOn(question.filter.terms).live) {
      for (const live of Object.values(question.live)) this.#live.set(question.jobs.indexOf(live.id), live);
    }
  }

  has(position: number): boolean {
    const number = (position / CHUNK_ROWS) | 0;
    const { marks } = this.#known[number] ?? this.#search(number);
    return marks[position - number * CHUNK_ROWS] === 1;
  }

  /** Known ones, and for the others what served before: a search that was cut short loses nothing. */
  #newest(): readonly (Searched | undefined)[] {
    if (this.#serves !== 'same') return this.#known;
    return this.question.jobs.chunks.map((_, number) => this.#known[number] ?? this.#before[number]);
  }

  #search(number: number): Searched {
    const chunk = this.question.jobs.chunks[number]!;
    const made = this.#reuse(number, chunk) ?? this.#searchAll(number, chunk);
    this.#known[number] = made;
    return made;
  }

  #reuse(number: number, chunk: Chunk<JobRow>): Searched | undefined {
    const before = this.#before[number];
    if (before === undefined) return undefined;
    const isSame = before.chunk === chunk;
    if (this.#serves === 'wider') return isSame && before.count === 0 ? { ...before, marks: EMPTY } : undefined;
    if (isSame) return before;
    if (before.chunk.version !== chunk.version) return undefined;
    this.searched += 1;
    const marks = before.marks.slice();
    for (const slot of chunk.looseSlots) {
      const row = chunk.held(slot)!;
      // A row that was loose before is still the same object unless it changed.
      if (before.chunk.held(slot) !== row) marks[slot] = this.#keeps(row, number * CHUNK_ROWS + slot) ? 1 : 0;
    }
    return { chunk, marks, count: countOf(marks) };
  }

  #keeps(row: JobRow, position: number): boolean {
    const { filter, faultsOnly, now } = this.question;
    if (faultsOnly && !isFaultyJob((column) => () => column.of(row))(0)) return false;
    return matchesFilter(filter, filterRowOf(row, now, this.#live.get(position)));
  }

  #searchAll(number: number, chunk: Chunk<JobRow>): Searched {
    this.searched += 1;
    const { filter, faultsOnly, now } = this.question;
    const from = number * CHUNK_ROWS;
    const marks = new Uint8Array(CHUNK_ROWS);
    marks.fill(1, 0, chunk.length);
    const moment: JobMoment = { now, liveAt: (slot) => this.#live.get(from + slot) };
    if (faultsOnly) {
      const isFaulty = isFaultyJob((column) => chunk.reader(column));
      for (let slot = 0; slot < chunk.length; slot++) marks[slot] = isFaulty(slot) ? 1 : 0;
    }
    for (const term of filter.terms) {
      if (!marks.includes(1)) break;
      const found = this.#scratch.fill(0);
      this.#mark(term, { chunk, from, moment }, found);
      for (let slot = 0; slot < chunk.length; slot++) marks[slot]! &= term.isNot ? found[slot]! ^ 1 : found[slot]!;
    }
    return { chunk, marks, count: countOf(marks) };
  }

  #mark(
    term: FilterTerm,
    at: { readonly chunk: Chunk<JobRow>; readonly from: number; readonly moment: JobMoment },
    found: Uint8Array,
  ): void {
    const { chunk, from, moment } = at;
    const { column } = term;
    const text = column === undefined || !Object.hasOwn(JOB_TEXTS, column) ? undefined : JOB_TEXTS[column];
    for (const one of column === undefined ? JOB_SEARCHED : text === undefined ? [] : [text]) markText(chunk, one, { term, found }); // prettier-ignore
    if (column === undefined || JOB_IDS.includes(column)) return this.#markIds(term, { chunk, from }, found);
    const valueAt = JOB_NUMBERS[column]?.((field) => chunk.reader(field), moment);
    if (valueAt === undefined) return;
    for (let slot = 0; slot < chunk.length; slot++) {
      const value = valueAt(slot);
      if (value !== undefined && holdsFor(term, value)) found[slot] = 1;
    }
  }

  #markIds(
    term: FilterTerm,
    { chunk, from }: { readonly chunk: Chunk<JobRow>; readonly from: number },
    found: Uint8Array,
  ): void {
    const { jobs } = this.question;
    if (term.op === 'has') return jobs.markIds(term.text, found.subarray(0, chunk.length), from);
    for (let slot = 0; slot < chunk.length; slot++) {
      if (found[slot] === 0 && holdsFor(term, jobs.idAt(from + slot))) found[slot] = 1;
    }
  }
}

function markText(
  chunk: Chunk<JobRow>,
  text: JobText,
  { term, found }: { readonly term: FilterTerm; readonly found: Uint8Array },
): void {
  if (term.op === 'has' && text.also === undefined) return chunk.mark(text.column, term.text, found);
  chunk.markWhere(text.column, (value) => textsOf(text, value).some((one) => holdsFor(term, one)), found);
}

function countOf(marks: Uint8Array): number {
  let count = 0;
  for (let slot = 0; slot < CHUNK_ROWS; slot++) count += marks[slot]!;
  return count;
}

/** What marks of an earlier question are worth for another: rows that the clock or a heartbeat moves are looked at anew. */
function servesFor(next: JobQuestion, before: JobQuestion): 'same' | 'wider' | 'nothing' {
  if (!isContinuation(before.jobs, next.jobs)) return 'nothing';
  const { time, live } = dependsOn([...next.filter.terms, ...before.filter.terms]);
  if ((time && next.now !== before.now) || (live && next.live !== before.live)) return 'nothing';
  const isNarrower = narrows(next.filter, before.filter) && (next.faultsOnly || !before.faultsOnly);
  if (!isNarrower) return 'nothing';
  const isWider = narrows(before.filter, next.filter) && (before.faultsOnly || !next.faultsOnly);
  return isWider ? 'same' : 'wider';
}

/** The same collection, later: positions mean the same rows. */
export function isContinuation(before: Rows<JobRow>, jobs: Rows<JobRow>): boolean {
  if (before === jobs) return true;
  return before.length > 0 && before.length <= jobs.length && before.idAt(0) === jobs.idAt(0) &&
    before.idAt(before.length - 1) === jobs.idAt(before.length - 1); // prettier-ignore
}
