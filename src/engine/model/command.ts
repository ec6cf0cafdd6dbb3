import type { JobNeeds } from './job.ts';
import type { InstanceType } from './market.ts';
import type { JsonObject, DurationMs, EpochMs, Usd, UsdPerHour } from './units.ts';

/** What an operator asks for. A command becomes a plan; only a confirmed plan becomes an effect. */
export type Command =
  | {
      readonly kind: 'workers.launch';
      readonly count: number;
      readonly pool: string | undefined;
      /** From this image of an instance, instead of the template's. */
      readonly imageId?: string;
    }
  | {
      readonly kind: 'workers.terminate';
      readonly workerIds: readonly string[];
      readonly target: 'keep' | 'lower';
      /** Their jobs are to save their work before. Not there = that is only offered. */
      readonly first?: 'checkpoint';
    }
  | {
      readonly kind: 'workers.drain';
      readonly workerIds: readonly string[];
      readonly target: 'keep' | 'lower';
      /** What becomes of the jobs that they hold: they end there, or save their work at once and go on elsewhere. */
      readonly jobs: 'finish' | 'give-back';
    }
  /** Workers of a pool that were launched at another bid than the one in force: their jobs are saved, they go, and others take their place. */
  | { readonly kind: 'workers.roll'; readonly pool: string }
  | { readonly kind: 'bid.set'; readonly pool: string; readonly usdPerHour: UsdPerHour }
  /** Back to the bid before; `*` = of the pool whose bid was changed last. */
  | { readonly kind: 'bid.undo'; readonly pool: string; readonly expected?: ExpectedBid }
  | { readonly kind: 'jobs.kill'; readonly jobIds: readonly string[]; readonly first?: 'checkpoint' }
  | { readonly kind: 'jobs.hold'; readonly jobIds: readonly string[] }
  | { readonly kind: 'jobs.release'; readonly jobIds: readonly string[] }
  | { readonly kind: 'jobs.retry'; readonly jobIds: readonly string[] }
  | { readonly kind: 'jobs.checkpoint'; readonly jobIds: readonly string[] }
  | {
      readonly kind: 'jobs.set';
      readonly jobIds: readonly string[];
      /** undefined = stays as it is. */
      readonly priority: number | undefined;
      /** 0 = none any more; undefined = stays as it is. */
      readonly deadlineAt: EpochMs | undefined;
      /** By job: what its document says that it needs. A job that had no deadline yet keeps it nowhere else in its row. */
      readonly needs: Readonly<Record<string, JobNeeds>>;
    }
  | { readonly kind: 'jobs.submit'; readonly source: string; readonly jobs: readonly JobToSubmit[] }
  /** Of the instances that they run on, after a checkpoint of each. */
  | { readonly kind: 'jobs.image'; readonly jobIds: readonly string[] }
  | { readonly kind: 'images.retire'; readonly imageIds: readonly string[] }
  | {
      readonly kind: 'owner.set';
      /** `*` = everybody who has no setting of his own. */
      readonly owner: string;
      /** undefined = stays as it is. */
      readonly maxRunning?: number | 'any' | undefined;
      readonly maxWaiting?: number | 'any' | undefined;
      readonly weight?: number | undefined;
      /** What holds for everybody holds for him again. */
      readonly reset?: true;
    }
  | { readonly kind: 'workers.checkpoint'; readonly workerIds: readonly string[] }
  | { readonly kind: 'master.start' }
  /** Submission stops, then all work, then all instances. */
  | { readonly kind: 'deployment.end' }
  /** Jobs are accepted again, and held ones released. */
  | { readonly kind: 'deployment.open' };
export type CommandKind = Command['kind'];

/** The bid that somebody wants to take back, as he set it. */
export interface ExpectedBid {
  readonly pool: string;
  readonly usdPerHour: UsdPerHour;
}

/** A job document that was decoded and found right, with the files of this machine that it wants uploaded. */
export interface JobToSubmit {
  readonly document: JsonObject;
  readonly deadlineAt: EpochMs;
  /** `from`: a path on this machine; `to`: as the document names it. */
  readonly files: readonly { readonly from: string; readonly to: string }[];
}

/** A condition of a write: all must hold, or nothing is written. Attributes are those of the item as it is stored. */
export type Condition =
  | { readonly op: '=' | '<' | '<='; readonly attribute: string; readonly value: string | number }
  | { readonly op: 'absent' | 'exists'; readonly attribute: string }
  | { readonly op: 'in'; readonly attribute: string; readonly values: readonly (string | number)[] }
  | { readonly op: 'any'; readonly of: readonly Condition[] };

export type TableName = 'jobs' | 'workers' | 'intents' | 'misc' | 'events';

/**
 * The only way a row changes: one item, conditional. Pure code makes them, `docs/protocol.md` lists them, the store
 * carries them out and answers with the item as it became, or with nothing when a condition did not hold.
 */
export interface ConditionalWrite {
  readonly table: TableName;
  readonly key: string;
  readonly conditions: readonly Condition[];
  readonly set: JsonObject;
  /** Added to what stands; a missing number counts as 0. */
  readonly add: Readonly<Record<string, number>>;
  readonly remove: readonly string[];
}

/** What touches the world. Everything else is a decision. */
export type Effect =
  | { readonly kind: 'table.write'; readonly write: ConditionalWrite }
  | { readonly kind: 'intent.put'; readonly intent: Intent }
  /** A file of the operator's machine, uploaded. */
  | { readonly kind: 'blob.put'; readonly key: string; readonly file: string }
  | { readonly kind: 'ec2.launch'; readonly launch: LaunchRequest }
  | { readonly kind: 'ec2.terminate'; readonly instanceIds: readonly string[]; readonly intentId: string }
  /** On the console's own machine; `id` is the name under which it leads. */
  | { readonly kind: 'master.start'; readonly id: string }
  /** As many writes as it takes, until nothing is left: `cbas kill --all` makes them, pass by pass. */
  | { readonly kind: 'deployment.end'; readonly phase: 'submission' | 'jobs' | 'workers' };

export interface LaunchRequest {
  /** The ClientToken, made from the intent alone: the same request twice is one launch. */
  readonly token: string;
  readonly intentId: string;
  readonly pool: string;
  readonly count: number;
  /** undefined = on-demand. */
  readonly maxUsdPerHour: UsdPerHour | undefined;
  readonly slots: number;
  /** Jobs that it is launched for: its workers then take rescued jobs only. Not there = any work. */
  readonly jobs?: readonly string[];
  /** Not there = the template's. */
  readonly imageId?: string;
  /** What the instance will be, told to it by a tag: a worker has no right to ask EC2. */
  readonly machine: InstanceType | undefined;
}

export const INTENT_STATES = ['OPEN', 'STARTED', 'DONE', 'FAILED', 'REFUSED'] as const;
export type IntentState = (typeof INTENT_STATES)[number];

/** Acts that only the leader carries out, for they touch EC2. */
export type IntentVerb =
  | {
      readonly verb: 'launch';
      readonly count: number;
      readonly pool: string | undefined;
      /** Rescued jobs that it is for: then it is on-demand, in this pool only, a worker for each. Not there = any work. */
      readonly jobs?: readonly string[];
      /** Not there = the template's. */
      readonly imageId?: string;
    }
  /** Of the instance, named after the job and its newest generation. */
  | { readonly verb: 'image'; readonly jobId: string; readonly workerId: string }
  | { readonly verb: 'retire'; readonly imageIds: readonly string[] }
  | {
      readonly verb: 'terminate';
      readonly workerIds: readonly string[];
      readonly revs: readonly number[];
      readonly target: 'keep' | 'lower';
    };

/** A wish written before its effect. `id` is `<target>@<rev>` or a launch's token: putting it twice is a conflict. */
export interface Intent {
  readonly id: string;
  readonly action: IntentVerb;
  readonly by: string;
  /** Where the operator sat, e.g. the SSH client; empty when it was the leader itself. */
  readonly from: string;
  readonly createdAt: EpochMs;
  readonly state: IntentState;
  /** Set when STARTED: who began, and the token that settles a doubt. */
  readonly leaderEpoch: number;
  readonly token: string;
  /** 0 while OPEN. */
  readonly startedAt: EpochMs;
  /** What came of it, for a person. */
  readonly outcome: string;
  /** Ids that it launched or ended. */
  readonly instanceIds: readonly string[];
  readonly settledAt: EpochMs;
}

export interface PlanStep {
  /** What will be called, e.g. "TerminateInstances i-0a41…". */
  readonly text: string;
  readonly note: string;
  readonly effect: Effect;
  /** The jobs, workers or pools that it is done to; not there where it is done to none. */
  readonly targets?: readonly StepTarget[];
  /** It may be left out. Not there = it belongs to the plan. */
  readonly choice?: StepChoice;
  /** Done only when the job has saved its work (true of a wish for a checkpoint that others wait for). */
  readonly awaited?: 'saved';
  /** It is not begun unless all awaited steps before it, with one of these ids as target, came off. */
  readonly after?: readonly string[];
}

/** What a step is bound to: an id, and what was seen of it when the plan was made. */
export interface StepTarget {
  readonly id: string;
  readonly rev: number;
  /** The state that was seen; for a setting its value. */
  readonly state: string;
}

/** Of a step that may be switched off: whether it is on, and by how much the plan's sums change with it. */
export interface StepChoice {
  readonly isOn: boolean;
  readonly losesMs: DurationMs;
  readonly usdPerHour: UsdPerHour;
}

/** What would happen, shown before it does. Bound to ids and revs seen when it was made. */
export interface Plan {
  readonly id: string;
  readonly command: Command;
  readonly title: string;
  readonly madeAt: EpochMs;
  readonly steps: readonly PlanStep[];
  /** Change of the spending rate; negative saves. */
  readonly usdPerHour: UsdPerHour;
  readonly usd: Usd;
  /** Work that would be lost: time since the newest checkpoints of what it ends. */
  readonly losesMs: DurationMs;
  /** Sentences that the operator should read before confirming. */
  readonly notes: readonly string[];
  /** Why it is done, in the operator's own words; told to the audit. Not there where nobody said. */
  readonly reason?: string;
}

/** Characters of a reason: a sentence, and a ticket's number. */
export const REASON_MAX = 200;

/** Why not, for a person. Declining is not an error. */
export interface Refusal {
  readonly code: 'read-only' | 'not-found' | 'nothing-to-do' | 'limit' | 'no-data' | 'changed' | 'bad-value';
  readonly sentence: string;
}

export type Proposal = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly refusal: Refusal };

export interface TargetOutcome {
  readonly id: string;
  readonly state: StepOutcome['state'];
  readonly detail: string;
}

/** What came of one step. */
export interface StepOutcome {
  readonly text: string;
  /** 'skipped': not tried, for a step before it did not come off, or for it is a dry run. */
  readonly state: 'done' | 'conflict' | 'failed' | 'asked' | 'skipped';
  readonly detail: string;
  /** The ids that it was done to, each with its own outcome where they differ. */
  readonly targets?: readonly TargetOutcome[];
}
