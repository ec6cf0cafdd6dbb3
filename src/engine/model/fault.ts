import type { EpochMs } from './units.ts';

/**
 * What an AWS error means to us, whatever the service called it. Only `aws/errors.ts` knows AWS's codes.
 * `retryable` kinds are tried again with backoff; the others need somebody or a decision.
 */
export const FAULT_KINDS = [
  'throttled', // asked too often: back off
  'unavailable', // the service did not answer, or answered 5xx
  'timeout', // no answer in time; for a write the outcome is unknown
  'denied', // a right is missing; `detail` names it
  'expired', // credentials ran out
  'capacity', // no instances to be had in that pool now
  'price', // the price is above what was offered
  'quota', // an account limit
  'not-found',
  'conflict', // it exists already, or changed meanwhile
  'invalid', // AWS says that the request is wrong: our defect
  'disk-full',
  'unknown',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** What was tried, e.g. "ec2 CreateFleet". */
  readonly operation: string;
  /** On what: a table, a queue, a pool; empty where there is no such thing. */
  readonly target: string;
  /** What came back, as the service said it. Never a secret. */
  readonly detail: string;
  readonly code: string;
}

/** `code` of calls that were not sent, for the service left those before without an answer. */
export const CIRCUIT_OPEN = 'CircuitOpen';

const RETRYABLE: ReadonlySet<FaultKind> = new Set(['throttled', 'unavailable', 'timeout', 'expired']);

export function isRetryable(fault: Fault): boolean {
  return RETRYABLE.has(fault.kind);
}

/** Whether the call may have been carried out all the same: then what became of it must be looked up. */
export function isDoubtful({ kind }: Fault): boolean {
  return kind === 'timeout' || kind === 'unavailable' || kind === 'unknown';
}

/** How adapters throw: callers outside `aws/` read `fault` and nothing else. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault, options?: { cause: unknown }) {
    super(describeFault(fault), options);
    this.name = 'FaultError';
    this.fault = fault;
  }
}

export function describeFault(fault: Fault): string {
  const on = fault.target === '' ? '' : ` on ${fault.target}`;
  return `${fault.operation}${on}: ${fault.kind} (${fault.detail})`;
}

/** Any thrown value as a Fault: one that an adapter did not classify is `unknown`, which is ours to fix. */
export function faultOf(error: unknown, operation: string): Fault {
  if (error instanceof FaultError) return error.fault;
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: 'unknown', operation, target: '', detail, code: '' };
}

/** State of one source of facts: the last good value stays on the screen, with its age. */
export interface SourceHealth {
  readonly observedAt: EpochMs;
  readonly fault: Fault | undefined;
  /** When the poller tries again; 0 while all is well. */
  readonly retryAt: EpochMs;
  /** Failures in a row. */
  readonly failures: number;
}

/** As IAM names it, and on what. */
export interface MissingRight {
  /** "dynamodb:UpdateItem". */
  readonly action: string;
  /** The table. */
  readonly target: string;
}
