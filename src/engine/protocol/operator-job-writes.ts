import type { ConditionalWrite } from '../model/command.ts';
import { isTerminal, JOB_STATES, type JobNeeds, type JobRow } from '../model/job.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { headerOf } from './job-header.ts';
import {
  asPlaced,
  changedAt,
  ENDED_ATTRIBUTES,
  LEASED,
  readyPlace,
  reason,
  RELEASE,
  statesBefore,
  transition,
  waitingPlace,
} from './job-transition.ts';

/** Who asks, and when. */
export interface Asked {
  readonly at: EpochMs;
  readonly by: string;
}

/** Where a job is to wait: `parksAt` where its owner's quota may keep it out of the index; the leader then lets it in. */
export interface Waits {
  readonly readyShards: number;
  readonly parksAt?: EpochMs | undefined;
}

/**
 * A new job's first write, only if it is not there yet: an operator whose answer was lost asks again, and must not undo what
 * a worker has begun meanwhile.
 */
export function submitJob(item: JsonObject): ConditionalWrite {
  const { jobId, ...set } = item;
  return {
    table: 'jobs',
    key: String(jobId),
    conditions: [{ op: 'absent', attribute: 'state' }],
    set,
    add: {},
    remove: [],
  };
}

/**
 * Any non-terminal state -> KILLED, by an operator who saw this epoch. The holder's next heartbeat is refused, and it
 * stops at once. Not `rev`: a checkpoint moves that, and who reads a plan for longer than the interval between two
 * checkpoints could never kill the job. A claim moves the epoch: then more would be lost than the plan said.
 */
export function killJob(row: JobRow, kill: Asked): ConditionalWrite {
  const { at, by } = kill;
  return transition(
    {
      row,
      to: 'KILLED',
      at,
      reason: reason('killed', at, { detail: `by ${by}` }),
      set: { endedAt: at },
      remove: [...ENDED_ATTRIBUTES, 'readyShard', 'readyKey', 'notBefore'],
    },
    [
      { op: '=', attribute: 'epoch', value: row.epoch },
      { op: 'in', attribute: 'state', values: statesBefore('KILLED') },
    ],
  );
}

/** A wish for a checkpoint, by an operator who saw this epoch; the holder grants it at its next heartbeat. */
export function wishCheckpoint(row: JobRow, wish: Asked): ConditionalWrite {
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

/**
 * RUNNABLE -> HELD at once; a job under lease is told by the same attribute, saves its work and is handed back HELD. On
 * condition of the epoch that the operator saw.
 */
export function holdJob(row: JobRow, { at, by }: Asked): ConditionalWrite {
  const hold = { at, by };
  if (row.state === 'RUNNABLE') {
    return transition(
      {
        row,
        to: 'HELD',
        at,
        reason: reason('held', at, { detail: `by ${by}`, next: RELEASE }),
        set: { hold },
        remove: ['readyShard', 'readyKey', 'notBefore'],
      },
      [
        { op: '=', attribute: 'epoch', value: row.epoch },
        { op: '=', attribute: 'state', value: 'RUNNABLE' },
      ],
    );
  }
  return {
    table: 'jobs',
    key: row.id,
    conditions: [
      { op: '=', attribute: 'epoch', value: row.epoch },
      { op: 'in', attribute: 'state', values: LEASED },
    ],
    set: { hold, changedAt: changedAt(row, at) },
    add: { rev: 1 },
    remove: [],
  };
}

/**
 * HELD -> RUNNABLE; of a job that is still under lease only the wish is taken back, and so of one whose worker handed it back
 * without knowing of the wish: that one is in the ready index already.
 */
export function unholdJob(row: JobRow, released: Asked & Waits): ConditionalWrite {
  const { at, by } = released;
  if (row.state === 'HELD') {
    return transition(
      {
        row,
        to: 'RUNNABLE',
        at,
        reason: reason('submitted', at, { detail: `released by ${by}; waits for a worker` }),
        set: waitingPlace(row, released),
        remove: ['hold'],
      },
      [{ op: '=', attribute: 'state', value: 'HELD' }, ...asPlaced(row)],
    );
  }
  return {
    table: 'jobs',
    key: row.id,
    conditions: [
      { op: 'exists', attribute: 'hold' },
      { op: 'in', attribute: 'state', values: [...LEASED, 'RUNNABLE'] },
    ],
    set: { changedAt: changedAt(row, at) },
    add: { rev: 1 },
    remove: ['hold'],
  };
}

/**
 * FAILED or KILLED -> RUNNABLE, with all attempts before it again. Its epoch goes on, so whoever held it before stays fenced,
 * and its checkpoint stands. On condition of the rev seen: two operators do not start it twice.
 */
export function retryJob(row: JobRow, again: Asked & Waits): ConditionalWrite {
  const { at, by } = again;
  return transition(
    {
      row,
      to: 'RUNNABLE',
      at,
      reason: reason('submitted', at, { detail: `tried again by ${by}; waits for a worker` }),
      set: {
        // Whether only on-demand can still meet its deadline is a new question.
        ...waitingPlace({ ...row, rescue: undefined }, again),
        attempt: 0,
        losses: { ...row.losses, inARow: 0, nodeInARow: 0 },
      },
      remove: ['endedAt', 'result', 'hold', 'notBefore', 'rescue'],
    },
    [
      { op: '=', attribute: 'rev', value: row.rev },
      { op: 'in', attribute: 'state', values: ['FAILED', 'KILLED'] },
    ],
  );
}

const UNFINISHED = JOB_STATES.filter((state) => !isTerminal(state));

export interface NewUrgency {
  readonly priority: number;
  /** 0 = none. */
  readonly deadlineAt: EpochMs;
  /** Of a job that had no deadline yet; undefined where its row has it, or nobody knows. */
  readonly needs: JobNeeds | undefined;
}

/**
 * Another priority or deadline, by an operator who saw this rev. Where the job lies in the ready index it moves to its new place in
 * the same write; everywhere else whoever puts it there does so by what then stands here.
 */
export function setUrgency(
  row: JobRow,
  urgency: NewUrgency,
  { at, readyShards }: { readonly at: EpochMs; readonly readyShards: number },
): ConditionalWrite {
  const { priority, deadlineAt, needs } = urgency;
  const next: JobRow = { ...row, priority, deadlineAt, needs: deadlineAt === 0 ? undefined : (row.needs ?? needs) };
  const isReady = row.state === 'RUNNABLE' && row.notBefore === 0;
  return {
    table: 'jobs',
    key: row.id,
    conditions: [
      { op: '=', attribute: 'rev', value: row.rev },
      { op: 'in', attribute: 'state', values: UNFINISHED },
    ],
    set: {
      priority,
      header: headerOf(next),
      changedAt: changedAt(row, at),
      ...(isReady && readyPlace(next, readyShards)),
    },
    add: { rev: 1 },
    remove: [],
  };
}
