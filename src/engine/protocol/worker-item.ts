import type { Condition, ConditionalWrite } from '../model/command.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import {
  type InterruptionNotice,
  type Lifecycle,
  NO_SIGNALS,
  type Serves,
  WORKER_STATES,
  WORKER_TRANSITIONS,
  type WorkerCost,
  type WorkerPhases,
  type WorkerRow,
  type WorkerSignals,
  type WorkerState,
} from '../model/worker.ts';
import { changesShard } from './job-item.ts';
import { notDeposed } from './job-transition.ts';
import { noticeOf, signalsMap, signalsOf, toldOf } from './worker-signals.ts';
import { readName, readNumber, readNumbers, readObject, readOneOf, readText, readTexts } from './read.ts';

/** The columns of the list: what the index `changes` projects beside its keys. */
export const WORKER_LIST_ATTRIBUTES = [
  'pool', 'state', 'phases', 'slots', 'jobs', 'lifecycle', 'serves', 'bidUsdPerHour', 'credentialKind', 'intent', 'notice', 'signals', 'told', 'detail', 'paid', 'drain', 'rev',
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
    ...drainOf(readObject(item, 'drain')),
    lifecycle: readOneOf(item, 'lifecycle', ['spot', 'on-demand']) ?? lifecycleOf(readNumber(item, 'bidUsdPerHour')),
    serves: readOneOf(item, 'serves', ['queue', 'rescued']) ?? 'queue',
    bidUsdPerHour: readNumber(item, 'bidUsdPerHour'),
    credentialKind:
      readOneOf(item, 'credentialKind', ['instance-profile', 'session', 'environment']) ?? 'instance-profile',
    intent: readText(item, 'intent'),
    notice: noticeOf(readObject(item, 'notice')),
    ...signalsOf(readObject(item, 'signals')),
    ...toldOf(readObject(item, 'told')),
    detail: readText(item, 'detail'),
    paid: paidOf(readObject(item, 'paid')),
    rev: readNumber(item, 'rev'),
    changedAt: readNumber(item, 'changedAt'),
  };
}

/** Where nobody said it: only spot has a bid. */
function lifecycleOf(bidUsdPerHour: number): Lifecycle {
  return bidUsdPerHour > 0 ? 'spot' : 'on-demand';
}

function drainOf(map: JsonObject | undefined): Pick<WorkerRow, 'drain'> {
  if (map === undefined) return {};
  const jobs = readOneOf(map, 'jobs', ['finish', 'give-back']) ?? 'finish';
  return { drain: { at: readNumber(map, 'at'), by: readText(map, 'by'), jobs } };
}

function paidOf(map: JsonObject | undefined): WorkerCost | undefined {
  return map && { usd: readNumber(map, 'usd'), onDemandUsd: readNumber(map, 'onDemandUsd') };
}

export interface NewWorker {
  readonly id: string;
  readonly pool: string;
  readonly slots: number;
  /** Not said: spot where there is a bid. */
  readonly lifecycle?: Lifecycle;
  readonly serves?: Serves;
  readonly bidUsdPerHour: number;
  readonly intent: string;
  /** Of CBAS, as the worker itself says; not said by others. */
  readonly version?: string;
  readonly shards: number;
  readonly requestedAt: EpochMs;
  /** By EC2. */
  readonly launchedAt: EpochMs;
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
      phases: { requestedAt: worker.requestedAt, pendingAt: worker.launchedAt },
      detail: 'EC2 starts the instance',
      leaderEpoch,
    },
    add: { rev: 1 },
    remove: [],
  };
}

/**
 * The worker announces itself: BOOTING, over the row that it saw, or where it saw none. Refused when that has changed since;
 * then it looks again.
 */
export function registerBooting(worker: NewWorker, seen: WorkerRow | undefined): ConditionalWrite {
  const { requestedAt, launchedAt, at } = worker;
  return {
    table: 'workers',
    key: worker.id,
    conditions: [
      seen === undefined ? { op: 'absent', attribute: 'state' } : { op: '=', attribute: 'rev', value: seen.rev },
    ],
    set: {
      ...birth(worker),
      state: 'BOOTING',
      phases: { ...(seen?.phases ?? { requestedAt, pendingAt: launchedAt }), bootingAt: at },
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
    lifecycle: worker.lifecycle ?? lifecycleOf(worker.bidUsdPerHour),
    serves: worker.serves ?? 'queue',
    bidUsdPerHour: worker.bidUsdPerHour,
    credentialKind: 'instance-profile',
    intent: worker.intent,
    ...(worker.version !== undefined && { version: worker.version }),
    changedAt: worker.at,
  };
}

export interface WorkerChange {
  readonly state: WorkerState;
  readonly jobs: readonly string[];
  readonly phases: WorkerPhases;
  readonly notice: InterruptionNotice | undefined;
  readonly signals?: WorkerSignals | undefined;
  readonly detail: string;
  readonly at: EpochMs;
}

function statesBefore(target: WorkerState): readonly WorkerState[] {
  return WORKER_STATES.filter((state) => state === target || WORKER_TRANSITIONS[state].includes(target));
}

/** Any later state, by the worker itself. Refused once the row is TERMINATED: then the worker must go. */
export function changeWorker(row: Pick<WorkerRow, 'id' | 'changedAt'>, change: WorkerChange): ConditionalWrite {
  const { state, jobs, phases, notice, signals, detail, at } = change;
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
      ...(signals !== undefined && signals !== NO_SIGNALS && { signals: signalsMap(signals) }),
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
    /** When the instance ended, as far as is known; of what is only LOST it is not asked. */
    readonly endedAt: EpochMs;
    readonly at: EpochMs;
    readonly leaderEpoch: number;
  },
): ConditionalWrite {
  const { state, detail, endedAt, at, leaderEpoch } = retire;
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
        phases: { ...row.phases, endedAt: row.phases.endedAt === 0 ? endedAt : row.phases.endedAt },
      }),
    },
    add: { rev: 1 },
    remove: [],
  };
}

/** What an ended worker cost in all, and when it really ended: once, by the leader, when EC2 says that it is gone. */
export function settleWorker(
  row: WorkerRow,
  settled: {
    readonly phases: WorkerPhases;
    readonly paid: WorkerCost;
    readonly at: EpochMs;
    readonly leaderEpoch: number;
  },
): ConditionalWrite {
  const { phases, paid, at, leaderEpoch } = settled;
  return {
    table: 'workers',
    key: row.id,
    conditions: [
      { op: '=', attribute: 'state', value: 'TERMINATED' },
      { op: 'absent', attribute: 'paid' },
      notDeposed(leaderEpoch),
    ],
    set: {
      phases: { ...phases },
      paid: { ...paid },
      changedAt: Math.max(at, row.changedAt + 1),
      leaderEpoch,
    },
    add: { rev: 1 },
    remove: [],
  };
}
