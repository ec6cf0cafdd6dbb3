import { type Fault, FaultError, type FaultKind } from '../../engine/model/fault.ts';

/** One call of a port, as a fault hook sees it. */
export interface Operation {
  readonly port: 'table' | 'queue' | 'blobs' | 'compute' | 'prices';
  /** Method of the port, e.g. "write". */
  readonly name: string;
  /** Table and key, queue, blob key or pool. */
  readonly target: string;
}

type Answer = Fault | undefined | Promise<Fault | undefined>;

/**
 * Where trouble comes in. `before`: the call fails and nothing has happened. `after`: it has happened, and the caller
 * never hears of it - the case that tells safe code from lucky code. A promise holds the call up until it is settled.
 */
export interface FaultHook {
  before?(operation: Operation): Answer;
  after?(operation: Operation): Answer;
}

export const NO_FAULTS: FaultHook = {};

/** Runs one call between its two hooks. What `act` does, it does in one step: nothing comes between a condition and its write. */
export async function guarded<T>(hook: FaultHook, operation: Operation, act: () => T | Promise<T>): Promise<T> {
  const before = await hook.before?.(operation);
  if (before !== undefined) throw new FaultError(before);
  const result = await act();
  const after = await hook.after?.(operation);
  if (after !== undefined) throw new FaultError(after);
  return result;
}

export function memoryFault(kind: FaultKind, operation: Operation, detail: string): Fault {
  return {
    kind,
    operation: `${operation.port} ${operation.name}`,
    target: operation.target,
    detail,
    code: `Memory.${kind}`,
  };
}
