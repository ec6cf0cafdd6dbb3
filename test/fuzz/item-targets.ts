import { decideCapacity } from '../../src/engine/decide/capacity.ts';
import { guardIntent } from '../../src/engine/decide/guard.ts';
import { settleDoubt } from '../../src/engine/decide/intents.ts';
import { decideRecovery } from '../../src/engine/decide/recovery.ts';
import { countJobs } from '../../src/engine/decide/reduce-jobs.ts';
import { reduce } from '../../src/engine/decide/reduce.ts';
import type { EngineEvent } from '../../src/engine/model/event.ts';
import { emptySnapshot, type Snapshot } from '../../src/engine/model/snapshot.ts';
import type { JsonObject } from '../../src/engine/model/units.ts';
import { intentOf } from '../../src/engine/protocol/intent-item.ts';
import { jobItemOf, jobLiveOf, jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { decodeMessage } from '../../src/engine/protocol/messages.ts';
import { ownerItemOf, waitingOf } from '../../src/engine/protocol/owner-item.ts';
import { deploymentOf, leaderOf, pulseOf, settingsOf } from '../../src/engine/protocol/misc-item.ts';
import { figuresOf } from '../../src/engine/protocol/pool-figures.ts';
import { isObject } from '../../src/engine/protocol/shape.ts';
import { workerRowOf } from '../../src/engine/protocol/worker-item.ts';
import { bookSummaries } from '../../src/engine/select/book.ts';
import { jobCost } from '../../src/engine/select/job-cost.ts';
import { jobLines } from '../../src/engine/select/jobs.ts';
import { firstUnfinished, JOB_SORTS, orderJobs, viewJobs } from '../../src/engine/select/jobs-view.ts';
import { leasedJobIds, overviewOf } from '../../src/engine/select/overview.ts';
import { staleSources } from '../../src/engine/select/stale.ts';
import { workerLine, workersInOrder } from '../../src/engine/select/workers.ts';
import { DEPLOYMENT, NOW } from '../support/snapshots.ts';
import { corpus, must, mustBePlain, type Outcome, type Target } from './target.ts';

/** A snapshot of strange rows grows to so many, and then a new one begins. */
const EVENTS_PER_SNAPSHOT = 200;
/** Every so many events the screens look at it: a thousand times what an event costs. */
const LOOK_EVERY = 25;

/** Strange rows go where true ones go: into the fold, the leader's decisions and the screens. */
export class Readers {
  #snapshot: Snapshot = emptySnapshot();
  #events = 0;

  take(event: EngineEvent): void {
    if (this.#events % EVENTS_PER_SNAPSHOT === 0) this.#begin();
    this.#snapshot = reduce(this.#snapshot, event);
    this.#events += 1;
    if (this.#events % LOOK_EVERY === 0) this.#look();
  }

  #begin(): void {
    this.#snapshot = reduce(emptySnapshot(), { kind: 'deployment.observed', at: NOW, deployment: DEPLOYMENT, types: [] });
  } // prettier-ignore

  #look(): void {
    const snapshot = this.#snapshot;
    const { jobs } = snapshot;
    must(JSON.stringify(countJobs(snapshot)) === JSON.stringify(snapshot.jobCounts), 'jobs are counted wrongly');
    overviewOf(snapshot, NOW);
    leasedJobIds(snapshot);
    bookSummaries(snapshot);
    staleSources(snapshot, NOW);
    for (const row of workersInOrder(snapshot)) workerLine(snapshot, row, NOW);
    for (const column of JOB_SORTS) {
      const query = { filter: 'pi state:failed', order: orderJobs(jobs, { column, direction: 'down' }, NOW), faultsOnly: false };
      jobLines(snapshot, viewJobs({ ...snapshot, now: NOW }, { ...query, filter: 'cost>0 /e$/', faultsOnly: true }), { top: 0, count: 50, now: NOW });
      jobLines(snapshot, viewJobs({ ...snapshot, now: NOW }, query), { top: 0, count: 50, now: NOW });
    } // prettier-ignore
    jobLines(snapshot, viewJobs({ ...snapshot, now: NOW }, { filter: '', order: undefined, faultsOnly: false }), { top: 0, count: 200, now: NOW });
    for (const row of jobs) jobCost(snapshot, row, NOW);
    firstUnfinished(snapshot);
    const { launches } = decideCapacity(snapshot, NOW);
    for (const { count } of launches) must(Number.isInteger(count) && count > 0, `a launch of ${count} is decided`);
    decideRecovery({ snapshot, now: NOW, leaderEpoch: 3, listeningSince: NOW - 60_000, refusedAt: new Map() });
    for (const intent of snapshot.intents) {
      guardIntent(snapshot, intent);
      settleDoubt(snapshot, intent, NOW);
    }
  } // prettier-ignore
}

/** An item of a table: always an object; what else was made of it cannot come from DynamoDB. */
function itemOf(value: unknown): JsonObject {
  return isObject(value) ? value : { value: value as never };
}

export function itemTargets(readers: Readers): readonly Target[] {
  const at = NOW;
  const taken = (result: unknown, event: EngineEvent | undefined): Outcome => {
    if (result === undefined || event === undefined) return 'refused';
    mustBePlain(result);
    readers.take(event);
    return 'accepted';
  };
  return [
    {
      name: 'job items',
      corpus: corpus('job-items'),
      take(value) {
        const item = itemOf(value);
        jobItemOf(item);
        const live = jobLiveOf(item);
        if (live !== undefined) taken(live, { kind: 'live.observed', at, rows: [live] });
        const row = jobRowOf(item);
        return taken(row, row && { kind: 'jobs.observed', at, rows: [row] });
      },
    },
    {
      name: 'worker items',
      corpus: corpus('worker-items'),
      take(value) {
        const row = workerRowOf(itemOf(value));
        return taken(row, row && { kind: 'workers.observed', at, rows: [row] });
      },
    },
    {
      name: 'intents',
      corpus: corpus('intent-items'),
      take(value) {
        const row = intentOf(itemOf(value));
        if (row?.action.verb === 'launch') {
          const { count } = row.action;
          must(Number.isInteger(count) && count > 0, `an intent to launch ${count}`);
        }
        return taken(row, row && { kind: 'intents.observed', at, rows: [row] });
      },
    },
    { name: 'settings and the like', corpus: corpus('misc-items'), take: (value) => takeMisc(itemOf(value), taken) },
    {
      name: 'pings',
      corpus: corpus('messages'),
      take(_, text) {
        const message = decodeMessage(text, Date.parse);
        if (message.kind === 'ping')
          return taken(message, { kind: 'pings.received', at, pings: [{ workerId: message.workerId, at: message.at }] });
        if (message.kind === 'interruption') {
          const notice = { noticedAt: at, takeAt: message.at, source: 'event' } as const;
          return taken(message, { kind: 'notices.received', at, notices: [{ workerId: message.instanceId, notice }] });
        }
        return message.kind === 'unknown' ? 'refused' : 'accepted';
      },
    },
  ]; // prettier-ignore
}

function takeMisc(item: JsonObject, taken: (result: unknown, event: EngineEvent) => Outcome): Outcome {
  const at = NOW;
  const settings = settingsOf(item);
  const pulse = pulseOf(item);
  const leader = leaderOf(item);
  mustBePlain(figuresOf(item));
  const deployment = deploymentOf(item, 'ana');
  if (deployment !== undefined && deployment !== 'newer') {
    mustBePlain(deployment);
    must(deployment.shards >= 1 && deployment.readyShards >= 1, 'a deployment without shards');
    for (const [name, ms] of Object.entries(deployment.timings)) must(ms > 0, `${name} is ${ms}`);
  }
  const owner = ownerItemOf(item);
  mustBePlain(owner);
  must(waitingOf(owner) >= 0, `${waitingOf(owner)} jobs wait`);
  for (const turn of Object.values(owner.turns)) must(Number.isSafeInteger(Math.round(turn)), `a turn of ${turn}`);
  for (const { maxRunning = 0, maxWaiting = 0, weight = 1 } of settings.owners ?? [])
    must(maxRunning >= 0 && maxWaiting >= 0 && weight > 0, `a quota of ${maxRunning}, ${maxWaiting}, ${weight}`);
  taken(leader ?? {}, { kind: 'leader.observed', at, leader });
  if (pulse !== undefined) taken(pulse, { kind: 'pulse.observed', at, pulse });
  must(Number.isInteger(settings.targetWorkers) && settings.targetWorkers >= 0, `${settings.targetWorkers} workers asked for`);
  must(Number.isInteger(settings.slotsPerWorker) && settings.slotsPerWorker >= 1, `${settings.slotsPerWorker} slots`);
  for (const { bidUsdPerHour } of settings.pools) must(bidUsdPerHour >= 0, `a bid of ${bidUsdPerHour}`);
  return taken(settings, { kind: 'settings.observed', at, settings });
} // prettier-ignore
