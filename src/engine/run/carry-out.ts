import { describeConflict } from '../decide/conflict.ts';
import { isTerminalIntent } from '../decide/intents.ts';
import { chosenSteps } from '../decide/plan-steps.ts';
import type { ConditionalWrite, Intent, Plan, PlanStep, StepOutcome, TargetOutcome } from '../model/command.ts';
import type { Deployment } from '../model/deployment.ts';
import { describeFault, faultOf } from '../model/fault.ts';
import { isLeased, type JobRow } from '../model/job.ts';
import type { BlobStore } from '../model/blob-store.ts';
import type { Clock, Item, MasterHost, TableStore } from '../model/ports.ts';
import { intentOf } from '../protocol/intent-item.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import { settingsOf } from '../protocol/misc-item.ts';
import { workerRowOf } from '../protocol/worker-item.ts';
import { submitJob } from '../protocol/operator-job-writes.ts';
import { startMaster } from './own-master.ts';
import type { SnapshotStore } from './store.ts';
import { placeInTurn } from './take-turns.ts';

/** A command waits this long for the leader's answer; then the intent's id is told, and it goes on by itself. */
const ANSWER_WITHIN_MS = 30_000;
const ANSWER_POLL_MS = 250;

export interface CarryOutContext {
  readonly ports: {
    readonly store: TableStore;
    readonly blobs: BlobStore;
    readonly clock: Clock;
    readonly host?: MasterHost | undefined;
  };
  readonly snapshots: SnapshotStore;
  readonly deployment: Deployment;
  /** false: a leader's answer is not waited for. */
  readonly wait: boolean;
  readonly signal: AbortSignal;
}

type Came = Omit<StepOutcome, 'text'>;
const DONE: Came = { state: 'done', detail: '' };

/**
 * Carries out the chosen steps of a plan, one after the other and exactly as they were shown; an outcome for each of them.
 * Wishes that later steps wait for are written together and awaited together. A step whose forerunner did not come off is skipped.
 */
export async function carryOut(plan: Plan, context: CarryOutContext): Promise<readonly StepOutcome[]> {
  const turned = await inTurn(chosenSteps(plan), plan.command.kind, context);
  if (turned.refused !== undefined) return turned.steps.map((step) => outcomeOf(step, turned.refused ?? DONE));
  const { steps } = turned;
  const came = new Map<PlanStep, Came>();
  const broken = new Set<string>();
  const settle = (step: PlanStep, outcome: Came): void => {
    came.set(step, outcome);
    if (outcome.state !== 'done' && outcome.state !== 'asked') for (const { id } of step.targets ?? []) broken.add(id);
  };
  let awaited: { readonly step: PlanStep; readonly outcome: Promise<Came> }[] = [];
  for (const step of steps) {
    if (step.awaited === 'saved') {
      awaited.push({ step, outcome: wishAndAwait(step, context) });
      continue;
    }
    for (const { step: before, outcome } of awaited) settle(before, await outcome);
    awaited = [];
    const missing = step.after?.find((id) => broken.has(id));
    settle(step, missing === undefined ? await doStep(step, context) : skipped(missing, context));
  }
  for (const { step, outcome } of awaited) settle(step, await outcome);
  return steps.map((step) => outcomeOf(step, came.get(step) ?? DONE));
}

/** New jobs get their turns at the last moment: until then others may have submitted. What was shown of them stays as it is. */
async function inTurn(
  steps: readonly PlanStep[],
  kind: Plan['command']['kind'],
  { ports, snapshots, deployment }: CarryOutContext,
): Promise<{ readonly steps: readonly PlanStep[]; readonly refused?: Came }> {
  if (kind !== 'jobs.submit') return { steps };
  const writes = steps.flatMap(({ effect }) => (effect.kind === 'table.write' ? [effect.write] : []));
  const items = writes.map(({ key, set }) => ({ jobId: key, ...set }));
  const owner = items.map((item) => jobRowOf(item)?.owner ?? '')[0] ?? '';
  try {
    const { settings } = snapshots.snapshot();
    const placed = await placeInTurn(items, { store: ports.store, deployment, settings, owner, at: ports.clock.now() });
    if (!placed.ok)
      return { steps, refused: { state: placed.kind === 'limit' ? 'failed' : 'conflict', detail: placed.why } };
    const byId = new Map(placed.items.map((item) => [String(item['jobId']), submitJob(item)]));
    const turned = steps.map((step): PlanStep => {
      const { effect } = step;
      const write = effect.kind === 'table.write' ? byId.get(effect.write.key) : undefined;
      return write === undefined ? step : { ...step, effect: { kind: 'table.write', write } };
    });
    return { steps: turned };
  } catch (error) {
    return { steps, refused: { state: 'failed', detail: describeFault(faultOf(error, 'a turn for the jobs')) } };
  }
}

/** Nothing is done, and that is what is told of each step. */
export function onlyTold(plan: Plan): readonly StepOutcome[] {
  return chosenSteps(plan).map((step) => outcomeOf(step, { state: 'skipped', detail: 'dry run: nothing was written' }));
}

function outcomeOf(step: PlanStep, { state, detail, targets }: Came): StepOutcome {
  const ids = targets ?? step.targets?.map(({ id }): TargetOutcome => ({ id, state, detail }));
  return { text: step.text, state, detail, ...(ids !== undefined && { targets: ids }) };
}

function skipped(id: string, { snapshots }: CarryOutContext): Came {
  const name = snapshots.snapshot().jobs.get(id)?.name || id;
  return { state: 'skipped', detail: `not done, for the step before it did not come off (${name}); switch that step off to do it all the same` }; // prettier-ignore
}

async function doStep(step: PlanStep, context: CarryOutContext): Promise<Came> {
  const { ports } = context;
  const { effect } = step;
  try {
    if (effect.kind === 'master.start') return await startHere(effect.id, context);
    if (effect.kind === 'blob.put') {
      await ports.blobs.putFile(effect.key, effect.file);
      return DONE;
    }
    if (effect.kind !== 'table.write') return { state: 'failed', detail: 'only the leader does this' };
    const item = await ports.store.write(effect.write);
    if (item === undefined) return await conflict(step, effect.write, context);
    learn(effect.write.table, item, context);
    return effect.write.table === 'intents' ? await awaitIntent(effect.write.key, context) : DONE;
  } catch (error) {
    return { state: 'failed', detail: describeFault(faultOf(error, step.text)) };
  }
}

/** The condition did not hold: what stands there now is told, and known from then on. */
async function conflict(step: PlanStep, write: ConditionalWrite, context: CarryOutContext): Promise<Came> {
  const item = await context.ports.store.get(write.table, write.key);
  if (item !== undefined) learn(write.table, item, context);
  return { state: 'conflict', detail: describeConflict(step, write.table, { item, at: context.ports.clock.now() }) };
}

function learn(table: ConditionalWrite['table'], item: Item, { ports, snapshots }: CarryOutContext): void {
  const at = ports.clock.now();
  const job = table === 'jobs' ? jobRowOf(item) : undefined;
  if (job !== undefined) snapshots.dispatch([{ kind: 'jobs.observed', at, rows: [job] }]);
  const worker = table === 'workers' ? workerRowOf(item) : undefined;
  if (worker !== undefined) snapshots.dispatch([{ kind: 'workers.observed', at, rows: [worker] }]);
  if (table === 'misc') snapshots.dispatch([{ kind: 'settings.observed', at, settings: settingsOf(item) }]);
}

async function startHere(id: string, { ports, snapshots, signal }: CarryOutContext): Promise<Came> {
  const { host, clock } = ports;
  if (host === undefined) return { state: 'failed', detail: 'no master can be started from here' };
  try {
    return await startMaster({ host, clock, snapshot: snapshots.snapshot, signal }, id);
  } catch (error) {
    // Its log cannot be written, or the machine has no room for another process.
    return { state: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function awaitIntent(id: string, { ports, snapshots, wait, signal }: CarryOutContext): Promise<Came> {
  const { clock, store } = ports;
  const deadline = clock.monotonicMs() + (wait ? ANSWER_WITHIN_MS : 0);
  for (;;) {
    const item = await store.get('intents', id);
    const intent = item === undefined ? undefined : intentOf(item);
    if (intent !== undefined) snapshots.dispatch([{ kind: 'intents.observed', at: clock.now(), rows: [intent] }]);
    if (intent !== undefined && isTerminalIntent(intent.state)) return settled(intent);
    if (clock.monotonicMs() >= deadline || signal.aborted)
      return { state: 'asked', detail: `not answered yet: intent ${id}` };
    await clock.sleep(ANSWER_POLL_MS, signal);
  }
}

/** Id by id where it is about several: those that the leader did not touch had ended before it came to them. */
function settled({ state, outcome, action, instanceIds }: Intent): Came {
  const came = state === 'DONE' ? 'done' : 'failed';
  if (action.verb !== 'terminate' || action.workerIds.length < 2) return { state: came, detail: outcome };
  const ended = new Set(instanceIds);
  const targets = action.workerIds.map((id): TargetOutcome =>
    came === 'failed' || ended.has(id)
      ? { id, state: came, detail: came === 'failed' ? outcome : '' }
      : { id, state: 'conflict', detail: 'it had ended already' },
  );
  return { state: came, detail: outcome, targets };
}

/**
 * The wish, and then until the job has saved. What has ended or moved on meanwhile has nothing left to save here. A program that does
 * not save in the time that programs have for it is told as such, and what waits for it is not done.
 */
async function wishAndAwait(step: PlanStep, context: CarryOutContext): Promise<Came> {
  const { ports, deployment, signal } = context;
  const { store, clock } = ports;
  const { effect } = step;
  if (effect.kind !== 'table.write') return { state: 'failed', detail: 'it is no wish' };
  const { key } = effect.write;
  const { checkpointAckMs, heartbeatMs } = deployment.timings;
  try {
    const wished = jobRowOf((await store.write(effect.write)) ?? {});
    let row: JobRow | undefined = wished ?? jobRowOf((await store.get('jobs', key)) ?? {});
    if (wished === undefined)
      return row !== undefined && isLeased(row.state)
        ? await conflict(step, effect.write, context)
        : nothingToSave(row);
    const before = wished.checkpoint?.generation ?? 0;
    const deadline = clock.monotonicMs() + checkpointAckMs + 2 * heartbeatMs;
    for (;;) {
      if (row?.epoch !== wished.epoch || !isLeased(row.state)) return nothingToSave(row);
      if ((row.checkpoint?.generation ?? 0) > before) return { state: 'done', detail: 'its work is saved' };
      if (clock.monotonicMs() >= deadline || signal.aborted) break;
      await clock.sleep(ANSWER_POLL_MS, signal);
      row = jobRowOf((await store.get('jobs', key)) ?? {});
    }
    return { state: 'failed', detail: `it has not saved its work in ${Math.round((checkpointAckMs + 2 * heartbeatMs) / 1_000)} s` }; // prettier-ignore
  } catch (error) {
    return { state: 'failed', detail: describeFault(faultOf(error, step.text)) };
  }
}

function nothingToSave(row: JobRow | undefined): Came {
  return {
    state: 'done',
    detail: row === undefined ? 'it is gone' : `nothing to save here: it is ${row.state} by now`,
  };
}
