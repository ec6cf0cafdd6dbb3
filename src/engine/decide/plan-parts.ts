import type { Command, Intent, Plan, PlanStep, Proposal, Refusal, StepTarget } from '../model/command.ts';
import type { JobRow } from '../model/job.ts';
import type { MasterHost } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { DurationMs } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';
import { newIntent, putIntent } from '../protocol/intent-item.ts';
import { wishCheckpoint } from '../protocol/operator-job-writes.ts';
import { outlookOf, spanWords } from './deadline-outlook.ts';
import { hasLeader } from './has-leader.ts';
import { plural } from './notables.ts';
import { pendingOn, pendingWords } from './pending-acts.ts';
import { targetIds } from './plan-steps.ts';

/** Who asks, and from where: goes with every intent into the audit. */
export interface Operator {
  readonly name: string;
  readonly from: string;
  readonly mode: 'operator' | 'read-only';
}

export interface PlanContext {
  readonly snapshot: Snapshot;
  readonly operator: Operator;
  /** Makes the plan's id and a launch's; chance belongs to the caller. */
  readonly newId: () => string;
  readonly now: number;
  /** Where a master can be started; undefined where none can. */
  readonly host?: Pick<MasterHost, 'machine' | 'commandLine' | 'logFile' | 'running'> | undefined;
}

export function refuse(code: Refusal['code'], sentence: string): Proposal {
  return { ok: false, refusal: { code, sentence } };
}

export type PlanBody = Pick<Plan, 'title' | 'steps'> & Partial<Pick<Plan, 'usdPerHour' | 'usd' | 'losesMs' | 'notes'>>;

/** More wishes of others are counted: a plan is read in one look. */
const PENDING_TOLD_MAX = 3;

export function planned(command: Command, context: PlanContext, body: PlanBody): Proposal {
  const { snapshot, now, newId } = context;
  const ids = targetIds(body);
  const notes = [...(body.notes ?? []), ...ownerNotes(ids, context), ...pendingNotes(ids, { snapshot, now })];
  return {
    ok: true,
    plan: { id: newId(), command, madeAt: now, usdPerHour: 0, usd: 0, losesMs: 0, ...body, notes },
  };
}

/** What others, or one's own earlier act, have pending on the same rows. */
function pendingNotes(
  ids: readonly string[],
  { snapshot, now }: Pick<PlanContext, 'snapshot' | 'now'>,
): readonly string[] {
  const pending = pendingOn(ids, snapshot);
  const told = pending.slice(0, PENDING_TOLD_MAX).map((act) => {
    const name = snapshot.jobs.get(act.id)?.name || act.id;
    return `${name}: ${pendingWords(act, now)}, and it is not done yet`;
  });
  const more = pending.length - told.length;
  return more > 0 ? [...told, `and ${more} more acts that are not done yet on these rows`] : told;
}

/** Owners named in a plan; more are counted. */
const OWNERS_TOLD_MAX = 3;

/** Whose jobs it touches, where they are not those of the one who asks: jobs themselves, and what its workers hold. */
function ownerNotes(ids: readonly string[], { snapshot, operator }: PlanContext): readonly string[] {
  const jobIds = new Set(ids.flatMap((id) => [id, ...(snapshot.workers.get(id)?.jobs ?? [])]));
  const counts = new Map<string, number>();
  for (const id of jobIds) {
    const owner = snapshot.jobs.get(id)?.owner ?? '';
    if (owner !== '' && owner !== operator.name) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const most = [...counts].sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1));
  const told = most.slice(0, OWNERS_TOLD_MAX).map(([owner, count]) => `${owner} (${plural(count, 'job')})`);
  const more = most.length - told.length;
  return [`not yours: ${told.join(', ')}${more > 0 ? ` and of ${more} more owners` : ''}`];
}

export function nameOf(job: JobRow): string {
  return job.name === '' ? job.id : job.name;
}

export function jobTarget({ id, rev, state }: JobRow): StepTarget {
  return { id, rev, state };
}

export function workerTarget({ id, rev, state }: WorkerRow): StepTarget {
  return { id, rev, state };
}

/**
 * Work that would have to be done again if it stopped now: since the newest checkpoint of its present run, as its worker says it; where
 * that was not read, at most the time since then. A plan must not say that nothing is lost because nobody has looked.
 */
export function atRiskMs(
  { id, epoch, state, reason, checkpoint }: JobRow,
  { snapshot, now }: Pick<PlanContext, 'snapshot' | 'now'>,
): DurationMs {
  const facts = snapshot.live[id];
  if (facts?.epoch === epoch) return facts.atRiskMs;
  return state === 'RUNNING' ? Math.max(0, now - Math.max(reason.since, checkpoint?.at ?? 0)) : 0;
}

/**
 * A job saves its work before something ends it: a step of its own, which can be switched off. It is on where it was asked for and the
 * job has shown that it can save; what has never saved anything may not know how to, and whoever waits for it would wait in vain.
 */
export function checkpointFirst(
  job: JobRow,
  first: 'checkpoint' | undefined,
  { operator, now, snapshot }: PlanContext,
): PlanStep {
  const { checkpoint } = job;
  const savesMs = atRiskMs(job, { snapshot, now });
  const saves = savesMs === 0 ? 'saves what it has done since the last one' : `saves ${spanWords(savesMs)} of work`;
  return {
    text: `checkpoint ${nameOf(job)} first`,
    note:
      checkpoint === undefined
        ? `its first one: it may not know how to; ${saves}`
        : `about ${spanWords(Math.max(1_000, checkpoint.stopMs))}, ${saves}`,
    effect: { kind: 'table.write', write: wishCheckpoint(job, { at: now, by: operator.name }) },
    targets: [jobTarget(job)],
    choice: { isOn: first === 'checkpoint' && checkpoint !== undefined, losesMs: -savesMs, usdPerHour: 0 },
    awaited: 'saved',
  };
}

/** Jobs named one by one; more are counted. */
const DEADLINES_TOLD_MAX = 3;

/** What it means for the deadlines of jobs that have to go on elsewhere; work that is not saved counts as lost. */
export function deadlineNotes(
  jobs: readonly JobRow[],
  { snapshot, now }: Pick<PlanContext, 'snapshot' | 'now'>,
): readonly string[] {
  const told = jobs.flatMap((job) => {
    if (job.deadlineAt === 0) return [];
    const outlook = outlookOf(job, snapshot, now);
    if (outlook.kind === 'unpromised')
      return [`${nameOf(job)} has a deadline in ${spanWords(outlook.timeLeftMs)}, and nobody knows what it needs`];
    const { slackMs } = outlook;
    return slackMs > 0
      ? [`${nameOf(job)}: its deadline is kept, slack ${spanWords(slackMs)}`]
      : [`${nameOf(job)}: its deadline is at risk, slack -${spanWords(-slackMs)}`];
  });
  const more = told.length - DEADLINES_TOLD_MAX;
  return more > 0 ? [...told.slice(0, DEADLINES_TOLD_MAX), `and ${more} more jobs with deadlines`] : told;
}

export function openIntent(id: string, action: Intent['action'], { operator, now }: PlanContext): Intent {
  return newIntent({ id, action, by: operator.name, from: operator.from, createdAt: now });
}

export function intentStep(intent: Intent, text: string, note: string): PlanStep {
  return { text, note, effect: { kind: 'table.write', write: putIntent(intent) } };
}

export function leaderNote({ snapshot, now }: PlanContext): readonly string[] {
  return !hasLeader(snapshot, now) ? ['no master runs: this waits until one does (cbas master)'] : [];
}
