import type { Condition, ConditionalWrite } from '../model/command.ts';
import type { CheckpointPointer, DriverChoice, PendingCheckpoint } from '../model/checkpoint.ts';
import type { JobRow } from '../model/job.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { checkpointMap } from './checkpoint-item.ts';
import { changedAt, held, type Holder, LEASED } from './job-transition.ts';

/** So many generations that were found bad are remembered: enough to see that something breaks them all. */
const BAD_KEPT_MAX = 8;

/** What is on the item while a checkpoint is being made. */
const PENDING = ['checkpointPending', 'pendingGeneration'] as const;

/** Nothing newer stands under the name: generations only grow. What was never written is older than all. */
function notNewer(attribute: string, op: '<' | '<=', generation: number): Condition {
  return {
    op: 'any',
    of: [
      { op: 'absent', attribute },
      { op, attribute, value: generation },
    ],
  };
}

/**
 * That a checkpoint begins: what a heartbeat carries for it (`heartbeat`). One that another epoch left behind is taken over, and so is
 * one of our own that came to nothing; the same one again is the echo of a first try whose answer was lost.
 */
export function beginning({ generation, startedAt, reason }: PendingCheckpoint): {
  readonly conditions: readonly Condition[];
  readonly set: JsonObject;
} {
  return {
    conditions: [notNewer('checkpointGeneration', '<', generation), notNewer('pendingGeneration', '<=', generation)],
    set: { checkpointPending: { generation, startedAt, reason }, pendingGeneration: generation },
  };
}

/** One that was begun comes to nothing: nothing was to be saved, or S3 or the driver failed. What stands, stands. */
export function abortCheckpoint(holder: Holder, generation: number): ConditionalWrite {
  return {
    table: 'jobs',
    key: holder.jobId,
    conditions: [...held(holder, LEASED), { op: '=', attribute: 'pendingGeneration', value: generation }],
    set: {},
    add: { checkpointFailures: 1 },
    remove: PENDING,
  };
}

/**
 * Points at a checkpoint that was begun and whose manifest is in S3 already, and grants the wish for one. Its generation must be
 * newer than what stands.
 */
export function commitCheckpoint(
  row: JobRow,
  holder: Holder,
  commit: { readonly pointer: CheckpointPointer; readonly saving?: DriverChoice },
): ConditionalWrite {
  const { pointer, saving = row.saving } = commit;
  return {
    table: 'jobs',
    key: row.id,
    conditions: [
      ...held(holder, ['RUNNING', 'INTERRUPTING']),
      { op: '=', attribute: 'pendingGeneration', value: pointer.generation },
      notNewer('checkpointGeneration', '<', pointer.generation),
    ],
    set: {
      checkpoint: checkpointMap(pointer, saving),
      checkpointGeneration: pointer.generation,
      ...(row.checkpoint !== undefined && { checkpointBefore: { ...row.checkpoint } }),
      atRiskMs: 0,
      changedAt: changedAt(row, pointer.at),
    },
    add: { rev: 1 },
    remove: ['desired', ...PENDING],
  };
}

/**
 * A generation that is damaged or cannot be restored: no pointer names it any more, so that the next worker does not try it
 * again and no commit keeps it as the fall-back. `stand` is what then is the newest, `before` the one before that.
 */
export function condemnCheckpoint(
  row: JobRow,
  holder: Holder,
  verdict: {
    readonly generation: number;
    readonly bad: readonly number[];
    readonly stand: CheckpointPointer | undefined;
    readonly before: CheckpointPointer | undefined;
    readonly at: EpochMs;
  },
): ConditionalWrite {
  const { generation, bad, stand, before, at } = verdict;
  return {
    table: 'jobs',
    key: row.id,
    conditions: held(holder, LEASED),
    set: {
      checkpoint: checkpointMap(stand, row.saving),
      ...(before !== undefined && { checkpointBefore: { ...before } }),
      checkpointBad: [...bad.filter((known) => known !== generation), generation].slice(-BAD_KEPT_MAX),
      changedAt: changedAt(row, at),
    },
    add: { rev: 1, restoreFailures: 1 },
    remove: before === undefined ? ['checkpointBefore'] : [],
  };
}
