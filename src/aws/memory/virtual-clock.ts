import type { Clock } from '../../engine/model/ports.ts';
import type { DurationMs, EpochMs } from '../../engine/model/units.ts';

interface Timer {
  readonly atMs: DurationMs;
  readonly sequence: number;
  readonly wake: () => void;
}

/** A test that waits for a fact in vain gives up here: virtual time costs nothing, but must end. */
const UNTIL_MAX_MS = 3_600_000;

/**
 * Time that stands still until it is told to move. Sleepers wake in the order of their times, and of their sleep()
 * calls where times are equal; all that follows from one has come to rest before the next wakes.
 */
export class VirtualClock implements Clock {
  readonly #startAt: EpochMs;
  #elapsedMs: DurationMs = 0;
  #sequence = 0;
  /** Earliest first. */
  readonly #timers: Timer[] = [];

  readonly #isPure: boolean;
  #wakes = 0;

  /** `pure`: nothing that runs by this clock waits for files, sockets or threads; then a wake costs half as much. */
  constructor(startAt: EpochMs, { pure = false }: { readonly pure?: boolean } = {}) {
    this.#startAt = startAt;
    this.#isPure = pure;
  }

  readonly now = (): EpochMs => this.#startAt + this.#elapsedMs;

  readonly monotonicMs = (): DurationMs => this.#elapsedMs;

  readonly sleep = (ms: DurationMs, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
      const timer: Timer = { atMs: this.#elapsedMs + Math.max(0, ms), sequence: this.#sequence++, wake };
      const cancel = (): void => {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        resolve();
      };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#timers.splice(this.#positionFor(timer), 0, timer);
    });

  /** The same time as a machine sees it whose wall clock is wrong by `offsetMs`. */
  skewed(offsetMs: DurationMs): Clock {
    return { now: () => this.now() + offsetMs, monotonicMs: this.monotonicMs, sleep: this.sleep };
  }

  /** Moves time on and wakes who is due, one after the other. */
  async advance(ms: DurationMs): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await this.#settled();
    while (await this.#wakeNext(untilMs));
    this.#elapsedMs = untilMs;
  }

  /** Moves time on until a fact holds; false when it does not within the time. */
  async until(fact: () => boolean, withinMs: DurationMs = UNTIL_MAX_MS): Promise<boolean> {
    const untilMs = this.#elapsedMs + withinMs;
    await this.#settled();
    while (!fact()) if (!(await this.#wakeNext(untilMs))) return fact();
    return true;
  }

  get sleepers(): number {
    return this.#timers.length;
  }

  async #wakeNext(untilMs: DurationMs): Promise<boolean> {
    const next = this.#timers[0];
    if (next === undefined || next.atMs > untilMs) return false;
    this.#timers.shift();
    this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
    next.wake();
    await this.#settled();
    return true;
  }

  #settled(): Promise<void> {
    this.#wakes += 1;
    return this.#isPure && this.#wakes % TURN_EVERY > 0 ? settledByPromises() : settledByLoop();
  }

  #positionFor(timer: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle] as Timer).atMs <= timer.atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** So many wakes in a row may pass without a turn of the event loop: signals and a closed stdin must be heard. */
const TURN_EVERY = 64;

/** Resolves when every promise that could go on has gone on, and what the event loop had for them. */
function settledByLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The same without the event loop: Node runs what is due for the next tick when no promise can go on. */
function settledByPromises(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
