import type { Plan, StepOutcome } from '../engine/model/command.ts';
import { isLeased, type JobRow } from '../engine/model/job.ts';
import { jobRowOf } from '../engine/protocol/job-item.ts';
import { bytes } from '../ui/format.ts';
import { systemClock } from './clock.ts';
import type { Wired } from './wire.ts';

/** As long as any verb waits; a checkpoint that takes longer is told of as asked for. */
const GRANTED_WITHIN_MS = 30_000;
const BATCH_MAX = 100;

/** Waits until the wishes that were written are granted: the worker's commit of a checkpoint takes its wish away. */
export async function awaitCheckpoints(
  { store, deployment }: Wired,
  plan: Plan,
  outcomes: readonly StepOutcome[],
): Promise<readonly StepOutcome[]> {
  const deadline = systemClock.monotonicMs() + GRANTED_WITHIN_MS;
  const ids = plan.steps.map(({ effect }) => (effect.kind === 'table.write' ? effect.write.key : ''));
  const rows = new Map<string, JobRow>();
  const isOpen = (id: string, at: number): boolean =>
    outcomes[at]?.state === 'done' && (rows.get(id) === undefined || stillWished(rows.get(id)));
  for (;;) {
    const open = ids.filter(isOpen);
    for (const item of await store.batchGet('jobs', open.slice(0, BATCH_MAX))) {
      const row = jobRowOf(item);
      if (row !== undefined) rows.set(row.id, row);
    }
    if (!ids.some(isOpen) || systemClock.monotonicMs() >= deadline) break;
    await systemClock.sleep(deployment.timings.changesPollMs);
  }
  return outcomes.map((outcome, at) => (outcome.state === 'done' ? told(outcome, rows.get(ids[at] ?? '')) : outcome));
}

function stillWished(row: JobRow | undefined): boolean {
  return row !== undefined && isLeased(row.state) && row.desired.checkpoint !== undefined;
}

function told(outcome: StepOutcome, row: JobRow | undefined): StepOutcome {
  if (row === undefined || stillWished(row))
    return { ...outcome, state: 'asked', detail: 'its worker has not saved it yet; it will' };
  if (!isLeased(row.state)) return { ...outcome, detail: `it is ${row.state} by now` };
  const { checkpoint } = row;
  return { ...outcome, detail: checkpoint === undefined ? '' : `checkpoint ${checkpoint.generation}, ${bytes(checkpoint.sizeBytes)}` }; // prettier-ignore
}
