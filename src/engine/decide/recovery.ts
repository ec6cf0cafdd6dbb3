import { JOB } from '../model/job-columns.ts';
import { isLeased, isTerminal, type JobRow, type JobTally } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';
import type { InstanceRow, SeenInstance, WorkerRow } from '../model/worker.ts';
import { holdWished, readyAgain, reapJob, settleDependency } from '../protocol/leader-job-writes.ts';
import { type NewWorker, registerPending, retireWorker } from '../protocol/worker-item.ts';
import { workerUsdPerHour } from './cost.ts';
import { VISIBLE_WITHIN_MS } from './intents.ts';
import { decideQuota, maxRunningOf, parksAt } from './owner-quota.ts';
import type { LeaderView, Repair } from './repair.ts';
import { endOfInstance, settlements } from './settlement.ts';
import { tellings } from './tell-workers.ts';

type Evidence =
  | { readonly kind: 'gone'; readonly detail: string; readonly endedAt: EpochMs }
  | { readonly kind: 'silent'; readonly detail: string }
  | undefined;

function isEnding(instance: InstanceRow): boolean {
  return instance.state === 'terminated' || instance.state === 'shutting-down';
}

/** An instance that shuts down gives its programs this long, and its worker hands its jobs back in it: whoever takes them at once undoes that. */
function isGone(instance: SeenInstance, now: EpochMs, graceMs: number): boolean {
  return instance.state === 'terminated' || (instance.state === 'shutting-down' && now - instance.since > graceMs);
}

/** What the leader before this one had heard of it: an idle worker writes nothing but pings, and they went there. */
function heardBefore({ pulse }: Snapshot, workerId: string): EpochMs {
  return pulse?.pingAt[workerId] ?? 0;
}

/** What speaks against a worker that its row says is alive. */
export function evidenceAgainst(worker: WorkerRow, view: LeaderView): Evidence {
  const { snapshot, now, listeningSince } = view;
  const timings = snapshot.deployment?.timings;
  if (timings === undefined) return undefined;
  const instance = snapshot.instances.get(worker.id);
  const lastWord = Math.max(snapshot.pingAt[worker.id] ?? 0, heardBefore(snapshot, worker.id), worker.changedAt);
  if (instance !== undefined && isGone(instance, now, timings.graceMs)) {
    return {
      kind: 'gone',
      endedAt: endOfInstance(instance, { lastWord: Math.max(lastWord, worker.notice?.takeAt ?? 0), listeningSince }),
      detail:
        instance.stateReason === '' ? `EC2 says it is ${instance.state}` : `EC2 ended it: ${instance.stateReason}`,
    };
  }
  const bornAt = Math.max(worker.phases.pendingAt, worker.phases.bootingAt);
  const lastSign = Math.max(lastWord, listeningSince);
  const patienceMs = worker.state === 'PENDING' ? VISIBLE_WITHIN_MS : timings.leaseMs + timings.skewMarginMs;
  // A list that is as old as the instance proves nothing: EC2 may not have answered since.
  const lookedAt = snapshot.sources.instances?.observedAt ?? 0;
  if (instance === undefined && lookedAt - bornAt > VISIBLE_WITHIN_MS && now - lastSign > patienceMs) {
    return { kind: 'gone', detail: 'EC2 does not know it', endedAt: lastWord };
  }
  if (now - lastSign > patienceMs)
    return { kind: 'silent', detail: `silent for ${Math.round((now - lastSign) / 1_000)} s` };
  return undefined;
}

/** Compares what the table, EC2 and the pings say, and returns what follows. Pure: the same view gives the same repairs. */
export function decideRecovery(view: LeaderView): readonly Repair[] {
  return [
    ...tellings(view),
    ...workerRepairs(view),
    ...instanceRepairs(view),
    ...jobRepairs(view),
    ...decideQuota(view),
    ...settlements(view),
  ];
}

function workerRepairs(view: LeaderView): readonly Repair[] {
  const repairs: Repair[] = [];
  const { now, leaderEpoch } = view;
  for (const worker of view.snapshot.workers) {
    if (worker.state === 'TERMINATED') continue;
    const evidence = evidenceAgainst(worker, view);
    if (evidence === undefined || (evidence.kind === 'silent' && worker.state === 'LOST')) continue;
    const state = evidence.kind === 'gone' ? 'TERMINATED' : 'LOST';
    repairs.push({
      kind: 'worker.write',
      workerId: worker.id,
      write: retireWorker(worker, {
        state,
        detail: evidence.detail,
        endedAt: evidence.kind === 'gone' ? evidence.endedAt : 0,
        at: now,
        leaderEpoch,
      }),
      decision: {
        topic: 'recovery',
        about: worker.id,
        sentence: `${worker.id} is ${state}: ${evidence.detail}`,
        inputs: { jobs: worker.jobs.length },
        rejected: [],
      },
    });
  }
  return repairs;
}

/** Instances without a row are adopted as PENDING; those whose worker was given up on are ended, for they cost money unseen. */
function instanceRepairs(view: LeaderView): readonly Repair[] {
  const { snapshot, now, leaderEpoch } = view;
  const repairs: Repair[] = [];
  const timings = snapshot.deployment?.timings;
  if (snapshot.deployment === undefined || timings === undefined) return repairs;
  for (const instance of snapshot.instances) {
    const worker = snapshot.workers.get(instance.id);
    // One that ended before anybody knew of it cost money as well.
    if (isEnding(instance) && worker !== undefined) continue;
    if (worker === undefined) {
      const isRescue = launchedFor(snapshot, instance.intent);
      const orphan: NewWorker = {
        id: instance.id,
        pool: instance.pool,
        slots: isRescue ? 1 : snapshot.settings.slotsPerWorker,
        lifecycle: instance.spot ? 'spot' : 'on-demand',
        serves: isRescue ? 'rescued' : 'queue',
        bidUsdPerHour: instance.spot ? (bidOf(snapshot, instance.pool) ?? 0) : 0,
        intent: instance.intent,
        shards: snapshot.deployment.shards,
        requestedAt: instance.launchedAt,
        launchedAt: instance.launchedAt,
        at: now,
      };
      repairs.push({
        kind: 'worker.write',
        workerId: instance.id,
        write: registerPending(orphan, leaderEpoch),
        decision: undefined,
      });
    } else if (worker.state === 'TERMINATED' || (worker.state === 'LOST' && now - worker.changedAt > timings.leaseMs)) {
      const silentMs = now - Math.max(worker.changedAt, snapshot.pingAt[worker.id] ?? 0);
      if (silentMs < timings.leaseMs) continue;
      const sentence = `${instance.id} runs on without its worker: ended`;
      repairs.push({
        kind: 'instance.end',
        instanceIds: [instance.id],
        decision: { topic: 'recovery', about: instance.id, sentence, inputs: { silentMs }, rejected: ['wait longer'] },
      });
    }
  }
  return repairs;
}

/** Whether it was launched for rescued jobs. A launch that left an orphan is in doubt, hence still open and known to any leader. */
function launchedFor({ intents }: Snapshot, id: string): boolean {
  const action = intents.get(id)?.action;
  return action?.verb === 'launch' && action.jobs !== undefined;
}

/** What it was launched with is not known here: the pool's bid now is the best guess. */
function bidOf({ settings }: Snapshot, pool: string): number | undefined {
  return settings.pools.find(({ id }) => id === pool)?.bidUsdPerHour;
}

function jobRepairs(view: LeaderView): readonly Repair[] {
  const repairs: Repair[] = [];
  const { jobs } = view.snapshot;
  const state = jobs.column(JOB.state);
  for (let position = 0; position < jobs.length; position++) {
    // Most jobs have ended: their rows are not made.
    if (isTerminal(state(position))) continue;
    const job = jobs.at(position);
    const repair = isLeased(job.state) ? leasedRepair(job, view) : waitingRepair(job, view);
    if (repair !== undefined) repairs.push(repair);
  }
  return repairs;
}

function leasedRepair(job: JobRow, view: LeaderView): Repair | undefined {
  const { snapshot, now, leaderEpoch } = view;
  const { deployment } = snapshot;
  if (deployment === undefined) return undefined;
  const worker = snapshot.workers.get(job.leaseOwner);
  const { leaseMs, skewMarginMs } = deployment.timings;
  const gone = worker?.state === 'TERMINATED';
  const lost = worker === undefined || worker.state === 'LOST';
  // Its claim was granted and the worker never heard of it: it lives, pings, and does nothing for this job.
  const forgotten = !gone && !lost && !worker.jobs.includes(job.id);
  const leaseMayBeOver =
    now - job.changedAt > leaseMs + skewMarginMs && now - (view.refusedAt.get(job.id) ?? 0) > leaseMs;
  if (!gone && !((lost || forgotten) && leaseMayBeOver)) return undefined;
  const spot = snapshot.instances.get(job.leaseOwner)?.stateReason === 'Server.SpotInstanceTermination';
  const cause = spot ? 'spot' : forgotten ? 'controller' : 'node';
  const what = worker === undefined ? 'is unknown' : forgotten ? 'does not know of it' : worker.detail;
  return {
    kind: 'job.reap',
    jobId: job.id,
    cause,
    from: job.leaseOwner,
    write: reapJob(job, {
      at: now,
      cause,
      detail: `${job.leaseOwner}: ${what}`,
      leaderEpoch,
      readyShards: deployment.readyShards,
      tally: lossTally(job, view),
      evidence: gone ? { kind: 'gone' } : { kind: 'lease-over', before: now - skewMarginMs },
    }),
  };
}

/** A dead worker cannot say what it cost: its time since the last transition, at the pool's price now; what no checkpoint holds is lost. */
function lossTally(job: JobRow, { snapshot, now }: LeaderView): JobTally {
  const lastSign = Math.max(job.changedAt, snapshot.pingAt[job.leaseOwner] ?? 0);
  const ranMs = Math.max(0, Math.min(lastSign, now) - job.reason.since);
  const worker = snapshot.workers.get(job.leaseOwner);
  const slots = Math.max(1, worker?.slots ?? 1);
  const usdPerHour = workerUsdPerHour(snapshot, job.pool, worker?.bidUsdPerHour ?? Infinity);
  const savedSince = job.checkpoint === undefined ? 0 : Math.max(0, job.checkpoint.at - job.reason.since);
  return {
    costUsd: job.tally.costUsd + (ranMs / 3_600_000) * (usdPerHour / slots),
    interruptions: job.tally.interruptions + 1,
    ranMs: job.tally.ranMs + ranMs,
    lostMs: job.tally.lostMs + Math.max(0, ranMs - Math.min(savedSince, ranMs)),
  };
}

function waitingRepair(job: JobRow, view: LeaderView): Repair | undefined {
  const { snapshot, now, leaderEpoch } = view;
  const readyShards = snapshot.deployment?.readyShards ?? 1;
  if (job.state === 'RUNNABLE' && job.desired.hold !== undefined)
    return { kind: 'job.write', jobId: job.id, write: holdWished(job, { at: now, leaderEpoch }) };
  // Who has a quota is let in by `owner-quota.ts`.
  const isFree = maxRunningOf(snapshot.settings, job.owner) === undefined;
  if (job.state === 'RUNNABLE' && isFree && job.notBefore > 0 && job.notBefore <= now) {
    return { kind: 'job.write', jobId: job.id, write: readyAgain(job, { at: now, leaderEpoch, readyShards }) };
  }
  return undefined;
}

/** BLOCKED jobs whose predecessors have ended. The document's list of them is read by the caller, who has the item. */
export function decideDependency(job: JobRow, after: readonly string[], view: LeaderView): Repair | undefined {
  const { snapshot, now, leaderEpoch, turnFor } = view;
  const readyShards = snapshot.deployment?.readyShards ?? 1;
  const states = after.map((id) => ({ id, row: snapshot.jobs.get(id) }));
  const failed = states.find(({ row }) => row !== undefined && isTerminal(row.state) && row.state !== 'SUCCEEDED');
  if (failed === undefined && states.some(({ row }) => row?.state !== 'SUCCEEDED')) return undefined;
  return {
    kind: 'job.write',
    jobId: job.id,
    write: settleDependency(job, {
      at: now,
      leaderEpoch,
      readyShards,
      failed: failed?.id,
      parksAt: parksAt(job, snapshot.settings, now),
      ...(turnFor !== undefined && failed === undefined && { turn: turnFor(job) }),
    }),
  };
}
