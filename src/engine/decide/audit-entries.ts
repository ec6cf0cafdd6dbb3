import type { OwnProgram } from '../model/engine.ts';
import type { AuditEntry, AuditState, AuditTarget } from '../model/audit.ts';
import type { Intent, Plan, StepOutcome } from '../model/command.ts';
import type { EpochMs } from '../model/units.ts';
import type { Operator } from './plan-parts.ts';
import { chosenSteps } from './plan-steps.ts';

/** Who writes a line, and when. `seq` sorts by time and is the writer's own. */
export interface AuditStamp {
  readonly at: EpochMs;
  readonly seq: string;
}

/** The line of a confirmed plan, before anything of it is done; with outcomes the line of what came of it. */
export function auditOfPlan(
  plan: Plan,
  operator: Pick<Operator, 'name' | 'from'>,
  act: AuditStamp & { readonly outcomes?: readonly StepOutcome[]; readonly isDryRun: boolean },
): AuditEntry {
  const { at, seq, outcomes, isDryRun } = act;
  const targets = targetsOf(plan, outcomes);
  return {
    seq,
    at,
    by: operator.name,
    from: operator.from,
    writer: 'console',
    verb: plan.command.kind,
    actId: plan.id,
    title: plan.title,
    ...(plan.reason !== undefined && { reason: plan.reason }),
    state: isDryRun ? 'dry-run' : outcomes === undefined ? 'confirmed' : stateOf(outcomes),
    outcome: outcomes === undefined ? '' : troubleOf(outcomes),
    targets,
    targetCount: targets.length,
    usdPerHour: plan.usdPerHour,
    usd: plan.usd,
    losesMs: plan.losesMs,
  };
}

/** One for each id; the outcome of the last step that was done to it. */
function targetsOf(plan: Plan, outcomes: readonly StepOutcome[] | undefined): readonly AuditTarget[] {
  const byId = new Map<string, AuditTarget>();
  chosenSteps(plan).forEach(({ targets = [] }, position) => {
    const outcome = outcomes?.[position];
    for (const { id, rev } of targets) {
      const own = outcome?.targets?.find((target) => target.id === id);
      byId.set(id, { id, rev, outcome: own?.state ?? outcome?.state ?? '' });
    }
  });
  return [...byId.values()];
}

const WORST_FIRST = ['failed', 'conflict', 'asked', 'skipped', 'done'] as const;

function stateOf(outcomes: readonly StepOutcome[]): AuditState {
  const states = new Set(outcomes.map(({ state }) => state));
  if (states.size > 1 && states.has('done')) return 'partly';
  const worst = WORST_FIRST.find((state) => states.has(state)) ?? 'done';
  return worst === 'skipped' ? 'failed' : worst;
}

/** The first trouble in full, and how many more there are. */
function troubleOf(outcomes: readonly StepOutcome[]): string {
  const bad = outcomes.filter(({ state }) => state === 'failed' || state === 'conflict' || state === 'skipped');
  const [first] = bad;
  if (first === undefined) return outcomes.length === 1 ? (outcomes[0]?.detail ?? '') : '';
  const more = bad.length > 1 ? `; and ${bad.length - 1} more` : '';
  return `${first.detail === '' ? first.text : first.detail}${more}`;
}

const INTENT_STATES = { DONE: 'done', FAILED: 'failed', REFUSED: 'refused' } as const;

/** The line of what a leader carried out, or refused to: its own launches included. */
export function auditOfIntent(
  intent: Intent,
  end: AuditStamp & {
    readonly leaderId: string;
    readonly state: 'DONE' | 'FAILED' | 'REFUSED';
    readonly outcome: string;
    readonly instanceIds: readonly string[];
  },
): AuditEntry {
  const { action } = intent;
  const { ids, title, revs } = toldOf(action, end.instanceIds);
  const isOf = new Set(end.instanceIds);
  return {
    seq: end.seq,
    at: end.at,
    by: intent.by,
    from: intent.from,
    writer: end.leaderId,
    verb: action.verb === 'retire' ? 'images.retire' : `workers.${action.verb}`,
    actId: intent.id,
    title,
    state: INTENT_STATES[end.state],
    outcome: end.outcome,
    targets: ids.map((id, position) => ({
      id,
      rev: revs[position] ?? 0,
      outcome: isOf.has(id) ? 'done' : INTENT_STATES[end.state],
    })),
    targetCount: ids.length,
    usdPerHour: 0,
    usd: 0,
    losesMs: 0,
  };
}

interface ActTold {
  readonly ids: readonly string[];
  readonly revs: readonly number[];
  readonly title: string;
}

function toldOf(action: Intent['action'], made: readonly string[]): ActTold {
  switch (action.verb) {
    case 'launch':
      return { ids: made, revs: [], title: `launch ${action.count} in ${action.pool ?? 'the cheapest pool'}` };
    case 'image':
      return { ids: [action.workerId], revs: [], title: `image of ${action.workerId} after a checkpoint of ${action.jobId}` };
    case 'retire':
      return { ids: action.imageIds, revs: [], title: `retire ${counted(action.imageIds, 'images')}` };
    case 'terminate':
      return { ids: action.workerIds, revs: action.revs, title: `terminate ${counted(action.workerIds, 'workers')}` };
  }
} // prettier-ignore

function counted(ids: readonly string[], what: string): string {
  return ids.length === 1 ? (ids[0] ?? '') : `${ids.length} ${what}`;
}

/** The line of what is no plan: a shell, or a verb of the command line that makes its writes itself. */
export function auditOfAct(
  act: Pick<AuditEntry, 'verb' | 'title' | 'state' | 'outcome' | 'targets'> & { readonly actId: string },
  operator: Pick<Operator, 'name' | 'from'>,
  { at, seq }: AuditStamp,
): AuditEntry {
  return {
    ...act,
    seq,
    at,
    by: operator.name,
    from: operator.from,
    writer: 'console',
    targetCount: act.targets.length,
    usdPerHour: 0,
    usd: 0,
    losesMs: 0,
  };
}

export function auditOfShell(
  worker: { readonly id: string; readonly rev: number },
  operator: Pick<Operator, 'name' | 'from'>,
  stamp: AuditStamp,
): AuditEntry {
  const title = `shell on ${worker.id}`;
  const targets = [{ ...worker, outcome: 'done' }];
  return auditOfAct({ verb: 'workers.shell', title, state: 'done', outcome: '', targets, actId: stamp.seq }, operator, stamp); // prettier-ignore
}

/** What it did is not known here: that it was started is. */
export function auditOfProgram(
  { name, argv, about }: OwnProgram,
  operator: Pick<Operator, 'name' | 'from'>,
  stamp: AuditStamp,
): AuditEntry {
  const title = `${name}: ${argv.join(' ')}`;
  const targets = [{ id: about, rev: 0, outcome: 'done' }];
  return auditOfAct({ verb: 'program.run', title, state: 'done', outcome: '', targets, actId: stamp.seq }, operator, stamp); // prettier-ignore
}
