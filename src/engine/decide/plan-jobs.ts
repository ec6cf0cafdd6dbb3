import type { Command, PlanStep, Proposal } from '../model/command.ts';
import { JOB } from '../model/job-columns.ts';
import { isLeased, isTerminal, type JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs } from '../model/units.ts';
import { holdJob, killJob, retryJob, unholdJob, wishCheckpoint } from '../protocol/operator-job-writes.ts';
import { plural } from './notables.ts';
import { parksAt } from './owner-quota.ts';
import { atRiskMs, checkpointFirst, jobTarget, nameOf, type PlanContext, planned, refuse } from './plan-parts.ts';

export function jobsById(snapshot: Snapshot, ids: readonly string[]): readonly JobRow[] {
  return ids.map((id) => snapshot.jobs.get(id)).filter((row): row is JobRow => row !== undefined);
}

export function jobsOfWorkers(snapshot: Snapshot, ids: readonly string[]): readonly JobRow[] {
  return jobsById(
    snapshot,
    ids.flatMap((id) => snapshot.workers.get(id)?.jobs ?? []),
  );
}

export function proposeKill(command: Extract<Command, { kind: 'jobs.kill' }>, context: PlanContext): Proposal {
  const { snapshot, operator, now } = context;
  const jobs = jobsById(snapshot, command.jobIds);
  if (jobs.length === 0) return refuse('not-found', `${command.jobIds.join(', ')}: no such job`);
  const alive = jobs.filter(({ state }) => !isTerminal(state));
  if (alive.length === 0)
    return refuse(
      'nothing-to-do',
      jobs.length === 1
        ? `${nameOf(jobs[0] as JobRow)} has ended already: ${jobs[0]?.state}`
        : 'all of them have ended already',
    );
  const saving = alive
    .filter(({ state }) => state === 'RUNNING')
    .map((job) => checkpointFirst(job, command.first, context));
  const kills = alive.map((job): PlanStep => ({
    text: `${nameOf(job)} ${job.state} -> KILLED`,
    note: job.leaseOwner === '' ? 'not running' : `${job.leaseOwner} stops it at its next heartbeat`,
    effect: { kind: 'table.write', write: killJob(job, { at: now, by: operator.name }) },
    targets: [jobTarget(job)],
    after: [job.id],
  }));
  const saved = saving.reduce((sum, { choice }) => sum + (choice?.isOn === true ? choice.losesMs : 0), 0);
  return planned(command, context, {
    title: alive.length === 1 ? `kill job ${nameOf(alive[0] as JobRow)}` : `kill ${plural(alive.length, 'job')}`,
    steps: [...saving, ...kills],
    usd: alive.reduce((sum, { tally }) => sum + tally.costUsd, 0),
    losesMs: alive.reduce((sum, job) => sum + unkeptMs(job, context), 0) + saved,
    notes: [
      'a killed job starts again only when somebody retries it (cbas retry); its checkpoints stay for that',
      ...missed(alive, context),
      ...dependents(alive, context),
    ],
  });
}

/** What a retry could not go on from: the work that no checkpoint holds. */
function unkeptMs(job: JobRow, context: PlanContext): DurationMs {
  return (job.checkpoint === undefined ? job.tally.ranMs : 0) + atRiskMs(job, context);
}

function missed(killed: readonly JobRow[], { now }: PlanContext): readonly string[] {
  const count = killed.filter(({ deadlineAt }) => deadlineAt > now).length;
  return count === 0 ? [] : [`${plural(count, 'job')} with a deadline will miss it`];
}

/** Jobs that wait for one that is killed fail with it. */
function dependents(killed: readonly JobRow[], { snapshot }: PlanContext): readonly string[] {
  if (snapshot.jobCounts.BLOCKED === 0) return [];
  const ids = new Set(killed.map(({ id }) => id));
  const stateOf = snapshot.jobs.column(JOB.state);
  let count = 0;
  for (let at = 0; at < snapshot.jobs.length; at++)
    if (stateOf(at) === 'BLOCKED' && snapshot.jobs.at(at).after.some((id) => ids.has(id))) count += 1;
  return count === 0 ? [] : [`${plural(count, 'job waits', 'jobs wait')} for it and will fail`];
}

export function proposeCheckpoint(command: Command, jobs: readonly JobRow[], context: PlanContext): Proposal {
  const { operator, now } = context;
  const running = jobs.filter(({ state }) => state === 'RUNNING');
  if (running.length === 0) return refuse('nothing-to-do', 'none of them is running: there is nothing to save');
  return planned(command, context, {
    title:
      running.length === 1
        ? `checkpoint job ${nameOf(running[0] as JobRow)} now`
        : `checkpoint ${plural(running.length, 'job')} now`,
    steps: running.map((job) => ({
      text: `${nameOf(job)}: save its work`,
      note:
        job.checkpoint === undefined
          ? 'its first checkpoint'
          : `the last one took ${(job.checkpoint.stopMs / 1_000).toFixed(1)} s`,
      effect: { kind: 'table.write', write: wishCheckpoint(job, { at: now, by: operator.name }) },
      targets: [jobTarget(job)],
    })),
  });
}

type JobsCommand = Extract<Command, { kind: 'jobs.hold' | 'jobs.release' | 'jobs.retry' }>;

/** It waits or runs, and nobody holds it yet. A job that waits for others is not held: it starts nothing by itself. */
export function mayHold({ state, desired }: JobRow): boolean {
  return desired.hold === undefined && (state === 'RUNNABLE' || isLeased(state));
}

/** Held, or on its way there. */
export function mayRelease({ state, desired }: JobRow): boolean {
  return state === 'HELD' || (desired.hold !== undefined && !isTerminal(state));
}

/** An operator may have it run once more. */
export function mayRetry({ state }: JobRow): boolean {
  return state === 'FAILED' || state === 'KILLED';
}

/** The jobs of a command that it can be done to; a refusal when there are none. */
function chosen(
  { jobIds }: JobsCommand,
  context: PlanContext,
  { may, none }: { readonly may: (job: JobRow) => boolean; readonly none: (job: JobRow) => string },
): { readonly jobs: readonly JobRow[] } | { readonly refusal: Proposal } {
  const asked = jobsById(context.snapshot, jobIds);
  const [first] = asked;
  if (first === undefined) return { refusal: refuse('not-found', `${jobIds.join(', ')}: no such job`) };
  const jobs = asked.filter(may);
  if (jobs.length > 0) return { jobs };
  const sentence =
    asked.length === 1 ? `${nameOf(first)} ${none(first)}` : `none of them: ${nameOf(first)} ${none(first)}`;
  return { refusal: refuse('nothing-to-do', sentence) };
}

function titleOf(verb: string, jobs: readonly JobRow[]): string {
  const [first] = jobs;
  return jobs.length === 1 && first !== undefined
    ? `${verb} job ${nameOf(first)}`
    : `${verb} ${plural(jobs.length, 'job')}`;
}

/** Waiting jobs are held at once; one that runs saves its work, and its worker hands it back. */
export function proposeHold(command: JobsCommand, context: PlanContext): Proposal {
  const { operator, now } = context;
  const found = chosen(command, context, { may: mayHold, none: whyNotHeld });
  if ('refusal' in found) return found.refusal;
  const { jobs } = found;
  const running = jobs.filter(({ state }) => isLeased(state)).length;
  return planned(command, context, {
    title: titleOf('hold', jobs),
    steps: jobs.map((job) => ({
      text: `${nameOf(job)} ${job.state} -> HELD`,
      note: isLeased(job.state) ? `${job.leaseOwner} saves its work and hands it back` : 'not running',
      effect: { kind: 'table.write', write: holdJob(job, { at: now, by: operator.name }) },
      targets: [jobTarget(job)],
    })),
    notes: [
      ...(running === 0 ? [] : ['what has no checkpoint of its own begins anew when it is released']),
      'held until somebody releases it (cbas release)',
    ],
  });
}

function whyNotHeld({ state, desired }: JobRow): string {
  if (isTerminal(state)) return `has ended already: ${state}`;
  if (state === 'BLOCKED') return 'waits for other jobs, and cannot be held before they have ended';
  return `is held already${desired.hold === undefined ? '' : `, by ${desired.hold.by}`}`;
}

/** Held jobs wait for a worker again; one that is still under lease just goes on. */
export function proposeRelease(command: JobsCommand, context: PlanContext): Proposal {
  const { operator, now, snapshot } = context;
  const found = chosen(command, context, { may: mayRelease, none: ({ state }) => `is not held: it is ${state}` });
  if ('refusal' in found) return found.refusal;
  const { jobs } = found;
  const readyShards = snapshot.deployment?.readyShards ?? 1;
  return planned(command, context, {
    title: titleOf('release', jobs),
    steps: jobs.map((job) => ({
      text: job.state === 'HELD' ? `${nameOf(job)} HELD -> RUNNABLE` : `${nameOf(job)}: no longer to be held`,
      note: job.state === 'HELD' ? goesOnFrom(job, now) : `it is ${job.state} still, and stays so`,
      effect: { kind: 'table.write', write: unholdJob(job, { at: now, by: operator.name, readyShards, parksAt: parksAt(job, snapshot.settings, now) }) }, // prettier-ignore
      targets: [jobTarget(job)],
    })),
  });
}

/** FAILED or KILLED once more, with all attempts before it again; epoch and checkpoint stay. */
export function proposeRetry(command: JobsCommand, context: PlanContext): Proposal {
  const found = chosen(command, context, {
    may: mayRetry,
    none: ({ state }) =>
      state === 'SUCCEEDED' ? 'has succeeded: there is nothing to retry' : `has not ended: it is ${state}`,
  });
  if ('refusal' in found) return found.refusal;
  const { jobs } = found;
  return planned(command, context, {
    title: titleOf('retry', jobs),
    steps: jobs.map((job) => retryStep(job, context)),
    notes: ['attempts count from 0 again; checkpoints and costs stay'],
  });
}

function retryStep(job: JobRow, { snapshot, operator, now }: PlanContext): PlanStep {
  const readyShards = snapshot.deployment?.readyShards ?? 1;
  return {
    text: `${nameOf(job)} ${job.state} -> RUNNABLE`,
    note: goesOnFrom(job, now),
    effect: { kind: 'table.write', write: retryJob(job, { at: now, by: operator.name, readyShards, parksAt: parksAt(job, snapshot.settings, now) }) }, // prettier-ignore
    targets: [jobTarget(job)],
  };
}

/** What of its work is there already. */
function goesOnFrom({ checkpoint, epoch }: JobRow, now: number): string {
  if (epoch === 0) return 'it has not run yet';
  if (checkpoint === undefined) return 'from the start: nothing was saved';
  return `goes on from ${roughly(checkpoint.workMs)} of work, saved ${roughly(now - checkpoint.at)} ago`;
}

/** One figure and its unit: what a sentence needs. */
function roughly(ms: DurationMs): string {
  const s = Math.max(0, ms) / 1_000;
  if (s < 90) return `${Math.round(s)} s`;
  return s < 5_400 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3_600)} h`;
}
