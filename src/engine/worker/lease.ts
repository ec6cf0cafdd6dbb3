import { faultOf, type Fault } from '../model/fault.ts';
import type { JobRow } from '../model/job.ts';
import type { Clock, Item, TableStore } from '../model/ports.ts';
import type { Timings } from '../model/timings.ts';
import type { EpochMs, Pct } from '../model/units.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import type { Holder } from '../protocol/job-transition.ts';
import { heartbeat } from '../protocol/worker-job-writes.ts';

export interface LeaseLoss {
  readonly kind: 'taken' | 'expired';
  readonly why: string;
}

export interface LeaseOptions {
  readonly store: TableStore;
  readonly clock: Clock;
  readonly timings: Timings;
  readonly holder: Holder;
  /** What the heartbeat tells of the job. */
  readonly facts: () => Promise<{ readonly progressPct: Pct | undefined; readonly atRiskMs: number }>;
  /** The row as the reply shows it: wishes arrive here. */
  readonly onRow: (row: JobRow) => void;
  /** Once: the job belongs to somebody else (`taken`), or may soon (`expired`). */
  readonly onLost: (loss: LeaseLoss) => void;
}

/**
 * Keeps a job's lease. It is lost when a heartbeat is refused, or when it could not be renewed until one margin before
 * its end by our own monotonic clock: from then on another worker may hold the job.
 */
export class Lease {
  readonly #options: LeaseOptions;
  #endsMs: number;
  #over = false;
  #lastFault: Fault | undefined;

  constructor(options: LeaseOptions, claimedMonotonicMs: number) {
    this.#options = options;
    this.#endsMs = claimedMonotonicMs + options.timings.leaseMs;
  }

  static until(now: EpochMs, timings: Timings): EpochMs {
    return now + timings.leaseMs;
  }

  /** Renews until `signal` aborts or the lease is lost. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, timings } = this.#options;
    while (!signal.aborted && !this.#over) {
      await clock.sleep(timings.heartbeatMs, signal);
      if (!signal.aborted) await this.#beat(signal);
    }
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { store, clock, timings, holder, facts, onRow } = this.#options;
    const asked = clock.monotonicMs();
    const at = clock.now();
    let item: Item | undefined;
    try {
      item = await store.write(heartbeat(holder, { at, leaseUntil: Lease.until(at, timings), ...(await facts()) }));
      this.#lastFault = undefined;
    } catch (error) {
      this.#lastFault = faultOf(error, 'heartbeat');
      if (clock.monotonicMs() > this.#endsMs - timings.skewMarginMs)
        this.#lose({ kind: 'expired', why: `the lease could not be renewed: ${this.#lastFault.detail}` });
      return;
    }
    if (signal.aborted) return;
    if (item === undefined) {
      this.#lose({ kind: 'taken', why: 'the lease is somebody else’s' });
      return;
    }
    this.#endsMs = asked + timings.leaseMs;
    const row = jobRowOf(item);
    if (row !== undefined) onRow(row);
  }

  #lose(loss: LeaseLoss): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onLost(loss);
  }
}
