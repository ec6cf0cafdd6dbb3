import type { Clock } from '../../../src/aws/local/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on, running what falls due, in order. */
  advance(ms: number): void;
}

export function fakeClock(startMs: number): FakeClock {
  let now = startMs;
  let sequence = 0;
  const due = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  return {
    now: () => now,
    after(delayMs, run) {
      const id = sequence++;
      due.set(id, { atMs: now + Math.max(0, delayMs), run });
      return () => due.delete(id);
    },
    advance(ms) {
      const untilMs = now + ms;
      for (;;) {
        const [next] = [...due]
          .filter(([, one]) => one.atMs <= untilMs)
          .sort(([i, a], [j, b]) => a.atMs - b.atMs || i - j);
        if (next === undefined) break;
        due.delete(next[0]);
        now = Math.max(now, next[1].atMs);
        next[1].run();
      }
      now = untilMs;
    },
  };
}
