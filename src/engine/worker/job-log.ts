import type { BlobStore, Clock, Files } from '../model/ports.ts';
import { blobKeys } from '../protocol/blobs.ts';
import type { Holder } from '../protocol/job-transition.ts';
import type { AttemptFolders } from './attempt-context.ts';

/** Of a log that is longer, the beginning and the end are kept: where it started and where it broke. */
const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 1024 * 1024;

/** A job's output file as it goes to S3: bounded, so that 50 MB of output cost no more than one. */
export async function boundedLog(files: Files, file: string): Promise<string> {
  const size = (await files.facts(file))?.sizeBytes ?? 0;
  if (size <= HEAD_BYTES + TAIL_BYTES) return files.read(file, { from: 0, bytes: size });
  const left = size - HEAD_BYTES - TAIL_BYTES;
  const head = await files.read(file, { from: 0, bytes: HEAD_BYTES });
  const tail = await files.read(file, { from: size - TAIL_BYTES, bytes: TAIL_BYTES });
  return `${head}\n… ${left} bytes left out …\n${tail}`;
}

/** Uploads a log when it has grown since the last time. */
export class LogShipper {
  readonly #shipped = new Map<string, number>();
  readonly #blobs: BlobStore;
  readonly #files: Files;

  constructor(blobs: BlobStore, files: Files) {
    this.#blobs = blobs;
    this.#files = files;
  }

  async ship(file: string, key: string): Promise<void> {
    const size = (await this.#files.facts(file))?.sizeBytes ?? 0;
    if (size === 0 || this.#shipped.get(key) === size) return;
    await this.#blobs.putText(key, await boundedLog(this.#files, file));
    this.#shipped.set(key, size);
  }
}

/** Both outputs of one attempt. Logs are for people: trouble with them never stops a job. */
export class AttemptLogs {
  readonly #shipper: LogShipper;
  readonly #folders: Pick<AttemptFolders, 'stdout' | 'stderr'>;
  readonly #holder: Holder;

  constructor(shipper: LogShipper, folders: Pick<AttemptFolders, 'stdout' | 'stderr'>, holder: Holder) {
    this.#shipper = shipper;
    this.#folders = folders;
    this.#holder = holder;
  }

  async ship(): Promise<void> {
    const { jobId, epoch } = this.#holder;
    await Promise.allSettled([
      this.#shipper.ship(this.#folders.stdout, blobKeys.log(jobId, epoch, 'stdout')),
      this.#shipper.ship(this.#folders.stderr, blobKeys.log(jobId, epoch, 'stderr')),
    ]);
  }

  /** Ships what is new while the job runs, so that it can be followed. */
  async keep(clock: Clock, options: { readonly everyMs: number; readonly signal: AbortSignal }): Promise<void> {
    while (!options.signal.aborted) {
      await clock.sleep(options.everyMs, options.signal);
      if (!options.signal.aborted) await this.ship();
    }
  }
}
