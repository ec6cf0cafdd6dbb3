import { FaultError, isRetryable } from '../model/fault.ts';
import type { Clock } from '../model/ports.ts';

/** What AWS does not answer is tried again after this: the work is done and must not be lost to a hiccup. */
const RETRY_MS = 1_000;
/** A right may be given back, and a fault may be named wrongly: so hopeless ones are tried this often as well. */
const HOPELESS_TRIES_MAX = 30;

/** Whether trying again may help: a fault that is not known may have been named wrongly. */
function mayPass({ fault }: FaultError): boolean {
  return isRetryable(fault) || fault.kind === 'unknown';
}

/**
 * Repeats a call until it is answered, told how often it was tried before; at least once, and as long as `goesOn` says so.
 * undefined when it was given up. Rejects with what AWS will not take however often it is asked.
 */
export async function insist<T>(
  act: (triesBefore: number) => Promise<T>,
  options: { readonly clock: Clock; readonly goesOn: () => boolean },
): Promise<T | undefined> {
  const { clock, goesOn } = options;
  for (let tries = 0; tries === 0 || goesOn(); tries++) {
    try {
      return await act(tries);
    } catch (error) {
      if (!(error instanceof FaultError) || (!mayPass(error) && tries >= HOPELESS_TRIES_MAX)) throw error;
      await clock.sleep(RETRY_MS);
    }
  }
  return undefined;
}
