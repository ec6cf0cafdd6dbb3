import type { Intent } from '../model/command.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';
import { spanWords } from './deadline-outlook.ts';

/** What somebody has asked of a row, and what is not done yet: another operator's act, or one's own. */
export interface PendingAct {
  /** The job or worker. */
  readonly id: string;
  readonly by: string;
  readonly at: EpochMs;
  /** "to be held", for a sentence. */
  readonly what: string;
}

/** Wishes on a job that its worker has not granted yet. */
export function pendingOfJob({ id, state, desired }: JobRow): readonly PendingAct[] {
  if (isTerminal(state)) return [];
  return [
    ...(desired.hold !== undefined && state !== 'HELD' ? [{ id, ...desired.hold, what: 'to be held' }] : []),
    ...(desired.checkpoint !== undefined ? [{ id, ...desired.checkpoint, what: 'a checkpoint' }] : []),
  ];
}

/** A drain that goes on, and what the leader was asked to do to it. */
export function pendingOfWorker(row: WorkerRow, snapshot: Pick<Snapshot, 'intents'>): readonly PendingAct[] {
  if (row.state === 'TERMINATED') return [];
  const { id, drain } = row;
  const intents = openTerminations(snapshot.intents).get(id) ?? [];
  return [
    ...intents.map(({ by, createdAt }) => ({ id, by, at: createdAt, what: 'to be terminated' })),
    ...(drain === undefined ? [] : [{ id, by: drain.by, at: drain.at, what: 'to be drained' }]),
  ];
}

const known = new WeakMap<Rows<Intent>, ReadonlyMap<string, readonly Intent[]>>();

/** Intents that are not settled, by the workers that they would end. Walked once per collection. */
function openTerminations(intents: Rows<Intent>): ReadonlyMap<string, readonly Intent[]> {
  const before = known.get(intents);
  if (before !== undefined) return before;
  const byWorker = new Map<string, Intent[]>();
  for (const intent of intents) {
    if (intent.action.verb !== 'terminate' || (intent.state !== 'OPEN' && intent.state !== 'STARTED')) continue;
    for (const id of intent.action.workerIds) byWorker.set(id, [...(byWorker.get(id) ?? []), intent]);
  }
  known.set(intents, byWorker);
  return byWorker;
}

/** "bea asked for it to be held, 4 s ago". */
export function pendingWords({ by, at, what }: PendingAct, now: EpochMs): string {
  return `${by} asked for ${what.startsWith('to ') ? `it ${what}` : what}, ${spanWords(now - at)} ago`;
}

/** All that is pending on these ids; ids that are neither jobs nor workers have none. */
export function pendingOn(ids: readonly string[], snapshot: Snapshot): readonly PendingAct[] {
  return ids.flatMap((id) => {
    const job = snapshot.jobs.get(id);
    if (job !== undefined) return pendingOfJob(job);
    const worker = snapshot.workers.get(id);
    return worker === undefined ? [] : pendingOfWorker(worker, snapshot);
  });
}
