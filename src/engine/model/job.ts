import type { DurationMs, EpochMs, Json, Pct, Usd, UsdPerHour } from './units.ts';
import type { DriverChoice, CheckpointPointer, PendingCheckpoint } from './checkpoint.ts';

export const JOB_STATES = [
  'BLOCKED', // waits for other jobs
  'RUNNABLE', // may be claimed, or is in backoff until `notBefore`
  'HELD', // beside RUNNABLE, by an operator's wish
  'STARTING', // claimed: staging input
  'RUNNING',
  'INTERRUPTING', // a notice came: saving its work before the instance goes
  'SUCCEEDED',
  'FAILED',
  'KILLED',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The whole of it: a state that is not listed may not follow. Kept in docs/protocol.md by a test. */
export const JOB_TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  BLOCKED: ['RUNNABLE', 'FAILED', 'KILLED'],
  RUNNABLE: ['STARTING', 'HELD', 'KILLED'],
  HELD: ['RUNNABLE', 'KILLED'],
  STARTING: ['RUNNING', 'RUNNABLE', 'HELD', 'FAILED', 'KILLED'],
  RUNNING: ['INTERRUPTING', 'RUNNABLE', 'HELD', 'SUCCEEDED', 'FAILED', 'KILLED'],
  INTERRUPTING: ['RUNNABLE', 'HELD', 'SUCCEEDED', 'FAILED', 'KILLED'],
  SUCCEEDED: [],
  // An operator may have an ended job tried again; nothing else leaves these.
  FAILED: ['RUNNABLE'],
  KILLED: ['RUNNABLE'],
};

/** Over, unless an operator has it tried again. */
export function isTerminal(state: JobState): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'KILLED';
}

/** A worker holds it: there is a lease. */
export function isLeased(state: JobState): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'INTERRUPTING';
}

/** Why a job had to begin again elsewhere. Only `user` consumes one of the job's attempts. */
export type RecoveryCause = 'spot' | 'node' | 'user' | 'controller' | 'operator';

export const REASON_CODES = [
  'submitted',
  'claimed',
  'staging',
  'running',
  'restored',
  'interruption-notice',
  'worker-lost',
  'worker-terminated',
  'released', // the worker gave it back in order: drain, notice, shutdown
  'retry', // a failure that the job's policy retries
  'exit',
  'signal',
  'launch-failed', // the command could not be started
  'staging-failed',
  'upload-failed',
  'succeeded',
  'killed',
  'dependency',
  'held', // by an operator
  'poison', // worker after worker died while it ran
  'no-progress', // taken back again and again without a checkpoint in between
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** Why a job is where it is. A transition writes its own; `since` is the transition's time. */
export interface Reason {
  readonly code: ReasonCode;
  readonly since: EpochMs;
  /** One sentence for a person, without the code. */
  readonly detail: string;
  /** What happens next by itself, or what a person could do; empty when nothing. */
  readonly next: string;
}

export interface JobResult {
  /** undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** S3 key of the manifest that names the outputs; empty when there are none. */
  readonly manifestKey: string;
}

/** What the job says of itself for a book of records: named numbers under (book, key). */
export interface BookRecord {
  readonly book: string;
  readonly key: string;
  readonly value: Readonly<Record<string, number>>;
}

/** Sums over all attempts of a job; the worker adds to them at each transition that it writes. */
export interface JobTally {
  readonly costUsd: Usd;
  readonly interruptions: number;
  /** Time on workers, over all attempts. */
  readonly ranMs: DurationMs;
  /** Work that had to be done again: time between the checkpoint used and the moment of the loss. */
  readonly lostMs: DurationMs;
}

/** How often the job lost its worker, by cause. None of them consumes an attempt; `protocol/losses.ts` bounds them. */
export interface JobLosses {
  readonly spot: number;
  readonly node: number;
  readonly controller: number;
  /** Since the last checkpoint that was committed between two losses. */
  readonly inARow: number;
  /** The newest of them, as far as they are all of cause `node`. */
  readonly nodeInARow: number;
  /** The workers lost last, newest at the end: the evidence. */
  readonly workers: readonly string[];
}

export const NO_LOSSES: JobLosses = { spot: 0, node: 0, controller: 0, inARow: 0, nodeInARow: 0, workers: [] };

/** Wishes of an operator, granted by whoever holds the lease; they work without a master. */
export interface JobDesired {
  readonly checkpoint?: { readonly at: EpochMs; readonly by: string };
  /** Stands until it is released: a job that bears it is not claimed. */
  readonly hold?: { readonly at: EpochMs; readonly by: string };
}

/** What an instance must offer to run it, from its document. */
export interface JobNeeds {
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly gpus: number;
  readonly arch: 'x86_64' | 'arm64' | 'any';
  /** Instance types; none = any. */
  readonly types: readonly string[];
  readonly regions: readonly string[];
}

/** Set by a leader when only on-demand was left to meet the deadline: until its end only on-demand workers may take the job. */
export interface Rescue {
  readonly at: EpochMs;
  /** The leader's id. */
  readonly by: string;
  /** Since then its spot worker is asked to save it and hand it over, for an on-demand worker is ready; 0 = not yet. */
  readonly goAt: EpochMs;
}

/** One job as lists show it: exactly what the index `changes` projects. */
export interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  /** Higher goes first; -1000 to 1000. */
  readonly priority: number;
  readonly owner: string;
  readonly state: JobState;
  readonly epoch: number;
  /** Attempts used up: ends of the program itself, as the user's policy counts them. One that runs is not used up yet. */
  readonly attempt: number;
  /** Worker that holds the lease; empty when none does. */
  readonly leaseOwner: string;
  /** Capacity pool it runs in, or last ran in; empty before the first claim. */
  readonly pool: string;
  readonly reason: Reason;
  readonly rev: number;
  readonly changedAt: EpochMs;
  readonly submittedAt: EpochMs;
  /** Its place among jobs of its queue and priority: microseconds of virtual time (`protocol/turns.ts`); 0 = that of its submission. */
  readonly turn: number;
  /** Start of the first attempt; 0 before it. */
  readonly startedAt: EpochMs;
  /** End of the last; 0 before it. */
  readonly endedAt: EpochMs;
  /** 0 when there is none. */
  readonly deadlineAt: EpochMs;
  /** Not claimable before this; 0 when at once. */
  readonly notBefore: EpochMs;
  readonly tally: JobTally;
  readonly losses: JobLosses;
  readonly checkpoint: CheckpointPointer | undefined;
  /** undefined before its first start. */
  readonly saving: DriverChoice | undefined;
  readonly result: JobResult | undefined;
  readonly record: BookRecord | undefined;
  readonly desired: JobDesired;
  /** Only workers whose price is at most this may take it; 0 when it sets no limit. */
  readonly maxUsdPerHour: UsdPerHour;
  /** Seconds of work in all, as its owner estimates them; 0 when he does not. */
  readonly workS: number;
  /** Kept of jobs with a deadline only: what a worker launched for it must be. */
  readonly needs: JobNeeds | undefined;
  readonly rescue: Rescue | undefined;
  /** Ids of jobs that must succeed first, the first AFTER_KEPT_MAX of them: for a sentence; its document has all. */
  readonly after: readonly string[];
}

/** A list holds so many predecessors of a job: nobody reads more names, and an index is paid for by the byte. */
export const AFTER_KEPT_MAX = 8;

/** What heartbeats write: read for the rows on the screen only, never through the index. */
export interface JobLive {
  readonly id: string;
  readonly epoch: number;
  /** undefined while the job does not say. */
  readonly progressPct: Pct | undefined;
  readonly leaseUntil: EpochMs;
  readonly heartbeatAt: EpochMs;
  /** Time run since the newest committed checkpoint: what would be lost now. */
  readonly atRiskMs: DurationMs;
  /** Not there while none is being made. */
  readonly pending?: PendingCheckpoint;
}

/** The job as its item holds it: the row, the document and what only its worker needs. */
export interface JobItem {
  readonly row: JobRow;
  /** The job document as submitted, with defaults filled in. */
  readonly document: Json;
  /** The generation before the newest: what a restore falls back to. */
  readonly checkpointBefore: CheckpointPointer | undefined;
  /** Generations that a worker found damaged, or could not restore: the newest at the end. No pointer names them any more. */
  readonly checkpointBad: readonly number[];
  /** How often that happened; it consumes no attempt. */
  readonly restoreFailures: number;
  /** Of the instance that it ran on, made last; not there where none was. It may have been retired since. */
  readonly image?: { readonly id: string; readonly generation: number; readonly at: EpochMs };
  /** Checkpoints that were begun and given up by their worker. */
  readonly checkpointFailures: number;
  readonly live: JobLive | undefined;
}

/** Whole microseconds. Jobs from before there were turns go by their submission, and so does whoever is alone. */
export function turnOf({ turn, submittedAt }: Pick<JobRow, 'submittedAt'> & Partial<Pick<JobRow, 'turn'>>): number {
  return turn === undefined || turn <= 0 ? Math.round(submittedAt * 1_000) : Math.round(turn);
}
