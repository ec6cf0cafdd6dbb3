import type { ConditionalWrite } from '../model/command.ts';
import type { CheckpointPointer, DriverChoice, JobRow } from '../model/job.ts';
import type { EpochMs } from '../model/units.ts';
import { checkpointMap } from './checkpoint-item.ts';
import { changedAt, held, type Holder, LEASED } from './job-transition.ts';

/** So many generations that were found bad are remembered: enough to see that something breaks them all. */
const BAD_KEPT_MAX = 8;

/** Points at a checkpoint whose manifest is in S3 already, and grants the wish for one. Its generation must be newer than what stands. */
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
      {
        op: 'any',
        of: [
          { op: 'absent', attribute: 'checkpointGeneration' },
          { op: '<', attribute: 'checkpointGeneration', value: pointer.generation },
        ],
      },
    ],
    set: {
      checkpoint: checkpointMap(pointer, saving),
      checkpointGeneration: pointer.generation,
      ...(row.checkpoint !== undefined && { checkpointBefore: { ...row.checkpoint } }),
      atRiskMs: 0,
      changedAt: changedAt(row, pointer.at),
    },
    add: { rev: 1 },
    remove: ['desired'],
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

/** Generations of a later epoch are always newer: `epoch * 10^6 + number`. */
export function checkpointGeneration(epoch: number, number: number): number {
  return epoch * 1_000_000 + number;
}

/** The epoch under which a generation was made. */
export function epochOf(generation: number): number {
  return Math.floor(generation / 1_000_000);
}
