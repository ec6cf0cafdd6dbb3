import { hasLeader } from '../decide/has-leader.ts';
import { maxRunningOf } from '../decide/owner-quota.ts';
import { isLeased, isTerminal, type JobRow, type ReasonCode } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs, UsdPerHour } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';
import { addCells, type CellCounts, cellKind, countCells, fleetOf, workersForAny } from './fleet.ts';
import { jobsBefore } from './queue-position.ts';

/** Why a job that has not ended is where it is. */
export const WAIT_CODES = [
  'quota', // an account limit keeps workers from coming
  'owner-quota', // its owner has as many jobs running as he may
  'no-capacity', // EC2 has none to give in the pools that are asked
  'dependency', // other jobs must succeed first
  'priority', // others go before it
  'held', // by an operator
  'no-worker', // none has taken it, and none is on its way
  'price', // above the job's limit, or above every bid
  'boot', // a worker comes
  'lease', // a worker holds it
  'backoff', // its last attempt failed a moment ago
  'controller', // no master launches workers
] as const;
export type WaitCode = (typeof WAIT_CODES)[number];

/** A reason as it is shown. Of a job that has ended it is the one that its last transition wrote. */
export interface JobReason {
  readonly code: WaitCode | ReasonCode;
  /** Since when it is so; shown as an age. */
  readonly since: EpochMs;
  /** One sentence for a person, without the code. */
  readonly detail: string;
  /** What happens next by itself, or what a person could do; empty when nothing. */
  readonly next: string;
}

/** What all waiting jobs have in common; worked out once a frame, never written per job. */
export interface Waiting {
  readonly now: EpochMs;
  readonly snapshot: Snapshot;
  readonly counts: CellCounts;
  /** Of a job that nothing of its own keeps waiting; in 'priority' its turn is still to be counted. */
  readonly common: JobReason;
  /** The lowest price now of the pools that may run jobs; undefined while one of them is not known. */
  readonly cheapestUsdPerHour: UsdPerHour | undefined;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.ceil(ms / 1_000))} s`;
}

export function waitingOf(snapshot: Snapshot, now: EpochMs): Waiting {
  const fleet = fleetOf(snapshot);
  const counts = addCells(fleet.map(({ workers }) => countCells(workersForAny(workers), snapshot)));
  const pools = new Set([...snapshot.settings.pools.map(({ id }) => id), ...fleet.map(({ id }) => id)]);
  const common = commonReason(snapshot, counts, now);
  return { now, snapshot, counts, common, cheapestUsdPerHour: cheapestOf(snapshot, pools) };
}

/** Workers first, for they take jobs without any master; then those that come; then why none comes. */
function commonReason(snapshot: Snapshot, counts: CellCounts, now: EpochMs): JobReason {
  const refused = refusedPools(snapshot, now);
  if (counts.idle > 0) return reason('no-worker', `${count(counts.idle, 'idle worker')} about to look`);
  if (counts.busy > 0) {
    const noMore = hasLeader(snapshot, now) ? refused?.detail : 'no master runs to launch more';
    const busy = counts.busy === 1 ? 'the only worker is busy' : `all ${counts.busy} workers busy`;
    return reason('priority', busy, { next: noMore ?? '' });
  }
  const coming = comingWorker(snapshot);
  if (coming !== undefined) return bootReason(coming, now);
  if (!hasLeader(snapshot, now)) {
    const since = snapshot.leader?.until ?? 0;
    return reason('controller', 'no worker, and no master is running to launch one', { since, next: 'start one (cbas master)' }); // prettier-ignore
  }
  if (snapshot.settings.targetWorkers === 0)
    return reason('no-worker', 'no worker is asked for', { next: 'launch some (cbas launch)' });
  if (isOutbid(snapshot))
    return reason('price', 'no worker: the price is above the bid in every pool', { next: 'raise a bid (cbas bid)' });
  if (refused !== undefined) return { ...refused, detail: `no worker: ${refused.detail}` };
  const capacity = snapshot.pulse?.capacity ?? '';
  return reason('no-worker', capacity === '' ? 'no worker yet' : `no worker: ${capacity}`);
}

function reason(
  code: WaitCode,
  detail: string,
  more: { readonly since?: EpochMs; readonly next?: string } = {},
): JobReason {
  return { code, since: more.since ?? 0, detail, next: more.next ?? '' };
}

/** Pools that refused, and when they are asked again; where all that did are at an account limit, that is what to tell. */
function refusedPools(snapshot: Snapshot, now: EpochMs): JobReason | undefined {
  const from = snapshot.pulse ?? snapshot;
  const refused = Object.entries(from.poolRetryAt).filter(([, retryAt]) => retryAt > now);
  if (refused.length === 0) return undefined;
  const isQuota = (pool: string): boolean => from.poolFaults[pool] === 'quota';
  const told = refused.map(([pool, retryAt]) => {
    const why = isQuota(pool) ? 'is at an account limit' : 'has no capacity';
    return `${pool} ${why}, asked again in ${seconds(retryAt - now)}`;
  });
  return reason(refused.every(([pool]) => isQuota(pool)) ? 'quota' : 'no-capacity', told.join('; '));
}

/** Every pool that the deployment bids in is dearer than its bid: no launch can succeed. */
function isOutbid(snapshot: Snapshot): boolean {
  const bids = snapshot.settings.pools.filter((pool) => pool.bidUsdPerHour > 0);
  return (
    bids.length > 0 &&
    bids.every((pool) => (snapshot.markets[pool.id]?.points.at(-1)?.usdPerHour ?? 0) > pool.bidUsdPerHour)
  );
}

/** The one that was asked for first: it is ready first, as far as anybody knows. */
function comingWorker(snapshot: Snapshot): WorkerRow | undefined {
  const booting = fleetOf(snapshot).flatMap(({ workers }) =>
    workersForAny(workers).filter((worker) => cellKind(worker, snapshot) === 'booting'),
  );
  return booting.reduce<WorkerRow | undefined>(
    (first, worker) => (first === undefined || worker.phases.requestedAt < first.phases.requestedAt ? worker : first),
    undefined,
  );
}

function bootReason({ id, pool, state, phases }: WorkerRow, now: EpochMs): JobReason {
  const isUp = state === 'BOOTING';
  const sinceMs = now - (isUp ? phases.bootingAt || phases.requestedAt : phases.requestedAt);
  const phase = isUp ? `its agent registers since ${seconds(sinceMs)}` : `EC2 starts it since ${seconds(sinceMs)}`;
  return reason('boot', `${id} comes in ${pool}: ${phase}`, { since: phases.requestedAt });
}

function cheapestOf(snapshot: Snapshot, pools: ReadonlySet<string>): UsdPerHour | undefined {
  let cheapest: UsdPerHour | undefined;
  for (const pool of pools) {
    const price = snapshot.markets[pool]?.points.at(-1)?.usdPerHour;
    // Nothing can be said of every pool.
    if (price === undefined) return undefined;
    if (cheapest === undefined || price < cheapest) cheapest = price;
  }
  return cheapest;
}

/** Why a job is where it is. What a waiting job waits for is worked out here, for nothing is ever written per waiting job. */
export function reasonOf(job: JobRow, waiting: Waiting): JobReason {
  if (isTerminal(job.state)) return job.reason;
  if (isLeased(job.state)) return leaseReason(job, waiting);
  if (job.state === 'BLOCKED') return dependencyReason(job, waiting.snapshot);
  const { hold } = job.desired;
  if (job.state === 'HELD' || hold !== undefined) return heldReason(job);
  const why = ownReason(job, waiting) ?? commonReasonOf(job, waiting);
  const told = TOLD_WHILE_WAITING.has(job.reason.code) ? job.reason.detail : '';
  return { ...why, since: Math.max(job.reason.since, why.since), detail: joined(why.detail, told) };
}

/** Reasons worth telling besides what the job waits for now: they say what happened to it. */
const TOLD_WHILE_WAITING: ReadonlySet<string> = new Set([
  'interruption-notice',
  'worker-lost',
  'worker-terminated',
  'released',
  'retry',
]);

/** Parked: only a leader lets it in, when another of its owner's has ended. */
function quotaReason({ owner, notBefore }: JobRow, { snapshot, now }: Waiting): JobReason | undefined {
  const most = maxRunningOf(snapshot.settings, owner);
  if (most === undefined || notBefore === 0 || notBefore > now) return undefined;
  const isLed = hasLeader(snapshot, now);
  const next = isLed
    ? 'starts when another has ended; `cbas quota` changes that'
    : 'no master runs to let it in (cbas master)';
  return reason('owner-quota', `${owner} may have ${count(most, 'job')} running at once`, { since: notBefore, next });
}

function ownReason(job: JobRow, waiting: Waiting): JobReason | undefined {
  const { now, cheapestUsdPerHour } = waiting;
  if (job.notBefore > now) return reason('backoff', `again in ${seconds(job.notBefore - now)}`);
  const overQuota = quotaReason(job, waiting);
  if (overQuota !== undefined) return overQuota;
  const { maxUsdPerHour, rescue } = job;
  if (rescue !== undefined) return reason('boot', 'waits for its on-demand worker', { since: rescue.at });
  // Unless every pool is dearer than the job allows, it waits for a worker and not for the price.
  if (maxUsdPerHour === 0 || cheapestUsdPerHour === undefined || cheapestUsdPerHour <= maxUsdPerHour) return undefined;
  return reason(
    'price',
    `price ${cheapestUsdPerHour.toFixed(4)} above its limit ${maxUsdPerHour.toFixed(4)} in every pool`,
  );
}

/** All workers are busy: then what matters is who goes first. */
function commonReasonOf(job: JobRow, { common, snapshot, now }: Waiting): JobReason {
  if (common.code !== 'priority' || snapshot.jobs.indexOf(job.id) < 0) return common;
  const before = jobsBefore(snapshot.jobs, now)(job);
  const turn = before === 0 ? 'next in line' : `${count(before, 'job')} ${before === 1 ? 'goes' : 'go'} before it`;
  return { ...common, detail: `${turn}; ${common.detail}` };
}

function leaseReason(job: JobRow, { snapshot, now }: Waiting): JobReason {
  const { since, detail, next } = job.reason;
  const live = snapshot.live[job.id];
  const lease = live?.epoch === job.epoch ? `lease until ${seconds(live.leaseUntil - now)} from now` : '';
  const holder = `held by ${job.leaseOwner} in ${job.pool}`;
  const wish = job.desired.hold === undefined ? '' : `to be held, by ${job.desired.hold.by}`;
  return { code: 'lease', since, detail: [holder, wish, detail].filter(Boolean).join('; '), next: joined(next, lease) };
}

function heldReason({ reason: { since, detail, next }, desired: { hold } }: JobRow): JobReason {
  const by = hold === undefined ? 'held' : `held by ${hold.by}`;
  // A worker that handed it back says more: what it saved.
  return { code: 'held', since: hold?.at ?? since, detail: detail.startsWith(by) ? detail : by, next };
}

/** Names told; of more, how many. */
const NAMES_MAX = 3;

function dependencyReason({ after, reason: { since, detail, next } }: JobRow, { jobs }: Snapshot): JobReason {
  const rows = after.map((id) => ({ id, row: jobs.get(id) }));
  const open = rows.filter(({ row }) => row?.state !== 'SUCCEEDED');
  const names = open.slice(0, NAMES_MAX).map(({ id, row }) => (row === undefined ? id : row.name || id));
  const more = open.length > names.length ? ` and ${open.length - names.length} more` : '';
  // Written before its item named them, or all that it names have succeeded: then the number is all that is known.
  return { code: 'dependency', since, detail: names.length === 0 ? detail : `waits for ${names.join(', ')}${more}`, next }; // prettier-ignore
}

/**
 * The reason in one sentence, for a line of a table. Of a job that runs as it should there is little to say; what comes next
 * is told where somebody could do something, or where something else than the usual will happen.
 */
export function sentenceOf(job: JobRow, { code, detail, next }: JobReason): string {
  if (isTerminal(job.state)) return detail;
  if (code !== 'lease') return joined(detail, next);
  const own = joined(job.reason.detail, job.reason.next);
  const wish = job.desired.hold === undefined ? '' : `to be held, by ${job.desired.hold.by}`;
  return joined(wish, own) || (job.leaseOwner === '' ? '' : `in ${job.pool}`);
}

function joined(first: string, second: string): string {
  return first === '' ? second : second === '' ? first : `${first}; ${second}`;
}
