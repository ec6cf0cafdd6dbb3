import type { ConditionalWrite } from '../model/command.ts';
import type { CheckpointPointer, DriverChoice, PendingCheckpoint } from '../model/checkpoint.ts';
import type { BookRecord, JobLosses, JobResult, JobRow, JobTally, ReasonCode } from '../model/job.ts';
import type { EpochMs, Pct } from '../model/units.ts';
import type { Lifecycle } from '../model/worker.ts';
import { checkpointMap } from './checkpoint-item.ts';
import { beginning } from './checkpoint-writes.ts';
import {
  backToReady,
  ENDED_ATTRIBUTES,
  held,
  type Holder,
  LEASED,
  reason,
  RELEASE,
  statesBefore,
  transition,
} from './job-transition.ts';

/** RUNNABLE -> STARTING, by a worker; a rescued job by an on-demand one only. The winner's epoch fences whoever held it before. */
export function claimJob(
  row: JobRow,
  claim: {
    readonly workerId: string;
    readonly pool: string;
    /** Who does not say is taken for spot: refused where that may not be. */
    readonly lifecycle?: Lifecycle;
    readonly leaseUntil: EpochMs;
    readonly at: EpochMs;
  },
): ConditionalWrite {
  const { workerId, pool, lifecycle = 'spot', leaseUntil, at } = claim;
  return transition(
    {
      row,
      to: 'STARTING',
      at,
      reason: reason('claimed', at, { detail: `staging on ${workerId}` }),
      set: {
        epoch: row.epoch + 1,
        leaseOwner: workerId,
        pool,
        leaseUntil,
        heartbeatAt: at,
        startedAt: row.startedAt === 0 ? at : row.startedAt,
      },
      remove: ['readyShard', 'readyKey', 'notBefore', 'progressPct'],
    },
    [
      { op: '=', attribute: 'state', value: 'RUNNABLE' },
      { op: '=', attribute: 'epoch', value: row.epoch },
      { op: 'absent', attribute: 'leaseOwner' },
      { op: 'absent', attribute: 'hold' },
      // In backoff, or parked for its owner's quota, since it was read from the index.
      { op: 'absent', attribute: 'notBefore' },
      ...(lifecycle === 'spot' ? [{ op: 'absent', attribute: 'rescue' } as const] : []),
    ],
  );
}

/**
 * STARTING -> RUNNING, by the holder. `restored` names the checkpoint it goes on from, `saving` how its work is saved from here
 * on, `trouble` why a newer checkpoint was not used; empty when there is nothing to tell.
 */
export function startJob(
  row: JobRow,
  holder: Holder,
  start: {
    readonly at: EpochMs;
    readonly restored: CheckpointPointer | undefined;
    readonly saving?: DriverChoice;
    readonly trouble?: string;
  },
): ConditionalWrite {
  const { at, restored, saving, trouble = '' } = start;
  const from =
    restored === undefined
      ? ''
      : `goes on from its checkpoint of ${hourOf(restored.at)} UTC, ${Math.round(restored.workMs / 1_000)} s of work done`;
  const detail = [from || (trouble === '' ? '' : 'begins anew'), trouble].filter((part) => part !== '').join('; ');
  const told = reason(restored === undefined ? 'running' : 'restored', at, { detail });
  return transition(
    {
      row,
      to: 'RUNNING',
      at,
      reason: told,
      ...(saving !== undefined && { set: { checkpoint: checkpointMap(row.checkpoint, saving) } }),
    },
    held(holder, ['STARTING']),
  );
}

/** 14:02:11 */
function hourOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(11, 19);
}

/**
 * Renews the lease and tells how far the job is; and that a checkpoint begins, where one does, so that this costs no write of its
 * own. Touches neither `rev` nor `changedAt`: readers of changes do not see it.
 */
export function heartbeat(
  holder: Holder,
  beat: {
    readonly at: EpochMs;
    readonly leaseUntil: EpochMs;
    readonly progressPct: Pct | undefined;
    readonly atRiskMs: number;
    readonly begins?: PendingCheckpoint | undefined;
  },
): ConditionalWrite {
  const { at, leaseUntil, progressPct, atRiskMs, begins } = beat;
  const begun = begins === undefined ? undefined : beginning(begins);
  return {
    table: 'jobs',
    key: holder.jobId,
    conditions: [...held(holder, LEASED), ...(begun?.conditions ?? [])],
    set: { heartbeatAt: at, leaseUntil, atRiskMs, ...(progressPct !== undefined && { progressPct }), ...begun?.set },
    add: {},
    remove: [],
  };
}

/** RUNNING -> INTERRUPTING, by the holder, when a notice has come. */
export function interruptJob(
  row: JobRow,
  holder: Holder,
  notice: { readonly at: EpochMs; readonly takeAt: EpochMs },
): ConditionalWrite {
  const { at, takeAt } = notice;
  const left = Math.max(0, Math.round((takeAt - at) / 1_000));
  return transition(
    {
      row,
      to: 'INTERRUPTING',
      at,
      reason: reason('interruption-notice', at, {
        detail: `EC2 takes ${holder.workerId} back in ${left} s`,
        next: 'saves its work and goes on elsewhere',
      }),
    },
    held(holder, ['RUNNING']),
  );
}

export interface Release {
  readonly at: EpochMs;
  readonly code: 'released' | 'interruption-notice' | 'retry' | 'held';
  readonly detail: string;
  readonly tally: JobTally;
  readonly losses: JobLosses;
  readonly attempt: number;
  readonly readyShards: number;
  /** For a retry with backoff; 0 = at once. */
  readonly notBefore: EpochMs;
}

/** Back to RUNNABLE, or HELD where that was wished for, by the holder: work is saved as far as the checkpoint goes. */
export function releaseJob(row: JobRow, holder: Holder, release: Release): ConditionalWrite {
  const { at, code, detail, tally, losses, attempt, readyShards, notBefore } = release;
  const back = backToReady(row, readyShards, notBefore);
  return transition(
    {
      row,
      to: back.to,
      at,
      reason: reason(code, at, { detail, next: back.to === 'HELD' ? RELEASE : 'goes on elsewhere' }),
      set: { ...back.set, attempt, tally: { ...tally }, losses: { ...losses } },
      remove: back.remove,
    },
    [...held(holder, LEASED), ...back.conditions],
  );
}

export interface End {
  readonly at: EpochMs;
  readonly code: ReasonCode;
  readonly detail: string;
  readonly result: JobResult;
  readonly record: BookRecord | undefined;
  readonly tally: JobTally;
  readonly losses: JobLosses;
  readonly attempt: number;
  /** What its owner could do; empty when nothing. */
  readonly next: string;
}

/** SUCCEEDED or FAILED, by the holder. For SUCCEEDED this write is the commit: one that came first stands, and no other counts. */
export function endJob(
  row: JobRow,
  holder: Holder,
  end: End & { readonly state: 'SUCCEEDED' | 'FAILED' },
): ConditionalWrite {
  const { at, code, detail, next, result, record, tally, losses, attempt, state } = end;
  return transition(
    {
      row,
      to: state,
      at,
      reason: reason(code, at, { detail, next }),
      set: {
        endedAt: at,
        attempt,
        tally: { ...tally },
        losses: { ...losses },
        result: {
          manifestKey: result.manifestKey,
          ...(result.exitCode !== undefined && { exitCode: result.exitCode }),
          ...(result.signal !== undefined && { signal: result.signal }),
        },
        ...(record !== undefined && { record: { book: record.book, key: record.key, value: { ...record.value } } }),
        ...(state === 'SUCCEEDED' && { progressPct: 100 }),
      },
      remove: ENDED_ATTRIBUTES,
    },
    held(
      holder,
      LEASED.filter((leased) => statesBefore(state).includes(leased)),
    ),
  );
}
