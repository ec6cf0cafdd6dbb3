import type { Condition, ConditionalWrite } from '../model/command.ts';
import { JOB_TRANSITIONS, type JobRow, type JobState, type ReasonCode } from '../model/job.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { readyKey, readyShard, RESCUE_SHARD, rescueKey } from './job-item.ts';

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

/** What a held job waits for. */
export const RELEASE = 'goes on when it is released (`cbas release`)';

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

/** Of a lease nothing remains. `hold` does: it stands until an operator releases it. */
export const LEASE_ATTRIBUTES = [
  'leaseOwner',
  'leaseUntil',
  'heartbeatAt',
  'progressPct',
  'atRiskMs',
  'desired',
  'checkpointPending',
  'pendingGeneration',
] as const;

/** What an end takes away: how far the job was, and when that was heard, stays; a wish to hold it must not hold it when it is tried again. */
export const ENDED_ATTRIBUTES = [
  ...LEASE_ATTRIBUTES.filter((name) => name !== 'heartbeatAt' && name !== 'progressPct'),
  'hold',
];

/** A place in the ready index, where workers look for their next job: a rescued one lies where spot workers do not look. */
export function readyPlace(row: JobRow, readyShards: number): JsonObject {
  if (row.rescue !== undefined) return { readyShard: RESCUE_SHARD, readyKey: rescueKey(row) };
  return {
    readyShard: readyShard(row.queue, row.id, readyShards),
    readyKey: readyKey(row),
  };
}

/**
 * Where a job waits whose owner may have only so many running: in no index, until the leader lets it in (`readyAgain`), as after a
 * backoff that is over. `notBefore` says since when.
 */
export function parkedSince(at: EpochMs): JsonObject {
  return { notBefore: Math.floor(at) };
}

/** Back among the jobs that wait: in the index, or parked. */
export function waitingPlace(
  row: JobRow,
  place: { readonly readyShards: number; readonly parksAt?: EpochMs | undefined },
): JsonObject {
  // A rescued job is let in whatever its owner has running: it is counted, and its deadline does not wait.
  const isParked = place.parksAt !== undefined && row.rescue === undefined;
  return isParked ? parkedSince(place.parksAt) : readyPlace(row, place.readyShards);
}

/**
 * A place is right only as long as nobody rescued the job or gave it another priority meanwhile: whoever did not know of that is
 * refused, and looks again.
 */
export function asPlaced(row: JobRow): readonly Condition[] {
  const priority: Condition = { op: '=', attribute: 'priority', value: row.priority };
  return [
    { op: row.rescue === undefined ? 'absent' : 'exists', attribute: 'rescue' },
    row.priority === 0 ? { op: 'any', of: [priority, { op: 'absent', attribute: 'priority' }] } : priority,
  ];
}

/**
 * What every way back from a worker has in common: no lease, and a place in the ready index unless it must wait. A job that
 * an operator wants held is HELD, on condition that he still does: else it would be held for ever, with nobody to release it.
 * Where the wish was not known yet, it is RUNNABLE for a moment, and no claim is granted.
 */
export function backToReady(
  row: JobRow,
  readyShards: number,
  notBefore: EpochMs,
): {
  readonly to: 'RUNNABLE' | 'HELD';
  readonly set: JsonObject;
  readonly remove: readonly string[];
  readonly conditions: readonly Condition[];
} {
  const remove = LEASE_ATTRIBUTES;
  if (row.desired.hold !== undefined)
    return { to: 'HELD', set: {}, remove, conditions: [{ op: 'exists', attribute: 'hold' }] };
  if (notBefore > 0) return { to: 'RUNNABLE', set: { notBefore }, remove, conditions: [] };
  return { to: 'RUNNABLE', set: readyPlace(row, readyShards), remove, conditions: asPlaced(row) };
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
