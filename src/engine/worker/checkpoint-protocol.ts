import { FaultError } from '../model/fault.ts';
import type { CheckpointPointer, DriverChoice, PendingCheckpoint } from '../model/checkpoint.ts';
import type { JobRow } from '../model/job.ts';
import type { DurationMs, Pct } from '../model/units.ts';
import { blobKeys } from '../protocol/blobs.ts';
import { checkpointGeneration } from '../protocol/checkpoint-item.ts';
import type { CheckpointManifest } from '../protocol/checkpoint-manifest.ts';
import { abortCheckpoint, commitCheckpoint } from '../protocol/checkpoint-writes.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import type { Holder } from '../protocol/job-transition.ts';
import type { AttemptPorts } from './attempt-context.ts';
import type { CheckpointReason, PackedState } from './drivers/checkpoint-driver.ts';
import { uploadWithManifest } from './staging.ts';

export interface CheckpointProtocolOptions {
  readonly ports: Pick<AttemptPorts, 'store' | 'blobs' | 'files' | 'clock' | 'failpoint'>;
  readonly holder: Holder;
  /** The number of the newest checkpoint that this attempt began: a program that is run again goes on counting. */
  readonly number: number;
  /** Tells with a heartbeat that one begins; false when the job is no longer ours. */
  readonly begin: (pending: PendingCheckpoint) => Promise<boolean>;
  readonly row: () => JobRow;
  readonly isFenced: () => boolean;
}

/** What is uploaded and pointed at. */
export interface NewCheckpoint {
  readonly packed: PackedState;
  readonly manifest: CheckpointManifest;
  /** How long the job stood still for it. */
  readonly stopMs: DurationMs;
  readonly workMs: DurationMs;
  readonly progressPct: Pct | undefined;
  readonly saving: DriverChoice;
}

/**
 * The protocol of one job's checkpoints (docs/protocol.md): begin, parts, manifest, commit; or abort. Each write is conditional
 * on epoch, holder and generation, so that whoever has lost the job changes nothing; what it uploaded lies under its own epoch.
 */
export class CheckpointProtocol {
  readonly #options: CheckpointProtocolOptions;
  #number: number;

  constructor(options: CheckpointProtocolOptions) {
    this.#options = options;
    this.#number = options.number;
  }

  get number(): number {
    return this.#number;
  }

  /** The generation that was begun; undefined when the job is no longer ours. Each try takes a number of its own. */
  async begin(reason: CheckpointReason): Promise<number | undefined> {
    const { ports, holder, begin, isFenced } = this.#options;
    this.#number += 1;
    const generation = checkpointGeneration(holder.epoch, this.#number);
    await this.#reach('begin', generation);
    const begun = !isFenced() && (await begin({ generation, startedAt: ports.clock.now(), reason }));
    if (!begun) return undefined;
    await this.#reach('begun', generation);
    return generation;
  }

  /** Parts, then the manifest, then the pointer. The row as it became; undefined when the job is no longer ours. */
  async commit(generation: number, made: NewCheckpoint): Promise<JobRow | undefined> {
    const { ports, holder, row, isFenced } = this.#options;
    const { packed, manifest, stopMs, workMs, progressPct, saving } = made;
    await this.#reach('packed', generation);
    if (isFenced()) return undefined;
    const manifestKey = blobKeys.checkpointManifest(holder.jobId, generation);
    const files = packed.files.map((file) => ({ ...file, output: '' }));
    const at = ports.clock.now();
    const uploadStartedMs = ports.clock.monotonicMs();
    const uploaded = await uploadWithManifest(ports, {
      holder,
      goesOn: () => !isFenced(),
      files,
      prefix: blobKeys.checkpoint(holder.jobId, generation),
      manifestKey,
      manifest: { kind: 'checkpoint', generation, workMs, createdAt: at, checkpoint: manifest },
      onStep: (step) => this.#reach(step, generation),
    });
    if (uploaded === undefined) return undefined;
    await this.#reach('manifest', generation);
    if (isFenced()) return undefined;
    const pointer: CheckpointPointer = {
      generation,
      manifestKey,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      stopMs,
      uploadMs: Math.round(ports.clock.monotonicMs() - uploadStartedMs),
      ...(progressPct !== undefined && { progressPct }),
      at,
      workMs,
      driver: manifest.driver,
    };
    const before = row().checkpoint;
    const item = await ports.store.write(commitCheckpoint(row(), holder, { pointer, saving }));
    const committed = item === undefined ? undefined : jobRowOf(item);
    if (committed === undefined) return undefined;
    packed.committed();
    await this.#reach('committed', generation);
    await this.#dropOlder(generation, before?.generation);
    await this.#reach('swept', generation);
    return committed;
  }

  /** For the eyes of others: where AWS does not take it, the next one that begins takes its place. */
  async abort(generation: number): Promise<void> {
    const { ports, holder, isFenced } = this.#options;
    if (isFenced()) return;
    try {
      await ports.store.write(abortCheckpoint(holder, generation));
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
    }
  }

  /**
   * Two generations are kept: the newest and the one before it, as the fall-back. All others go, with what was uploaded of those
   * that were never committed. Only whoever holds the lease deletes; what S3 does not take now, the next commit removes.
   */
  async #dropOlder(newest: number, previous: number | undefined): Promise<void> {
    const { ports, holder } = this.#options;
    const kept = [newest, previous]
      .filter((generation) => generation !== undefined)
      .map((generation) => blobKeys.checkpoint(holder.jobId, generation));
    try {
      const all = await ports.blobs.list(blobKeys.checkpoints(holder.jobId));
      const old = all.filter(({ key }) => !kept.some((prefix) => key.startsWith(prefix))).map(({ key }) => key);
      if (old.length > 0) await ports.blobs.delete(old);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
    }
  }

  async #reach(point: Parameters<NonNullable<AttemptPorts['failpoint']>>[0], generation: number): Promise<void> {
    await this.#options.ports.failpoint?.(point, { jobId: this.#options.holder.jobId, generation });
  }
}
