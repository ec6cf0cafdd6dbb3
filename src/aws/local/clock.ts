/** Wall time and timers, as a value: tests put a clock of their own in its place. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Runs once after a delay, unless the returned function is called first. A pending timer keeps no process alive. */
  after(delayMs: number, run: () => void): () => void;
}

/** Node fires a timer at once when its delay exceeds 31 bits; nothing here waits for 24 days anyway. */
const DELAY_MAX_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(DELAY_MAX_MS, Math.max(0, delayMs)));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
