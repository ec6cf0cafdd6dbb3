import type { Fault } from './fault.ts';
import type { EpochMs, Usd, UsdPerHour, DurationMs } from './units.ts';

/** How an act stands. 'dry-run': it was confirmed where nothing is written. */
export const AUDIT_STATES = [
  'confirmed',
  'done',
  'partly',
  'conflict',
  'failed',
  'refused',
  'asked',
  'dry-run',
] as const;
export type AuditState = (typeof AUDIT_STATES)[number];

/** One id that an act was bound to, and what came of it. */
export interface AuditTarget {
  readonly id: string;
  /** That was seen when the plan was made. */
  readonly rev: number;
  /** 'done', 'conflict' and so on; empty while that is not known. */
  readonly outcome: string;
}

/** More ids are counted, not kept: an item of the table has a limit, and nobody reads more. */
export const AUDIT_TARGETS_MAX = 100;

/** One line of the audit: append-only, never changed. An act has one when it is confirmed and one for its outcome. */
export interface AuditEntry {
  /** Place in its stream: sorts by time. */
  readonly seq: string;
  readonly at: EpochMs;
  /** The operator; of what a leader decided itself, the leader. */
  readonly by: string;
  /** Where he sat: the SSH client, or the machine; empty for a leader. */
  readonly from: string;
  /** Who wrote the line: 'console', or the id of the leader that carried it out. */
  readonly writer: string;
  /** The command's or the intent's name, e.g. "workers.terminate". */
  readonly verb: string;
  /** What belongs together: the plan's id, or the intent's. */
  readonly actId: string;
  readonly title: string;
  /** Why, in the operator's own words; not there where nobody said. */
  readonly reason?: string;
  readonly state: AuditState;
  /** What came of it, for a person; empty while that is not known. */
  readonly outcome: string;
  readonly targets: readonly AuditTarget[];
  /** All of them, those that are not kept included. */
  readonly targetCount: number;
  /** As the plan showed it. */
  readonly usdPerHour: UsdPerHour;
  readonly usd: Usd;
  readonly losesMs: DurationMs;
}

export interface AuditQuery {
  readonly since: EpochMs;
  /** Nothing of the hours after that of this time; absent: up to now. */
  readonly until?: EpochMs;
  /** At most so many lines, the newest. */
  readonly limit: number;
}

/** Newest first. `cut`: there are older ones since then, that the limit left out. */
export type AuditAnswer =
  | { readonly kind: 'audit'; readonly entries: readonly AuditEntry[]; readonly cut: boolean }
  | { readonly kind: 'failed'; readonly why: string; readonly fault?: Fault };
