import { FaultError } from '../model/fault.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { interruptJob } from '../protocol/worker-job-writes.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';
import type { AttemptEnding, AttemptOutcome } from './attempt-ending.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { SavableProcess } from './drivers/checkpoint-driver.ts';
import { isFileError } from './file-errors.ts';
import type { HeldJob } from './held-job.ts';
import type { AttemptLogs } from './job-log.ts';

/** Why a job is to leave its worker before its program has ended. */
export type Leaving =
  /** `takeAt`: when EC2 takes the instance, as far as is known now. */
  | { readonly kind: 'notice'; readonly takeAt: () => EpochMs }
  | { readonly kind: 'shutdown'; readonly why: string }
  | { readonly kind: 'hold'; readonly by: string }
  | { readonly kind: 'rescue' };

export interface LeavingOptions {
  readonly ports: AttemptPorts;
  readonly place: AttemptPlace;
  readonly job: HeldJob;
  readonly ending: AttemptEnding;
  readonly logs: AttemptLogs;
  readonly leaving: Leaving;
  readonly checkpointer: Checkpointer;
  readonly process: SavableProcess;
  /** What would have to be done again if it were not saved. */
  readonly unsavedMs: () => DurationMs;
}

/** Saves what can be saved in the time there is, ends the program, and hands the job back. */
export async function goAway(options: LeavingOptions): Promise<AttemptOutcome> {
  const { ports, place, job, ending, logs, leaving, checkpointer, process, unsavedMs } = options;
  const { timings } = place.deployment;
  const reach = async (point: 'saved' | 'released'): Promise<void> =>
    ports.failpoint?.(point, { jobId: job.holder.jobId, generation: job.row.checkpoint?.generation ?? 0 });
  const leftMs = leaving.kind === 'notice' ? leaving.takeAt() - ports.clock.now() - timings.noticeReserveMs : 0;
  const withinMs = {
    // A notice that came too late: what can be had is tried.
    notice: Math.max(timings.graceMs, leftMs),
    shutdown: timings.graceMs,
    // Nobody is in a hurry: it gets the time that a program has for any checkpoint.
    hold: timings.checkpointAckMs,
    rescue: timings.checkpointAckMs,
  }[leaving.kind];
  const saved = await checkpointer.save('interrupt', withinMs).catch((error: unknown) => {
    if (error instanceof FaultError || isFileError(error)) return false;
    throw error;
  });
  process.kill();
  await process.ended;
  await logs.ship();
  if (job.isFenced) return 'fenced';
  await reach('saved');
  const lostMs = saved ? 0 : unsavedMs();
  const what = saved
    ? 'its work is saved'
    : job.row.checkpoint === undefined
      ? 'nothing was saved'
      : 'its older checkpoint stands';
  if (leaving.kind === 'notice') {
    const outcome = await ending.release('spot', `${place.pool} was taken back; ${what}`, lostMs);
    await reach('released');
    return outcome;
  }
  const why =
    leaving.kind === 'hold'
      ? `held by ${leaving.by}`
      : leaving.kind === 'rescue'
        ? 'goes over to on-demand, to meet its deadline'
        : leaving.why;
  const outcome = await ending.release('operator', `${why}; ${what}`, lostMs);
  await reach('released');
  return outcome;
}

/**
 * RUNNING -> INTERRUPTING is for the eyes of others: the little time there is goes to saving, whether AWS answers or not. Where it is
 * refused the job is fenced.
 */
export async function tellNotice(
  { ports, job }: Pick<LeavingOptions, 'ports' | 'job'>,
  takeAt: EpochMs,
): Promise<void> {
  const notice = { at: ports.clock.now(), takeAt };
  try {
    await job.write(interruptJob(job.row, job.holder, notice));
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
  }
}
