import type { CallFigures } from '../engine/model/calls.ts';
import type { FaultKind } from '../engine/model/fault.ts';
import type { DurationMs, EpochMs } from '../engine/model/units.ts';

/** Upper bounds of the classes of latency; what took longer is in the last. */
const CLASSES_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 15_000] as const;
/** The last minute is kept in slices, the oldest of which is dropped. */
const SLICES = 6;
const SLICE_MS: DurationMs = 10_000;

interface Slice {
  readonly number: number;
  calls: number;
  faults: number;
  readonly latency: number[];
}

export interface Outcome {
  readonly tookMs: DurationMs;
  /** A wait or a transfer says nothing about how quick the service is. */
  readonly latency: 'counted' | 'not-counted';
  /** undefined: answered. */
  readonly fault: FaultKind | undefined;
}

/** Counts of one service's calls: a few additions a call, and a few hundred bytes. */
export class CallRecord {
  #calls = 0;
  #retries = 0;
  #throttles = 0;
  #refused = 0;
  #answeredAt: EpochMs = 0;
  readonly #faults: Partial<Record<FaultKind, number>> = {};
  #slices: Slice[] = [];

  add(outcome: Outcome, now: { readonly at: EpochMs; readonly monotonicMs: DurationMs }): void {
    const slice = this.#slice(now.monotonicMs);
    const { fault } = outcome;
    this.#calls += 1;
    slice.calls += 1;
    if (fault !== undefined) {
      this.#faults[fault] = (this.#faults[fault] ?? 0) + 1;
      slice.faults += 1;
    }
    if (fault === 'throttled') this.#throttles += 1;
    if (fault !== undefined && !isAnswer(fault)) return;
    this.#answeredAt = now.at;
    if (outcome.latency === 'counted') {
      const at = CLASSES_MS.findIndex((bound) => outcome.tookMs <= bound);
      const index = at < 0 ? CLASSES_MS.length - 1 : at;
      slice.latency[index] = (slice.latency[index] ?? 0) + 1;
    }
  }

  addRetry(): void {
    this.#retries += 1;
  }

  /** Throttled inside an answer: a batch of which a part was left over. */
  addThrottle(): void {
    this.#throttles += 1;
  }

  addRefused(): void {
    this.#refused += 1;
  }

  figures(monotonicMs: DurationMs): Omit<CallFigures, 'circuit'> {
    const oldest = Math.floor(monotonicMs / SLICE_MS) - SLICES;
    const slices = this.#slices.filter(({ number }) => number > oldest);
    const latency = CLASSES_MS.map((_, at) => slices.reduce((sum, slice) => sum + (slice.latency[at] ?? 0), 0));
    return {
      calls: this.#calls,
      retries: this.#retries,
      throttles: this.#throttles,
      refused: this.#refused,
      faults: { ...this.#faults },
      recent: {
        calls: slices.reduce((sum, { calls }) => sum + calls, 0),
        faults: slices.reduce((sum, { faults }) => sum + faults, 0),
      },
      p50Ms: quantile(latency, 0.5),
      p95Ms: quantile(latency, 0.95),
      answeredAt: this.#answeredAt,
    };
  }

  #slice(monotonicMs: DurationMs): Slice {
    const number = Math.floor(monotonicMs / SLICE_MS);
    const newest = this.#slices.at(-1);
    if (newest?.number === number) return newest;
    const slice: Slice = { number, calls: 0, faults: 0, latency: [] };
    this.#slices = [...this.#slices.slice(1 - SLICES), slice];
    return slice;
  }
}

/** The service was there, and said no. */
export function isAnswer(fault: FaultKind): boolean {
  return fault !== 'unavailable' && fault !== 'timeout' && fault !== 'unknown';
}

/** Bound of the class that the q-th of the counted calls fell into: 3 of 1 ms and 1 of 200 ms -> p50 1, p95 200. */
function quantile(counts: readonly number[], q: number): DurationMs {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return 0;
  let seen = 0;
  const at = counts.findIndex((count) => (seen += count) >= q * total);
  return CLASSES_MS[at] ?? 0;
}
