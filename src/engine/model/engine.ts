import type { AuditAnswer, AuditQuery } from './audit.ts';
import type { Command, Plan, Proposal, StepOutcome } from './command.ts';
import type { FactsAnswer } from './job-facts.ts';
import type { LogAnswer, LogQuery } from './job-log.ts';
import type { Snapshot } from './snapshot.ts';

/** What this console may do, whatever the deployment is like. */
export interface Abilities {
  /** false: read-only. */
  readonly acts: boolean;
  /** Why it is; not there where it acts. */
  readonly whyReadOnly?: string | undefined;
  /** A master can be started on this machine. */
  readonly startsMaster: boolean;
  /** Plans are shown and confirmed, and nothing is written but the audit. */
  readonly dryRun: boolean;
}

/** A shell where a worker runs: what to start on this terminal, or why there is none. */
export type ShellAnswer =
  | {
      readonly kind: 'shell';
      readonly argv: readonly string[];
      readonly cwd: string | undefined;
      readonly env: Readonly<Record<string, string | undefined>>;
    }
  | { readonly kind: 'refused'; readonly why: string };

/** What an operator starts from a console beside CBAS itself. */
export interface OwnProgram {
  readonly name: string;
  readonly argv: readonly string[];
  /** The id of the row that it is about. */
  readonly about: string;
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
  /** From now on, for as long as this process runs. */
  setDryRun(mode: 'on' | 'off'): void;
  /** Who did what and what came of it, newest first. Never rejects. */
  readAudit(query: AuditQuery): Promise<AuditAnswer>;
  /** How to get a shell on a worker; opening it is an act, and told to the audit. Never rejects. */
  openShell(workerId: string): Promise<ShellAnswer>;
  /** A program of the operator's own is about to start: the audit is told. '' = it may; else why not. Never rejects. */
  tellProgram(program: OwnProgram): Promise<string>;
  /** Ends it in order. Never rejects. */
  stopMaster(): Promise<StepOutcome>;
}
