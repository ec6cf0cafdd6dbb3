import type { Decision } from '../model/event.ts';
import { capacityOf, parsePoolId } from '../model/ids.ts';
import { isLeased, type JobNeeds, type JobRow } from '../model/job.ts';
import type { DeadlineSums } from '../model/deployment.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs, EpochMs, UsdPerHour } from '../model/units.ts';
import { isServing, type WorkerRow } from '../model/worker.ts';
import { misfitOf } from '../protocol/fit.ts';
import { liftRescue, rescueJob, type Rescuing, sendOver } from '../protocol/rescue-writes.ts';
import { isOnDemand, measuredStart, openDeadlines, type Outlook, outlookOf, spanWords } from './deadline-outlook.ts';
import { plural } from './notables.ts';
import type { LeaderView, Repair } from './repair.ts';

/** Jobs that one launch is for: its intent names them all. */
const JOBS_MAX = 50;
/** Of a job that was submitted before its item said what it needs. */
const ANY: JobNeeds = { vcpus: 0, memoryMb: 0, gpus: 0, arch: 'any', types: [], regions: [] };

/** On-demand workers to launch, one for each job that is named. */
export interface RescueLaunch {
  readonly pool: string;
  readonly jobs: readonly string[];
  readonly decision: Decision;
}

export interface RescueDecision {
  readonly repairs: readonly Repair[];
  readonly launches: readonly RescueLaunch[];
  /** Jobs that would need a rescue and cannot have one, and why. */
  readonly told: readonly Decision[];
}

/**
 * The net under all jobs with a deadline, looked at in every round of the leader; the same view gives the same answer. A job
 * whose last moment has come is marked (rescued); rescued jobs that no on-demand worker holds have one launched for each; one
 * that still runs on spot is sent over when its on-demand worker is ready, and not before. What cannot be had (every pool
 * refuses on-demand) is not waited for: the job may run on spot meanwhile.
 */
export function decideRescue(view: LeaderView & { readonly leaderId: string }): RescueDecision {
  const { snapshot, now } = view;
  const repairs: Repair[] = [];
  const told: Decision[] = [];
  const wanting: JobRow[] = [];
  for (const job of openDeadlines(snapshot)) {
    if (job.desired.hold !== undefined || job.notBefore > 0 || isOnDemand(job, snapshot)) continue;
    if (job.rescue !== undefined) wanting.push(job);
    else {
      const step = beginning(job, view);
      if (step?.kind === 'told') told.push(step.decision);
      else if (step !== undefined) repairs.push(step);
    }
  }
  // What waits takes a ready worker before what must first be saved; then the most urgent.
  wanting.sort((a, b) => Number(isLeased(a.state)) - Number(isLeased(b.state)) || a.deadlineAt - b.deadlineAt);
  const { unserved, ready } = match(wanting, snapshot, now);
  for (const job of ready) {
    if (job.state !== 'RUNNING' || job.rescue?.goAt !== 0) continue;
    repairs.push({ kind: 'job.write', jobId: job.id, write: sendOver(job, rescuing(view)) });
  }
  const byPool = new Map<string, JobRow[]>();
  for (const job of unserved) {
    const [pool] = onDemandPools(job, snapshot, now).open;
    if (pool !== undefined) byPool.set(pool.pool, [...(byPool.get(pool.pool) ?? []), job]);
    else if (job.state === 'RUNNABLE')
      repairs.push({ kind: 'job.write', jobId: job.id, write: liftRescue(job, rescuing(view)) });
  }
  const launches = [...byPool].map(([pool, jobs]) => launchOf(pool, jobs.slice(0, JOBS_MAX), view));
  return { repairs, launches, told };
}

function rescuing(view: LeaderView & { readonly leaderId: string }): Rescuing {
  const readyShards = view.snapshot.deployment?.readyShards ?? 1;
  return { at: view.now, by: view.leaderId, leaderEpoch: view.leaderEpoch, readyShards };
}

type Beginning = Repair | { readonly kind: 'told'; readonly decision: Decision } | undefined;

/** A job that is not rescued yet. One that even on-demand, ready at once, could not end in time is not made dearer for nothing. */
function beginning(job: JobRow, view: LeaderView & { readonly leaderId: string }): Beginning {
  const { snapshot, now } = view;
  const outlook = outlookOf(job, snapshot, now);
  if (outlook.kind === 'unpromised' || outlook.slackMs > 0) return undefined;
  const { open, closed } = onDemandPools(job, snapshot, now);
  const [cheapest, ...dearer] = open;
  const name = job.name || job.id;
  const decided = (sentence: string, rejected: readonly string[]): Decision => ({
    topic: 'deadline',
    about: job.id,
    sentence,
    inputs: inputsOf(outlook),
    rejected,
  });
  if (outlook.unfinishedMs > outlook.timeLeftMs)
    return { kind: 'told', decision: decided(`${name} misses its deadline: not even on-demand could still meet it`, closed) }; // prettier-ignore
  if (cheapest === undefined)
    return { kind: 'told', decision: decided(`${name} cannot be rescued: no on-demand worker may be had for it`, closed) }; // prettier-ignore
  const where = `${cheapest.pool} at $${cheapest.usdPerHour}/h`;
  const decision = decided(`${name} is rescued: only on-demand can still meet its deadline, in ${where}`, [
    `spot: ${spanWords(outlook.workLeftMs)} of work are not saved, and it can be taken back at any moment`,
    ...dearer.map(({ pool, usdPerHour }) => `${pool}: $${usdPerHour}/h`),
    ...closed,
  ]);
  return { kind: 'job.write', jobId: job.id, write: rescueJob(job, rescuing(view)), decision };
}

function inputsOf(outlook: Outlook): Decision['inputs'] {
  if (outlook.kind === 'unpromised') return { timeLeftMs: outlook.timeLeftMs };
  const { timeLeftMs, workLeftMs, slackMs, changeover } = outlook;
  const { readyMs, starts, restoreMs, everyMs } = changeover;
  return { timeLeftMs, workLeftMs, slackMs, readyMs, measuredStarts: starts, restoreMs, everyMs };
}

interface OnDemandPool {
  readonly pool: string;
  readonly usdPerHour: UsdPerHour;
}

/** Pools of the deployment in which an on-demand instance would fit the job and its price limit, the cheapest first; and why others are not asked. */
export function onDemandPools(
  job: JobRow,
  snapshot: Snapshot,
  now: EpochMs,
): { readonly open: readonly OnDemandPool[]; readonly closed: readonly string[] } {
  const open: OnDemandPool[] = [];
  const closed: string[] = [];
  for (const { id } of snapshot.settings.pools) {
    const type = snapshot.types[parsePoolId(id).instanceType];
    const usdPerHour = type?.onDemandUsdPerHour ?? 0;
    const retryAt = snapshot.poolRetryAt[capacityOf(id, 'on-demand')] ?? 0;
    const offer = type && { slot: type, region: snapshot.deployment?.region ?? '', usdPerHour };
    const misfit = offer && misfitOf(job.needs ?? ANY, job.maxUsdPerHour, offer);
    if (type === undefined || usdPerHour === 0) closed.push(`${id}: its on-demand price is not known`);
    else if (misfit !== undefined) closed.push(`${id} at $${usdPerHour}/h: ${misfit}`);
    else if (retryAt > now)
      closed.push(`${id}: refused on-demand, asked again in ${Math.ceil((retryAt - now) / 1_000)} s`);
    else open.push({ pool: id, usdPerHour });
  }
  return { open: open.sort((a, b) => a.usdPerHour - b.usdPerHour || (a.pool < b.pool ? -1 : 1)), closed };
}

/**
 * Gives each job one of the on-demand workers that are there for rescued jobs, of a slot each, that has room for it, or one that comes, or a launch under way. What is longer on its way
 * than a start takes is not counted on: better one worker too many for some minutes than none.
 */
function match(
  wanting: readonly JobRow[],
  snapshot: Snapshot,
  now: EpochMs,
): { readonly unserved: readonly JobRow[]; readonly ready: readonly JobRow[] } {
  if (wanting.length === 0) return { unserved: [], ready: [] };
  const { readyMs } = measuredStart(snapshot);
  const held = Map.groupBy(openDeadlines(snapshot), ({ leaseOwner }) => leaseOwner);
  const isReady = ({ state }: WorkerRow): boolean => state === 'IDLE' || state === 'BUSY';
  const rooms = [...snapshot.workers]
    .filter((worker) => worker.serves === 'rescued' && isServing(worker.state) && isInTime(worker, now, readyMs))
    .sort((a, b) => Number(isReady(b)) - Number(isReady(a)))
    .flatMap((worker) => {
      const free = worker.slots - Math.max(worker.jobs.length, held.get(worker.id)?.length ?? 0);
      return Array.from({ length: Math.max(0, free) }, () => worker);
    });
  const launching = new Set(
    [...snapshot.intents].flatMap(({ action, state, createdAt }) =>
      action.verb === 'launch' && (state === 'OPEN' || state === 'STARTED') && now - createdAt < readyMs
        ? (action.jobs ?? [])
        : [],
    ),
  );
  const unserved: JobRow[] = [];
  const ready: JobRow[] = [];
  for (const job of wanting) {
    const at = rooms.findIndex((worker) => fits(job, worker, snapshot));
    const [worker] = at < 0 ? [] : rooms.splice(at, 1);
    if (worker === undefined) {
      if (!launching.has(job.id)) unserved.push(job);
    } else if (isReady(worker)) ready.push(job);
  }
  return { unserved, ready };
}

function isInTime({ state, phases }: WorkerRow, now: EpochMs, readyMs: DurationMs): boolean {
  if (state !== 'PENDING' && state !== 'BOOTING') return true;
  return now - Math.max(phases.requestedAt, phases.pendingAt) < readyMs;
}

function fits(job: JobRow, worker: WorkerRow, snapshot: Snapshot): boolean {
  const type = snapshot.types[parsePoolId(worker.pool).instanceType];
  if (type === undefined) return false;
  const offer = { slot: type, region: snapshot.deployment?.region ?? '', usdPerHour: type.onDemandUsdPerHour };
  return misfitOf(job.needs ?? ANY, job.maxUsdPerHour, offer) === undefined;
}

function launchOf(pool: string, jobs: readonly JobRow[], { snapshot }: LeaderView): RescueLaunch {
  const usdPerHour = snapshot.types[parsePoolId(pool).instanceType]?.onDemandUsdPerHour ?? 0;
  const names = jobs.map(({ id, name }) => name || id).join(', ');
  const sentence = `${plural(jobs.length, 'on-demand worker')} in ${pool} at $${usdPerHour}/h for ${names}`;
  const decision: Decision = { topic: 'deadline', about: pool, sentence, inputs: { usdPerHour }, rejected: [] };
  return { pool, jobs: jobs.map(({ id }) => id), decision };
}

/**
 * Why a deadline is in danger: its last moment is over and on-demand cannot be had, or what is left takes longer than there is.
 * undefined where all is well, and where nothing is known that could be promised.
 */
export function dangerOf(job: JobRow, snapshot: Snapshot, now: EpochMs): string | undefined {
  const outlook = outlookOf(job, snapshot, now);
  if (outlook.timeLeftMs <= 0) return 'it is over';
  if (outlook.kind === 'unpromised') return undefined;
  if (outlook.unfinishedMs > outlook.timeLeftMs) return 'not even on-demand could still meet it';
  if (outlook.slackMs > 0 || isOnDemand(job, snapshot) || job.rescue !== undefined) return undefined;
  const { open, closed } = onDemandPools(job, snapshot, now);
  return open.length === 0 ? `no on-demand worker may be had: ${closed.join('; ')}` : undefined;
}

/** Over all jobs with a deadline that have not ended. */
export function deadlineSums(snapshot: Snapshot, now: EpochMs): DeadlineSums {
  const open = openDeadlines(snapshot);
  return {
    atRisk: open.filter((job) => dangerOf(job, snapshot, now) !== undefined).length,
    rescued: open.filter(({ rescue }) => rescue !== undefined).length,
  };
}
