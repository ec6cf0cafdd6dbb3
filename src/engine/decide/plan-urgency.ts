import type { Command, PlanStep, Proposal } from '../model/command.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { EpochMs } from '../model/units.ts';
import { setUrgency } from '../protocol/operator-job-writes.ts';
import { outlookOf, spanWords } from './deadline-outlook.ts';
import { plural } from './notables.ts';
import { jobTarget, nameOf, type PlanContext, planned, refuse } from './plan-parts.ts';

/** As the job document has it. */
export const PRIORITY_MIN = -1_000;
export const PRIORITY_MAX = 1_000;

type SetCommand = Extract<Command, { kind: 'jobs.set' }>;

/** Another priority, another deadline, or both. */
export function proposeUrgency(command: SetCommand, context: PlanContext): Proposal {
  const { snapshot, now } = context;
  const { jobIds, priority, deadlineAt } = command;
  const wrong = wrongValue(command, now);
  if (wrong !== undefined) return refuse('bad-value', wrong);
  const asked = jobIds.map((id) => snapshot.jobs.get(id)).filter((row): row is JobRow => row !== undefined);
  const [first] = asked;
  if (first === undefined) return refuse('not-found', `${jobIds.join(', ')}: no such job`);
  const alive = asked.filter(({ state }) => !isTerminal(state));
  if (alive.length === 0)
    return refuse(
      'nothing-to-do',
      asked.length === 1
        ? `${nameOf(first)} has ended already: ${first.state}`
        : 'all of them have ended already: there is nothing to hurry',
    );
  const jobs = alive.filter((job) => differs(job, command));
  const [one] = jobs;
  if (one === undefined) return refuse('nothing-to-do', 'it is so already');
  const what = [
    ...(priority === undefined ? [] : [`priority ${priority}`]),
    ...(deadlineAt === undefined ? [] : [deadlineAt === 0 ? 'no deadline' : `deadline in ${spanWords(deadlineAt - now)}`]),
  ].join(', '); // prettier-ignore
  return planned(command, context, {
    title: `${what} for ${jobs.length === 1 ? nameOf(one) : plural(jobs.length, 'job')}`,
    steps: jobs.map((job) => urgencyStep(job, command, context)),
    notes: notesOf(jobs, command, context),
  });
}

function wrongValue({ priority, deadlineAt }: SetCommand, now: EpochMs): string | undefined {
  if (priority === undefined && deadlineAt === undefined) return 'say a priority, a deadline, or both';
  if (priority !== undefined && (!Number.isInteger(priority) || priority < PRIORITY_MIN || priority > PRIORITY_MAX))
    return `a priority is a whole number from ${PRIORITY_MIN} to ${PRIORITY_MAX}, not ${priority}`;
  if (deadlineAt === undefined || deadlineAt === 0) return undefined;
  if (!Number.isFinite(deadlineAt)) return 'that deadline is no time';
  return deadlineAt <= now ? `a deadline ${spanWords(now - deadlineAt)} ago cannot be kept` : undefined;
}

function differs(job: JobRow, { priority, deadlineAt }: SetCommand): boolean {
  return (
    (priority !== undefined && priority !== job.priority) || (deadlineAt !== undefined && deadlineAt !== job.deadlineAt)
  );
}

function urgencyStep(job: JobRow, { priority, deadlineAt, needs }: SetCommand, context: PlanContext): PlanStep {
  const { snapshot, now } = context;
  const readyShards = snapshot.deployment?.readyShards ?? 1;
  const next = { priority: priority ?? job.priority, deadlineAt: deadlineAt ?? job.deadlineAt, needs: needs[job.id] };
  const changes = [
    ...(next.priority === job.priority ? [] : [`priority ${job.priority} -> ${next.priority}`]),
    ...(next.deadlineAt === job.deadlineAt ? [] : [`deadline ${leftOf(job.deadlineAt, now)} -> ${leftOf(next.deadlineAt, now)}`]),
  ]; // prettier-ignore
  return {
    text: `${nameOf(job)}: ${changes.join(', ')}`,
    note: slackOf(job, next.deadlineAt, context) || job.state,
    effect: { kind: 'table.write', write: setUrgency(job, next, { at: now, readyShards }) },
    targets: [jobTarget(job)],
  };
}

function leftOf(deadlineAt: EpochMs, now: EpochMs): string {
  if (deadlineAt === 0) return 'none';
  return deadlineAt > now ? `in ${spanWords(deadlineAt - now)}` : `${spanWords(now - deadlineAt)} ago`;
}

function slackOf(job: JobRow, deadlineAt: EpochMs, { snapshot, now }: PlanContext): string {
  if (deadlineAt === 0) return '';
  const outlook = outlookOf({ ...job, deadlineAt }, snapshot, now);
  if (outlook.kind === 'unpromised') return 'nothing is promised: it has no estimate and does not say how far it is';
  const { slackMs, needsMs } = outlook;
  const needs = `needs ${spanWords(needsMs)} at worst`;
  return slackMs > 0 ? `${needs}: slack ${spanWords(slackMs)}` : `${needs}: it may come too late`;
}

function notesOf(jobs: readonly JobRow[], command: SetCommand, { snapshot, now }: PlanContext): readonly string[] {
  const rescued = command.deadlineAt === undefined ? [] : jobs.filter((job) => wantsRescue(job, command, { snapshot, now })); // prettier-ignore
  const unknown = (command.deadlineAt ?? 0) === 0 ? [] : jobs.filter(({ id, needs }) => needs === undefined && command.needs[id] === undefined); // prettier-ignore
  return [
    ...(command.priority === undefined ? [] : ['a higher priority is claimed first; what runs is not interrupted']),
    ...(rescued.length === 0 ? [] : [`the leader will run ${plural(rescued.length, 'job')} on on-demand to keep it`]),
    ...(unknown.length === 0 ? [] : [`${plural(unknown.length, 'job')}: what its document needs was not read; any worker is taken for it`]),
  ]; // prettier-ignore
}

function wantsRescue(
  job: JobRow,
  { deadlineAt = 0 }: SetCommand,
  { snapshot, now }: Pick<PlanContext, 'snapshot' | 'now'>,
): boolean {
  // prettier-ignore
  if (deadlineAt === 0) return false;
  const outlook = outlookOf({ ...job, deadlineAt }, snapshot, now);
  return outlook.kind === 'known' && outlook.slackMs <= 0;
}
