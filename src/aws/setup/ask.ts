import { callsOf } from '../calls.ts';
import type { AwsTarget } from '../client-options.ts';

export type Ask = <T>(operation: string, on: string, act: (abortSignal: AbortSignal) => Promise<T>) => Promise<T>;

/** Calls of `init`: patient, and all of them may be repeated, for what exists already is taken as it is. */
export function askerOf(target: AwsTarget): Ask {
  const calls = callsOf(target);
  return (operation, on, act) => calls.run({ operation, target: on, kind: 'list' }, ({ signal }) => act(signal));
}
