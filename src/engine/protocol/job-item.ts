import type { Deployment } from '../model/deployment.ts';
import { shardOf } from '../model/ids.ts';
import {
  AFTER_KEPT_MAX,
  JOB_STATES,
  NO_LOSSES,
  REASON_CODES,
  turnOf,
  type BookRecord,
  type JobDesired,
  type JobItem,
  type JobLive,
  type JobLosses,
  type JobNeeds,
  type JobResult,
  type JobRow,
  type Reason,
  type Rescue,
} from '../model/job.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { badGenerationsOf, checkpointOf, pendingOf, savingOf } from './checkpoint-item.ts';
import type { JobDocument } from './job-document.ts';
import { readName, readNumber, readNumbers, readObject, readOneOf, readText, readTexts } from './read.ts';

/**
 * The columns of the list: what the index `changes` projects beside its keys. DynamoDB allows 20 of them; so what a
 * submission fixes for good lies together in one map, `header`.
 */
export const JOB_LIST_ATTRIBUTES = [
  'header', 'priority', 'state', 'epoch', 'attempt', 'leaseOwner', 'pool', 'reason', 'rev', 'startedAt', 'endedAt',
  'notBefore', 'tally', 'losses', 'checkpoint', 'result', 'record', 'desired', 'hold', 'rescue',
] as const; // prettier-ignore

/**
 * The range key of `jobs.ready`: priority first, then those that have work saved ("0" before "1": nobody waits in a queue to
 * go on), then their turn. Strings sort by byte, so the priority is turned round and padded; a turn is in microseconds, so that jobs
 * submitted together keep their order: priority 5 at 7 ms, not begun, is "00995:1:000000000000007000:<id>".
 */
export function readyKey(
  job: Pick<JobRow, 'id' | 'priority' | 'submittedAt' | 'checkpoint'> & Partial<Pick<JobRow, 'turn'>>,
): string {
  return `${readyRank(job)}${String(turnOf(job)).padStart(18, '0')}:${job.id}`;
}

/** A turn as it was written, or none: what no key can hold would sort anywhere. */
export function readTurn(turn: number): number {
  return turn > 0 && turn <= Number.MAX_SAFE_INTEGER ? turn : 0;
}

/** How keys of a priority begin; of jobs that never ran, unless it has a checkpoint. */
export function readyRank(job: Pick<JobRow, 'priority'> & Partial<Pick<JobRow, 'checkpoint'>>): string {
  return `${String(1_000 - job.priority).padStart(5, '0')}:${job.checkpoint === undefined ? 1 : 0}:`;
}

/** Whether a job that waits goes on from a checkpoint: then it is before those of its priority that do not. */
export function goesOn(job: Pick<JobRow, 'checkpoint'>): boolean {
  return job.checkpoint !== undefined;
}

export function readyShard(queue: string, jobId: string, shards: number): string {
  return `${queue}#${shardOf(jobId, shards)}`;
}

/** Where rescued jobs lie in the index, whatever their queue: no queue is called so, for a name begins with a letter or digit. */
export const RESCUE_SHARD = '#rescue';

/** The earliest deadline first. */
export function rescueKey({ deadlineAt, id }: Pick<JobRow, 'deadlineAt' | 'id'>): string {
  return `${String(Math.round(deadlineAt)).padStart(15, '0')}:${id}`;
}

export function changesShard(id: string, shards: number): string {
  return `s${shardOf(id, shards)}`;
}

export interface NewJob {
  readonly id: string;
  readonly document: JobDocument;
  readonly deadlineAt: EpochMs;
  readonly at: EpochMs;
  /** Its owner may have only so many jobs running: the leader lets it into the ready index. */
  readonly waits?: 'parked';
}

/** The item of a job as it is submitted: RUNNABLE at once, or BLOCKED while it waits for others. */
export function newJobItem(job: NewJob, deployment: Pick<Deployment, 'shards' | 'readyShards'>): JsonObject {
  const { id, document, deadlineAt, at } = job;
  const blocked = document.after.length > 0;
  return {
    jobId: id,
    shard: changesShard(id, deployment.shards),
    header: {
      name: document.name,
      queue: document.queue,
      owner: document.owner,
      submittedAt: at,
      ...(document.bid !== undefined && { maxUsdPerHour: document.bid.maxUsdPerHour }),
      ...(document.estimate !== undefined && { workS: document.estimate.workS }),
      ...(deadlineAt > 0 && { deadlineAt, needs: needsOf(document) }),
      ...(blocked && { after: document.after.slice(0, AFTER_KEPT_MAX) }),
    },
    priority: document.priority,
    document: document as unknown as JsonObject,
    state: blocked ? 'BLOCKED' : 'RUNNABLE',
    epoch: 0,
    attempt: 0,
    rev: 1,
    changedAt: at,
    reason: blocked
      ? {
          code: 'dependency',
          since: at,
          detail: `waits for ${document.after.length} job(s)`,
          next: 'starts when they have succeeded',
        }
      : { code: 'submitted', since: at, detail: 'waits for a worker', next: '' },
    tally: { costUsd: 0, interruptions: 0, ranMs: 0, lostMs: 0 },
    ...(!blocked && job.waits === 'parked' && { notBefore: Math.floor(at) }),
    ...(!blocked &&
      job.waits === undefined && {
        readyShard: readyShard(document.queue, id, deployment.readyShards),
        readyKey: readyKey({ id, priority: document.priority, submittedAt: at, checkpoint: undefined }),
      }),
  };
}

function needsOf({ needs: { vcpus, memoryMb, gpus, arch, types, regions } }: JobDocument): JsonObject {
  return { vcpus, memoryMb, gpus, arch, types, regions };
}

/** A row from an item of the table or of the index; undefined when it is not a job that we understand. */
export function jobRowOf(item: JsonObject): JobRow | undefined {
  const id = readName(item, 'jobId');
  const state = readOneOf(item, 'state', JOB_STATES);
  if (id === '' || state === undefined) return undefined;
  const tally = readNumbers(item['tally']);
  const header = readObject(item, 'header') ?? {};
  return {
    id,
    state,
    name: readText(header, 'name'),
    queue: readText(header, 'queue', 'default'),
    priority: readNumber(item, 'priority'),
    owner: readText(header, 'owner'),
    epoch: readNumber(item, 'epoch'),
    attempt: readNumber(item, 'attempt'),
    leaseOwner: readName(item, 'leaseOwner'),
    pool: readName(item, 'pool'),
    reason: reasonOf(readObject(item, 'reason')),
    rev: readNumber(item, 'rev'),
    changedAt: readNumber(item, 'changedAt'),
    submittedAt: readNumber(header, 'submittedAt'),
    turn: readTurn(readNumber(header, 'turn')),
    startedAt: readNumber(item, 'startedAt'),
    endedAt: readNumber(item, 'endedAt'),
    deadlineAt: readNumber(header, 'deadlineAt'),
    notBefore: readNumber(item, 'notBefore'),
    tally: {
      costUsd: tally['costUsd'] ?? 0,
      interruptions: tally['interruptions'] ?? 0,
      ranMs: tally['ranMs'] ?? 0,
      lostMs: tally['lostMs'] ?? 0,
    },
    losses: lossesOf(readObject(item, 'losses')),
    checkpoint: checkpointOf(readObject(item, 'checkpoint')),
    saving: savingOf(readObject(item, 'checkpoint')),
    result: resultOf(readObject(item, 'result')),
    record: recordOf(readObject(item, 'record')),
    desired: { ...wishOf('checkpoint', readObject(item, 'desired')), ...wishOf('hold', item) },
    maxUsdPerHour: readNumber(header, 'maxUsdPerHour'),
    workS: readNumber(header, 'workS'),
    needs: jobNeedsOf(readObject(header, 'needs')),
    rescue: rescueOf(readObject(item, 'rescue')),
    after: readTexts(header, 'after').slice(0, AFTER_KEPT_MAX),
  };
}

/** The heartbeat's facts; undefined before the first heartbeat. */
export function jobLiveOf(item: JsonObject): JobLive | undefined {
  const id = readName(item, 'jobId');
  if (id === '' || item['leaseUntil'] === undefined) return undefined;
  const pending = pendingOf(item);
  return {
    id,
    epoch: readNumber(item, 'epoch'),
    progressPct: item['progressPct'] === undefined ? undefined : readNumber(item, 'progressPct'),
    leaseUntil: readNumber(item, 'leaseUntil'),
    heartbeatAt: readNumber(item, 'heartbeatAt'),
    atRiskMs: readNumber(item, 'atRiskMs'),
    ...(pending !== undefined && { pending }),
  };
}

export function jobItemOf(item: JsonObject): JobItem | undefined {
  const row = jobRowOf(item);
  return row === undefined
    ? undefined
    : {
        row,
        document: item['document'] ?? null,
        checkpointBefore: checkpointOf(readObject(item, 'checkpointBefore')),
        checkpointBad: badGenerationsOf(item),
        restoreFailures: readNumber(item, 'restoreFailures'),
        ...imageOf(readObject(item, 'image')),
        checkpointFailures: readNumber(item, 'checkpointFailures'),
        live: jobLiveOf(item),
      };
}

function imageOf(map: JsonObject | undefined): Pick<JobItem, 'image'> {
  if (map === undefined) return {};
  return { image: { id: readText(map, 'id'), generation: readNumber(map, 'generation'), at: readNumber(map, 'at') } };
}

function reasonOf(map: JsonObject | undefined): Reason {
  const reason = map ?? {};
  return {
    code: readOneOf(reason, 'code', REASON_CODES) ?? 'submitted',
    since: readNumber(reason, 'since'),
    detail: readText(reason, 'detail'),
    next: readText(reason, 'next'),
  };
}

function resultOf(map: JsonObject | undefined): JobResult | undefined {
  if (map === undefined) return undefined;
  return {
    exitCode: map['exitCode'] === undefined ? undefined : readNumber(map, 'exitCode'),
    signal: map['signal'] === undefined ? undefined : readText(map, 'signal'),
    manifestKey: readText(map, 'manifestKey'),
  };
}

function recordOf(map: JsonObject | undefined): BookRecord | undefined {
  const book = map === undefined ? '' : readText(map, 'book');
  if (map === undefined || book === '') return undefined;
  return { book, key: readText(map, 'key'), value: readNumbers(map['value']) };
}

function lossesOf(map: JsonObject | undefined): JobLosses {
  if (map === undefined) return NO_LOSSES;
  const { workers } = map;
  return {
    spot: readNumber(map, 'spot'),
    node: readNumber(map, 'node'),
    controller: readNumber(map, 'controller'),
    inARow: readNumber(map, 'inARow'),
    nodeInARow: readNumber(map, 'nodeInARow'),
    workers: Array.isArray(workers) ? workers.filter((id) => typeof id === 'string') : [],
  };
}

function jobNeedsOf(map: JsonObject | undefined): JobNeeds | undefined {
  if (map === undefined) return undefined;
  return {
    vcpus: readNumber(map, 'vcpus', 1),
    memoryMb: readNumber(map, 'memoryMb'),
    gpus: readNumber(map, 'gpus'),
    arch: readOneOf(map, 'arch', ['x86_64', 'arm64', 'any']) ?? 'any',
    types: readTexts(map, 'types'),
    regions: readTexts(map, 'regions'),
  };
}

function rescueOf(map: JsonObject | undefined): Rescue | undefined {
  return map && { at: readNumber(map, 'at'), by: readText(map, 'by'), goAt: readNumber(map, 'goAt') };
}

function wishOf(name: 'checkpoint' | 'hold', map: JsonObject | undefined): JobDesired {
  const wish = map === undefined ? undefined : readObject(map, name);
  return wish === undefined ? {} : { [name]: { at: readNumber(wish, 'at'), by: readText(wish, 'by') } };
}
