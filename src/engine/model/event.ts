import type { Calls } from './calls.ts';
import type { Intent, Plan, StepOutcome } from './command.ts';
import type { Deployment, Leader, Pulse, Settings } from './deployment.ts';
import type { Fault, MissingRight } from './fault.ts';
import type { JobLive, JobRow, RecoveryCause } from './job.ts';
import type { InstanceType, PricePoint } from './market.ts';
import type { PushFigures } from './push.ts';
import type { EpochMs, UsdPerHour } from './units.ts';
import type { InstanceRow, InterruptionNotice, Lifecycle, WorkerRow } from './worker.ts';

/** A source of facts that is polled; its health is on the screen. */
export const SOURCES = [
  'jobs',
  'workers',
  'intents',
  'misc',
  'prices',
  'instances',
  'live',
  'events',
  'pings',
] as const;
export type Source = (typeof SOURCES)[number];

/** A decision says why: the numbers it used and what it did not choose. */
export interface Decision {
  readonly topic: 'capacity' | 'deadline' | 'recovery' | 'placement' | 'checkpoint' | 'guard';
  /** The pool, worker or job it is about; empty for the whole deployment. */
  readonly about: string;
  /** One sentence for a person. */
  readonly sentence: string;
  readonly inputs: Readonly<Record<string, string | number>>;
  readonly rejected: readonly string[];
}

/**
 * All that a process can learn or do. One event per poll, never one per row. The journal's lines are these, and the
 * snapshot is their fold; nothing else changes it.
 */
export type EngineEvent =
  | { readonly kind: 'engine.started'; readonly at: EpochMs; readonly process: string }
  | {
      readonly kind: 'deployment.observed';
      readonly at: EpochMs;
      readonly deployment: Deployment;
      readonly types: readonly InstanceType[];
    }
  | { readonly kind: 'settings.observed'; readonly at: EpochMs; readonly settings: Settings }
  | { readonly kind: 'jobs.observed'; readonly at: EpochMs; readonly rows: readonly JobRow[] }
  | { readonly kind: 'live.observed'; readonly at: EpochMs; readonly rows: readonly JobLive[] }
  | { readonly kind: 'workers.observed'; readonly at: EpochMs; readonly rows: readonly WorkerRow[] }
  | { readonly kind: 'instances.observed'; readonly at: EpochMs; readonly rows: readonly InstanceRow[] }
  | { readonly kind: 'intents.observed'; readonly at: EpochMs; readonly rows: readonly Intent[] }
  | { readonly kind: 'prices.observed'; readonly at: EpochMs; readonly points: readonly PricePoint[] }
  | { readonly kind: 'leader.observed'; readonly at: EpochMs; readonly leader: Leader | undefined }
  | { readonly kind: 'pulse.observed'; readonly at: EpochMs; readonly pulse: Pulse }
  | {
      readonly kind: 'pings.received';
      readonly at: EpochMs;
      readonly pings: readonly { readonly workerId: string; readonly at: EpochMs }[];
    }
  | {
      readonly kind: 'notices.received';
      readonly at: EpochMs;
      readonly notices: readonly { readonly workerId: string; readonly notice: InterruptionNotice }[];
    }
  /** EC2 says that instances are more likely than others to be taken. */
  | {
      readonly kind: 'rebalances.received';
      readonly at: EpochMs;
      readonly recommendations: readonly { readonly workerId: string; readonly at: EpochMs }[];
    }
  /** Messages that nobody could handle wait beside a queue. */
  | { readonly kind: 'deadletters.observed'; readonly at: EpochMs; readonly queue: string; readonly depth: number }
  /** What this process's own calls of AWS came to. */
  | { readonly kind: 'calls.observed'; readonly at: EpochMs; readonly calls: Calls }
  /** What this process's push endpoint came to. */
  | { readonly kind: 'push.observed'; readonly at: EpochMs; readonly push: PushFigures }
  /** Each message once, however often it comes again. */
  | {
      readonly kind: 'messages.unknown';
      readonly at: EpochMs;
      readonly source: Source;
      readonly what: readonly string[];
    }
  /** This process's identity was found to lack a right of operators, or to have all of them again. */
  | { readonly kind: 'rights.observed'; readonly at: EpochMs; readonly missing: MissingRight | undefined }
  | {
      readonly kind: 'poll.failed';
      readonly at: EpochMs;
      readonly source: Source;
      readonly fault: Fault;
      readonly retryAt: EpochMs;
    }
  | { readonly kind: 'poll.answered'; readonly at: EpochMs; readonly source: Source }
  | { readonly kind: 'leader.elected'; readonly at: EpochMs; readonly id: string; readonly epoch: number }
  | { readonly kind: 'leader.deposed'; readonly at: EpochMs; readonly id: string; readonly why: string }
  | { readonly kind: 'decision.made'; readonly at: EpochMs; readonly decision: Decision }
  | { readonly kind: 'intent.started'; readonly at: EpochMs; readonly id: string; readonly token: string }
  | {
      readonly kind: 'intent.settled';
      readonly at: EpochMs;
      readonly id: string;
      readonly state: 'DONE' | 'FAILED' | 'REFUSED';
      readonly outcome: string;
    }
  | {
      readonly kind: 'launch.answered';
      readonly at: EpochMs;
      readonly intentId: string;
      readonly pool: string;
      /** Not there in journals of before there were two. */
      readonly lifecycle?: Lifecycle;
      readonly instanceIds: readonly string[];
      readonly fault: Fault | undefined;
    }
  | {
      readonly kind: 'job.recovered';
      readonly at: EpochMs;
      readonly jobId: string;
      readonly cause: RecoveryCause;
      readonly from: string;
      readonly outcome: 'requeued' | 'conflict';
    }
  | { readonly kind: 'effect.failed'; readonly at: EpochMs; readonly what: string; readonly fault: Fault }
  | { readonly kind: 'plan.proposed'; readonly at: EpochMs; readonly plan: Plan; readonly by: string }
  | { readonly kind: 'plan.confirmed'; readonly at: EpochMs; readonly planId: string; readonly by: string }
  | {
      readonly kind: 'plan.settled';
      readonly at: EpochMs;
      readonly planId: string;
      readonly title: string;
      readonly outcomes: readonly StepOutcome[];
    }
  | {
      readonly kind: 'cost.accrued';
      readonly at: EpochMs;
      readonly spendUsdPerHour: UsdPerHour;
      readonly usd: number;
      readonly onDemandUsd: number;
    };

export type EventKind = EngineEvent['kind'];
export type EventOf<K extends EventKind> = Extract<EngineEvent, { readonly kind: K }>;
