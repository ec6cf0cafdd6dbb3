import { numbers, texts, words } from './codecs.ts';
import { columnsOf, schemaOf, type Stores } from './columns.ts';
import type { JobDesired, JobResult, JobRow } from './job.ts';

/** Nearly all jobs have no wish: they share one. */
const NO_WISH: JobDesired = {};
/** And wait for no other job. */
const NO_JOBS: readonly string[] = [];

/**
 * What the collection of jobs holds of a job. `words` where many jobs have the same, and for the rare objects;
 * a job's name is nearly always its own.
 */
export const JOB = columnsOf({
  name: texts((row: JobRow) => row.name),
  queue: words((row: JobRow) => row.queue),
  priority: numbers((row: JobRow) => row.priority),
  owner: words((row: JobRow) => row.owner),
  state: words((row: JobRow) => row.state),
  epoch: numbers((row: JobRow) => row.epoch),
  attempt: numbers((row: JobRow) => row.attempt),
  leaseOwner: words((row: JobRow) => row.leaseOwner),
  pool: words((row: JobRow) => row.pool),
  reasonCode: words((row: JobRow) => row.reason.code),
  reasonSince: numbers((row: JobRow) => row.reason.since),
  reasonDetail: words((row: JobRow) => row.reason.detail),
  reasonNext: words((row: JobRow) => row.reason.next),
  rev: numbers((row: JobRow) => row.rev),
  changedAt: numbers((row: JobRow) => row.changedAt),
  submittedAt: numbers((row: JobRow) => row.submittedAt),
  turn: numbers((row: JobRow) => row.turn),
  startedAt: numbers((row: JobRow) => row.startedAt),
  endedAt: numbers((row: JobRow) => row.endedAt),
  deadlineAt: numbers((row: JobRow) => row.deadlineAt),
  notBefore: numbers((row: JobRow) => row.notBefore),
  costUsd: numbers((row: JobRow) => row.tally.costUsd),
  interruptions: numbers((row: JobRow) => row.tally.interruptions),
  ranMs: numbers((row: JobRow) => row.tally.ranMs),
  lostMs: numbers((row: JobRow) => row.tally.lostMs),
  losses: words((row: JobRow) => row.losses),
  checkpoint: words((row: JobRow) => row.checkpoint),
  saving: words((row: JobRow) => row.saving),
  exitCode: words((row: JobRow) => row.result?.exitCode),
  signal: words((row: JobRow) => row.result?.signal),
  outputs: words((row: JobRow) => (row.result === undefined ? undefined : withoutId(row.result.manifestKey, row.id))),
  record: words((row: JobRow) => row.record),
  desired: words((row: JobRow) => (Object.keys(row.desired).length === 0 ? NO_WISH : row.desired)),
  maxUsdPerHour: numbers((row: JobRow) => row.maxUsdPerHour),
  workS: numbers((row: JobRow) => row.workS),
  needs: words((row: JobRow) => row.needs),
  rescue: words((row: JobRow) => row.rescue),
  after: words((row: JobRow) => (row.after.length === 0 ? NO_JOBS : row.after)),
});

/** A key with its own job's id left out, so that the jobs of a chunk have the same few: "4:out//e1/manifest.json". */
function withoutId(key: string, id: string): string {
  const at = id === '' ? -1 : key.indexOf(id);
  return at < 0 ? `-:${key}` : `${at}:${key.slice(0, at)}${key.slice(at + id.length)}`;
}

function withId(packed: string, id: string): string {
  const colon = packed.indexOf(':');
  const key = packed.slice(colon + 1);
  if (packed.startsWith('-')) return key;
  const at = Number(packed.slice(0, colon));
  return `${key.slice(0, at)}${id}${key.slice(at)}`;
}

export const JOB_SCHEMA = schemaOf<JobRow, typeof JOB>(JOB, (id, of, slot) => ({
  id,
  name: of.name.read(slot),
  queue: of.queue.read(slot),
  priority: of.priority.read(slot),
  owner: of.owner.read(slot),
  state: of.state.read(slot),
  epoch: of.epoch.read(slot),
  attempt: of.attempt.read(slot),
  leaseOwner: of.leaseOwner.read(slot),
  pool: of.pool.read(slot),
  reason: {
    code: of.reasonCode.read(slot),
    since: of.reasonSince.read(slot),
    detail: of.reasonDetail.read(slot),
    next: of.reasonNext.read(slot),
  },
  rev: of.rev.read(slot),
  changedAt: of.changedAt.read(slot),
  submittedAt: of.submittedAt.read(slot),
  turn: of.turn.read(slot),
  startedAt: of.startedAt.read(slot),
  endedAt: of.endedAt.read(slot),
  deadlineAt: of.deadlineAt.read(slot),
  notBefore: of.notBefore.read(slot),
  tally: {
    costUsd: of.costUsd.read(slot),
    interruptions: of.interruptions.read(slot),
    ranMs: of.ranMs.read(slot),
    lostMs: of.lostMs.read(slot),
  },
  losses: of.losses.read(slot),
  checkpoint: of.checkpoint.read(slot),
  saving: of.saving.read(slot),
  result: resultOf(of, { id, slot }),
  record: of.record.read(slot),
  desired: of.desired.read(slot),
  maxUsdPerHour: of.maxUsdPerHour.read(slot),
  workS: of.workS.read(slot),
  needs: of.needs.read(slot),
  rescue: of.rescue.read(slot),
  after: of.after.read(slot),
}));

function resultOf(of: Stores<typeof JOB>, at: { readonly id: string; readonly slot: number }): JobResult | undefined {
  const outputs = of.outputs.read(at.slot);
  if (outputs === undefined) return undefined;
  const manifestKey = withId(outputs, at.id);
  return { exitCode: of.exitCode.read(at.slot), signal: of.signal.read(at.slot), manifestKey };
}
