import type { Column } from '../model/columns.ts';
import { JOB } from '../model/job-columns.ts';
import type { CheckpointPointer } from '../model/checkpoint.ts';
import type { JobLive, JobRow, JobState } from '../model/job.ts';
import type { EpochMs } from '../model/units.ts';
import type { FilterRow, FilterTerm } from './filter.ts';

/** What jobs are filtered and sorted by, beside their columns. `at` counts as in the reader: slots of a chunk, or positions. */
export interface JobMoment {
  readonly now: EpochMs;
  /** Heartbeat facts, of the few jobs that they are read of. */
  liveAt(at: number): JobLive | undefined;
}

/** Reads one field of many jobs, by slot or by position. */
export type JobReader = <V>(column: Column<JobRow, V>) => (at: number) => V;

type Numbers = (read: JobReader, moment: JobMoment) => (at: number) => number | undefined;

/** A text of a job. `also`: other names of the same value, such as the word that a state is shown by. */
export interface JobText {
  readonly column: Column<JobRow, string>;
  readonly also?: (value: string) => string | undefined;
}

/** States that are shown by another word than their own. */
const SHOWN_AS: Readonly<Partial<Record<JobState, string>>> = { INTERRUPTING: 'leaving', SUCCEEDED: 'done' };

const STATE: JobText = { column: JOB.state, also: (state) => SHOWN_AS[state as JobState] };
const NAME: JobText = { column: JOB.name };
const POOL: JobText = { column: JOB.pool };
const WHY: JobText = { column: JOB.reasonDetail };

/** Columns of text; `job` and `id`, which are no columns of the collection, are its ids. */
export const JOB_TEXTS: Readonly<Record<string, JobText>> = {
  state: STATE,
  name: NAME,
  pool: POOL,
  worker: { column: JOB.leaseOwner },
  queue: { column: JOB.queue },
  owner: { column: JOB.owner },
  why: WHY,
};
export const JOB_IDS: readonly string[] = ['job', 'id'];
/** What a word without a column is looked for in, beside the id. */
export const JOB_SEARCHED: readonly JobText[] = [NAME, STATE, WHY, POOL];

/** Columns of numbers, in base units: ms, dollars, percent, counts. */
export const JOB_NUMBERS: Readonly<Record<string, Numbers>> = {
  age: (read, { now }) => {
    const [submittedAt, endedAt] = [read(JOB.submittedAt), read(JOB.endedAt)];
    return (at) => Math.max(0, (endedAt(at) > 0 ? endedAt(at) : now) - submittedAt(at));
  },
  cost: (read) => read(JOB.costUsd),
  attempt: (read) => read(JOB.attempt),
  epoch: (read) => read(JOB.epoch),
  interruptions: (read) => read(JOB.interruptions),
  priority: (read) => read(JOB.priority),
  ran: (read, { now }) => {
    const [ranMs, state, since] = [read(JOB.ranMs), read(JOB.state), read(JOB.reasonSince)];
    return (at) => ranMs(at) + (state(at) === 'RUNNING' ? Math.max(0, now - since(at)) : 0);
  },
  lost: (read) => read(JOB.lostMs),
  // Time that is left until then; less than nothing once it is past.
  deadline: (read, { now }) => {
    const deadlineAt = read(JOB.deadlineAt);
    return (at) => (deadlineAt(at) === 0 ? undefined : deadlineAt(at) - now);
  },
  // Of the newest checkpoint: how old, how large, how long the program stood still for it.
  saved: (read, { now }) => {
    const pointer = read(JOB.checkpoint);
    return (at) => ageOf(pointer(at), now);
  },
  size: (read) => {
    const pointer = read(JOB.checkpoint);
    return (at) => pointer(at)?.sizeBytes;
  },
  stop: (read) => {
    const pointer = read(JOB.checkpoint);
    return (at) => pointer(at)?.stopMs;
  },
  changed: (read, { now }) => {
    const changedAt = read(JOB.changedAt);
    return (at) => Math.max(0, now - changedAt(at));
  },
  risk: (read, { liveAt }) => {
    const [state, epoch] = [read(JOB.state), read(JOB.epoch)];
    return (at) => {
      const isAtWork = state(at) === 'RUNNING' || state(at) === 'INTERRUPTING';
      const live = isAtWork ? liveAt(at) : undefined;
      return live?.epoch === epoch(at) ? live.atRiskMs : undefined;
    };
  },
  progress: (read, { liveAt }) => {
    const [state, epoch] = [read(JOB.state), read(JOB.epoch)];
    return (at) => {
      if (state(at) === 'SUCCEEDED') return 100;
      const live = liveAt(at);
      return live?.epoch === epoch(at) ? live.progressPct : undefined;
    };
  },
};

function ageOf(pointer: CheckpointPointer | undefined, now: EpochMs): number | undefined {
  return pointer === undefined ? undefined : Math.max(0, now - pointer.at);
}

const TIMED: ReadonlySet<string> = new Set(['age', 'ran', 'deadline', 'saved', 'changed']);
const LIVE: ReadonlySet<string> = new Set(['risk', 'progress']);

/** Whether rows come and go by the clock alone, or by heartbeats. */
export function dependsOn(terms: readonly FilterTerm[]): { readonly time: boolean; readonly live: boolean } {
  const has = (names: ReadonlySet<string>): boolean => terms.some(({ column }) => names.has(column ?? ''));
  return { time: has(TIMED), live: has(LIVE) };
}

/** Names that a filter of jobs may use. */
export const JOB_COLUMNS: readonly string[] = [...Object.keys(JOB_TEXTS), ...JOB_IDS, ...Object.keys(JOB_NUMBERS)];

/** Failures, and jobs that were thrown back at least once. */
export function isFaultyJob(read: JobReader): (at: number) => boolean {
  const [stateOf, attemptOf] = [read(JOB.state), read(JOB.attempt)];
  return (at) => {
    const state = stateOf(at);
    return state === 'FAILED' || state === 'INTERRUPTING' || (state === 'RUNNABLE' && attemptOf(at) > 1);
  };
}

export function textsOf({ also }: JobText, value: string): readonly string[] {
  const other = also?.(value);
  return other === undefined ? [value] : [value, other];
}

/** One job as a filter sees it: what the search by columns must agree with. */
export function filterRowOf(row: JobRow, now: EpochMs, live: JobLive | undefined): FilterRow {
  const read: JobReader = (column) => () => column.of(row);
  const textOf = (text: JobText): readonly string[] => textsOf(text, text.column.of(row));
  return {
    value: (name) => {
      if (Object.hasOwn(JOB_TEXTS, name)) return textOf(JOB_TEXTS[name]!);
      if (JOB_IDS.includes(name)) return row.id;
      return JOB_NUMBERS[name]?.(read, { now, liveAt: () => live })(0);
    },
    texts: () => [row.id, ...JOB_SEARCHED.flatMap(textOf)],
  };
}
