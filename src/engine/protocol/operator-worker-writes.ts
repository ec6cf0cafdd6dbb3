import type { ConditionalWrite } from '../model/command.ts';
import type { EpochMs } from '../model/units.ts';
import type { WorkerRow, WorkerState } from '../model/worker.ts';

/** States in which a worker can still be told to take nothing new. */
const DRAINABLE: readonly WorkerState[] = ['PENDING', 'BOOTING', 'IDLE', 'BUSY'];

/**
 * A wish that a worker takes nothing new and goes when its jobs have ended; by an operator, and granted by the worker when it next
 * reads its row. Refused where somebody else wished it already.
 */
export function drainWorker(
  row: Pick<WorkerRow, 'id' | 'changedAt'>,
  asked: { readonly at: EpochMs; readonly by: string },
): ConditionalWrite {
  return {
    table: 'workers',
    key: row.id,
    conditions: [
      { op: 'in', attribute: 'state', values: DRAINABLE },
      { op: 'absent', attribute: 'drain' },
    ],
    set: {
      drain: { at: asked.at, by: asked.by, jobs: 'finish' },
      changedAt: Math.max(asked.at, row.changedAt + 1),
    },
    add: { rev: 1 },
    remove: [],
  };
}

/** Of a worker that drains: its jobs are not to end there, but to be saved and given back at once. */
export function giveJobsBack(
  row: Pick<WorkerRow, 'id' | 'changedAt'>,
  asked: { readonly at: EpochMs; readonly by: string },
): ConditionalWrite {
  return {
    table: 'workers',
    key: row.id,
    conditions: [
      { op: 'in', attribute: 'state', values: [...DRAINABLE, 'DRAINING'] },
      { op: 'exists', attribute: 'drain' },
    ],
    set: {
      drain: { at: asked.at, by: asked.by, jobs: 'give-back' },
      changedAt: Math.max(asked.at, row.changedAt + 2),
    },
    add: { rev: 1 },
    remove: [],
  };
}
