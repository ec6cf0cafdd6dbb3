import type { JobLosses, JobRow, ReasonCode, RecoveryCause } from '../model/job.ts';

/**
 * So many workers in a row that died under a job, none of them taken back by EC2 and none with a new checkpoint in between,
 * are the job's doing: it exhausts their memory, or breaks the kernel. Spark gives a task 4 tries as well.
 */
export const NODE_LOSSES_IN_A_ROW_MAX = 4;
/** A job that was interrupted this often without one checkpoint in between will not end this way, and costs money for ever. */
export const LOSSES_IN_A_ROW_MAX = 20;
/** Ids of lost workers that a row keeps. */
const EVIDENCE_MAX = 8;

/** Losses that are counted; a user's failure consumes an attempt, and what an operator does is no loss. */
export type LossCause = Extract<RecoveryCause, 'spot' | 'node' | 'controller'>;

export interface AfterLoss {
  readonly losses: JobLosses;
  /** undefined: the job goes on elsewhere. */
  readonly stop: { readonly code: Extract<ReasonCode, 'poison' | 'no-progress'>; readonly detail: string } | undefined;
}

/** What one more loss of its worker makes of a job. A checkpoint committed under this epoch proves that it got on. */
export function afterLoss(row: JobRow, loss: { readonly cause: LossCause; readonly workerId: string }): AfterLoss {
  const { cause, workerId } = loss;
  const gotOn = row.checkpoint !== undefined && Math.floor(row.checkpoint.generation / 1_000_000) === row.epoch;
  const before = row.losses;
  const losses: JobLosses = {
    ...before,
    [cause]: before[cause] + 1,
    inARow: gotOn ? 1 : before.inARow + 1,
    nodeInARow: cause !== 'node' ? 0 : gotOn ? 1 : before.nodeInARow + 1,
    workers: [...before.workers, workerId].slice(-EVIDENCE_MAX),
  };
  // One worker that is cut off again and again is not many that died.
  const victims = [...new Set(losses.nodeInARow === 0 ? [] : losses.workers.slice(-losses.nodeInARow))];
  if (victims.length >= NODE_LOSSES_IN_A_ROW_MAX) {
    const detail = `${victims.length} workers in a row died while it ran: ${victims.join(', ')}`;
    return { losses, stop: { code: 'poison', detail } };
  }
  if (losses.inARow >= LOSSES_IN_A_ROW_MAX) {
    const detail = `lost its worker ${losses.inARow} times without a checkpoint in between`;
    return { losses, stop: { code: 'no-progress', detail } };
  }
  return { losses, stop: undefined };
}

/** What could be done about it, for the owner. */
export function nextAfterStop(code: 'poison' | 'no-progress'): string {
  return code === 'poison'
    ? 'look at its log and its memory; `cbas retry` tries it again'
    : 'let it save checkpoints, or run it where it is not interrupted; `cbas retry` goes on from what it saved';
}
