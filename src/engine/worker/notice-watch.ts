import { describeFault, type Fault, FaultError } from '../model/fault.ts';
import type { Clock, InstanceMetadata } from '../model/ports.ts';
import type { Timings } from '../model/timings.ts';
import { type EpochMs, MINUTE_MS } from '../model/units.ts';
import {
  type InterruptionNotice,
  NO_SIGNALS,
  type NoticeSource,
  type ToldByLeader,
  type WorkerSignals,
} from '../model/worker.ts';

/** So many failures in a row, and the metadata service counts as away: one slow answer is no news. */
const AWAY_AFTER = 3;
/** Two sources date one recommendation differently; what comes within this is the same, and nobody is saved more often for it. */
const SAME_REBALANCE_MS = 5 * MINUTE_MS;

export interface NoticeWatchOptions {
  readonly metadata: Pick<InstanceMetadata, 'interruption' | 'rebalance'>;
  readonly clock: Clock;
  readonly timings: Pick<Timings, 'noticeMs' | 'noticeReserveMs' | 'leaseMs'>;
  /** Once: EC2 takes this instance back. */
  readonly onNotice: (notice: InterruptionNotice) => Promise<void>;
  /** Once for each recommendation: it may be taken soon. */
  readonly onRebalance: () => void;
  /** What others see of it has changed. */
  readonly onSignals: () => Promise<void>;
  readonly say: (line: string) => void;
}

/**
 * What EC2 says of this instance, from its metadata service and from the leader, who hears it of EventBridge: whichever is first counts,
 * and each thing is acted on once. A notice stands, whatever is said later; its time is the metadata service's as soon as that tells it.
 */
export class NoticeWatch {
  readonly #options: NoticeWatchOptions;
  #notice: InterruptionNotice | undefined;
  #signals: WorkerSignals = NO_SIGNALS;
  /** What a source said last: the same again is no news. */
  readonly #heard = new Map<NoticeSource, EpochMs>();
  #isWithdrawn = false;
  #failures = 0;
  #failingSince: EpochMs = 0;

  constructor(options: NoticeWatchOptions) {
    this.#options = options;
  }

  get notice(): InterruptionNotice | undefined {
    return this.#notice;
  }

  get signals(): WorkerSignals {
    return this.#signals;
  }

  /** Asks the metadata service. Its being away is no notice: it is told, and asked again. */
  async ask(): Promise<void> {
    const { metadata, clock } = this.#options;
    try {
      // A notice is acted on whether or not the other question is answered.
      const interruption = await metadata.interruption();
      if (interruption !== undefined) await this.#interrupted('imds', interruption.takeAt);
      else await this.#notNoticed();
      const rebalance = await metadata.rebalance();
      await this.#answered();
      if (rebalance !== undefined) await this.#recommended('imds', rebalance.at ?? clock.now());
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      await this.#unanswered(error.fault);
    }
  }

  /** What the leader wrote into the worker's row. */
  async told(told: ToldByLeader | undefined): Promise<void> {
    if (told?.takeAt !== undefined) await this.#interrupted('event', told.takeAt);
    if (told?.rebalanceAt !== undefined) await this.#recommended('event', told.rebalanceAt);
  }

  /** @param given undefined: it cannot be read; then the shortest that EC2 promises is assumed to have begun now. */
  async #interrupted(source: NoticeSource, given: EpochMs | undefined): Promise<void> {
    const { clock, timings, say, onNotice } = this.#options;
    const now = clock.now();
    const known = this.#heard.get(source);
    if (known !== undefined && (given === undefined || given === known)) return;
    const takeAt = given ?? now + timings.noticeMs;
    this.#heard.set(source, takeAt);
    if (given === undefined) this.#count('malformed');
    if (this.#notice === undefined) {
      // Of an event that comes when all should long be over, the metadata service would know, if there were anything in it.
      if (source === 'event' && takeAt < now - timings.leaseMs) return this.#countAndTell('late');
      if (takeAt - now < timings.noticeReserveMs) this.#count('late');
      this.#notice = { noticedAt: now, takeAt, source };
      say(`notice by ${source}: EC2 takes this instance back at ${new Date(takeAt).toISOString()}`);
      return onNotice(this.#notice);
    }
    if (source === 'imds' && given !== undefined) this.#notice = { ...this.#notice, takeAt };
    return this.#countAndTell('repeated');
  }

  /** It was noticed by the metadata service, which says nothing of it any more: the notice stands all the same. */
  async #notNoticed(): Promise<void> {
    if (this.#isWithdrawn || !this.#heard.has('imds')) return;
    this.#isWithdrawn = true;
    this.#options.say('the metadata service no longer tells of the notice; it stands, for its work goes on elsewhere');
    await this.#countAndTell('withdrawn');
  }

  async #recommended(source: NoticeSource, at: EpochMs): Promise<void> {
    const { onRebalance, onSignals, say } = this.#options;
    const { rebalance } = this.#signals;
    if (rebalance !== undefined && at - rebalance.at < SAME_REBALANCE_MS) {
      if (rebalance.sources.includes(source)) return;
      this.#signals = { ...this.#signals, rebalance: { ...rebalance, sources: [...rebalance.sources, source] } };
      return this.#countAndTell('repeated');
    }
    this.#signals = { ...this.#signals, rebalance: { at, sources: [source] } };
    say(`EC2 recommends to leave this instance (told by ${source}): its jobs are saved`);
    onRebalance();
    await onSignals();
  }

  async #answered(): Promise<void> {
    this.#failures = 0;
    if (this.#signals.away === undefined) return;
    const { away, ...rest } = this.#signals;
    this.#signals = rest;
    this.#options.say(`the metadata service answers again, away since ${new Date(away.since).toISOString()}`);
    await this.#options.onSignals();
  }

  async #unanswered(fault: Fault): Promise<void> {
    const { clock, say, onSignals } = this.#options;
    this.#failures += 1;
    if (this.#failures === 1) this.#failingSince = clock.now();
    say(describeFault(fault));
    if (this.#failures !== AWAY_AFTER) return;
    this.#signals = { ...this.#signals, away: { since: this.#failingSince, detail: fault.detail } };
    await onSignals();
  }

  #count(what: 'malformed' | 'late' | 'repeated' | 'withdrawn'): void {
    this.#signals = { ...this.#signals, [what]: this.#signals[what] + 1 };
  }

  #countAndTell(what: 'malformed' | 'late' | 'repeated' | 'withdrawn'): Promise<void> {
    this.#count(what);
    return this.#options.onSignals();
  }
}
