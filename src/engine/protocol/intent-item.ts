import { type ConditionalWrite, INTENT_STATES, type Intent, type IntentVerb } from '../model/command.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { notDeposed } from './job-transition.ts';
import { readCount, readName, readNumber, readObject, readOneOf, readText, readTexts } from './read.ts';

/** An intent as it begins: OPEN, and nothing done about it yet. */
export function newIntent(
  wish: Pick<Intent, 'id' | 'action' | 'by' | 'createdAt'> & { readonly from?: string },
): Intent {
  return {
    from: '',
    ...wish,
    state: 'OPEN',
    leaderEpoch: 0,
    token: '',
    startedAt: 0,
    outcome: '',
    instanceIds: [],
    settledAt: 0,
  };
}

/** Put only if absent: the second operator on the same target and rev gets a conflict. `open` puts it into the sparse index. */
export function putIntent(intent: Intent): ConditionalWrite {
  return {
    table: 'intents',
    key: intent.id,
    conditions: [{ op: 'absent', attribute: 'state' }],
    set: {
      action: intent.action as unknown as JsonObject,
      by: intent.by,
      from: intent.from,
      createdAt: intent.createdAt,
      state: 'OPEN',
      open: 'yes',
    },
    add: {},
    remove: [],
  };
}

/** OPEN -> STARTED, by the leader, before the cloud call: after a crash the token settles whether it happened. */
export function startIntent(
  id: string,
  start: { readonly token: string; readonly leaderEpoch: number; readonly at: EpochMs },
): ConditionalWrite {
  return {
    table: 'intents',
    key: id,
    conditions: [{ op: '=', attribute: 'state', value: 'OPEN' }, notDeposed(start.leaderEpoch)],
    set: { state: 'STARTED', token: start.token, leaderEpoch: start.leaderEpoch, startedAt: start.at },
    add: {},
    remove: [],
  };
}

export interface Settlement {
  readonly state: 'DONE' | 'FAILED' | 'REFUSED';
  readonly outcome: string;
  readonly instanceIds: readonly string[];
  readonly at: EpochMs;
  readonly leaderEpoch: number;
}

/** OPEN or STARTED -> an end, by the leader, once. */
export function settleIntent(id: string, settlement: Settlement): ConditionalWrite {
  const { state, outcome, instanceIds, at, leaderEpoch } = settlement;
  return {
    table: 'intents',
    key: id,
    conditions: [{ op: 'in', attribute: 'state', values: ['OPEN', 'STARTED'] }, notDeposed(leaderEpoch)],
    set: { state, outcome, instanceIds, settledAt: at, leaderEpoch },
    add: {},
    remove: ['open'],
  };
}

export function intentOf(item: JsonObject): Intent | undefined {
  const id = readName(item, 'intentId');
  const state = readOneOf(item, 'state', INTENT_STATES);
  const action = verbOf(readObject(item, 'action'));
  if (id === '' || state === undefined || action === undefined) return undefined;
  return {
    id,
    action,
    state,
    by: readText(item, 'by'),
    from: readText(item, 'from'),
    createdAt: readNumber(item, 'createdAt'),
    leaderEpoch: readNumber(item, 'leaderEpoch'),
    token: readText(item, 'token'),
    startedAt: readNumber(item, 'startedAt'),
    outcome: readText(item, 'outcome'),
    instanceIds: readTexts(item, 'instanceIds'),
    settledAt: readNumber(item, 'settledAt'),
  };
}

function verbOf(map: JsonObject | undefined): IntentVerb | undefined {
  if (map === undefined) return undefined;
  if (map['verb'] === 'launch') {
    const pool = readName(map, 'pool');
    const count = readCount(map, 'count', { min: 1, fallback: 0 });
    if (count === 0) return undefined;
    const jobs = readTexts(map, 'jobs');
    const imageId = readName(map, 'imageId');
    return {
      verb: 'launch',
      count,
      pool: pool === '' ? undefined : pool,
      ...(jobs.length > 0 && { jobs }),
      ...(imageId !== '' && { imageId }),
    };
  }
  if (map['verb'] === 'image') {
    const [jobId, workerId] = [readName(map, 'jobId'), readName(map, 'workerId')];
    return jobId === '' || workerId === '' ? undefined : { verb: 'image', jobId, workerId };
  }
  if (map['verb'] === 'retire') return { verb: 'retire', imageIds: readTexts(map, 'imageIds') };
  if (map['verb'] === 'terminate') {
    const revs = Array.isArray(map['revs']) ? map['revs'].filter((rev): rev is number => Number.isFinite(rev)) : [];
    return {
      verb: 'terminate',
      workerIds: readTexts(map, 'workerIds'),
      revs,
      target: map['target'] === 'lower' ? 'lower' : 'keep',
    };
  }
  return undefined;
}
