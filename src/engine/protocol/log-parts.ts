import type { LogStream } from '../model/job-log.ts';
import type { BlobInfo } from '../model/blob-store.ts';
import type { EpochMs } from '../model/units.ts';

/**
 * A log lies in parts, each named after the place of its first byte; how long they are the list tells. What lies between the end of
 * one and the beginning of the next was left out. A worker writes the newest part anew while it is small, the others never again.
 */
export interface LogPart {
  readonly key: string;
  readonly epoch: number;
  readonly stream: LogStream;
  /** Place of its first byte, and of the first one behind it. */
  readonly from: number;
  readonly to: number;
  readonly tag: string;
  readonly changedAt: EpochMs;
}

/** Without a number: all of a log, as it was written before it came in parts. */
const KEY = /\/e(\d+)\/(stdout|stderr)(?:\.(\d+))?$/;

/** The parts among the blobs of a job's logs, in their order; what is none of them is left out. */
export function logParts(blobs: readonly BlobInfo[]): readonly LogPart[] {
  const parts = blobs.flatMap(({ key, sizeBytes, tag, changedAt }): LogPart[] => {
    const [, epoch, stream, place = '0'] = KEY.exec(key) ?? [];
    if (epoch === undefined) return [];
    const from = Number(place);
    return [{ key, epoch: Number(epoch), stream: stream as LogStream, from, to: from + sizeBytes, tag, changedAt }];
  });
  return parts.sort((a, b) => a.epoch - b.epoch || a.from - b.from);
}

/** The line that stands for what was left out. */
export function leftOut(bytes: number): string {
  return `… ${bytes} bytes left out …`;
}
