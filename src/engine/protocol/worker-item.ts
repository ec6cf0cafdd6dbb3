import type { Condition, ConditionalWrite } from '../model/command.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import {
  type InterruptionNotice,
  WORKER_STATES,
  WORKER_TRANSITIONS,
  type WorkerPhases,
  type WorkerRow,
  type WorkerState,
} from '../model/worker.ts';
import { changesShard } from './job-item.ts';
import { notDeposed } from './job-transition.ts';
import { readName, readNumber, readNumbers, readObject, readOneOf, readText, readTexts } from './read.ts';

/** The columns of the list: what the index `changes` projects beside its keys. */
export const WORKER_LIST_ATTRIBUTES = [
  'pool', 'state', 'phases', 'slots', 'jobs', 'bidUsdPerHour', 'credentialKind', 'intent', 'notice', 'detail', 'rev',
] as const; // prettier-ignore

export function workerRowOf(item: JsonObject): WorkerRow | undefined {
  const id = readName(item, 'workerId');
  const state = readOneOf(item, 'state', WORKER_STATES);
  if (id === '' || state === undefined) return undefined;
  const phases = readNumbers(item['phases']);
  return {
    id,
    state,
    pool: readName(item, 'pool'),
    phases: {
      requestedAt: phases['requestedAt'] ?? 0,
      pendingAt: phases['pendingAt'] ?? 0,
      bootingAt: phases['bootingAt'] ?? 0,
      readyAt: phases['readyAt'] ?? 0,
      firstJobAt: phases['firstJobAt'] ?? 0,
      endedAt: phases['endedAt'] ?? 0,
    },
    slots: readNumber(item, 'slots', 1),
    jobs: readTexts(item, 'jobs'),
    bidUsdPerHour: readNumber(item, 'bidUsdPerHour'),
    credentialKind:
      readOneOf(item, 'credentialKind', ['instance-profile', 'session', 'environment']) ?? 'instance-profile',
    intent: readText(item, 'intent'),
    notice: noticeOf(readObject(item, 'notice')),
    detail: readText(item, 'detail'),
    rev: readNumber(item, 'rev'),
    changedAt: readNumber(item, 'changedAt'),
  };
}

function noticeOf(map: JsonObject | undefined): InterruptionNotice | undefined {
  if (map === undefined) return undefined;
  return {
    noticedAt: readNumber(map, 'noticedAt'),
    takeAt: readNumber(map, 'takeAt'),
    source: readOneOf(map, 'source', ['imds', 'event']) ?? 'imds',
  };
}

export interface NewWorker {
  readonly id: string;
  readonly pool: string;
  readonly slots: number;
  readonly bidUsdPerHour: number;
  readonly intent: string;
  readonly shards: number;
  readonly requestedAt: EpochMs;
  readonly at: EpochMs;
}

/**
 * The row's first write, PENDING: by the leader from the launch's reply, or by reconcile for an instance that it finds.
 * Only if absent: the worker itself may have been quicker.
 */
export function registerPending(worker: NewWorker, leaderEpoch: number): ConditionalWrite {
  return {
    table: 'workers',
    key: worker.id,
    conditions: [{ op: 'absent', attribute: 'state' }],
    set: {
      ...birth(worker),
      state: 'PENDING',
      phases: { requestedAt: worker.requestedAt, pendingAt: worker.at },
      detail: 'EC2 starts the instance',
      leaderEpoch,
    },
    add: { rev: 1 },
    remove: [],
  };
}

/** The worker announces itself: BOOTING, whether or not the leader wrote its row first. */
export function registerBooting(worker: NewWorker): ConditionalWrite {
  return {
    table: 'workers',
    key: worker.id,
    conditions: [
      {
        op: 'any',
        of: [
          { op: 'absent', attribute: 'state' },
          { op: 'in', attribute: 'state', values: ['PENDING', 'LOST'] },
        ],
      },
    ],
    set: {
      ...birth(worker),
      state: 'BOOTING',
      phases: { requestedAt: worker.requestedAt, pendingAt: worker.requestedAt, bootingAt: worker.at },
      detail: '',
    },
    add: { rev: 1 },
    remove: [],
  };
}

function birth(worker: NewWorker): JsonObject {
  return {
    shard: changesShard(worker.id, worker.shards),
    pool: worker.pool,
    slots: worker.slots,
    jobs: [],
    bidUsdPerHour: worker.bidUsdPerHour,
    credentialKind: 'instance-profile',
    intent: worker.intent,
    changedAt: worker.at,
  };
}

export interface WorkerChange {
  readonly state: WorkerState;
  readonly jobs: readonly string[];
  readonly phases: WorkerPhases;
  readonly notice: InterruptionNotice | undefined;
  readonly detail: string;
  readonly at: EpochMs;
}

function statesBefore(target: WorkerState): readonly WorkerState[] {
  return WORKER_STATES.filter((state) => state === target || WORKER_TRANSITIONS[state].includes(target));
}

/** Any later state, by the worker itself. Refused once the row is TERMINATED: then the worker must go. */
export function changeWorker(row: Pick<WorkerRow, 'id' | 'changedAt'>, change: WorkerChange): ConditionalWrite {
  const { state, jobs, phases, notice, detail, at } = change;
  return {
    table: 'workers',
    key: row.id,
    conditions: [{ op: 'in', attribute: 'state', values: statesBefore(state) }],
    set: {
      state,
      jobs,
      phases: { ...phases },
      detail,
      changedAt: Math.max(at, row.changedAt + 1),
      ...(notice !== undefined && { notice: { ...notice } }),
    },
    add: { rev: 1 },
    remove: [],
  };
}

/** LOST or TERMINATED, by the leader, from what EC2 says or from silence. */
export function retireWorker(
  row: WorkerRow,
  retire: {
    readonly state: 'LOST' | 'TERMINATED';
    readonly detail: string;
    readonly at: EpochMs;
    readonly leaderEpoch: number;
  },
): ConditionalWrite {
  const { state, detail, at, leaderEpoch } = retire;
  const conditions: Condition[] = [{ op: '=', attribute: 'rev', value: row.rev }, notDeposed(leaderEpoch)];
  return {
    table: 'workers',
    key: row.id,
    conditions,
    set: {
      state,
      jobs: [],
      detail,
      changedAt: Math.max(at, row.changedAt + 1),
      leaderEpoch,
      ...(state === 'TERMINATED' && {
        phases: { ...row.phases, endedAt: row.phases.endedAt === 0 ? at : row.phases.endedAt },
      }),
    },
    add: { rev: 1 },
    remove: [],
  };
}
