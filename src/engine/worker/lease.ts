import { linkedAbort } from '../model/linked-abort.ts';
import { faultOf, type Fault } from '../model/fault.ts';
import type { PendingCheckpoint } from '../model/checkpoint.ts';
import type { JobRow } from '../model/job.ts';
import type { Clock, Item, TableStore } from '../model/ports.ts';
import type { Timings } from '../model/timings.ts';
import type { DurationMs, EpochMs, Pct } from '../model/units.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import type { Holder } from '../protocol/job-transition.ts';
import { heartbeat } from '../protocol/worker-job-writes.ts';

const ANSWERED = 'answered';

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
  /** When the next heartbeat is due. */
  #dueMs: number;
  #over = false;
  #lastFault: Fault | undefined;

  constructor(options: LeaseOptions, claimedMonotonicMs: number) {
    this.#options = options;
    this.#endsMs = claimedMonotonicMs + options.timings.leaseMs;
    this.#dueMs = claimedMonotonicMs + options.timings.heartbeatMs;
  }

  static until(now: EpochMs, timings: Timings): EpochMs {
    return now + timings.leaseMs;
  }

  /** Over by our own clock, whether or not that has been noticed yet: a machine that stood still must begin nothing. */
  get isOver(): boolean {
    return this.#leftMs() === 0;
  }

  /** Renews until `signal` aborts or the lease is lost. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#beatAgainLater();
    while (!signal.aborted && !this.#over) {
      const waitMs = Math.max(0, this.#dueMs - clock.monotonicMs());
      await clock.sleep(Math.min(waitMs, this.#leftMs()), signal);
      if (signal.aborted) return;
      if (this.#leftMs() === 0) this.#loseForSilence();
      else if (clock.monotonicMs() >= this.#dueMs) await this.#beat(signal);
    }
  }

  /**
   * Tells that a checkpoint begins, with a heartbeat that comes early for it: the next one is due a whole period later. false when
   * the job is no longer ours. Rejects where AWS does not take it.
   */
  async begin(begins: PendingCheckpoint, signal: AbortSignal): Promise<boolean> {
    if (this.#over || this.isOver) return false;
    return (await this.#renew(signal, begins)) === 'renewed';
  }

  #beatAgainLater(): void {
    const { clock, timings } = this.#options;
    this.#dueMs = clock.monotonicMs() + timings.heartbeatMs;
  }

  #loseForSilence(): void {
    const why = `the lease could not be renewed: ${this.#lastFault?.detail ?? 'this machine stood still'}`;
    this.#lose({ kind: 'expired', why });
  }

  /** Until one margin before the lease's end. */
  #leftMs(): DurationMs {
    const { clock, timings } = this.#options;
    return Math.max(0, this.#endsMs - timings.skewMarginMs - clock.monotonicMs());
  }

  async #beat(signal: AbortSignal): Promise<void> {
    try {
      await this.#renew(signal, undefined);
    } catch (error) {
      this.#lastFault = faultOf(error, 'heartbeat');
      this.#beatAgainLater();
    }
  }

  async #renew(signal: AbortSignal, begins: PendingCheckpoint | undefined): Promise<'renewed' | 'not'> {
    const { store, clock, timings, holder, facts, onRow } = this.#options;
    const asked = clock.monotonicMs();
    const at = clock.now();
    const beat = { at, leaseUntil: Lease.until(at, timings), ...(await facts()), begins };
    const answer = await this.#answered(store.write(heartbeat(holder, beat)), signal);
    if (answer === 'late') this.#lose({ kind: 'expired', why: 'the lease ended before its renewal was answered' });
    if (answer === 'late' || signal.aborted) return 'not';
    this.#lastFault = undefined;
    if (answer.item === undefined) {
      this.#lose({ kind: 'taken', why: 'the lease is somebody else’s' });
      return 'not';
    }
    this.#endsMs = Math.max(this.#endsMs, asked + timings.leaseMs);
    this.#beatAgainLater();
    const row = jobRowOf(answer.item);
    if (row !== undefined) onRow(row);
    return 'renewed';
  }

  /** A call may hang longer than the lease lasts: our own clock ends it all the same. */
  async #answered(
    write: Promise<Item | undefined>,
    signal: AbortSignal,
  ): Promise<{ readonly item: Item | undefined } | 'late'> {
    const { clock } = this.#options;
    const answered = linkedAbort([signal], ANSWERED);
    const late = clock
      .sleep(this.#leftMs(), answered.signal)
      .then(() => (signal.aborted ? { item: undefined } : ('late' as const)));
    try {
      return await Promise.race([write.then((item) => ({ item })), late]);
    } finally {
      answered.end();
    }
  }

  #lose(loss: LeaseLoss): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onLost(loss);
  }
}
