import { assert } from '../model/assert.ts';
import type { Condition, ConditionalWrite } from '../model/command.ts';
import type { JobRow, JobTally } from '../model/job.ts';
import type { EpochMs } from '../model/units.ts';
import { headerOf } from './job-header.ts';
import {
  asPlaced,
  backToReady,
  changedAt,
  LEASE_ATTRIBUTES,
  LEASED,
  notDeposed,
  parkedSince,
  readyPlace,
  reason,
  RELEASE,
  transition,
  waitingPlace,
} from './job-transition.ts';
import { afterLoss, type LossCause, nextAfterStop } from './losses.ts';

export interface Reap {
  readonly at: EpochMs;
  readonly cause: LossCause;
  readonly detail: string;
  readonly leaderEpoch: number;
  readonly readyShards: number;
  readonly tally: JobTally;
  /** 'gone': EC2 says that the instance no longer exists, so the lease need not run out. */
  readonly evidence: { readonly kind: 'gone' } | { readonly kind: 'lease-over'; readonly before: EpochMs };
}

/**
 * Leased -> RUNNABLE, by the leader, for a worker that is gone or silent beyond its lease; -> FAILED when it has lost too
 * many in a row. Its checkpoints stay: they are the evidence, and what a retry goes on from.
 */
export function reapJob(row: JobRow, reap: Reap): ConditionalWrite {
  const { at, cause, detail, leaderEpoch, readyShards, tally, evidence } = reap;
  assert(LEASED.includes(row.state), `reap of a job that is ${row.state}`);
  const { losses, stop } = afterLoss(row, { cause, workerId: row.leaseOwner });
  const conditions: readonly Condition[] = [
    { op: '=', attribute: 'epoch', value: row.epoch },
    { op: '=', attribute: 'leaseOwner', value: row.leaseOwner },
    { op: 'in', attribute: 'state', values: LEASED },
    ...(evidence.kind === 'lease-over' ? [{ op: '<', attribute: 'leaseUntil', value: evidence.before } as const] : []),
    notDeposed(leaderEpoch),
  ];
  const sums = { tally: { ...tally }, losses: { ...losses }, leaderEpoch };
  if (stop !== undefined) {
    const told = reason(stop.code, at, { detail: stop.detail, next: nextAfterStop(stop.code) });
    return transition(
      { row, to: 'FAILED', at, reason: told, set: { ...sums, endedAt: at }, remove: [...LEASE_ATTRIBUTES, 'hold'] },
      conditions,
    );
  }
  const back = backToReady(row, readyShards, 0);
  const told = reason('worker-lost', at, { detail, next: 'goes on elsewhere' });
  return transition({ row, to: back.to, at, reason: told, set: { ...back.set, ...sums }, remove: back.remove }, [
    ...conditions,
    ...back.conditions,
  ]);
}

/** RUNNABLE -> HELD, by the leader: the wish to hold it came while its worker handed it back. */
export function holdWished(
  row: JobRow,
  hold: { readonly at: EpochMs; readonly leaderEpoch: number },
): ConditionalWrite {
  const { at, leaderEpoch } = hold;
  return transition(
    {
      row,
      to: 'HELD',
      at,
      reason: reason('held', at, { detail: `by ${row.desired.hold?.by ?? 'an operator'}`, next: RELEASE }),
      set: { leaderEpoch },
      remove: ['readyShard', 'readyKey', 'notBefore'],
    },
    [{ op: '=', attribute: 'state', value: 'RUNNABLE' }, { op: 'exists', attribute: 'hold' }, notDeposed(leaderEpoch)],
  );
}

/** RUNNABLE after a backoff: back into the ready index, by the leader. */
export function readyAgain(
  row: JobRow,
  again: {
    readonly at: EpochMs;
    readonly leaderEpoch: number;
    readonly readyShards: number;
    /** Its new turn, where it was kept out for as long as others went by; not there = it keeps its own. */
    readonly turn?: number;
  },
): ConditionalWrite {
  const { at, leaderEpoch, readyShards, turn } = again;
  const next = turn === undefined ? row : { ...row, turn };
  return {
    table: 'jobs',
    key: row.id,
    conditions: [
      { op: '=', attribute: 'state', value: 'RUNNABLE' },
      { op: '=', attribute: 'rev', value: row.rev },
      { op: 'exists', attribute: 'notBefore' },
      notDeposed(leaderEpoch),
    ],
    set: {
      ...readyPlace(next, readyShards),
      ...(turn !== undefined && { header: headerOf(next) }),
      changedAt: changedAt(row, at),
      leaderEpoch,
    },
    add: { rev: 1 },
    remove: ['notBefore'],
  };
}

/** RUNNABLE, out of the ready index, by the leader: its owner has more there than he may have running. A rescued job stays. */
export function parkJob(row: JobRow, park: { readonly at: EpochMs; readonly leaderEpoch: number }): ConditionalWrite {
  const { at, leaderEpoch } = park;
  return {
    table: 'jobs',
    key: row.id,
    conditions: [
      { op: '=', attribute: 'state', value: 'RUNNABLE' },
      { op: '=', attribute: 'rev', value: row.rev },
      { op: 'absent', attribute: 'notBefore' },
      { op: 'absent', attribute: 'rescue' },
      notDeposed(leaderEpoch),
    ],
    set: { ...parkedSince(at), changedAt: changedAt(row, at), leaderEpoch },
    add: { rev: 1 },
    remove: ['readyShard', 'readyKey'],
  };
}

/** BLOCKED -> RUNNABLE or FAILED, by the leader, when the jobs it waits for have ended. */
export function settleDependency(
  row: JobRow,
  settle: {
    readonly at: EpochMs;
    readonly leaderEpoch: number;
    readonly readyShards: number;
    readonly failed: string | undefined;
    readonly parksAt?: EpochMs | undefined;
    /** Its turn from now on, for those that were before it are gone by; not there = it keeps its own. */
    readonly turn?: number;
  },
): ConditionalWrite {
  const { at, leaderEpoch, failed, turn } = settle;
  const next = turn === undefined ? row : { ...row, turn };
  const conditions: readonly Condition[] = [{ op: '=', attribute: 'state', value: 'BLOCKED' }, notDeposed(leaderEpoch)];
  if (failed !== undefined) {
    return transition(
      {
        row,
        to: 'FAILED',
        at,
        reason: reason('dependency', at, { detail: `${failed} did not succeed` }),
        set: { endedAt: at, leaderEpoch },
      },
      conditions,
    );
  }
  return transition(
    {
      row,
      to: 'RUNNABLE',
      at,
      reason: reason('submitted', at, { detail: 'waits for a worker' }),
      set: { ...waitingPlace(next, settle), ...(turn !== undefined && { header: headerOf(next) }), leaderEpoch },
    },
    [...conditions, ...asPlaced(row)],
  );
}

/** An image of the instance that a job ran on: the item remembers which, and what it holds. Touches no `rev`. */
export function recordImage(
  jobId: string,
  image: { readonly id: string; readonly name: string; readonly generation: number; readonly at: EpochMs },
  leaderEpoch: number,
): ConditionalWrite {
  return {
    table: 'jobs',
    key: jobId,
    conditions: [{ op: 'exists', attribute: 'state' }, notDeposed(leaderEpoch)],
    set: { image: { ...image } },
    add: {},
    remove: [],
  };
}
