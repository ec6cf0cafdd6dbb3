import type { Command, PlanStep, Proposal } from '../model/command.ts';
import type { JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { HOUR_MS, type UsdPerHour } from '../model/units.ts';
import { isServing, type WorkerRow } from '../model/worker.ts';
import { putIntent } from '../protocol/intent-item.ts';
import { writeSettings } from '../protocol/misc-item.ts';
import { drainWorker, giveJobsBack } from '../protocol/operator-worker-writes.ts';
import { workerUsdPerHour } from './cost.ts';
import { measuredStart, spanWords } from './deadline-outlook.ts';
import { plural } from './notables.ts';
import {
  atRiskMs,
  checkpointFirst,
  deadlineNotes,
  leaderNote,
  nameOf,
  openIntent,
  type PlanContext,
  planned,
  refuse,
  workerTarget,
} from './plan-parts.ts';
import { targetIds } from './plan-steps.ts';

/** The target that stands for the settings, which have no id of their own. */
const SETTINGS = 'settings';

export function servingCount(snapshot: Snapshot): number {
  let count = 0;
  for (const { state, serves } of snapshot.workers) if (isServing(state) && serves === 'queue') count += 1;
  return count;
}

function aliveOf(ids: readonly string[], { workers }: Snapshot): readonly WorkerRow[] {
  return ids.map((id) => workers.get(id)).filter((row): row is WorkerRow => row !== undefined && row.state !== 'TERMINATED'); // prettier-ignore
}

function jobsOn(workers: readonly WorkerRow[], { jobs }: Snapshot): readonly JobRow[] {
  return workers.flatMap(({ jobs: held }) => held.map((id) => jobs.get(id)).filter((row) => row !== undefined));
}

/** What it costs that workers go: what is saved for good, and what their replacements cost where the target stays. */
interface Leaving {
  /** What they cost now. */
  readonly usdPerHour: UsdPerHour;
  /** Those of them that the target counts. */
  readonly ofTarget: number;
  /** Launched for them when the target stays: none where no work waits, or more serve than are asked for. */
  readonly replaced: number;
  readonly usdPerHourOfReplaced: UsdPerHour;
  /** Of the starts of the replacements: paid, and nothing done. */
  readonly startsUsd: number;
}

function leavingOf(workers: readonly WorkerRow[], snapshot: Snapshot): Leaving {
  const { settings, jobCounts } = snapshot;
  const rates = workers.map(({ pool, bidUsdPerHour }) => workerUsdPerHour(snapshot, pool, bidUsdPerHour));
  const usdPerHour = rates.reduce((sum, rate) => sum + rate, 0);
  const ofTarget = workers.filter(({ state, serves }) => isServing(state) && serves === 'queue').length;
  const isWorkLeft = jobCounts.RUNNABLE + workers.reduce((sum, { jobs }) => sum + jobs.length, 0) > 0;
  const missing = Math.max(0, settings.targetWorkers - (servingCount(snapshot) - ofTarget));
  const replaced = isWorkLeft ? Math.min(ofTarget, missing) : 0;
  const usdPerHourOfReplaced = workers.length === 0 ? 0 : (usdPerHour / workers.length) * replaced;
  const startsUsd = (usdPerHourOfReplaced * measuredStart(snapshot).readyMs) / HOUR_MS;
  return { usdPerHour, ofTarget, replaced, usdPerHourOfReplaced, startsUsd };
}

function replacedWords({ replaced }: Leaving, count: number, { settings }: Snapshot): string {
  if (replaced === 0) return 'no replacement: no work waits for one, or enough others serve';
  const what = count === 1 ? 'a replacement' : plural(replaced, 'replacement');
  return `${what} will be launched (target stays ${settings.targetWorkers})`;
}

/** To ask for fewer workers: a step of its own, before they go, so that no replacement is launched in between. */
function lowerTarget(
  leaving: Leaving,
  target: 'keep' | 'lower',
  { snapshot, operator, now }: PlanContext,
): readonly PlanStep[] {
  const { settings } = snapshot;
  const lower = Math.max(0, settings.targetWorkers - leaving.ofTarget);
  if (leaving.replaced === 0 && target === 'keep') return [];
  if (lower === settings.targetWorkers) return [];
  const next = { ...settings, targetWorkers: lower, changedBy: operator.name, changedAt: now };
  return [
    {
      text: `ask for ${settings.targetWorkers} -> ${lower} workers`,
      note: 'instead of replacing them',
      effect: { kind: 'table.write', write: writeSettings(next) },
      targets: [{ id: SETTINGS, rev: settings.rev, state: `target ${settings.targetWorkers}` }],
      choice: { isOn: target === 'lower', losesMs: 0, usdPerHour: -leaving.usdPerHourOfReplaced },
    },
  ];
}

/** What the sums are with the steps as they stand. */
function sums(leaving: Leaving, steps: readonly PlanStep[]): { readonly usdPerHour: number; readonly usd: number } {
  const isLowered = steps.some(({ targets, choice }) => targets?.[0]?.id === SETTINGS && choice?.isOn === true);
  return {
    usdPerHour: (isLowered ? 0 : leaving.usdPerHourOfReplaced) - leaving.usdPerHour,
    usd: isLowered ? 0 : leaving.startsUsd,
  };
}

export function proposeTerminate(
  command: Extract<Command, { kind: 'workers.terminate' }>,
  context: PlanContext,
): Proposal {
  const { snapshot } = context;
  const workers = aliveOf(command.workerIds, snapshot);
  const [first] = workers;
  if (first === undefined) return refuse('not-found', `${command.workerIds.join(', ')}: no such worker runs`);
  const jobs = jobsOn(workers, snapshot);
  const ids = workers.map(({ id }) => id);
  const leaving = leavingOf(workers, snapshot);
  const saving = jobs.filter(({ state }) => state === 'RUNNING').map((job) => checkpointFirst(job, command.first, context)); // prettier-ignore
  const lowering = lowerTarget(leaving, command.target, context);
  const action = { verb: 'terminate', workerIds: ids, revs: workers.map(({ rev }) => rev), target: 'keep' } as const;
  const id = ids.length === 1 ? `${first.id}@${first.rev}` : `terminate-${context.newId()}`;
  const ending: PlanStep = {
    text: `TerminateInstances ${ids.join(' ')}`,
    note: replacedWords(leaving, ids.length, snapshot),
    effect: { kind: 'table.write', write: putIntent(openIntent(id, action, context)) },
    targets: workers.map(workerTarget),
    after: targetIds({ steps: saving }),
  };
  const steps = [...saving, ...lowering, ending];
  const saved = saving.reduce((sum, { choice }) => sum + (choice?.isOn === true ? choice.losesMs : 0), 0);
  return planned(command, context, {
    title: ids.length === 1 ? `terminate worker ${ids[0]}` : `terminate ${plural(ids.length, 'worker')}`,
    steps,
    ...sums(leaving, lowering),
    losesMs: jobs.reduce((sum, job) => sum + atRiskMs(job, context), 0) + saved,
    notes: [goesOn(jobs), ...deadlineNotes(jobs, context), ...leaderNote(context)],
  });
}

function goesOn(jobs: readonly JobRow[]): string {
  const [only, ...others] = jobs;
  if (only === undefined) return 'no job runs on it';
  if (others.length === 0) return `${nameOf(only)} goes on elsewhere, from its newest checkpoint`;
  return `${jobs.length} jobs go on elsewhere, each from its newest checkpoint`;
}

/** Nothing new is taken; the jobs end there or are given back saved; then the worker ends itself, and its instance with it. */
export function proposeDrain(command: Extract<Command, { kind: 'workers.drain' }>, context: PlanContext): Proposal {
  const { snapshot } = context;
  const alive = aliveOf(command.workerIds, snapshot);
  const workers = alive.filter(({ state, drain }) => isServing(state) && drain === undefined);
  const [first] = workers;
  if (first === undefined) return notDrained(command.workerIds, alive);
  const title = workers.length === 1 ? `drain worker ${first.id}` : `drain ${plural(workers.length, 'worker')}`;
  return drainPlan(command, context, { workers, title, target: command.target, jobs: command.jobs, notes: [] });
}

interface Draining {
  readonly workers: readonly WorkerRow[];
  readonly title: string;
  readonly target: 'keep' | 'lower';
  readonly jobs: 'finish' | 'give-back';
  /** Told before what is told of every drain. */
  readonly notes: readonly string[];
}

/** The steps for workers that go when their jobs have ended, or are saved; each can be switched. */
export function drainPlan(command: Command, context: PlanContext, drain: Draining): Proposal {
  const { snapshot, operator, now } = context;
  const { workers, title, target } = drain;
  const leaving = leavingOf(workers, snapshot);
  const lowering = lowerTarget(leaving, target, context);
  const asked = { at: now, by: operator.name };
  const draining = workers.flatMap((row): readonly PlanStep[] => {
    const jobs = jobsOn([row], snapshot);
    const going: PlanStep = {
      text: `drain ${row.id}`,
      note: jobs.length === 0 ? 'goes at once: it has no job' : `goes when ${jobs.map(nameOf).join(', ')} has ended`,
      effect: { kind: 'table.write', write: drainWorker(row, asked) },
      targets: [workerTarget(row)],
    };
    if (jobs.length === 0) return [going];
    const lostMs = jobs.filter(({ checkpoint }) => checkpoint === undefined).reduce((sum, job) => sum + atRiskMs(job, context), 0); // prettier-ignore
    return [
      going,
      {
        text: `save ${jobs.map(nameOf).join(', ')} now and give it back`,
        note: lostMs > 0 ? 'it has saved nothing yet: what it cannot save is lost' : 'goes on elsewhere from there',
        effect: { kind: 'table.write', write: giveJobsBack(row, asked) },
        targets: [workerTarget(row)],
        choice: { isOn: drain.jobs === 'give-back', losesMs: lostMs, usdPerHour: 0 },
      },
    ];
  });
  const steps = [...lowering, ...draining];
  const jobs = jobsOn(workers, snapshot);
  return planned(command, context, {
    title,
    steps,
    ...sums(leaving, lowering),
    losesMs: draining.reduce((sum, { choice }) => sum + (choice?.isOn === true ? choice.losesMs : 0), 0),
    notes: [
      ...drain.notes,
      replacedWords(leaving, workers.length, snapshot),
      `nothing new is claimed; the worker reads it within ${spanWords(snapshot.deployment?.timings.pingMs ?? 0)}; no master is needed`,
      ...deadlineNotes(jobs, context),
    ],
  });
}

function notDrained(asked: readonly string[], alive: readonly WorkerRow[]): Proposal {
  const [first] = alive;
  if (first === undefined) return refuse('not-found', `${asked.join(', ')}: no such worker runs`);
  if (alive.length > 1) return refuse('nothing-to-do', 'all of them go already');
  const by = first.drain === undefined ? '' : `, drained by ${first.drain.by}`;
  return refuse('nothing-to-do', `${first.id} goes already: it is ${first.state}${by}`);
}
