import type { DurationMs } from '../model/units.ts';
import type { JobDocument } from './job-document.ts';

/** No backoff is longer: a program that failed for an hour may well succeed in the next. */
const BACKOFF_MAX_MS = 15 * 60_000;

export interface Failure {
  /** Attempts that have failed, this one included. */
  readonly attempt: number;
  /** undefined when a signal ended it, or when it never began. */
  readonly exitCode: number | undefined;
  /** From 0 to 1, evenly: the jitter. */
  readonly chance: number;
}

/**
 * Whether a program that failed is started again, and after how long: exponential with full jitter, chance x base x 2^attempt,
 * e.g. base 2 s: between 0 and 4 s after the first failure, 0 and 8 s after the second. undefined: its failure is final.
 */
export function retryAfter(policy: JobDocument['retry'], failure: Failure): DurationMs | undefined {
  const { attempt, exitCode, chance } = failure;
  const { attempts, onExit, notOnExit, backoffS } = policy;
  if (attempt >= attempts) return undefined;
  if (exitCode !== undefined && notOnExit.includes(exitCode)) return undefined;
  if (onExit.length > 0 && (exitCode === undefined || !onExit.includes(exitCode))) return undefined;
  return chance * Math.min(BACKOFF_MAX_MS, backoffS * 1_000 * 2 ** attempt);
}
