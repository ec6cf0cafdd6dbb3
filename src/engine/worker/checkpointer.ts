import { FaultError } from '../model/fault.ts';
import { paceOf } from '../market/checkpoint-interval.ts';
import type { CheckpointPace, DriverChoice, PendingCheckpoint } from '../model/checkpoint.ts';
import type { JobRow } from '../model/job.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import type { CheckpointManifest, HostFacts } from '../protocol/checkpoint-manifest.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import type { Holder } from '../protocol/job-transition.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';
import type { AttemptFolders } from './attempt-folders.ts';
import { readProgress } from './attempt-report.ts';
import { CheckpointProtocol } from './checkpoint-protocol.ts';
import type { CheckpointReason, SavableProcess, SavedState } from './drivers/checkpoint-driver.ts';
import { SAVES_BY_ITSELF } from './drivers/or-ready.ts';
import { isFileError } from './file-errors.ts';
import { insist } from './insist.ts';
import { needMs } from './notice-window.ts';

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
  /** The number of the newest checkpoint that this attempt began: a program that is run again goes on counting. */
  readonly number: number;
  /** Tells with a heartbeat that one begins; false when the job is no longer ours. */
  readonly begin: (pending: PendingCheckpoint) => Promise<boolean>;
  /** A checkpoint is to be taken at the next look; asked once. */
  readonly asked: () => 'rebalance' | undefined;
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
  readonly #protocol: CheckpointProtocol;
  /** As measured, the newest weighing most; 0 before the first. */
  #stopMs: DurationMs;
  #uploadMs: DurationMs;
  #lastMonotonicMs: number;
  #grantedWishAt = 0;
  #isDueNow = false;

  constructor(options: CheckpointerOptions) {
    this.#options = options;
    this.#protocol = new CheckpointProtocol(options);
    const { saving, checkpoint } = options.row();
    // What was measured elsewhere is a better guess than none.
    this.#stopMs = saving?.pace?.stopMs ?? checkpoint?.stopMs ?? 0;
    this.#uploadMs = saving?.pace?.uploadMs ?? checkpoint?.uploadMs ?? 0;
    this.#lastMonotonicMs = options.ports.clock.monotonicMs();
  }

  get number(): number {
    return this.#protocol.number;
  }

  /** How long it takes to save the job; undefined: that was never measured. Of a job that nobody can ask, its last state is what there is. */
  get takes(): { readonly stopMs: DurationMs; readonly uploadMs: DurationMs } | undefined {
    const takes = { stopMs: this.#stopMs, uploadMs: this.#uploadMs };
    return this.#stopMs > 0 || !this.#options.process.canBeAsked ? takes : undefined;
  }

  /** Has one taken now if it is not known how long that takes. */
  learnHowLong(): void {
    if (this.takes === undefined) this.#isDueNow = true;
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
  }

  async #look(wishedAt: EpochMs | undefined): Promise<void> {
    const { place, process, asked } = this.#options;
    const hasNews = await process.hasNews();
    const reason = process.canBeAsked ? asked() : undefined;
    if (reason !== undefined) await this.save(reason);
    else if (wishedAt !== undefined) {
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

  /**
   * Begins, takes, uploads and commits. Nobody waits with a job that must leave: its state is taken whether or not AWS answers; others are
   * not stopped for what could not be uploaded.
   */
  async #take(
    reason: CheckpointReason,
    withinMs = this.#options.place.deployment.timings.checkpointAckMs,
  ): Promise<boolean> {
    const { process, place, holder } = this.#options;
    const isUrgent = reason === 'interrupt' || reason === 'exit';
    const begun = isUrgent ? undefined : await this.#protocol.begin(reason);
    if (!isUrgent && begun === undefined) return false;
    const workBeforeMs = this.#options.workMs();
    const beginning = isUrgent ? settled(this.#insistOnBeginning(reason, withinMs)) : undefined;
    let generation = begun;
    try {
      const saved = await process.checkpoint({ reason, withinMs, thenStop: reason === 'interrupt' });
      generation ??= (await beginning)?.();
      if (generation === undefined) return false;
      if (typeof saved === 'string') place.say(`${holder.jobId}: no checkpoint: ${saved}`);
      if (saved !== undefined && typeof saved !== 'string') {
        if (saved.stopMs > 0) this.#stopMs = smoothed(this.#stopMs, saved.stopMs);
        // A program that runs on while it saves has done its work by then; one that was stopped has not.
        const workMs = process.driver === 'app' ? undefined : workBeforeMs;
        if (await this.#commit(generation, saved, { reason, workMs })) return true;
      }
    } catch (error) {
      if (generation !== undefined) await this.#protocol.abort(generation);
      throw error;
    }
    await this.#protocol.abort(generation);
    return false;
  }

  /** There is no later time for it: tried until AWS answers, as long as there is time. */
  #insistOnBeginning(reason: CheckpointReason, withinMs: DurationMs): Promise<number | undefined> {
    const { ports, isFenced } = this.#options;
    const endsMs = ports.clock.monotonicMs() + withinMs;
    const goesOn = (): boolean => !isFenced() && ports.clock.monotonicMs() < endsMs;
    return insist(() => this.#protocol.begin(reason), { clock: ports.clock, goesOn });
  }

  #sinceLastMs(): DurationMs {
    return this.#options.ports.clock.monotonicMs() - this.#lastMonotonicMs;
  }

  #due(): boolean {
    if (!this.#options.process.canBeAsked) return false;
    const isDue = this.#isDueNow || this.#sinceLastMs() >= this.#pace().everyMs;
    this.#isDueNow = false;
    return isDue;
  }

  /** How often, from the job's own checkpoints and from what the leader knows of the pool. */
  #pace(): CheckpointPace {
    const { document, place } = this.#options;
    const { intervalS } = document.checkpoint;
    const { checkpointMinMs, checkpointMaxMs, checkpointFirstMs, ...timings } = place.deployment.timings;
    const windowMs = timings.noticeMs - timings.noticePollMs - timings.noticeReserveMs;
    const takes = { stopMs: this.#stopMs, uploadMs: this.#uploadMs };
    return paceOf({
      askedMs: intervalS === 'auto' ? undefined : intervalS * 1_000,
      ...takes,
      ...place.hazard(),
      fitsNotice: needMs(takes, place) <= windowMs,
      limits: { minMs: checkpointMinMs, maxMs: checkpointMaxMs, firstMs: checkpointFirstMs },
    });
  }

  async #commit(generation: number, saved: SavedState, told: Told): Promise<boolean> {
    const { ports, holder, folders, onCommitted } = this.#options;
    await ports.failpoint?.('taken', { jobId: holder.jobId, generation });
    const workMs = told.workMs ?? this.#options.workMs();
    // Before the state is copied: rather a little less than what it holds.
    const progressPct = await readProgress(ports.files, folders);
    const packed = await saved.pack();
    if (packed === undefined) return false;
    const committed = await this.#protocol.commit(generation, {
      packed,
      manifest: this.#about(saved, told),
      stopMs: saved.stopMs,
      workMs,
      progressPct,
      saving: this.#saving(),
    });
    if (committed === undefined) return false;
    this.#lastMonotonicMs = ports.clock.monotonicMs();
    this.#uploadMs = smoothed(this.#uploadMs, committed.checkpoint?.uploadMs ?? 0);
    onCommitted(committed);
    return true;
  }

  #about(saved: SavedState, { reason }: Told): CheckpointManifest {
    const { process, host, seenAt } = this.#options;
    const bound = process.driver === 'app' ? { host: { ...host, cpuFlags: [] }, folder: '' } : { host, folder: seenAt };
    return { driver: process.driver, ...bound, ...saved.about, stopMs: saved.stopMs, reason };
  }

  /** A program that saves by itself under another driver shows it by its first state. */
  #saving(): DriverChoice {
    const { process, choice } = this.#options;
    if (process.driver !== choice.driver) return { driver: process.driver, why: SAVES_BY_ITSELF };
    return process.canBeAsked ? { ...choice, pace: this.#pace() } : choice;
  }
}

interface Told {
  readonly reason: CheckpointReason;
  /** Work that the state holds; undefined: as of when it is packed. */
  readonly workMs: DurationMs | undefined;
}

/** What a promise comes to, to be looked at later: a refusal is not unhandled meanwhile. */
function settled<T>(promise: Promise<T>): Promise<() => T> {
  return promise.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
}

/** An exponential mean: a checkpoint that took long by accident is forgotten after a few others. */
function smoothed(before: DurationMs, measured: DurationMs): DurationMs {
  return Math.round(before === 0 ? measured : before + SMOOTHING * (measured - before));
}
const SMOOTHING = 0.3;
