import { FaultError } from '../model/fault.ts';
import type { DriverChoice } from '../model/job.ts';
import type { ProcessEnd } from '../model/ports.ts';
import type { DurationMs } from '../model/units.ts';
import { checkpointExitCode, type JobDocument } from '../protocol/job-document.ts';
import { type AttemptFolders, type AttemptPlace, type AttemptPorts, foldersSeen } from './attempt-context.ts';
import type { AttemptOutputs } from './attempt-outputs.ts';
import type { Leaving } from './attempt-leaving.ts';
import type { Beginning } from './beginning.ts';
import { Checkpointer } from './checkpointer.ts';
import type { CheckpointDriver, SavableProcess } from './drivers/checkpoint-driver.ts';
import { isFileError } from './file-errors.ts';
import type { HeldJob } from './held-job.ts';
import type { AttemptLogs } from './job-log.ts';

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
  readonly logs: AttemptLogs;
  readonly outputs: AttemptOutputs;
  /** Aborts when the attempt is over, or fenced. */
  readonly over: AbortSignal;
  readonly workMs: () => DurationMs;
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
    const first = await Promise.race([process.ended, leaving]);
    watching.abort();
    await Promise.all([saving, shipping, sending]);
    return first;
  }

  #checkpointerOf(process: SavableProcess, number: number): Checkpointer {
    const { ports, place, job, folders, document, driver, choice, workMs } = this.#options;
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
      workMs,
      row: () => job.row,
      onCommitted: (row) => job.learn(row),
      isFenced: () => job.isFenced,
    });
  }
}
