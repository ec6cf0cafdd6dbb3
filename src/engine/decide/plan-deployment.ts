import type { Command, ConditionalWrite, Plan, Proposal } from '../model/command.ts';
import type { Deployment } from '../model/deployment.ts';
import { JOB } from '../model/job-columns.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { UsdPerHour } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';
import { putIntent } from '../protocol/intent-item.ts';
import { writeSettings } from '../protocol/misc-item.ts';
import { killJob, unholdJob } from '../protocol/operator-job-writes.ts';
import { spendRate } from './cost.ts';
import { parksAt } from './owner-quota.ts';
import { plural } from './notables.ts';
import { mayRelease } from './plan-jobs.ts';
import { jobTarget, leaderNote, openIntent, type PlanContext, planned, refuse } from './plan-parts.ts';

/** What there still is of a deployment that is being ended. */
export interface Remains {
  readonly accepting: boolean;
  readonly targetWorkers: number;
  /** That have not ended. */
  readonly jobs: number;
  /** Workers that have not ended: only a master sees instances that have no row, and gives them one. */
  readonly instances: number;
  readonly usdPerHour: UsdPerHour;
}

/** Counts what is left; all zero and not accepting is the end. */
export function remainsOf(snapshot: Snapshot): Remains {
  const { SUCCEEDED, FAILED, KILLED } = snapshot.jobCounts;
  const { accepting, targetWorkers } = snapshot.settings;
  return {
    accepting,
    targetWorkers,
    jobs: snapshot.jobs.length - SUCCEEDED - FAILED - KILLED,
    instances: aliveWorkers(snapshot).length,
    usdPerHour: spendRate(snapshot),
  };
}

function aliveWorkers({ workers }: Snapshot): readonly WorkerRow[] {
  return [...workers].filter(({ state }) => state !== 'TERMINATED');
}

/** Everything ends: submission, then jobs, then workers. The steps are phases: `nextOfEnding` makes the writes of each. */
export function proposeEnd(
  command: Extract<Command, { kind: 'deployment.end' }>,
  deployment: Deployment,
  context: PlanContext,
): Proposal {
  const { snapshot } = context;
  const { accepting, targetWorkers, jobs, instances, usdPerHour } = remainsOf(snapshot);
  const steps: Plan['steps'] = [
    {
      text: accepting ? 'stop submission' : 'submission is stopped already',
      note: 'cbas release --all opens it again',
      effect: { kind: 'deployment.end', phase: 'submission' },
    },
    {
      text: `kill ${plural(jobs, 'job')}`,
      note: byState(snapshot),
      effect: { kind: 'deployment.end', phase: 'jobs' },
    },
    {
      text: `terminate ${plural(instances, 'instance')}`,
      note: `workers asked for: ${targetWorkers} -> 0`,
      effect: { kind: 'deployment.end', phase: 'workers' },
    },
  ];
  return planned(command, context, {
    title: `end everything of ${deployment.name}`,
    steps,
    usdPerHour: -usdPerHour,
    losesMs: ranMs(snapshot),
    notes: [
      'finished jobs, their outputs, books and checkpoints stay; killed jobs can be retried',
      ...(instances === 0 ? [] : leaderNote(context)),
    ],
  });
}

function byState({ jobCounts }: Snapshot): string {
  const { RUNNABLE, BLOCKED, HELD, STARTING, RUNNING, INTERRUPTING } = jobCounts;
  const on = STARTING + RUNNING + INTERRUPTING;
  const waiting = RUNNABLE + BLOCKED + HELD;
  return on + waiting === 0 ? 'none is left' : `${on} on workers, ${waiting} waiting`;
}

/** Time that unfinished jobs have had on workers; read by column, for there may be a million. */
function ranMs({ jobs }: Snapshot): number {
  const [stateOf, ranMsOf] = [jobs.column(JOB.state), jobs.column(JOB.ranMs)];
  let sum = 0;
  for (let at = 0; at < jobs.length; at++) if (!isTerminal(stateOf(at))) sum += ranMsOf(at);
  return sum;
}

export type EndingPhase = 'submission' | 'jobs' | 'workers' | 'gone';

/** Jobs killed in one pass: as many writes as are under way within a second or two. */
const KILLED_AT_ONCE_MAX = 500;
/** Instances in one intent: EC2 takes a thousand, and one bad id spoils a whole call. */
const TERMINATED_AT_ONCE_MAX = 100;

/**
 * What to write now, so that at last nothing is left. Level-triggered: each pass looks at what there is, so that a second run
 * goes on where the first one stopped, and what appears meanwhile is met by the next pass. Later phases wait for earlier ones:
 * no instance goes while there is work that would launch another.
 */
export function nextOfEnding(context: PlanContext): {
  readonly phase: EndingPhase;
  readonly writes: readonly ConditionalWrite[];
} {
  const { snapshot, operator, now } = context;
  const { settings } = snapshot;
  const changed = { ...settings, changedBy: operator.name, changedAt: now };
  if (settings.accepting) return { phase: 'submission', writes: [writeSettings({ ...changed, accepting: false })] };
  const jobs = unfinishedJobs(snapshot);
  if (jobs.length > 0)
    return { phase: 'jobs', writes: jobs.map((job) => killJob(job, { at: now, by: operator.name })) };
  const lower = settings.targetWorkers === 0 ? [] : [writeSettings({ ...changed, targetWorkers: 0 })];
  const workers = unaskedWorkers(context);
  const intents = Array.from({ length: Math.ceil(workers.length / TERMINATED_AT_ONCE_MAX) }, (_, at) =>
    terminateIntent(workers.slice(at * TERMINATED_AT_ONCE_MAX, (at + 1) * TERMINATED_AT_ONCE_MAX), context),
  );
  const writes = [...lower, ...intents];
  const isGone = writes.length === 0 && aliveWorkers(snapshot).length === 0 && !isLaunching(snapshot);
  return { phase: isGone ? 'gone' : 'workers', writes };
}

function unfinishedJobs({ jobs }: Snapshot): readonly JobRow[] {
  const stateOf = jobs.column(JOB.state);
  const rows: JobRow[] = [];
  for (let at = 0; at < jobs.length && rows.length < KILLED_AT_ONCE_MAX; at++) {
    if (!isTerminal(stateOf(at))) rows.push(jobs.at(at));
  }
  return rows;
}

function isLaunching({ intents }: Snapshot): boolean {
  return [...intents].some(
    ({ action, state }) => action.verb === 'launch' && (state === 'OPEN' || state === 'STARTED'),
  );
}

/** Those that no intent is about to end. One that is settled may not have reached the row yet; after a reconcile it is asked anew. */
function unaskedWorkers({ snapshot, now }: PlanContext): readonly WorkerRow[] {
  const patienceMs = snapshot.deployment?.timings.reconcileMs ?? 0;
  const asked = new Set<string>();
  for (const { action, state, settledAt } of snapshot.intents) {
    const isOver = state !== 'OPEN' && state !== 'STARTED' && now - settledAt > patienceMs;
    if (action.verb === 'terminate' && !isOver) for (const id of action.workerIds) asked.add(id);
  }
  return aliveWorkers(snapshot).filter(({ id }) => !asked.has(id));
}

function terminateIntent(workers: readonly WorkerRow[], context: PlanContext): ConditionalWrite {
  const action = {
    verb: 'terminate',
    workerIds: workers.map(({ id }) => id),
    revs: workers.map(({ rev }) => rev),
    target: 'keep',
  } as const;
  return putIntent(openIntent(`terminate-${context.newId()}`, action, context));
}

/** The way back: jobs are accepted again, and what is held may run. The target stays: workers cost money. */
export function proposeOpen(
  command: Extract<Command, { kind: 'deployment.open' }>,
  deployment: Deployment,
  context: PlanContext,
): Proposal {
  const { snapshot, operator, now } = context;
  const { settings } = snapshot;
  const held = [...snapshot.jobs].filter(mayRelease);
  if (settings.accepting && held.length === 0)
    return refuse('nothing-to-do', `${deployment.name} accepts jobs, and none is held`);
  const open = { ...settings, accepting: true, changedBy: operator.name, changedAt: now };
  const released = { at: now, by: operator.name, readyShards: deployment.readyShards };
  return planned(command, context, {
    title: settings.accepting ? `release ${plural(held.length, 'job')}` : `let ${deployment.name} accept jobs again`,
    steps: [
      ...(settings.accepting
        ? []
        : [{ text: 'accept jobs', note: '', effect: { kind: 'table.write', write: writeSettings(open) } } as const]),
      ...held.map((job) => ({
        text: `release ${job.name || job.id}`,
        note: job.state,
        effect: { kind: 'table.write', write: unholdJob(job, { ...released, parksAt: parksAt(job, settings, now) }) } as const, // prettier-ignore
        targets: [jobTarget(job)],
      })),
    ],
    notes: settings.targetWorkers === 0 ? ['no worker is asked for: launch some (cbas launch COUNT)'] : [],
  });
}
