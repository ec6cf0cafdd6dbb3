import { LOG_STREAMS } from '../model/job-log.ts';
import type { BlobStore } from '../model/blob-store.ts';
import type { Clock, Files } from '../model/ports.ts';
import type { DurationMs } from '../model/units.ts';
import type { Holder } from '../protocol/job-transition.ts';
import type { AttemptFolders } from './attempt-folders.ts';
import { StreamLog } from './stream-log.ts';

/** A program that writes fast is looked at more often: when about this much is new. */
const SHIPPED_BYTES = 1024 * 1024;
/** Never more often than so many times in the usual period. */
const HURRY = 10;

export interface AttemptLogsOptions {
  readonly blobs: BlobStore;
  readonly files: Files;
  readonly folders: Pick<AttemptFolders, 'stdout' | 'stderr'>;
  readonly holder: Holder;
  /** Kept of both streams together. */
  readonly bytesMax: number;
}

/** Both outputs of one attempt. Logs are for people: trouble with them never stops a job. */
export class AttemptLogs {
  readonly #streams: readonly StreamLog[];
  #working: Promise<number> = Promise.resolve(0);

  constructor({ folders, bytesMax, ...options }: AttemptLogsOptions) {
    this.#streams = LOG_STREAMS.map(
      (stream) => new StreamLog({ ...options, stream, file: folders[stream], bytesMax: bytesMax / LOG_STREAMS.length }),
    );
  }

  /** All that the program has written. */
  async ship(): Promise<void> {
    await this.#next(true);
  }

  /** Ships what is new while the job runs, so that it can be followed. */
  async keep(clock: Clock, options: { readonly everyMs: DurationMs; readonly signal: AbortSignal }): Promise<void> {
    const { everyMs, signal } = options;
    for (let waitMs = everyMs; ;) {
      await clock.sleep(waitMs, signal);
      if (signal.aborted) return;
      const news = await this.#next(false);
      const soonMs = news === 0 ? everyMs : (waitMs * SHIPPED_BYTES) / news;
      waitMs = Math.max(everyMs / HURRY, Math.min(everyMs, soonMs));
    }
  }

  /** One after the other: each goes on where the one before ended. Resolves with the bytes that were new, of the stream that had more. */
  #next(isLast: boolean): Promise<number> {
    this.#working = this.#working.then(async () => {
      const shipped = await Promise.allSettled(this.#streams.map((stream) => stream.ship(isLast)));
      return Math.max(...shipped.map((one) => (one.status === 'fulfilled' ? one.value : 0)));
    });
    return this.#working;
  }
}
