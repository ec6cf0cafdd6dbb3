import { CIRCUIT_OPEN, type Fault, type FaultKind } from './fault.ts';
import type { DurationMs, EpochMs, Pct } from './units.ts';

/** Closed: calls go out. Open: they fail at once, until `retryAt`. Half-open: one is out to see whether the service answers again. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** What one process knows of one AWS service from its own calls. Written by the adapters' call policy. */
export interface CallFigures {
  /** Requests sent since the process began, retries among them. */
  readonly calls: number;
  readonly retries: number;
  readonly throttles: number;
  /** Not sent, because the circuit was open. */
  readonly refused: number;
  /** Requests that failed, by kind. A condition that did not hold and a thing that is not there are answers, not faults. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Of about the last minute. */
  readonly recent: { readonly calls: number; readonly faults: number };
  /** Of the last minute, long polls and transfers left out; 0 when there was none. Upper bounds of a histogram's classes. */
  readonly p50Ms: DurationMs;
  readonly p95Ms: DurationMs;
  /** When the service last answered anything; 0 = never. */
  readonly answeredAt: EpochMs;
  readonly circuit: { readonly state: CircuitState; readonly since: EpochMs; readonly retryAt: EpochMs };
}

/** By service, as operations name it: "dynamodb", "sqs", "ec2". */
export type Calls = Readonly<Record<string, CallFigures>>;

/** Fewer calls than this say nothing about a share. */
const CALLS_LEAST = 10;

/** Share of the last minute's calls that failed; undefined where there were too few to tell. */
export function faultSharePct({ recent }: CallFigures): Pct | undefined {
  return recent.calls < CALLS_LEAST ? undefined : (100 * recent.faults) / recent.calls;
}

/** Whether calls of this service fail at once, for it did not answer. */
export function isServiceAway(figures: CallFigures | undefined): boolean {
  return figures !== undefined && figures.circuit.state !== 'closed';
}

/** The service of an operation: "dynamodb GetItem" -> "dynamodb". */
export function serviceOf(operation: string): string {
  const [service = operation] = operation.split(' ');
  return service;
}

/** Whether a fault says only what is told of its service as a whole: the newest figures may be a moment behind the calls. */
export function isOfServiceAway(calls: Calls, { code, operation }: Pick<Fault, 'code' | 'operation'>): boolean {
  return code === CIRCUIT_OPEN || isServiceAway(calls[serviceOf(operation)]);
}
