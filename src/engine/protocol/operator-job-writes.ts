import type { ConditionalWrite } from '../model/command.ts';
import type { JobRow } from '../model/job.ts';
import type { EpochMs } from '../model/units.ts';
import { changedAt, reason, statesBefore, transition } from './job-transition.ts';

/**
 * Any non-terminal state -> KILLED, by an operator who saw this epoch. The holder's next heartbeat is refused, and it
 * stops at once. Not `rev`: a checkpoint moves that, and who reads a plan for longer than the interval between two
 * checkpoints could never kill the job. A claim moves the epoch: then more would be lost than the plan said.
 */
export function killJob(row: JobRow, kill: { readonly at: EpochMs; readonly by: string }): ConditionalWrite {
  const { at, by } = kill;
  return transition(
    {
      row,
      to: 'KILLED',
      at,
      reason: reason('killed', at, { detail: `by ${by}` }),
      set: { endedAt: at },
      remove: ['leaseOwner', 'leaseUntil', 'readyShard', 'readyKey', 'notBefore', 'desired', 'atRiskMs'],
    },
    [
      { op: '=', attribute: 'epoch', value: row.epoch },
      { op: 'in', attribute: 'state', values: statesBefore('KILLED') },
    ],
  );
}

/** A wish for a checkpoint, by an operator who saw this epoch; the holder grants it at its next heartbeat. */
export function wishCheckpoint(row: JobRow, wish: { readonly at: EpochMs; readonly by: string }): ConditionalWrite {
  const { at, by } = wish;
  return {
    table: 'jobs',
    key: row.id,
    conditions: [
      { op: '=', attribute: 'epoch', value: row.epoch },
      { op: 'in', attribute: 'state', values: ['RUNNING'] },
    ],
    set: { desired: { checkpoint: { at, by } }, changedAt: changedAt(row, at) },
    add: { rev: 1 },
    remove: [],
  };
}
