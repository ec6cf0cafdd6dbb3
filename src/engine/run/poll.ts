import type { EngineEvent, Source } from '../model/event.ts';
import { faultOf, isRetryable } from '../model/fault.ts';
import type { Clock } from '../model/ports.ts';
import type { DurationMs } from '../model/units.ts';

/** Never wait longer than this between two tries: whoever repairs a thing should see it come back. */
const BACKOFF_MAX_MS = 30_000;

export interface PollLoop {
  readonly source: Source;
  readonly everyMs: DurationMs;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Uniform in [0, 1): full jitter, so that many processes do not come back at once. */
  readonly random: () => number;
  readonly poll: () => Promise<readonly EngineEvent[]>;
  readonly dispatch: (events: readonly EngineEvent[]) => void;
}

/** Asks for ever. A fault becomes an event, the last good value stays, and the loop goes on with backoff and jitter. */
export async function pollForever(loop: PollLoop): Promise<void> {
  const { source, everyMs, clock, signal, random, poll, dispatch } = loop;
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = everyMs;
    try {
      const events = await poll();
      failures = 0;
      dispatch([...events, { kind: 'poll.answered', at: clock.now(), source }]);
    } catch (error) {
      if (signal.aborted) return;
      const fault = faultOf(error, `poll of ${source}`);
      failures += 1;
      const ceilingMs = Math.min(BACKOFF_MAX_MS, everyMs * 2 ** Math.min(failures, 10));
      waitMs = Math.max(everyMs, isRetryable(fault) ? random() * ceilingMs : ceilingMs);
      dispatch([{ kind: 'poll.failed', at: clock.now(), source, fault, retryAt: clock.now() + waitMs }]);
    }
    await clock.sleep(waitMs, signal);
  }
}
