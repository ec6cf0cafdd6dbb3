import { DiskFull } from './durable-log.ts';

/** Errors of the operating system after which nothing more can be kept. */
const FATAL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);

/** A DiskFull for what means one, naming the folder; undefined for any other error. */
export function asDiskFull(error: unknown, folder: string): DiskFull | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof DiskFull) return cause;
    if (FATAL_CODES.has(String((cause as NodeJS.ErrnoException).code))) return new DiskFull(folder, cause);
  }
  return undefined;
}
