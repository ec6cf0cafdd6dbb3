import { assert } from '../model/assert.ts';
import type { Condition, ConditionalWrite } from '../model/command.ts';
import type { JobRow, JobTally } from '../model/job.ts';
import type { EpochMs } from '../model/units.ts';
import { readyKey, readyShard } from './job-item.ts';
import { backToReady, changedAt, LEASED, notDeposed, reason, transition } from './job-transition.ts';

export interface Reap {
  readonly at: EpochMs;
  readonly detail: string;
  readonly leaderEpoch: number;
  readonly readyShards: number;
  readonly tally: JobTally;
  /** 'gone': EC2 says that the instance no longer exists, so the lease need not run out. */
  readonly evidence: { readonly kind: 'gone' } | { readonly kind: 'lease-over'; readonly before: EpochMs };
}

/** Leased -> RUNNABLE, by the leader, for a worker that is gone or silent beyond its lease. */
export function reapJob(row: JobRow, reap: Reap): ConditionalWrite {
  const { at, detail, leaderEpoch, readyShards, tally, evidence } = reap;
  assert(LEASED.includes(row.state), `reap of a job that is ${row.state}`);
  const back = backToReady(row, readyShards, 0);
  return transition(
    {
      row,
      to: 'RUNNABLE',
      at,
      reason: reason('worker-lost', at, { detail, next: 'goes on elsewhere' }),
      set: { ...back.set, tally: { ...tally }, leaderEpoch },
      remove: back.remove,
    },
    [
      { op: '=', attribute: 'epoch', value: row.epoch },
      { op: '=', attribute: 'leaseOwner', value: row.leaseOwner },
      { op: 'in', attribute: 'state', values: LEASED },
      ...(evidence.kind === 'lease-over'
        ? [{ op: '<', attribute: 'leaseUntil', value: evidence.before } as const]
        : []),
      notDeposed(leaderEpoch),
    ],
  );
}

/** RUNNABLE after a backoff: back into the ready index, by the leader. */
export function readyAgain(
  row: JobRow,
  again: { readonly at: EpochMs; readonly leaderEpoch: number; readonly readyShards: number },
): ConditionalWrite {
  const { at, leaderEpoch, readyShards } = again;
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
      readyShard: readyShard(row.queue, row.id, readyShards),
      readyKey: readyKey(row.priority, row.submittedAt, row.id),
      changedAt: changedAt(row, at),
      leaderEpoch,
    },
    add: { rev: 1 },
    remove: ['notBefore'],
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
  },
): ConditionalWrite {
  const { at, leaderEpoch, readyShards, failed } = settle;
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
  const back = backToReady(row, readyShards, 0);
  return transition(
    {
      row,
      to: 'RUNNABLE',
      at,
      reason: reason('submitted', at, { detail: 'waits for a worker' }),
      set: { ...back.set, leaderEpoch },
    },
    conditions,
  );
}
