import type { Intent } from '../model/command.ts';
import type { Decision } from '../model/event.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { interruptionHazard } from '../market/interruption-hazard.ts';
import { interruptionRecord } from '../market/interruption-record.ts';
import { meanUpTimeMs } from '../market/mean-up-time.ts';
import { bidBuysSafety } from '../model/deployment.ts';
import type { PoolMarket } from '../model/market.ts';
import { capacityOf } from '../model/ids.ts';
import { type EpochMs, HOUR_MS } from '../model/units.ts';
import { isServing } from '../model/worker.ts';
import { changeoverOf, openDeadlines } from './deadline-outlook.ts';
import { costOfWork } from './market-choice.ts';
import { parkedJobs } from './owner-quota.ts';
import { priceNow } from './reduce-market.ts';

export interface CapacityDecision {
  readonly decision: Decision;
  /** Pools that could be asked, the cheapest work first. */
  readonly candidates: readonly Candidate[];
  /** Launches to ask for; empty when there are enough workers, no work, or nowhere to launch. */
  readonly launches: readonly {
    readonly pool: string;
    readonly count: number;
    readonly maxUsdPerHour: number | undefined;
  }[];
}

/** An event said that EC2 takes it, and not so long ago that it would be gone. */
export function isToGo({ notices, deployment }: Snapshot, workerId: string, now: EpochMs): boolean {
  const notice = notices[workerId];
  return notice !== undefined && notice.takeAt + (deployment?.timings.leaseMs ?? 0) > now;
}

/** Jobs that want a worker now or hold one. */
export function activeJobs(snapshot: Snapshot): number {
  const { RUNNABLE, STARTING, RUNNING, INTERRUPTING } = snapshot.jobCounts;
  return RUNNABLE + STARTING + RUNNING + INTERRUPTING;
}

function launching(intents: Iterable<Intent>): number {
  let count = 0;
  for (const { action, state } of intents)
    if (action.verb === 'launch' && action.jobs === undefined && (state === 'OPEN' || state === 'STARTED'))
      count += action.count;
  return count;
}

export interface Candidate {
  readonly pool: string;
  readonly bidUsdPerHour: number;
  readonly price: number;
  /** Mean time between interruptions at the bid; Infinity on demand. */
  readonly mtbfH: number;
  /** Of a vCPU, interruptions and checkpoints included. */
  readonly usdPerWorkHour: number;
}

/** What an interruption costs in time, as far as it was measured. */
export interface WorkOverhead {
  readonly checkpointH: number;
  readonly restartH: number;
}

/** A checkpoint's stop until one was measured: 2 s. */
const CHECKPOINT_DEFAULT_MS = 2_000;

/** How long jobs that run now stood still for their newest checkpoint, in the mean; and a start with its restore. */
export function workOverhead(snapshot: Snapshot): WorkOverhead {
  let stops = 0;
  let stopMs = 0;
  for (const { jobs } of snapshot.workers) {
    for (const id of jobs) {
      const checkpoint = snapshot.jobs.get(id)?.checkpoint;
      if (checkpoint === undefined) continue;
      stops += 1;
      stopMs += checkpoint.stopMs;
    }
  }
  const { changeoverMs } = changeoverOf({ checkpoint: undefined }, snapshot);
  return {
    checkpointH: (stops === 0 ? CHECKPOINT_DEFAULT_MS : stopMs / stops) / HOUR_MS,
    restartH: changeoverMs / HOUR_MS,
  };
}

/**
 * Mean time between interruptions of a pool at a bid, hours; Infinity on demand. Where a bid buys safety its prices tell; where
 * capacity decides, what this deployment itself has seen does.
 */
export function mtbfTeller(snapshot: Snapshot, now: number): (market: PoolMarket, bidUsdPerHour: number) => number {
  if (bidBuysSafety(snapshot.deployment))
    return ({ points }, bidUsdPerHour) => meanUpTimeMs(points, bidUsdPerHour, now) / HOUR_MS;
  const record = interruptionRecord(snapshot.workers, now);
  return ({ id }, bidUsdPerHour) => (bidUsdPerHour > 0 ? 1 / interruptionHazard(id, record).perHour : Infinity);
}

/**
 * Pools that may be asked now, those with the least cost per hour of useful work first (`market-choice.ts`, a vCPU's hour as the
 * unit of speed); and, for those that may not, why.
 */
export function candidatePools(
  snapshot: Snapshot,
  now: number,
): { readonly open: readonly Candidate[]; readonly closed: readonly string[] } {
  const overhead = workOverhead(snapshot);
  const mtbfHOf = mtbfTeller(snapshot, now);
  const open: Candidate[] = [];
  const closed: string[] = [];
  for (const { id, bidUsdPerHour } of snapshot.settings.pools) {
    const market = snapshot.markets[id];
    const price = priceNow(market);
    const retryAt = snapshot.poolRetryAt[capacityOf(id, bidUsdPerHour > 0 ? 'spot' : 'on-demand')] ?? 0;
    if (market === undefined || price === undefined) closed.push(`${id}: no price known yet`);
    else if (retryAt > now) closed.push(`${id}: refused, asked again in ${Math.ceil((retryAt - now) / 1_000)} s`);
    else if (bidUsdPerHour > 0 && price > bidUsdPerHour)
      closed.push(`${id}: price ${price} is above the bid ${bidUsdPerHour}`);
    else if (bidUsdPerHour === 0 && market.onDemandUsdPerHour === 0)
      closed.push(`${id}: its on-demand price is not known`);
    else {
      const paid = bidUsdPerHour > 0 ? price : market.onDemandUsdPerHour;
      const mtbfH = mtbfHOf(market, bidUsdPerHour);
      const option = { usdPerHour: paid, mtbfH, speed: Math.max(1, market.vcpus) };
      open.push({ pool: id, bidUsdPerHour, price: paid, mtbfH, usdPerWorkHour: costOfWork(option, overhead) });
    }
  }
  open.sort((a, b) => a.usdPerWorkHour - b.usdPerWorkHour || (a.pool < b.pool ? -1 : 1));
  return { open, closed };
}

function toldCost({ pool, price, mtbfH, usdPerWorkHour }: Candidate): string {
  const taken = mtbfH === Infinity ? 'never taken back' : `taken back every ${mtbfH.toFixed(1)} h`;
  return `${pool}: $${usdPerWorkHour.toFixed(5)} an hour of work of a vCPU (price ${price}, ${taken})`;
}

/**
 * How many workers are missing and where to ask for them. Wanted is what was asked for, but no more than there is work;
 * no pool gets more than its share, so that one pool's reclaim cannot take everything. Rescued jobs and their workers are no
 * part of it: `rescue.ts` sees to them.
 */
export function decideCapacity(snapshot: Snapshot, now: number): CapacityDecision {
  const { targetWorkers, slotsPerWorker, maxPoolSharePct } = snapshot.settings;
  const rescued = openDeadlines(snapshot).filter(({ rescue }) => rescue !== undefined).length;
  const active = activeJobs(snapshot) - rescued - parkedJobs(snapshot, now);
  const wanted = Math.min(targetWorkers, Math.ceil(active / Math.max(1, slotsPerWorker)));
  // Whom EC2 takes back serves no more, whoever heard of it first.
  const serving = [...snapshot.workers].filter(
    ({ id, state, serves }) => isServing(state) && serves === 'queue' && !isToGo(snapshot, id, now),
  );
  const inFlight = launching(snapshot.intents);
  const missing = wanted - serving.length - inFlight;
  const { open, closed } = candidatePools(snapshot, now);
  const inputs = { asked: targetWorkers, jobs: active, wanted, serving: serving.length, launching: inFlight };
  const decided = (sentence: string, launches: CapacityDecision['launches'] = []): CapacityDecision => {
    const isChosen = ({ pool }: Candidate): boolean => launches.some((launch) => launch.pool === pool);
    const chosen = open.filter(isChosen).map((one, at) => [`cost ${at + 1}`, toldCost(one)] as const);
    const rejected = [...open.filter((one) => launches.length > 0 && !isChosen(one)).map(toldCost), ...closed];
    return {
      decision: {
        topic: 'capacity',
        about: '',
        sentence,
        inputs: { ...inputs, ...Object.fromEntries(chosen) },
        rejected,
      },
      candidates: open,
      launches,
    };
  };

  if (missing <= 0) {
    if (active === 0) return decided('no job waits: no worker is launched');
    return decided(
      inFlight > 0
        ? `${inFlight} of ${wanted} workers on their way`
        : `${serving.length} of ${targetWorkers} workers, enough for ${active} jobs`,
    );
  }
  const poolMax = Math.max(1, Math.ceil((targetWorkers * maxPoolSharePct) / 100));
  const inPool = Map.groupBy(serving, ({ pool }) => pool);
  const launches: { pool: string; count: number; maxUsdPerHour: number | undefined }[] = [];
  let left = missing;
  for (const { pool, bidUsdPerHour } of open) {
    const count = Math.min(left, poolMax - (inPool.get(pool)?.length ?? 0));
    if (count <= 0) continue;
    launches.push({ pool, count, maxUsdPerHour: bidUsdPerHour > 0 ? bidUsdPerHour : undefined });
    left -= count;
  }
  if (launches.length === 0)
    return decided(`${missing} more wanted, but no pool can be asked: ${closed.join('; ') || 'each has its share'}`);
  const where = launches.map(({ pool, count }) => `${count} in ${pool}`).join(', ');
  return decided(`${missing} more wanted: ${where}${left > 0 ? `; ${left} find no pool` : ''}`, launches);
}
