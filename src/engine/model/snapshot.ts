import type { Calls } from './calls.ts';
import type { Intent } from './command.ts';
import {
  type Deployment,
  type Leader,
  NO_SETTINGS,
  NO_UNKNOWN,
  type Pulse,
  type Settings,
  type UnknownMessages,
} from './deployment.ts';
import type { Decision, Source } from './event.ts';
import type { FaultKind, SourceHealth, MissingRight } from './fault.ts';
import { JOB_STATES, type JobLive, type JobRow, type JobState } from './job.ts';
import type { InstanceType, PoolMarket } from './market.ts';
import { JOB_SCHEMA } from './job-columns.ts';
import type { PushFigures } from './push.ts';
import { emptyRows, type Rows } from './rows.ts';
import type { DurationMs, EpochMs, Usd } from './units.ts';
import type { InterruptionNotice, SeenInstance, WorkerRow } from './worker.ts';

/** One entry of a book of records: exactly one job stands behind a key. */
export interface BookEntry {
  /** The record's key. */
  readonly id: string;
  readonly jobId: string;
  readonly value: Readonly<Record<string, number>>;
}

/** A line that the Overview tells: quiet when it handled itself, loud when somebody is needed. */
export interface Notable {
  readonly at: EpochMs;
  readonly sentence: string;
  readonly level: 'handled' | 'act' | 'attention';
  /** What belongs together is told as one line: a pool that takes thirty workers back. */
  readonly group: string;
  readonly count: number;
  /** When the first of them came; `at` is the newest. Not there = `at`. */
  readonly since?: EpochMs;
  /** Workers or jobs that it is about, the first NOTABLE_ABOUT_MAX of them. Not there = none. */
  readonly about?: readonly string[];
  /** Work that is to be done again because of it. Not there = none. */
  readonly lostMs?: DurationMs;
}

/** Ids that a line keeps: whoever wants all asks the tables. */
export const NOTABLE_ABOUT_MAX = 50;
/** Lines kept for the Overview; more have scrolled out of anybody's mind. */
export const NOTABLES_MAX = 200;
/** Settled intents kept for the screen; the table keeps all. */
export const INTENTS_MAX = 500;

/** All that a process knows at one moment. Immutable: a reader may keep it as long as it likes. */
export interface Snapshot {
  /** Time of the newest event. Pure code takes its clock from here. */
  readonly at: EpochMs;
  /** Events folded so far. */
  readonly seq: number;
  readonly deployment: Deployment | undefined;
  readonly types: Readonly<Record<string, InstanceType>>;
  readonly settings: Settings;
  readonly jobs: Rows<JobRow>;
  readonly jobCounts: Readonly<Record<JobState, number>>;
  /** Sums over all jobs, kept with the counts. */
  readonly jobSums: {
    readonly costUsd: Usd;
    readonly interruptions: number;
    readonly lostMs: number;
    readonly ranMs: number;
  };
  /** Heartbeat facts of jobs that are running; only those asked for. */
  readonly live: Readonly<Record<string, JobLive>>;
  readonly workers: Rows<WorkerRow>;
  readonly instances: Rows<SeenInstance>;
  readonly intents: Rows<Intent>;
  readonly markets: Readonly<Record<string, PoolMarket>>;
  readonly leader: Leader | undefined;
  /** The last leader that said that its instance is taken back; another may lead already. */
  readonly leaving: Leader | undefined;
  readonly pulse: Pulse | undefined;
  /** Newest ping per worker: filled in the leader; consoles read the pulse. */
  readonly pingAt: Readonly<Record<string, EpochMs>>;
  readonly notices: Readonly<Record<string, InterruptionNotice>>;
  readonly books: Readonly<Record<string, Rows<BookEntry>>>;
  readonly sources: Readonly<Partial<Record<Source, SourceHealth>>>;
  /** What this process's identity may not do, and operators do; undefined while nothing is known to be missing. */
  readonly missingRight: MissingRight | undefined;
  /** Newest last. */
  readonly notables: readonly Notable[];
  /** Newest decision per topic and subject. */
  readonly decisions: Readonly<Record<string, Decision & { readonly at: EpochMs }>>;
  /** Pools that refused a launch: not asked again before this time. */
  readonly poolRetryAt: Readonly<Record<string, EpochMs>>;
  /** Of what kind those refusals were. */
  readonly poolFaults: Readonly<Record<string, FaultKind>>;
  /** Failures in a row per pool, for the backoff. */
  readonly poolFailures: Readonly<Record<string, number>>;
  /** Filled in the leader, as are the next two; consoles read the pulse. */
  readonly unknownMessages: UnknownMessages;
  /** Depth by queue. */
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly rebalanceAt: Readonly<Record<string, EpochMs>>;
  /** Of this process's own calls. */
  readonly calls: Calls;
  /** Of this process's own push endpoint; consoles read the pulse. */
  readonly push: PushFigures | undefined;
}

function zeroCounts(): Record<JobState, number> {
  return Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
}

/** What a process knows before it knows anything. */
export function emptySnapshot(): Snapshot {
  return {
    at: 0,
    seq: 0,
    deployment: undefined,
    types: {},
    settings: NO_SETTINGS,
    jobs: emptyRows(JOB_SCHEMA),
    jobCounts: zeroCounts(),
    jobSums: { costUsd: 0, interruptions: 0, lostMs: 0, ranMs: 0 },
    live: {},
    workers: emptyRows(),
    instances: emptyRows(),
    intents: emptyRows(),
    markets: {},
    leader: undefined,
    leaving: undefined,
    pulse: undefined,
    pingAt: {},
    notices: {},
    books: {},
    sources: {},
    missingRight: undefined,
    notables: [],
    decisions: {},
    poolRetryAt: {},
    poolFaults: {},
    poolFailures: {},
    unknownMessages: NO_UNKNOWN,
    deadLetters: {},
    rebalanceAt: {},
    calls: {},
    push: undefined,
  };
}
