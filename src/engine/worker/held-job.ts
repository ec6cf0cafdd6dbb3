import type { ConditionalWrite } from '../model/command.ts';
import type { JobRow, JobTally } from '../model/job.ts';
import type { Clock, Item, TableStore } from '../model/ports.ts';
import { HOUR_MS, type DurationMs } from '../model/units.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import type { Holder } from '../protocol/job-transition.ts';
import { insist } from './insist.ts';
import type { LeaseLoss } from './lease.ts';

export interface HeldJobOptions {
  readonly store: TableStore;
  readonly clock: Clock;
  readonly workerId: string;
  readonly row: JobRow;
  readonly claimedMonotonicMs: number;
  /** The worker's price now, for one slot of it. */
  readonly slotUsdPerHour: () => number;
  /** Called once, when the job turns out to be somebody else's. */
  readonly onFenced: () => void;
}

/** A job under our lease: its row as last seen, what it has cost, and the fenced writes. */
export class HeldJob {
  readonly holder: Holder;
  readonly #options: HeldJobOptions;
  #row: JobRow;
  #fenced: LeaseLoss | undefined;
  #usd = 0;
  #usdCountedMs: number;

  constructor(options: HeldJobOptions) {
    this.#options = options;
    this.#row = options.row;
    this.holder = { jobId: options.row.id, epoch: options.row.epoch, workerId: options.workerId };
    this.#usdCountedMs = options.claimedMonotonicMs;
  }

  get row(): JobRow {
    return this.#row;
  }

  get isFenced(): boolean {
    return this.#fenced !== undefined;
  }

  /** Why it was given up, when it may still be ours in the table: then it must be handed back, for nobody else looks after it while we live. */
  get expired(): string | undefined {
    return this.#fenced?.kind === 'expired' ? this.#fenced.why : undefined;
  }

  learn(row: JobRow): void {
    this.#row = row;
  }

  fence(loss: LeaseLoss): void {
    if (this.#fenced !== undefined) return;
    this.#fenced = loss;
    this.#options.onFenced();
  }

  /** One fenced write, tried once. false: the job is no longer ours. */
  async write(write: ConditionalWrite): Promise<boolean> {
    const item = await this.#options.store.write(write);
    if (item === undefined) this.fence({ kind: 'taken', why: 'a write was refused' });
    else this.#row = jobRowOf(item) ?? this.#row;
    return item !== undefined;
  }

  /** A fenced write that the job cannot go on without, repeated until AWS answers or the lease is lost. */
  async settle(make: () => ConditionalWrite): Promise<boolean> {
    const item = await this.#untilAnswered(make, () => !this.isFenced);
    if (item === undefined) this.fence({ kind: 'taken', why: 'a write was refused' });
    else this.#row = jobRowOf(item) ?? this.#row;
    return item !== undefined;
  }

  /** The write that ends our hold, repeated until AWS answers: the fence decides whether it counts, however late it comes. */
  async commit(make: () => ConditionalWrite): Promise<boolean> {
    return (await this.#untilAnswered(make, () => true)) !== undefined;
  }

  /**
   * The item as it became; undefined when it was refused. A refusal may be the echo of our own earlier try whose answer was lost.
   * A job that is still ours was refused for what we had not heard of, a wish that was taken back: then by what it is now.
   */
  #untilAnswered(make: () => ConditionalWrite, goesOn: () => boolean): Promise<Item | undefined> {
    const { store, clock } = this.#options;
    const tryOnce = async (triesBefore: number): Promise<Item | undefined> => {
      const write = make();
      const item = await store.write(write);
      if (item !== undefined) return item;
      const now = await store.get('jobs', this.holder.jobId);
      if (triesBefore > 0 && this.#isOurs(write, now)) return now;
      const row = now === undefined ? undefined : jobRowOf(now);
      if (row?.epoch !== this.holder.epoch || row.leaseOwner !== this.holder.workerId) return undefined;
      this.#row = row;
      return store.write(make());
    };
    return insist(tryOnce, { clock, goesOn });
  }

  #isOurs(write: ConditionalWrite, item: Item | undefined): boolean {
    const row = item === undefined ? undefined : jobRowOf(item);
    const owner = write.remove.includes('leaseOwner') ? '' : this.holder.workerId;
    return (
      row !== undefined &&
      row.epoch === this.holder.epoch &&
      row.state === write.set['state'] &&
      row.leaseOwner === owner
    );
  }

  /** Adds the time since the last call at the price in force now: called at every heartbeat, so that a change of price is followed. */
  countCost(): void {
    const now = this.#options.clock.monotonicMs();
    this.#usd += ((now - this.#usdCountedMs) / HOUR_MS) * this.#options.slotUsdPerHour();
    this.#usdCountedMs = now;
  }

  /** The job's sums, with this attempt added: time since the claim, its cost, and the work that was lost. */
  tally(lostMs: DurationMs): JobTally {
    this.countCost();
    const { tally } = this.#row;
    const ranMs = this.#options.clock.monotonicMs() - this.#options.claimedMonotonicMs;
    return {
      costUsd: tally.costUsd + this.#usd,
      interruptions: tally.interruptions,
      ranMs: tally.ranMs + ranMs,
      lostMs: tally.lostMs + lostMs,
    };
  }
}
