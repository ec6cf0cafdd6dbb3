import { isTerminal, type JobRow } from '../model/job.ts';
import { JOB } from '../model/job-columns.ts';
import type { BlobInfo, BlobStore } from '../model/blob-store.ts';
import type { Clock, TableStore } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Timings } from '../model/timings.ts';
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS } from '../model/units.ts';
import { blobKeys, generationOf, outputEpochOf } from '../protocol/blobs.ts';
import { epochOf } from '../protocol/checkpoint-item.ts';
import { jobItemOf } from '../protocol/job-item.ts';

/** An upload that was begun under a lease may go on for this long after it. */
const LONGEST_UPLOAD_MS = 10 * MINUTE_MS;
/** A new leader goes back this far beyond that, for the one before it may have died in the middle. */
const LOOK_BACK_MS = HOUR_MS;

/** A job that was over sooner has saved nothing: no interval that is worth setting is shorter. */
const SAVES_AFTER_MS = 10_000;

export interface SweeperOptions {
  readonly store: Pick<TableStore, 'get'>;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot;
  readonly timings: Timings;
}

/**
 * The later sweep of a job that has ended: its worker removed at the commit what was there, and a worker that had lost it may
 * have gone on uploading until its lease was over. Asked of jobs only that may have saved their state, that more than one worker
 * held, or that were killed: the others left nothing behind, and a list costs as much as an upload.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  /** All that ended before this is swept. */
  #sweptTo: EpochMs;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#sweptTo = options.clock.now() - this.#patienceMs() - LOOK_BACK_MS;
  }

  async sweep(): Promise<void> {
    const { clock, snapshot } = this.#options;
    const upTo = clock.now() - this.#patienceMs();
    const { jobs } = snapshot();
    const [state, endedAt, epoch] = [jobs.column(JOB.state), jobs.column(JOB.endedAt), jobs.column(JOB.epoch)];
    for (let at = 0; at < jobs.length; at++) {
      if (endedAt(at) <= this.#sweptTo || endedAt(at) > upTo || !isTerminal(state(at))) continue;
      if (epoch(at) > 1 || state(at) === 'KILLED' || this.#mayHaveSaved(jobs.at(at)))
        await this.#sweepJob(jobs.idAt(at), epoch(at), state(at) === 'SUCCEEDED');
    }
    // Not before all is done: what S3 refuses now is tried again from where this pass began.
    this.#sweptTo = upTo;
  }

  /** A job that is tried again goes on under a later epoch and from its checkpoints: those are not touched. */
  async #sweepJob(id: string, epoch: number, isCommitted: boolean): Promise<void> {
    const { blobs } = this.#options;
    const outputs = await blobs.list(blobKeys.allOutputs(id));
    const losing = outputs.filter(({ key }) => {
      const of = outputEpochOf(key);
      return of !== undefined && (isCommitted ? of !== epoch : of <= epoch);
    });
    const checkpoints = await blobs.list(blobKeys.checkpoints(id));
    const unused = isCommitted ? checkpoints : await this.#unnamed(id, epoch, checkpoints);
    const keys = [...losing, ...unused].map(({ key }) => key);
    if (keys.length > 0) await blobs.delete(keys);
  }

  /** Parts of checkpoints that no pointer names: their worker died or gave up before the commit, and nobody makes another. */
  async #unnamed(id: string, epoch: number, checkpoints: readonly BlobInfo[]): Promise<readonly BlobInfo[]> {
    if (checkpoints.length === 0) return [];
    const job = jobItemOf((await this.#options.store.get('jobs', id)) ?? {});
    if (job === undefined) return [];
    const named = new Set([job.row.checkpoint?.generation, job.checkpointBefore?.generation]);
    return checkpoints.filter(({ key }) => {
      const generation = generationOf(key);
      return generation !== undefined && epochOf(generation) <= epoch && !named.has(generation);
    });
  }

  /** A checkpoint that was begun leaves objects behind, though its row may never have heard of it. */
  #mayHaveSaved({ checkpoint, desired, tally }: JobRow): boolean {
    const soonestMs = Math.min(SAVES_AFTER_MS, this.#options.timings.checkpointMinMs);
    return checkpoint !== undefined || desired.checkpoint !== undefined || tally.ranMs >= soonestMs;
  }

  #patienceMs(): DurationMs {
    const { leaseMs, skewMarginMs } = this.#options.timings;
    return leaseMs + skewMarginMs + LONGEST_UPLOAD_MS;
  }
}
