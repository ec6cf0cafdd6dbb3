import type { CheckpointCosts, CheckpointPolicy, RunState } from '../decide/checkpoint-policy.ts';
import { lastMomentMs } from '../decide/safety-net.ts';
import type { BillingModel } from '../market/billing-model.ts';
import type { PriceSeries } from '../market/price-series.ts';
import { type CapacityLosses, cutByCapacity, firstLifeAfter, type Lives, livesAt } from './lives.ts';

/** One job at one bid in one market, and the rules it is replayed under. */
export interface ReplaySetup extends CheckpointCosts {
  readonly series: PriceSeries;
  /** The market is known until here; a job that is not done by then is unfinished. */
  readonly untilMs: number;
  readonly bidUsdPerHour: number;
  readonly billing: BillingModel;
  readonly policy: CheckpointPolicy;
  readonly workMs: number;
  /** From the start of the job; `Infinity` for none. */
  readonly deadlineMs: number;
  /** With a price and a deadline the job goes on-demand at the last moment; without, it waits for the market. */
  readonly onDemandUsdPerHour?: number;
  /** Share of lives that end without the notice they should have had; which ones is the same for all jobs. Default 0. */
  readonly missedNoticeShare?: number;
  /** What the price does not show. Default: capacity takes nothing back. */
  readonly capacity?: CapacityLosses;
}

/** What became of a job. One object per `Replay`, written anew by every call of `run`. */
export interface ReplayOutcome {
  costUsd: number;
  /** From the start of the job to its end; until the end of the market for one that is unfinished. */
  makespanMs: number;
  interruptions: number;
  checkpoints: number;
  /** Work done and lost, to be done again. */
  lostMs: number;
  onDemandMs: number;
  finished: boolean;
  /** Not finished by its deadline. */
  missed: boolean;
}

/**
 * Replays jobs over a market: from event to event (start, price change if the policy reads prices, checkpoint, interruption, end)
 * on typed arrays, without allocation. A job runs whenever price <= bid, is taken back when the price rises above it, and goes on
 * from its last checkpoint, `restartMs` after the next instance starts; its first start has nothing to restore.
 */
export class Replay {
  readonly outcome: ReplayOutcome = {
    costUsd: 0, makespanMs: 0, interruptions: 0, checkpoints: 0, lostMs: 0, onDemandMs: 0, finished: false, missed: false,
  }; // prettier-ignore
  readonly #setup: ReplaySetup;
  readonly #lives: Lives;
  readonly #state: RunState = {
    nowMs: 0, instanceStartMs: 0, upSinceMs: 0, unsavedMs: 0, workLeftMs: 0, usdPerHour: 0, previousUsdPerHour: 0, priceSinceMs: 0, killAtMs: Infinity,
  }; // prettier-ignore
  readonly #usage = { startMs: 0, endMs: 0, endedBy: 'user' as 'user' | 'ec2', fromPoint: 0 };
  /** Index of the price in force at `#state.nowMs`; kept up only for policies that read prices. */
  #point = 0;
  #savedMs = 0;
  #startMs = 0;
  #deadlineAtMs = Infinity;

  constructor(setup: ReplaySetup) {
    this.#setup = setup;
    const lives = livesAt(setup.series, setup.bidUsdPerHour);
    this.#lives = setup.capacity === undefined ? lives : cutByCapacity(lives, setup.capacity, setup);
  }

  /** One job from one start, epoch ms. The outcome is the object above, valid until the next call. */
  run(startMs: number): ReplayOutcome {
    const { outcome } = this;
    const { deadlineMs, untilMs } = this.#setup;
    outcome.costUsd = outcome.interruptions = outcome.checkpoints = outcome.lostMs = outcome.onDemandMs = 0;
    outcome.finished = outcome.missed = false;
    outcome.makespanMs = untilMs - startMs;
    this.#savedMs = 0;
    this.#startMs = startMs;
    this.#deadlineAtMs = startMs + deadlineMs;
    let idleFromMs = startMs;
    for (let life = firstLifeAfter(this.#lives, startMs); !outcome.finished && idleFromMs < untilMs; life++) {
      const upMs = life < this.#lives.count ? Math.max(startMs, this.#lives.startMs[life]!) : Infinity;
      const netMs = this.#lastMomentMs(0);
      if (netMs <= Math.min(upMs, untilMs)) this.#goOnDemand(Math.max(idleFromMs, netMs));
      else idleFromMs = upMs < untilMs ? this.#live(life, upMs) : untilMs;
    }
    outcome.missed = !outcome.finished || outcome.makespanMs > deadlineMs;
    return outcome;
  }

  /** One life of an instance; returns its end. */
  #live(life: number, startMs: number): number {
    const { series, policy, checkpointMs, untilMs } = this.#setup;
    const state = this.#state;
    const endMs = Math.min(this.#lives.endMs[life]!, untilMs);
    const aheadMs = this.#noticeAheadMs(life);
    this.#begin(life, startMs, endMs);
    if (aheadMs > 0 && state.nowMs >= endMs - aheadMs) state.killAtMs = endMs;
    for (;;) {
      const doneMs = state.nowMs + state.workLeftMs;
      const wantedMs = policy.nextAtMs(state);
      // With nothing to save there is nothing to begin: the policy is asked again at the next event.
      const saveMs = wantedMs <= state.nowMs && state.unsavedMs === 0 ? Infinity : Math.max(wantedMs, state.nowMs);
      const netMs = Math.max(state.nowMs, this.#lastMomentMs(checkpointMs));
      const noticeMs = state.killAtMs === Infinity ? endMs - aheadMs : Infinity;
      const changeMs = policy.readsPrices ? (series.atMs[this.#point + 1] ?? Infinity) : Infinity;
      const askMs = Math.min(changeMs, state.nowMs + policy.askEveryMs);
      const nextMs = Math.min(doneMs, saveMs, netMs, Math.max(noticeMs, state.nowMs), askMs);
      if (nextMs >= endMs && doneMs > endMs) return this.#taken(endMs, endMs - state.nowMs);
      this.#work(nextMs);
      if (nextMs === doneMs) return this.#finish(nextMs);
      if (nextMs === netMs && state.unsavedMs <= checkpointMs) return this.#leave(nextMs);
      if (nextMs === saveMs || nextMs === netMs) {
        if (nextMs + checkpointMs > endMs) return this.#taken(endMs, 0);
        this.#save(nextMs + checkpointMs);
      }
      if (state.nowMs >= noticeMs && aheadMs > 0) state.killAtMs = endMs;
      if (policy.readsPrices) this.#readPrices();
    }
  }

  /** How far ahead this policy hears of the end of a life. The bound (Infinity) knows without being told. */
  #noticeAheadMs(life: number): number {
    const { policy, missedNoticeShare = 0 } = this.#setup;
    const chance = (Math.imul(life + 1, 0x9e3779b1) >>> 0) / 4294967296;
    return policy.noticeMs < Infinity && chance < missedNoticeShare ? 0 : policy.noticeMs;
  }

  #begin(life: number, startMs: number, endMs: number): void {
    const { series, policy, restartMs, workMs } = this.#setup;
    const { outcome } = this;
    const state = this.#state;
    const lifeStartMs = this.#lives.startMs[life]!;
    this.#point = this.#lives.point[life]!;
    if (startMs > lifeStartMs) this.#point = pointAt(series.atMs, this.#point, startMs);
    this.#usage.startMs = startMs;
    this.#usage.fromPoint = this.#point;
    state.instanceStartMs = startMs;
    state.upSinceMs = lifeStartMs;
    state.nowMs = Math.min(endMs, startMs + (outcome.interruptions > 0 ? restartMs : 0));
    state.unsavedMs = 0;
    state.workLeftMs = workMs - this.#savedMs;
    state.priceSinceMs = series.atMs[this.#point]!;
    state.usdPerHour = state.previousUsdPerHour = series.usdPerHour[this.#point]!;
    state.killAtMs = Infinity;
    if (policy.readsPrices) this.#readPrices();
  }

  #work(untilMs: number): void {
    const state = this.#state;
    state.unsavedMs += untilMs - state.nowMs;
    state.workLeftMs -= untilMs - state.nowMs;
    state.nowMs = untilMs;
  }

  #save(endMs: number): void {
    this.#savedMs += this.#state.unsavedMs;
    this.#state.unsavedMs = 0;
    this.#state.nowMs = endMs;
    this.outcome.checkpoints++;
  }

  #readPrices(): void {
    const { atMs, usdPerHour } = this.#setup.series;
    const state = this.#state;
    while (this.#point + 1 < atMs.length && atMs[this.#point + 1]! <= state.nowMs) {
      state.previousUsdPerHour = usdPerHour[this.#point++]!;
      state.usdPerHour = usdPerHour[this.#point]!;
      state.priceSinceMs = atMs[this.#point]!;
    }
  }

  /** EC2 takes the instance, or the market's record ends; `workedMs` of work since `nowMs` go with it. */
  #taken(endMs: number, workedMs: number): number {
    const { outcome } = this;
    const byEc2 = endMs < this.#setup.untilMs;
    this.#bill(endMs, byEc2 ? 'ec2' : 'user');
    if (byEc2) {
      outcome.interruptions++;
      outcome.lostMs += this.#state.unsavedMs + workedMs;
    }
    return endMs;
  }

  /** To on-demand, from the last checkpoint: what was done since is less than what it costs to save. */
  #leave(atMs: number): number {
    this.#bill(atMs, 'user');
    this.outcome.lostMs += this.#state.unsavedMs;
    return this.#goOnDemand(atMs);
  }

  #bill(endMs: number, endedBy: 'user' | 'ec2'): void {
    this.#usage.endMs = endMs;
    this.#usage.endedBy = endedBy;
    this.outcome.costUsd += this.#setup.billing.spotUsd(this.#setup.series, this.#usage);
  }

  #goOnDemand(atMs: number): number {
    const { workMs, restartMs, billing, onDemandUsdPerHour = 0 } = this.#setup;
    const ms = restartMs + workMs - this.#savedMs;
    this.outcome.onDemandMs = ms;
    this.outcome.costUsd += billing.onDemandUsd(onDemandUsdPerHour, ms);
    return this.#end(atMs + ms);
  }

  #finish(atMs: number): number {
    this.#bill(atMs, 'user');
    return this.#end(atMs);
  }

  #end(atMs: number): number {
    this.outcome.finished = true;
    this.outcome.makespanMs = atMs - this.#startMs;
    return atMs;
  }

  /** When a job that will be asked again after `everyMs` must go on-demand; Infinity where there is no net. */
  #lastMomentMs(everyMs: number): number {
    const { workMs, restartMs, onDemandUsdPerHour } = this.#setup;
    if (onDemandUsdPerHour === undefined) return Infinity;
    const left = { deadlineAtMs: this.#deadlineAtMs, workMs: workMs - this.#savedMs, changeoverMs: restartMs, everyMs };
    return lastMomentMs(left);
  }
}

/** Index of the price in force at an instant, at or after that of `from`. */
function pointAt(atMs: Float64Array, from: number, nowMs: number): number {
  let low = from;
  let high = atMs.length;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (atMs[middle]! <= nowMs) low = middle;
    else high = middle;
  }
  return low;
}
