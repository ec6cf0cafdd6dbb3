import { FaultError } from '../model/fault.ts';
import type { CheckpointPointer, JobRow } from '../model/job.ts';
import type { RunningProcess } from '../model/ports.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { blobKeys } from '../protocol/blobs.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import type { Holder } from '../protocol/job-transition.ts';
import { checkpointGeneration, commitCheckpoint } from '../protocol/worker-job-writes.ts';
import { copyState, readyMark, type ReadyMark, writeReason } from './app-checkpoint.ts';
import type { AttemptFolders, AttemptPlace, AttemptPorts } from './attempt-context.ts';
import { readProgress } from './attempt-report.ts';
import { isFileError } from './file-errors.ts';
import { uploadWithManifest } from './staging.ts';

/** How often the folder is looked at while a program is expected to save. */
const LOOK_EVERY_MS = { min: 50, max: 500 };
/** A program that takes long is looked at more seldom: what is noticed late is at most this share of the whole. */
const LATE_SHARE = 0.05;

export interface CheckpointerOptions {
  readonly ports: AttemptPorts;
  readonly place: AttemptPlace;
  readonly holder: Holder;
  readonly folders: AttemptFolders;
  readonly document: JobDocument;
  readonly process: RunningProcess;
  /** Work done so far: restored plus run. */
  readonly workMs: () => DurationMs;
  readonly row: () => JobRow;
  readonly onCommitted: (row: JobRow) => void;
  readonly isFenced: () => boolean;
}

/**
 * The `app` driver: the program saves its state into its folder and renames READY over; the agent copies, uploads and
 * commits. With a signal declared it is asked; without one it saves at its own pace.
 */
export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #number = 0;
  #saved: ReadyMark | undefined;
  #stopMs: DurationMs = 0;
  #lastMonotonicMs: number;
  #grantedWishAt = 0;
  #working: Promise<unknown> = Promise.resolve();

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#lastMonotonicMs = options.ports.clock.monotonicMs();
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
    const { place } = this.#options;
    const mark = await this.#mark();
    if (wishedAt !== undefined) {
      this.#grantedWishAt = wishedAt;
      await this.save('wish');
    } else if (this.#due()) await this.save('periodic');
    else if (
      mark !== undefined &&
      mark !== this.#saved &&
      this.#sinceLastMs() >= place.deployment.timings.checkpointMinMs
    )
      await this.#commitReady();
  }

  /** Asks the program where it can be asked, waits for its answer at most `withinMs`, and commits what is there. true when something new was committed. */
  async save(
    reason: 'periodic' | 'wish' | 'interrupt',
    withinMs = this.#options.place.deployment.timings.checkpointAckMs,
  ): Promise<boolean> {
    const { document, process, folders, ports } = this.#options;
    if (document.checkpoint.driver === 'none') return false;
    this.#lastMonotonicMs = ports.clock.monotonicMs();
    if (document.checkpoint.signal !== 'none') {
      const before = await this.#mark();
      await writeReason(ports.files, folders.checkpoint, reason);
      const asked = ports.clock.monotonicMs();
      if (process.signal(document.checkpoint.signal)) {
        const waitedMs = (): DurationMs => ports.clock.monotonicMs() - asked;
        while (waitedMs() < withinMs && (await this.#mark()) === before)
          await ports.clock.sleep(clamp(waitedMs() * LATE_SHARE, LOOK_EVERY_MS));
        this.#stopMs = Math.round(waitedMs());
      }
    }
    return this.#commitReady();
  }

  #mark(): Promise<ReadyMark | undefined> {
    return readyMark(this.#options.ports.files, this.#options.folders.checkpoint);
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
    return this.#options.document.checkpoint.signal !== 'none' && this.#sinceLastMs() >= this.#intervalMs();
  }

  #commitReady(): Promise<boolean> {
    const commit = this.#working.then(() => this.#commit());
    // The chain only orders the commits; whoever asked for one hears of its failure.
    this.#working = commit.catch(() => undefined);
    return commit;
  }

  async #commit(): Promise<boolean> {
    const { ports, holder, folders, workMs, row, onCommitted, isFenced } = this.#options;
    const work = workMs();
    // Before the state is copied: rather a little less than what it holds.
    const progressPct = await readProgress(ports.files, folders);
    const saved = await copyState(ports.files, folders.checkpoint, folders.copy);
    if (saved === undefined || saved.mark === this.#saved || isFenced()) return false;
    this.#number += 1;
    const generation = checkpointGeneration(holder.epoch, this.#number);
    const prefix = blobKeys.checkpoint(holder.jobId, generation);
    const manifestKey = blobKeys.checkpointManifest(holder.jobId, generation);
    const at = ports.clock.now();
    const files = saved.files.map((file) => ({ ...file, output: '' }));
    await uploadWithManifest(ports, {
      holder,
      files,
      prefix,
      manifestKey,
      manifest: { kind: 'checkpoint', generation, workMs: work, createdAt: at },
    });
    if (isFenced()) return false;
    const pointer: CheckpointPointer = {
      generation,
      manifestKey,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      stopMs: this.#stopMs,
      ...(progressPct !== undefined && { progressPct }),
      at,
      workMs: work,
    };
    const before = row().checkpoint;
    const item = await ports.store.write(commitCheckpoint(row(), holder, pointer));
    const committed = item === undefined ? undefined : jobRowOf(item);
    if (committed === undefined) return false;
    this.#saved = saved.mark;
    this.#lastMonotonicMs = ports.clock.monotonicMs();
    onCommitted(committed);
    await this.#dropOlder(generation, before?.generation);
    return true;
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

function clamp(ms: DurationMs, { min, max }: { readonly min: DurationMs; readonly max: DurationMs }): DurationMs {
  return Math.min(max, Math.max(min, ms));
}
