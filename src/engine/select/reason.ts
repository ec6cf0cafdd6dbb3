import { hasLeader } from '../decide/has-leader.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs, UsdPerHour } from '../model/units.ts';
import { addCells, type CellCounts, countCells, fleetOf } from './fleet.ts';

/** What all waiting jobs have in common; worked out once a frame, never written per job. */
export interface Waiting {
  readonly now: EpochMs;
  readonly sentence: string;
  /** The lowest price now of the pools that may run jobs; undefined while one of them is not known. */
  readonly cheapestUsdPerHour: UsdPerHour | undefined;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Every pool that the deployment bids in is dearer than its bid: no launch can succeed. */
function isOutbid(snapshot: Snapshot): boolean {
  const bids = snapshot.settings.pools.filter((pool) => pool.bidUsdPerHour > 0);
  return (
    bids.length > 0 &&
    bids.every((pool) => (snapshot.markets[pool.id]?.points.at(-1)?.usdPerHour ?? 0) > pool.bidUsdPerHour)
  );
}

function withoutWorkers(snapshot: Snapshot, now: EpochMs): string {
  if (!hasLeader(snapshot, now)) return 'no worker, and no master is running to launch one';
  if (isOutbid(snapshot)) return 'no worker: the price is above the bid in every pool';
  const capacity = snapshot.pulse?.capacity ?? '';
  return capacity === '' ? 'no worker yet' : `no worker: ${capacity}`;
}

function waitingSentence(snapshot: Snapshot, counts: CellCounts, now: EpochMs): string {
  if (counts.idle > 0) return `${count(counts.idle, 'idle worker')} about to look`;
  const capacity = snapshot.pulse?.capacity ?? '';
  const more = capacity === '' ? '' : `; ${capacity}`;
  if (counts.busy > 0) return `all ${count(counts.busy, 'worker')} busy${more}`;
  if (counts.booting > 0) return `${count(counts.booting, 'worker')} booting`;
  return withoutWorkers(snapshot, now);
}

export function waitingOf(snapshot: Snapshot, now: EpochMs): Waiting {
  const fleet = fleetOf(snapshot);
  const counts = addCells(fleet.map((pool) => countCells(pool.workers, snapshot)));
  const pools = new Set([...snapshot.settings.pools.map(({ id }) => id), ...fleet.map(({ id }) => id)]);
  return { now, sentence: waitingSentence(snapshot, counts, now), cheapestUsdPerHour: cheapestOf(snapshot, pools) };
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

/** Empty unless every pool is dearer than the job allows: then it waits for the price, whoever is idle. */
function aboveLimit({ maxUsdPerHour }: JobRow, { cheapestUsdPerHour }: Waiting): string {
  if (maxUsdPerHour === 0 || cheapestUsdPerHour === undefined || cheapestUsdPerHour <= maxUsdPerHour) return '';
  return `price ${cheapestUsdPerHour.toFixed(4)} above its limit ${maxUsdPerHour.toFixed(4)} in every pool`;
}

/** Reasons worth telling besides what the job waits for now: they say what happened to it. */
const TOLD_WHILE_WAITING: ReadonlySet<string> = new Set([
  'interruption-notice',
  'worker-lost',
  'worker-terminated',
  'released',
  'retry',
]);

/**
 * Why a job is where it is, in one sentence. A transition wrote its own reason; what a waiting job waits for is worked
 * out here from the snapshot, for nothing is ever written per waiting job.
 */
export function whyOf(job: JobRow, waiting: Waiting): string {
  const own = joined(job.reason.detail, isTerminal(job.state) ? '' : job.reason.next);
  if (job.state !== 'RUNNABLE') return own === '' && job.leaseOwner !== '' ? `in ${job.pool}` : own;
  const told = TOLD_WHILE_WAITING.has(job.reason.code) ? job.reason.detail : '';
  const waitMs = job.notBefore - waiting.now;
  if (waitMs > 0) return joined(`again in ${Math.ceil(waitMs / 1_000)} s`, told);
  return joined(aboveLimit(job, waiting) || waiting.sentence, told);
}

function joined(first: string, second: string): string {
  return first === '' ? second : second === '' ? first : `${first}; ${second}`;
}
