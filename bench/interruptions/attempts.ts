import type { JobRow } from '../../src/engine/model/job.ts';

/** An interruption that the bench made. */
export interface Interruption {
  readonly at: number;
  readonly workerId: string;
  readonly told: boolean;
}

/** One run of a job on a worker, as the masters saw it. */
export interface Attempt {
  readonly jobId: string;
  readonly workerId: string;
  readonly claimedAt: number;
  /** When its program ran; undefined: never. */
  readonly runningAt: number | undefined;
  /** The end of the run: its next state, or the interruption that nobody told of. */
  readonly endedAt: number;
  readonly interruption: Interruption | undefined;
  /** Checkpoints that it committed. */
  readonly checkpoints: readonly NonNullable<JobRow['checkpoint']>[];
  /** When the job ran again after it; undefined: it did not have to. */
  readonly resumedAt: number | undefined;
  /** What of its work was not in the newest checkpoint; 0 where it ended in order. */
  readonly lostMs: number;
}

/** Cuts a job's states into its runs. */
export function attemptsOf(rows: readonly JobRow[], interruptions: readonly Interruption[]): readonly Attempt[] {
  const epochs = [...new Set(rows.map(({ epoch }) => epoch))].filter((epoch) => epoch > 0);
  return epochs.flatMap((epoch, at): readonly Attempt[] => {
    const mine = rows.filter((row) => row.epoch === epoch);
    const held = mine.filter(({ leaseOwner }) => leaseOwner !== '');
    const [claimed] = held;
    const after = mine.find((row) => row.leaseOwner === '' && row.changedAt > (claimed?.changedAt ?? 0));
    if (claimed === undefined) return [];
    const workerId = claimed.leaseOwner;
    const endsAt = after?.changedAt ?? rows.find((row) => row.epoch > epoch)?.changedAt ?? claimed.changedAt;
    const interruption = interruptions.find(
      (one) => one.workerId === workerId && one.at >= claimed.changedAt && one.at <= endsAt,
    );
    const runningAt = held.find(({ state }) => state === 'RUNNING')?.changedAt;
    const endedAt = interruption !== undefined && !interruption.told ? interruption.at : endsAt;
    const checkpoints = checkpointsOf(held, epoch);
    const next = epochs[at + 1];
    const resumedAt = rows.find((row) => row.epoch === next && row.state === 'RUNNING')?.changedAt;
    const saved = checkpoints.at(-1)?.at ?? runningAt ?? endedAt;
    // What was told of handed its work back: its own sum says what that did not hold.
    const toldMs = (after?.tally.lostMs ?? claimed.tally.lostMs) - claimed.tally.lostMs;
    const lostMs = interruption === undefined ? 0 : interruption.told ? toldMs : Math.max(0, endedAt - saved);
    return [
      { jobId: claimed.id, workerId, claimedAt: claimed.changedAt, runningAt, endedAt, interruption, checkpoints, resumedAt, lostMs },
    ];
  });
} // prettier-ignore

function checkpointsOf(rows: readonly JobRow[], epoch: number): Attempt['checkpoints'] {
  const byGeneration = new Map<number, NonNullable<JobRow['checkpoint']>>();
  for (const { checkpoint } of rows)
    if (checkpoint !== undefined && Math.floor(checkpoint.generation / 1e6) === epoch)
      byGeneration.set(checkpoint.generation, checkpoint);
  return [...byGeneration.values()];
}

export interface Costs {
  readonly stopMs: number;
  readonly restartMs: number;
}

/**
 * What the runs would have cost with a checkpoint every `everyMs`, in ms that were not work: stops, restarts, and what an untold interruption
 * after x ms loses in the mean over all phases of the interval: x - x^2 / 2 tau below tau, tau / 2 from there on. A notice loses
 * nothing, and costs one stop more.
 */
export function fixedIntervalMs(attempts: readonly Attempt[], everyMs: number, { stopMs, restartMs }: Costs): number {
  let cost = 0;
  for (const { runningAt, endedAt, interruption } of attempts) {
    const ranMs = runningAt === undefined ? 0 : Math.max(0, endedAt - runningAt);
    cost += (ranMs / (everyMs + stopMs)) * stopMs;
    if (interruption === undefined) continue;
    cost += restartMs;
    if (interruption.told) cost += stopMs;
    else cost += ranMs < everyMs ? ranMs - (ranMs * ranMs) / (2 * everyMs) : everyMs / 2;
  }
  return cost;
}

/** The least that any fixed interval would have cost, and which. */
export function bestFixed(attempts: readonly Attempt[], costs: Costs): { readonly everyMs: number; readonly costMs: number } {
  let best = { everyMs: 0, costMs: Infinity };
  for (let everyMs = 500; everyMs <= 60_000; everyMs += 250) {
    const costMs = fixedIntervalMs(attempts, everyMs, costs);
    if (costMs < best.costMs) best = { everyMs, costMs };
  }
  return best;
} // prettier-ignore
