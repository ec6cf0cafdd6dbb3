import { interruptionHazard } from '../market/interruption-hazard.ts';
import { bidBuysSafety } from '../model/deployment.ts';
import { type InterruptionCount, interruptionRecord } from '../market/interruption-record.ts';
import { JOB } from '../model/job-columns.ts';
import type { JobRow } from '../model/job.ts';
import type { PoolMarket } from '../model/market.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { TunerCapacity, TunerJob, TunerMarket, TunerPolicy, TunerQuestion } from '../model/tuner.ts';
import { type DurationMs, type EpochMs, HOUR_MS } from '../model/units.ts';

/** A question for the tuner, and where its numbers come from. */
export interface TunerSubject {
  readonly question: TunerQuestion;
  /** What the bid is judged for, for a person: "a job like the last 40: 12 m of work". */
  readonly about: string;
  /** What was not known and is taken for granted, for a person. */
  readonly assumed: readonly string[];
}

/** Jobs are looked at from the newest back, at most so many: what ran long ago says little of what waits now. */
const LOOKED_AT_MAX = 5_000;
const LIKE_MAX = 200;
/** Where nothing has run yet. */
const WORK_H = 1;
/** A deadline so many times the work, where no job has one. */
const DEADLINE_FACTOR = 1.5;
const CHECKPOINT_S = 5;
const RESTART_S = 120;
/** The what-if takes no more. */
const HOURS_MAX = 2_000;
const MINUTE_H = 1 / 60;

/** What is known of the jobs that a bid in this pool is for. Undefined where no price of the pool is known. */
export function tunerSubject(
  snapshot: Snapshot,
  pool: string,
  at: { readonly now: EpochMs; readonly policy: TunerPolicy },
): TunerSubject | undefined {
  const chosenMarket = snapshot.markets[pool];
  if (chosenMarket === undefined || chosenMarket.points.length === 0) return undefined;
  const known = knownOf(snapshot, at.now);
  const assumed: string[] = [];
  const or = (value: number | undefined, given: number, word: string): number => {
    if (value === undefined) assumed.push(word);
    return value ?? given;
  };
  const workH = Math.max(MINUTE_H, or(known.workH, WORK_H, `${WORK_H} h of work`));
  const deadlineH = or(known.deadlineH, workH * DEADLINE_FACTOR, 'a deadline of one and a half times the work');
  const job: TunerJob = {
    workH: Math.min(HOURS_MAX, workH),
    deadlineH: Math.min(HOURS_MAX, Math.max(deadlineH, workH)),
    checkpointS: Math.max(1, or(known.checkpointS, CHECKPOINT_S, `${CHECKPOINT_S} s a checkpoint`)),
    restartS: or(known.restartS, RESTART_S, `${RESTART_S} s to a new worker`),
    checkpoint: at.policy,
  };
  const markets = [chosenMarket, ...alternatives(snapshot, chosenMarket)];
  const isClassic = bidBuysSafety(snapshot.deployment);
  const record = isClassic ? undefined : interruptionRecord(snapshot.workers, at.now);
  return {
    question: {
      job,
      markets: markets.map((market) => tunerMarket(market, record)),
      chosen: 0,
      nowMs: at.now,
      bidBuysSafety: isClassic,
    },
    about: known.like === 0 ? 'a job' : known.like === 1 ? 'a job like the last' : `a job like the last ${known.like}`,
    assumed,
  };
}

interface Known {
  readonly like: number;
  readonly workH: number | undefined;
  readonly deadlineH: number | undefined;
  readonly checkpointS: number | undefined;
  readonly restartS: number | undefined;
}

function knownOf(snapshot: Snapshot, now: EpochMs): Known {
  const { jobs } = snapshot;
  const [stateOf, deadlineOf] = [jobs.column(JOB.state), jobs.column(JOB.deadlineAt)];
  const done: JobRow[] = [];
  const stops: number[] = [];
  let deadlineAt = Infinity;
  for (let at = jobs.length - 1; at >= 0 && at >= jobs.length - LOOKED_AT_MAX; at--) {
    const state = stateOf(at);
    if (state === 'SUCCEEDED' && done.length < LIKE_MAX) done.push(jobs.at(at));
    const isWaiting = state === 'RUNNABLE' || state === 'RUNNING' || state === 'BLOCKED';
    if (isWaiting && deadlineOf(at) > now) deadlineAt = Math.min(deadlineAt, deadlineOf(at));
  }
  for (const { checkpoint } of done) if (checkpoint !== undefined) stops.push(checkpoint.stopMs / 1_000);
  return {
    like: done.length,
    workH: hours(median(done.map(({ tally }) => tally.ranMs - tally.lostMs).filter((ms) => ms > 0))),
    deadlineH: deadlineAt === Infinity ? undefined : (deadlineAt - now) / HOUR_MS,
    checkpointS: median(stops),
    restartS: bootS(snapshot),
  };
}

/** From asking for a worker to its first ready moment: what a job waits for when its own is taken. */
function bootS(snapshot: Snapshot): number | undefined {
  const boots: number[] = [];
  for (const { phases } of snapshot.workers) {
    const askedAt = phases.requestedAt || phases.pendingAt;
    if (askedAt > 0 && phases.readyAt > askedAt) boots.push((phases.readyAt - askedAt) / 1_000);
  }
  return median(boots);
}

function hours(ms: DurationMs | undefined): number | undefined {
  return ms === undefined ? undefined : ms / HOUR_MS;
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

/** Pools that the deployment uses, with prices; as many as can be told on a screen. */
const ALTERNATIVES_MAX = 11;
function alternatives(snapshot: Snapshot, chosen: PoolMarket): readonly PoolMarket[] {
  return snapshot.settings.pools
    .map(({ id }) => snapshot.markets[id])
    .filter((market) => market !== undefined && market.id !== chosen.id && market.points.length > 0)
    .slice(0, ALTERNATIVES_MAX) as readonly PoolMarket[];
}

function tunerMarket(market: PoolMarket, record: readonly InterruptionCount[] | undefined): TunerMarket {
  return {
    name: market.id,
    series: {
      atMs: Float64Array.from(market.points, ({ at }) => at),
      usdPerHour: Float64Array.from(market.points, ({ usdPerHour }) => usdPerHour),
    },
    onDemandUsdPerHour: market.onDemandUsdPerHour,
    // A job takes slots: what a type with more vCPUs does beside is not this job's gain.
    speed: 1,
    capacity: record === undefined ? undefined : capacityOf(market.id, record),
  };
}

/** Of today's market the price tells nothing of interruptions: what the account itself has seen does. */
function capacityOf(pool: string, record: readonly InterruptionCount[]): TunerCapacity {
  const { perHour, low, high, outageH, sentence } = interruptionHazard(pool, record);
  return { perHour, low, high, outageMs: outageH * HOUR_MS, sentence };
}
