import type { Command, Plan, Proposal, StepOutcome } from './command.ts';
import type { FactsAnswer } from './job-facts.ts';
import type { LogAnswer, LogQuery } from './job-log.ts';
import type { Snapshot } from './snapshot.ts';

/** What this console may do, whatever the deployment is like. */
export interface Abilities {
  /** false: read-only. */
  readonly acts: boolean;
  /** A master can be started on this machine. */
  readonly startsMaster: boolean;
}

/** A master that this console started, and that runs. */
export interface OwnMaster {
  readonly id: string;
  readonly pid: number;
  readonly logFile: string;
}

/** All that a screen may know of the engine. */
export interface Engine {
  snapshot(): Snapshot;
  /** Called after each change, at most ten times a second. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** A plan for a command, or the reason why not. Pure as seen from the screen: nothing has happened yet. */
  propose(command: Command): Proposal;
  /** Carries out a plan as it was shown. Resolves when each step is done, asked of the leader, or refused. */
  confirm(plan: Plan): Promise<readonly StepOutcome[]>;
  /** Tells which jobs' heartbeat facts the screen shows; at most 100 are read. */
  watch(jobIds: readonly string[]): void;
  /** The end of what a job wrote. Never rejects: a fault is an answer. */
  readLog(query: LogQuery): Promise<LogAnswer>;
  /** What lists do not hold of one job: document, outputs, last lines. Never rejects. */
  readFacts(jobId: string): Promise<FactsAnswer>;
  abilities(): Abilities;
  ownMaster(): OwnMaster | undefined;
  /** Ends it in order. Never rejects. */
  stopMaster(): Promise<StepOutcome>;
}
