import { isTerminal, type JobRow } from '../model/job.ts';
import type { BlobStore, PendingUpload } from '../model/blob-store.ts';
import type { Clock } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Timings } from '../model/timings.ts';
import { epochOf } from '../protocol/checkpoint-item.ts';

export interface UploadSweeperOptions {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot;
  readonly timings: Timings;
}

/**
 * Aborts uploads in parts that nobody will end: of jobs that have ended, and of epochs that lost their lease. Their parts cost as
 * objects do and are in no list; the bucket's own rule takes them after a day only.
 */
export class UploadSweeper {
  readonly #options: UploadSweeperOptions;

  constructor(options: UploadSweeperOptions) {
    this.#options = options;
  }

  async sweep(): Promise<void> {
    const { blobs, clock, snapshot, timings } = this.#options;
    // A worker that lost its lease stops by itself at the next part.
    const before = clock.now() - timings.leaseMs - timings.skewMarginMs;
    const { jobs } = snapshot();
    for (const upload of await blobs.pendingUploads()) {
      const of = ownerOf(upload);
      const row = of === undefined ? undefined : jobs.get(of.jobId);
      if (of !== undefined && row !== undefined && upload.beganAt < before && isAbandoned(row, of.epoch))
        await blobs.abortUpload(upload);
    }
  }
}

function isAbandoned(row: JobRow, epoch: number): boolean {
  return isTerminal(row.state) || epoch < row.epoch || row.leaseOwner === '';
}

/** Job and epoch of a key of outputs or of a checkpoint; others are nobody's but their sender's. */
function ownerOf({ key }: PendingUpload): { readonly jobId: string; readonly epoch: number } | undefined {
  const [, folder, jobId = '', word = ''] = /^(out|ckpt)\/([^/]+)\/e?(\d+)\//.exec(key) ?? [];
  if (folder === undefined) return undefined;
  return { jobId, epoch: folder === 'out' ? Number(word) : epochOf(Number(word)) };
}
