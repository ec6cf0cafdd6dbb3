import type { Plan, StepOutcome } from '../engine/model/command.ts';
import type { JobRow } from '../engine/model/job.ts';
import { jobRowOf } from '../engine/protocol/job-item.ts';
import { systemClock } from './clock.ts';
import type { Wired } from './wire.ts';

/** As long as any verb waits; what takes longer is told of as asked for. */
const GRANTED_WITHIN_MS = 30_000;
const BATCH_MAX = 100;

/** What a wish on a job's item comes to. */
export interface Wish {
  /** Nobody has granted it yet, and somebody still may. */
  readonly isOpen: (row: JobRow) => boolean;
  /** Told when the time is over. */
  readonly open: string;
  /** What became of it. */
  readonly settled: (row: JobRow) => Partial<Pick<StepOutcome, 'state' | 'detail'>>;
}

/** Waits until the wishes that a plan wrote are granted by the workers that hold the jobs. */
export async function awaitJobs(
  { store, deployment }: Wired,
  written: { readonly plan: Plan; readonly outcomes: readonly StepOutcome[] },
  wish: Wish,
): Promise<readonly StepOutcome[]> {
  const { plan, outcomes } = written;
  const deadline = systemClock.monotonicMs() + GRANTED_WITHIN_MS;
  const ids = plan.steps.map(({ effect }) => (effect.kind === 'table.write' ? effect.write.key : ''));
  const rows = new Map<string, JobRow>();
  const isOpen = (id: string, at: number): boolean => {
    const row = rows.get(id);
    return outcomes[at]?.state === 'done' && (row === undefined || wish.isOpen(row));
  };
  for (;;) {
    const open = ids.filter(isOpen);
    for (let start = 0; start < open.length; start += BATCH_MAX) {
      for (const item of await store.batchGet('jobs', open.slice(start, start + BATCH_MAX))) {
        const row = jobRowOf(item);
        if (row !== undefined) rows.set(row.id, row);
      }
    }
    if (!ids.some(isOpen) || systemClock.monotonicMs() >= deadline) break;
    await systemClock.sleep(deployment.timings.changesPollMs);
  }
  return outcomes.map((outcome, at) => {
    if (outcome.state !== 'done') return outcome;
    const row = rows.get(ids[at] ?? '');
    return row === undefined || wish.isOpen(row)
      ? { ...outcome, state: 'asked', detail: wish.open }
      : { ...outcome, ...wish.settled(row) };
  });
}
