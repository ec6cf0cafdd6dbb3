import type { CheckpointPointer } from '../engine/model/checkpoint.ts';
import type { JsonObject } from '../engine/model/units.ts';
import type { JobLine } from '../engine/select/jobs.ts';
import { iso } from './output.ts';

/** A job for programs: stable names, units in the names, times in ISO. */
export function jobJson({ row, progressPct, atRiskMs, live, doneBy, reason, why, deadline }: JobLine): JsonObject {
  const { tally, result, record } = row;
  return {
    id: row.id,
    name: row.name,
    state: row.state,
    queue: row.queue,
    priority: row.priority,
    owner: row.owner,
    worker: row.leaseOwner === '' ? null : row.leaseOwner,
    pool: row.pool === '' ? null : row.pool,
    epoch: row.epoch,
    attempt: row.attempt,
    submittedAt: iso(row.submittedAt),
    startedAt: iso(row.startedAt),
    endedAt: iso(row.endedAt),
    deadlineAt: iso(row.deadlineAt),
    deadline: deadline === undefined ? null : { ...deadline },
    rescuedAt: row.rescue === undefined ? null : iso(row.rescue.at),
    notBefore: iso(row.notBefore),
    changedAt: iso(row.changedAt),
    heartbeatAt: live === undefined ? null : iso(live.heartbeatAt),
    leaseUntil: live === undefined ? null : iso(live.leaseUntil),
    progressPct: progressPct ?? null,
    doneBy: doneBy === undefined ? null : iso(doneBy),
    atRiskMs: atRiskMs ?? null,
    costUsd: tally.costUsd,
    ranMs: tally.ranMs,
    lostMs: tally.lostMs,
    interruptions: tally.interruptions,
    maxUsdPerHour: row.maxUsdPerHour === 0 ? null : row.maxUsdPerHour,
    reason: { ...reason, since: iso(reason.since) },
    transition: { ...row.reason, since: iso(row.reason.since) },
    losses: { ...row.losses },
    after: row.after,
    heldBy: row.desired.hold?.by ?? null,
    why,
    checkpoint: checkpointJson(row.checkpoint),
    saving: row.saving === undefined ? null : { ...row.saving, pace: row.saving.pace === undefined ? null : { ...row.saving.pace } },
    checkpointPending: live?.pending === undefined ? null : { ...live.pending, startedAt: iso(live.pending.startedAt) },
    result: result === undefined ? null : { exitCode: result.exitCode ?? null, signal: result.signal ?? null, manifestKey: result.manifestKey },
    record: record === undefined ? null : { ...record },
    rev: row.rev,
  }; // prettier-ignore
}

export function checkpointJson(pointer: CheckpointPointer | undefined): JsonObject | null {
  return pointer === undefined ? null : { ...pointer, at: iso(pointer.at) };
}
