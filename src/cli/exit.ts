import { FaultError, isRetryable } from '../engine/model/fault.ts';

/** What a verb's exit code tells a script. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  conflict: 5,
  partly: 6,
  unavailable: 69,
  tryAgain: 75,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a verb with a sentence for a person and a code for a script. */
export class CliError extends Error {
  readonly code: number;
  constructor(message: string, code: number = EXIT.failed) {
    super(message);
    this.name = 'CliError';
    this.code = code;
  }
}

/** The code for whatever a verb threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.code;
  if (error instanceof FaultError) {
    const { kind } = error.fault;
    if (kind === 'not-found') return EXIT.notFound;
    if (kind === 'denied') return EXIT.refused;
    if (kind === 'conflict') return EXIT.conflict;
    if (kind === 'throttled') return EXIT.tryAgain;
    return isRetryable(error.fault) ? EXIT.unavailable : EXIT.failed;
  }
  return EXIT.failed;
}
