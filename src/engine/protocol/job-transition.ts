import type { Condition, ConditionalWrite } from '../model/command.ts';
import { JOB_TRANSITIONS, type JobRow, type JobState, type ReasonCode } from '../model/job.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { readyKey, readyShard } from './job-item.ts';

/**
 * Every write that a job's item may receive after its submission, and who may make it. A worker writes under its
 * epoch and lease; the leader and operators write under what they read. docs/protocol.md tells the same as a table.
 */

/** Who holds a job: the fence of every write that a worker makes. */
export interface Holder {
  readonly jobId: string;
  readonly epoch: number;
  readonly workerId: string;
}

export const LEASED: readonly JobState[] = ['STARTING', 'RUNNING', 'INTERRUPTING'];

export function reason(
  code: ReasonCode,
  since: EpochMs,
  words: { readonly detail: string; readonly next?: string },
): JsonObject {
  return { code, since, detail: words.detail, next: words.next ?? '' };
}

/** A reader asks for what changed since a time: an item's `changedAt` therefore never goes back, whatever the clocks say. */
export function changedAt(row: Pick<JobRow, 'changedAt'>, at: EpochMs): EpochMs {
  return Math.max(at, row.changedAt + 1);
}

export function held(holder: Holder, states: readonly JobState[]): readonly Condition[] {
  return [
    { op: '=', attribute: 'epoch', value: holder.epoch },
    { op: '=', attribute: 'leaseOwner', value: holder.workerId },
    { op: 'in', attribute: 'state', values: states },
  ];
}

export function statesBefore(target: JobState): readonly JobState[] {
  return (Object.keys(JOB_TRANSITIONS) as JobState[]).filter((state) => JOB_TRANSITIONS[state].includes(target));
}

interface Transition {
  readonly row: JobRow;
  readonly to: JobState;
  readonly at: EpochMs;
  readonly reason: JsonObject;
  readonly set?: JsonObject;
  readonly remove?: readonly string[];
}

export function transition(change: Transition, conditions: readonly Condition[]): ConditionalWrite {
  const { row, to, at } = change;
  return {
    table: 'jobs',
    key: row.id,
    conditions,
    set: { state: to, reason: change.reason, changedAt: changedAt(row, at), ...change.set },
    add: { rev: 1 },
    remove: change.remove ?? [],
  };
}

/** What every way back to RUNNABLE has in common: no lease, and a place in the ready index unless it must wait. */
export function backToReady(
  row: JobRow,
  readyShards: number,
  notBefore: EpochMs,
): { set: JsonObject; remove: string[] } {
  const gone = ['leaseOwner', 'leaseUntil', 'heartbeatAt', 'progressPct', 'atRiskMs', 'desired'];
  if (notBefore > 0) return { set: { notBefore }, remove: gone };
  return {
    set: {
      readyShard: readyShard(row.queue, row.id, readyShards),
      readyKey: readyKey(row.priority, row.submittedAt, row.id),
    },
    remove: gone,
  };
}

/** A leader's write is refused where a newer leader wrote. */
export function notDeposed(leaderEpoch: number): Condition {
  return {
    op: 'any',
    of: [
      { op: 'absent', attribute: 'leaderEpoch' },
      { op: '<=', attribute: 'leaderEpoch', value: leaderEpoch },
    ],
  };
}
