import { FaultError } from '../model/fault.ts';
import { linkedAbort } from '../model/linked-abort.ts';
import type { DriverChoice, PendingCheckpoint } from '../model/checkpoint.ts';
import type { ProcessEnd } from '../model/ports.ts';
import type { DurationMs } from '../model/units.ts';
import { checkpointExitCode, type JobDocument } from '../protocol/job-document.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';
import { type AttemptFolders, foldersSeen } from './attempt-folders.ts';
import type { AttemptOutputs } from './attempt-outputs.ts';
import { type Leaving, tellNotice } from './attempt-leaving.ts';
import type { Beginning } from './beginning.ts';
import { Checkpointer } from './checkpointer.ts';
import type { CheckpointDriver, SavableProcess } from './drivers/checkpoint-driver.ts';
import { isFileError } from './file-errors.ts';
import type { HeldJob } from './held-job.ts';
import type { AttemptLogs } from './job-log.ts';
import { untilItMustGo } from './notice-window.ts';

/** A program that asks to be run again at once, again and again, is not started more often than this. */
const RUN_AGAIN_AFTER_MS: DurationMs = 1_000;

export interface ProgramRunOptions {
  readonly ports: AttemptPorts;
  readonly place: AttemptPlace;
  readonly job: HeldJob;
  readonly folders: AttemptFolders;
  readonly document: JobDocument;
  readonly beginning: Beginning;
  readonly driver: CheckpointDriver;
  readonly choice: DriverChoice;
  readonly leaving: Promise<Leaving>;
  /** Aborts when there is another reason to leave: then it does not wait any more. */
  readonly hurry: AbortSignal;
  /** A checkpoint is to be taken at the next look; asked once. */
  readonly asked: () => 'rebalance' | undefined;
  readonly logs: AttemptLogs;
  readonly outputs: AttemptOutputs;
  /** Aborts when the attempt is over, or fenced. */
  readonly over: AbortSignal;
  readonly workMs: () => DurationMs;
  readonly begin: (pending: PendingCheckpoint) => Promise<boolean>;
  readonly onBegan: (process: SavableProcess) => void;
}

/** It must leave while it runs. */
export interface LeavingProgram {
  readonly kind: 'leaving';
  readonly leaving: Leaving;
  readonly checkpointer: Checkpointer;
  readonly process: SavableProcess;
}

export type ProgramEnd = { readonly kind: 'ended'; readonly how: ProcessEnd } | LeavingProgram | 'fenced';

/** Runs a job's program under its driver until it ends or must leave, and again where its exit code asks for that. */
export class ProgramRun {
  readonly #options: ProgramRunOptions;
  #isNoticeTold = false;

  constructor(options: ProgramRunOptions) {
    this.#options = options;
  }

  /** @param running what was brought back from memory; undefined: it is to be started, on the state of `generation` (0 = none). */
  async untilEnd(running: SavableProcess | undefined, generation: number): Promise<ProgramEnd> {
    const { ports, job, driver, beginning, document, over, onBegan } = this.#options;
    const { clock } = ports;
    let from = generation;
    let number = 0;
    for (let process = running; ; process = undefined) {
      process ??= await beginning.start(driver, from);
      onBegan(process);
      if (job.isFenced) return 'fenced';
      const begunMs = clock.monotonicMs();
      const checkpointer = this.#checkpointerOf(process, number);
      const first = await this.#watch(process, checkpointer);
      if (job.isFenced) return 'fenced';
      if ('kind' in first) return { kind: 'leaving', leaving: first, checkpointer, process };
      process.kill();
      if (first.exitCode === undefined || process.driver !== 'app' || first.exitCode !== checkpointExitCode(document))
        return { kind: 'ended', how: first };
      // "My state is saved, run me again": it lies here, whether or not S3 takes it now.
      await checkpointer.save('exit').catch((error: unknown) => {
        if (!(error instanceof FaultError) && !isFileError(error)) throw error;
      });
      await clock.sleep(Math.max(0, RUN_AGAIN_AFTER_MS - (clock.monotonicMs() - begunMs)), over);
      if (job.isFenced) return 'fenced';
      await process.close();
      number = checkpointer.number;
      from = job.row.checkpoint?.generation ?? from;
    }
  }

  /** Keeps it saved and its log shipped until it ends or must leave. */
  async #watch(process: SavableProcess, checkpointer: Checkpointer): Promise<ProcessEnd | Leaving> {
    const { ports, place, document, logs, outputs, leaving } = this.#options;
    const watching = new AbortController();
    const saving = checkpointer.keep(watching.signal);
    const everyMs = place.deployment.timings.heartbeatMs;
    const shipping = logs.keep(ports.clock, { everyMs, signal: watching.signal });
    const sending = outputs.keep(document, { everyMs, signal: watching.signal });
    const mustGo = leaving.then((why) => this.#inTime(why, checkpointer, watching.signal));
    const first = await Promise.race([process.ended, mustGo]);
    watching.abort();
    await Promise.all([saving, shipping, sending]);
    return first;
  }

  /** After a notice it runs on as long as it may; it goes on being saved meanwhile. */
  async #inTime(why: Leaving, checkpointer: Checkpointer, watching: AbortSignal): Promise<Leaving> {
    if (why.kind !== 'notice' || watching.aborted) return why;
    const { ports, place, job, hurry } = this.#options;
    // A program that is run again in the window is told of it once.
    if (!this.#isNoticeTold) await tellNotice({ ports, job }, why.takeAt());
    this.#isNoticeTold = true;
    const waiting = linkedAbort([watching, hurry]);
    await untilItMustGo({
      ports,
      place,
      takeAt: why.takeAt,
      takes: () => checkpointer.takes,
      onStay: () => checkpointer.learnHowLong(),
      signal: waiting.signal,
    });
    waiting.release();
    return why;
  }

  #checkpointerOf(process: SavableProcess, number: number): Checkpointer {
    const { ports, place, job, folders, document, driver, choice, workMs, begin, asked } = this.#options;
    return new Checkpointer({
      ports,
      place,
      holder: job.holder,
      folders,
      document,
      process,
      choice,
      host: place.drivers.host,
      seenAt: driver.capabilities.samePath ? foldersSeen(job.holder.jobId).root : '',
      number,
      begin,
      asked,
      workMs,
      row: () => job.row,
      onCommitted: (row) => job.learn(row),
      isFenced: () => job.isFenced,
    });
  }
}
