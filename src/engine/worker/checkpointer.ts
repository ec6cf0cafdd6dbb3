import { FaultError } from '../model/fault.ts';
import type { CheckpointPointer, DriverChoice, JobRow } from '../model/job.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { blobKeys } from '../protocol/blobs.ts';
import type { HostFacts } from '../protocol/checkpoint-manifest.ts';
import { checkpointGeneration, commitCheckpoint } from '../protocol/checkpoint-writes.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import type { Holder } from '../protocol/job-transition.ts';
import type { AttemptFolders, AttemptPlace, AttemptPorts } from './attempt-context.ts';
import { readProgress } from './attempt-report.ts';
import type { CheckpointReason, SavableProcess, SavedState } from './drivers/checkpoint-driver.ts';
import { SAVES_BY_ITSELF } from './drivers/or-ready.ts';
import { isFileError } from './file-errors.ts';
import { uploadWithManifest } from './staging.ts';

export interface CheckpointerOptions {
  readonly ports: AttemptPorts;
  readonly place: AttemptPlace;
  readonly holder: Holder;
  readonly folders: AttemptFolders;
  readonly document: JobDocument;
  readonly process: SavableProcess;
  /** How it was chosen to save this job. */
  readonly choice: DriverChoice;
  readonly host: HostFacts;
  /** Where the program sees its folder. */
  readonly seenAt: string;
  /** The number of the newest checkpoint that this attempt made: a program that is run again goes on counting. */
  readonly number: number;
  /** Work done so far: restored plus run. */
  readonly workMs: () => DurationMs;
  readonly row: () => JobRow;
  readonly onCommitted: (row: JobRow) => void;
  readonly isFenced: () => boolean;
}

/**
 * Decides when a job's state is taken, and commits what its driver took: when one is due, when one is wished for, when the
 * program saved by itself, and before it leaves.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #number: number;
  #stopMs: DurationMs = 0;
  #lastMonotonicMs: number;
  #grantedWishAt = 0;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#number = options.number;
    this.#lastMonotonicMs = options.ports.clock.monotonicMs();
  }

  get number(): number {
    return this.#number;
  }

  /** Saves when a state is new, when one is due, and when one is wished for; until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { ports, place, row } = this.#options;
    while (!signal.aborted) {
      try {
        const wish = row().desired.checkpoint;
        await this.#look(wish !== undefined && wish.at !== this.#grantedWishAt ? wish.at : undefined);
      } catch (error) {
        // AWS that is away for a moment, or a folder that the program took away: the next look may find better.
        if (!(error instanceof FaultError) && !isFileError(error)) throw error;
      }
      await ports.clock.sleep(place.deployment.timings.checkpointWatchMs, signal);
    }
    await this.#working;
  }

  async #look(wishedAt: EpochMs | undefined): Promise<void> {
    const { place, process } = this.#options;
    const hasNews = await process.hasNews();
    if (wishedAt !== undefined) {
      this.#grantedWishAt = wishedAt;
      await this.save('wish');
    } else if (this.#due()) await this.save('periodic');
    else if (hasNews && this.#sinceLastMs() >= place.deployment.timings.checkpointMinMs) await this.#take('news');
  }

  /** Has the state taken, within `withinMs`, and commits it. true when something new was committed. */
  async save(
    reason: Exclude<CheckpointReason, 'news'>,
    withinMs = this.#options.place.deployment.timings.checkpointAckMs,
  ): Promise<boolean> {
    this.#lastMonotonicMs = this.#options.ports.clock.monotonicMs();
    return this.#take(reason, withinMs);
  }

  async #take(
    reason: CheckpointReason,
    withinMs = this.#options.place.deployment.timings.checkpointAckMs,
  ): Promise<boolean> {
    const { process, place, holder, workMs } = this.#options;
    const workBeforeMs = workMs();
    const saved = await process.checkpoint({ reason, withinMs, thenStop: reason === 'interrupt' });
    if (saved === undefined) return false;
    if (typeof saved === 'string') {
      place.say(`${holder.jobId}: no checkpoint: ${saved}`);
      return false;
    }
    if (saved.stopMs > 0) this.#stopMs = saved.stopMs;
    // A program that runs on while it saves has done its work by then; one that was stopped has not.
    return this.#commitNext(saved, { reason, workMs: process.driver === 'app' ? undefined : workBeforeMs });
  }

  /** Time between checkpoints: Young's sqrt(2 d M), d = stop time, M = mean time between interruptions; e.g. 2 s and 6 h give 294 s. */
  #intervalMs(): DurationMs {
    const { document, place } = this.#options;
    const { intervalS } = document.checkpoint;
    if (intervalS !== 'auto') return intervalS * 1_000;
    const { assumedMtbfMs, checkpointMinMs, checkpointMaxMs } = place.deployment.timings;
    return Math.min(
      checkpointMaxMs,
      Math.max(checkpointMinMs, Math.sqrt(2 * Math.max(this.#stopMs, 100) * assumedMtbfMs)),
    );
  }

  #sinceLastMs(): DurationMs {
    return this.#options.ports.clock.monotonicMs() - this.#lastMonotonicMs;
  }

  #due(): boolean {
    return this.#options.process.canBeAsked && this.#sinceLastMs() >= this.#intervalMs();
  }

  #commitNext(saved: SavedState, told: Told): Promise<boolean> {
    const commit = this.#working.then(() => this.#commit(saved, told));
    // The chain only orders the commits; whoever asked for one hears of its failure.
    this.#working = commit.catch(() => undefined);
    return commit;
  }

  async #commit(saved: SavedState, told: Told): Promise<boolean> {
    const { ports, holder, folders, process, row, onCommitted, isFenced } = this.#options;
    const workMs = told.workMs ?? this.#options.workMs();
    // Before the state is copied: rather a little less than what it holds.
    const progressPct = await readProgress(ports.files, folders);
    const packed = await saved.pack();
    if (packed === undefined || isFenced()) return false;
    this.#number += 1;
    const generation = checkpointGeneration(holder.epoch, this.#number);
    const manifestKey = blobKeys.checkpointManifest(holder.jobId, generation);
    const at = ports.clock.now();
    const files = packed.files.map((file) => ({ ...file, output: '' }));
    const { driver } = process;
    const uploaded = await uploadWithManifest(ports, {
      holder,
      goesOn: () => !isFenced(),
      files,
      prefix: blobKeys.checkpoint(holder.jobId, generation),
      manifestKey,
      manifest: { kind: 'checkpoint', generation, workMs, createdAt: at, checkpoint: this.#about(saved, told) },
    });
    if (uploaded === undefined || isFenced()) return false;
    const pointer: CheckpointPointer = {
      generation,
      manifestKey,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      stopMs: this.#stopMs,
      ...(progressPct !== undefined && { progressPct }),
      at,
      workMs,
      driver,
    };
    const before = row().checkpoint;
    const item = await ports.store.write(commitCheckpoint(row(), holder, { pointer, saving: this.#saving() }));
    const committed = item === undefined ? undefined : jobRowOf(item);
    if (committed === undefined) return false;
    packed.committed();
    this.#lastMonotonicMs = ports.clock.monotonicMs();
    onCommitted(committed);
    await this.#dropOlder(generation, before?.generation);
    return true;
  }

  #about(saved: SavedState, { reason }: Told) {
    const { process, host, seenAt } = this.#options;
    const bound = process.driver === 'app' ? { host: { ...host, cpuFlags: [] }, folder: '' } : { host, folder: seenAt };
    return { driver: process.driver, ...bound, ...saved.about, stopMs: saved.stopMs, reason };
  }

  /** A program that saves by itself under another driver shows it by its first state. */
  #saving(): DriverChoice {
    const { process, choice } = this.#options;
    return process.driver === choice.driver ? choice : { driver: process.driver, why: SAVES_BY_ITSELF };
  }

  /** Two generations are kept: the newest and the one before it, as the fall-back. Only whoever holds the lease deletes. */
  async #dropOlder(newest: number, previous: number | undefined): Promise<void> {
    const { ports, holder } = this.#options;
    const kept = [newest, previous]
      .filter((generation) => generation !== undefined)
      .map((generation) => blobKeys.checkpoint(holder.jobId, generation));
    const all = await ports.blobs.list(blobKeys.checkpoints(holder.jobId));
    const old = all.filter(({ key }) => !kept.some((prefix) => key.startsWith(prefix))).map(({ key }) => key);
    if (old.length > 0) await ports.blobs.delete(old);
  }
}

interface Told {
  readonly reason: CheckpointReason;
  /** Work that the state holds; undefined: as of when it is packed. */
  readonly workMs: DurationMs | undefined;
}
