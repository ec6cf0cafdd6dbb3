import type { CircuitState } from '../engine/model/calls.ts';
import type { DurationMs } from '../engine/model/units.ts';

/** So many calls without an answer, and none with one between them: the service is away, not one request. */
const FAILURES_MAX = 5;
const OPEN_MS: DurationMs = 250;
/** Shorter than any lease is long: a service that is back must be found before a holder of one has to give up. */
const OPEN_MAX_MS: DurationMs = 2_000;

/**
 * Keeps calls from a service that does not answer. Times are of the monotonic clock.
 * Closed: every call goes out; left after five failures in a row.
 * Open: none does; left when its time is over, by the next call that asks.
 * Half-open: that call is out to try. Its failure opens the circuit again for longer, any answer closes it. One that gets
 * neither must not bar the way: another is let out after the longest time that the circuit stays open.
 */
export class Circuit {
  readonly #random: () => number;
  #state: CircuitState = 'closed';
  #failures = 0;
  #openings = 0;
  #sinceMs: DurationMs = 0;
  #untilMs: DurationMs = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Since when it has not been closed, and when the next call is let out; both mean nothing while it is closed. */
  get times(): { readonly sinceMs: DurationMs; readonly untilMs: DurationMs } {
    return { sinceMs: this.#sinceMs, untilMs: this.#untilMs };
  }

  get failures(): number {
    return this.#failures;
  }

  /** Whether a call may go out now. */
  enter(nowMs: DurationMs): boolean {
    if (this.#state === 'closed') return true;
    if (nowMs < this.#untilMs) return false;
    this.#state = 'half-open';
    this.#untilMs = nowMs + OPEN_MAX_MS;
    return true;
  }

  /** Whatever the answer was, there was one. */
  answered(): void {
    this.#state = 'closed';
    this.#failures = 0;
    this.#openings = 0;
  }

  failed(nowMs: DurationMs): void {
    this.#failures += 1;
    // A call from before it opened is late news.
    if (this.#state === 'open' || (this.#state === 'closed' && this.#failures < FAILURES_MAX)) return;
    if (this.#state === 'closed') this.#sinceMs = nowMs;
    const ceilingMs = Math.min(OPEN_MAX_MS, OPEN_MS * 2 ** this.#openings);
    this.#openings += 1;
    this.#state = 'open';
    this.#untilMs = nowMs + ceilingMs * (0.5 + this.#random() / 2);
  }
}
