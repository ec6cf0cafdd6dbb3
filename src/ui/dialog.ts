import type { Command, Plan, StepOutcome } from '../engine/model/command.ts';
import type { TunerPolicy } from '../engine/model/tuner.ts';
import type { UsdPerHour } from '../engine/model/units.ts';

/** What asks for an answer before anything else is read from the keyboard. */
export type Dialog =
  | {
      readonly kind: 'plan';
      readonly plan: Plan;
      /** The key that led here: it never confirms. */
      readonly openedBy: string;
      /** The question that led to it: who cancels is there again. */
      readonly back: Dialog | undefined;
      /** Position of the step that the arrows stand on. */
      readonly step: number;
      /** What was typed of the token, where one is wanted. */
      readonly typed: string;
      /** What was typed of a reason for it; undefined: that is not asked for now. */
      readonly reasonTyped: string | undefined;
      /** Confirming it writes nothing. */
      readonly isDryRun: boolean;
      /** Monotonic time at which it reached the screen; undefined until then. Set by the dialog, read by the keys. */
      readonly shownAtMs: number | undefined;
    }
  | {
      /** A priority, a deadline, or both, for the jobs that were marked when it opened. */
      readonly kind: 'urgency';
      readonly jobIds: readonly string[];
      /** One job's name, or how many. */
      readonly what: string;
      readonly field: 'priority' | 'deadline';
      readonly priority: string;
      readonly deadline: string;
      /** What stands now, as far as it is the same for all. */
      readonly now: { readonly priority: string; readonly deadline: string };
      /** Why what was typed cannot be; empty when it can. */
      readonly problem: string;
    }
  /** What is wrong with what was asked for, line by line: it is read and closed. */
  | { readonly kind: 'problems'; readonly title: string; readonly lines: readonly string[] }
  | {
      /** Acts that are held back still: are they carried out, or dropped? */
      readonly kind: 'leave-held';
      readonly state: 'asked' | 'leaving';
      readonly shownAtMs: number | undefined;
    }
  | { readonly kind: 'launch'; readonly typed: string; readonly pool: string | undefined }
  | {
      /** A master that was started from here still runs: does it stay? */
      readonly kind: 'leave';
      readonly masterId: string;
      readonly state: 'asked' | 'stopping';
      readonly shownAtMs: number | undefined;
    }
  | {
      readonly kind: 'bid';
      readonly pool: string;
      readonly policy: TunerPolicy;
      readonly bidUsdPerHour: UsdPerHour;
      readonly typed: string;
      /** The bid before the last key, to tell what that key changed; undefined before the first. */
      readonly before: UsdPerHour | undefined;
    };

/** A confirmed act that is not carried out yet: until then `U` takes it back. */
export interface HeldAct {
  readonly plan: Plan;
  /** Monotonic time at which it is carried out. */
  readonly dueMs: number;
}

/** What is held back: acts that end something, and that nobody can take back afterwards. */
export const HELD_KINDS: ReadonlySet<Command['kind']> = new Set(['jobs.kill', 'workers.terminate']);

/** What came of an act on one id. */
export interface ResultLine {
  readonly id: string;
  readonly name: string;
  readonly state: StepOutcome['state'];
  readonly detail: string;
}

export interface Results {
  readonly plan: Plan;
  readonly lines: readonly ResultLine[];
  /** First line shown. */
  readonly top: number;
}
