import { targetIds } from '../engine/decide/plan-steps.ts';
import type { Command, Plan, StepOutcome } from '../engine/model/command.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import type { Cockpit } from './cockpit.ts';
import { HELD_KINDS, type HeldAct, type ResultLine } from './dialog.ts';
import { type Message, tell } from './state.ts';

/** Carries the shown plan out, exactly as it was shown: at once, or after the time in which it can be undone. */
export function confirm(cockpit: Cockpit, plan: Plan): void {
  cockpit.store.setState({ dialog: undefined, marks: new Set(), range: undefined, message: undefined });
  if (isHeldBack(plan, cockpit)) return holdBack(cockpit, plan);
  carryOutPlan(cockpit, plan);
}

function isHeldBack(plan: Plan, { undoMs, engine }: Pick<Cockpit, 'undoMs' | 'engine'>): boolean {
  return undoMs > 0 && HELD_KINDS.has(plan.command.kind) && !engine.abilities().dryRun;
}

function holdBack({ store, clock, undoMs }: Cockpit, plan: Plan): void {
  const held: HeldAct = { plan, dueMs: clock.monotonicMs() + undoMs };
  store.setState((ui) => ({ held: [...ui.held, held] }));
}

/** Asks the engine to do it, and tells what came of it: in one line, or id by id where not all came off. */
export function carryOutPlan(cockpit: Cockpit, plan: Plan): void {
  const { engine, store } = cockpit;
  tell(store, `${plan.title}: under way`);
  engine.confirm(plan).then(
    (outcomes) => store.setState({ message: outcomeMessage(plan, outcomes), ...told(cockpit, plan, outcomes) }),
    (error: unknown) =>
      tell(store, `${plan.title}: ${error instanceof Error ? error.message : String(error)}`, 'broken'),
  );
}

function told({ engine }: Cockpit, plan: Plan, outcomes: readonly StepOutcome[]) {
  const lines = resultLines(outcomes, engine.snapshot());
  const isDone = lines.every(({ state }) => state === 'done' || state === 'asked');
  const { command } = plan;
  const bid = command.kind === 'bid.set' && command.pool !== '*' && isDone ? { pool: command.pool, usdPerHour: command.usdPerHour } : undefined; // prettier-ignore
  const forgets = command.kind === 'bid.undo' && isDone;
  return {
    ...(bid !== undefined && { lastBid: bid }),
    ...(forgets && { lastBid: undefined }),
    ...(lines.length > 1 && !isDone && !engine.abilities().dryRun && { results: { plan, lines, top: 0 } }),
  };
}

const OUTCOME_WORDS: Readonly<Record<StepOutcome['state'], string>> = {
  done: 'done',
  asked: 'asked of the leader',
  conflict: 'changed meanwhile, not done',
  failed: 'failed',
  skipped: 'not done',
};

/** One line for all steps: counts by outcome, and the first trouble in full. */
export function outcomeMessage(plan: Plan, outcomes: readonly StepOutcome[]): Message {
  const counts = new Map<StepOutcome['state'], number>();
  for (const { state } of outcomes) counts.set(state, (counts.get(state) ?? 0) + 1);
  const isSeveral = outcomes.length > 1;
  const said = [...counts].map(([state, count]) => `${isSeveral ? `${count} ` : ''}${OUTCOME_WORDS[state]}`);
  const trouble = (['failed', 'conflict', 'skipped'] as const).map((bad) => outcomes.find(({ state }) => state === bad)).find((one) => one !== undefined); // prettier-ignore
  // Of a single step the outcome is told; of many, only the trouble.
  const only = isSeveral ? undefined : outcomes[0]?.detail;
  const detail = trouble === undefined ? only : trouble.detail || trouble.text;
  const text = `${plan.title}: ${said.join(', ') || 'nothing to do'}${detail ? ` (${detail})` : ''}`;
  return { text, level: counts.has('failed') ? 'broken' : counts.has('conflict') ? 'attention' : 'told' };
}

const BAD_FIRST: readonly StepOutcome['state'][] = ['failed', 'conflict', 'skipped', 'asked', 'done'];

/** Id by id, what did not come off first. Of several steps on one id the worst counts. */
export function resultLines(outcomes: readonly StepOutcome[], snapshot: Snapshot): readonly ResultLine[] {
  const byId = new Map<string, ResultLine>();
  for (const { text, state, detail, targets = [] } of outcomes) {
    const parts = targets.length === 0 ? [{ id: text, state, detail }] : targets;
    for (const part of parts) {
      const before = byId.get(part.id);
      if (before !== undefined && BAD_FIRST.indexOf(before.state) <= BAD_FIRST.indexOf(part.state)) continue;
      byId.set(part.id, { ...part, name: snapshot.jobs.get(part.id)?.name || part.id });
    }
  }
  return [...byId.values()].sort((a, b) => BAD_FIRST.indexOf(a.state) - BAD_FIRST.indexOf(b.state));
}

/** The same command for what did not come off; undefined where it cannot be tried in part, or all came off. */
export function commandAgain({ command, steps }: Plan, lines: readonly ResultLine[]): Command | undefined {
  const known = new Set(targetIds({ steps }));
  const ids = lines.filter(({ id, state }) => known.has(id) && state !== 'done' && state !== 'asked').map(({ id }) => id); // prettier-ignore
  if (ids.length === 0) return undefined;
  if ('jobIds' in command) return { ...command, jobIds: command.jobIds.filter((id) => ids.includes(id)) };
  if ('workerIds' in command) {
    const workerIds = command.workerIds.filter((id) => ids.includes(id));
    // What failed was a step before: then none of the workers is gone yet.
    return { ...command, workerIds: workerIds.length === 0 ? command.workerIds : workerIds };
  }
  return undefined;
}
