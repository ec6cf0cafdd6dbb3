import type { EpochMs, Usd, UsdPerHour } from './units.ts';

export const WORKER_STATES = [
  'PENDING', // asked for, and EC2 gave an id
  'BOOTING', // the agent runs and registers
  'IDLE',
  'BUSY',
  'DRAINING', // finishes what it has, takes nothing new
  'INTERRUPTED', // notice received: saving and leaving
  'LOST', // silent beyond its lease, or EC2 says it is gone, before it said so itself
  'TERMINATED',
] as const;
export type WorkerState = (typeof WORKER_STATES)[number];

export const WORKER_TRANSITIONS: Readonly<Record<WorkerState, readonly WorkerState[]>> = {
  PENDING: ['BOOTING', 'IDLE', 'BUSY', 'INTERRUPTED', 'LOST', 'TERMINATED'],
  BOOTING: ['IDLE', 'BUSY', 'DRAINING', 'INTERRUPTED', 'LOST', 'TERMINATED'],
  IDLE: ['BUSY', 'DRAINING', 'INTERRUPTED', 'LOST', 'TERMINATED'],
  BUSY: ['IDLE', 'DRAINING', 'INTERRUPTED', 'LOST', 'TERMINATED'],
  DRAINING: ['INTERRUPTED', 'LOST', 'TERMINATED'],
  INTERRUPTED: ['LOST', 'TERMINATED'],
  LOST: ['IDLE', 'BUSY', 'TERMINATED'],
  TERMINATED: [],
};

/** Counts against the asked number of workers: it works or will soon. */
export function isServing(state: WorkerState): boolean {
  return state === 'PENDING' || state === 'BOOTING' || state === 'IDLE' || state === 'BUSY';
}

/** How EC2 sold the instance. */
export type Lifecycle = 'spot' | 'on-demand';

/** Which jobs a worker takes: those of its queue, or only those that were rescued (then it is on-demand, launched for them). */
export type Serves = 'queue' | 'rescued';

/** How the worker proves who it is to AWS. */
export type CredentialKind = 'instance-profile' | 'session' | 'environment';

/** Entry times of the phases between asking and working; 0 = not reached. */
export interface WorkerPhases {
  readonly requestedAt: EpochMs;
  /** When EC2 launched the instance: what it costs begins here. */
  readonly pendingAt: EpochMs;
  readonly bootingAt: EpochMs;
  readonly readyAt: EpochMs;
  readonly firstJobAt: EpochMs;
  readonly endedAt: EpochMs;
}

/** From whom a worker heard it: its metadata service, or the leader, who hears it of EventBridge. */
export type NoticeSource = 'imds' | 'event';

export interface InterruptionNotice {
  readonly noticedAt: EpochMs;
  /** When EC2 takes the instance. */
  readonly takeAt: EpochMs;
  readonly source: NoticeSource;
}

/** What the leader heard of EventBridge, as it lies in the worker's row. */
export interface ToldByLeader {
  readonly takeAt?: EpochMs;
  readonly rebalanceAt?: EpochMs;
}

/** What a worker heard of EC2 beside its notice, and what was odd about it. */
export interface WorkerSignals {
  /** The newest recommendation to leave, and who told of it. */
  readonly rebalance?: { readonly at: EpochMs; readonly sources: readonly NoticeSource[] };
  /** Its metadata service does not answer. */
  readonly away?: { readonly since: EpochMs; readonly detail: string };
  /** Notices that could not be read; each was taken for one. */
  readonly malformed: number;
  /** That came when little or nothing could be done any more. */
  readonly late: number;
  /** That told once more what was known. */
  readonly repeated: number;
  /** That were there, and are not any more. */
  readonly withdrawn: number;
}

export const NO_SIGNALS: WorkerSignals = { malformed: 0, late: 0, repeated: 0, withdrawn: 0 };

export interface WorkerRow {
  /** The instance id. */
  readonly id: string;
  readonly pool: string;
  readonly state: WorkerState;
  readonly phases: WorkerPhases;
  readonly slots: number;
  /** Ids of the jobs it holds; at most `slots`. */
  readonly jobs: readonly string[];
  /** It is to take nothing new and to go; not there while nobody wants that. */
  readonly drain?: DrainWish;
  /** As its metadata service says, or as it was asked for. */
  readonly lifecycle: Lifecycle;
  readonly serves: Serves;
  /** Ceiling that it was launched with; 0 = on-demand. */
  readonly bidUsdPerHour: UsdPerHour;
  readonly credentialKind: CredentialKind;
  /** Token of the intent that launched it; empty if nobody's. */
  readonly intent: string;
  readonly notice: InterruptionNotice | undefined;
  /** Not there while nothing was heard. */
  readonly signals?: WorkerSignals;
  readonly told?: ToldByLeader;
  /** Why it is in this state, for a person. */
  readonly detail: string;
  /** What it cost in all, settled once when it has ended; undefined before. */
  readonly paid: WorkerCost | undefined;
  readonly rev: number;
  readonly changedAt: EpochMs;
}

/** A wish of an operator, granted by the worker itself. */
export interface DrainWish {
  readonly at: EpochMs;
  readonly by: string;
  /** What becomes of the jobs that it holds: they end there, or save their work at once and go on elsewhere. */
  readonly jobs: 'finish' | 'give-back';
}

export interface WorkerCost {
  readonly usd: Usd;
  /** What the same time would have cost on demand. */
  readonly onDemandUsd: Usd;
}

/** An instance as EC2 tells it, for comparison with the table. */
export interface InstanceRow {
  readonly id: string;
  readonly pool: string;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  readonly launchedAt: EpochMs;
  readonly spot: boolean;
  /** Value of the tag `cbas:intent`; empty if it has none. */
  readonly intent: string;
  /** EC2's reason, e.g. "Server.SpotInstanceTermination"; empty while it lives. */
  readonly stateReason: string;
  /** When it ended, where EC2 says so; it does not of spot instances that it takes back. 0 = not known. */
  readonly endedAt: EpochMs;
}

/** The same, as a process remembers it. */
export interface SeenInstance extends InstanceRow {
  /** When it was first seen in its state. */
  readonly since: EpochMs;
}
