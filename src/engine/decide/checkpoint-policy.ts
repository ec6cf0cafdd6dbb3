import { HOUR_MS } from '../model/units.ts';

/**
 * When a running job saves its work. A policy is a pure rule: it is shown the run and what has been seen of the market, never what
 * comes, and says when the next checkpoint should begin if nothing new is learned until then. It is asked again after
 * each checkpoint, and at every price change, hour or notice that it says it listens to.
 */
export interface CheckpointPolicy {
  readonly name: CheckpointPolicyName;
  /** Whether it must be asked again when the price changes. */
  readonly readsPrices: boolean;
  /** It must be asked again at least this often; Infinity where time alone teaches it nothing. */
  readonly askEveryMs: number;
  /** How much of EC2's notice it makes use of, ms; 0: it does not listen. */
  readonly noticeMs: number;
  /** Epoch ms; `Infinity` for none. Anything up to `nowMs` means now. */
  nextAtMs(run: RunState): number;
}

export const CHECKPOINT_POLICIES = ['none', 'hour', 'edge', 'young', 'adapt', 'notice'] as const;
/** `opt` is no policy that anyone could follow: it knows the future, and bounds the others (engine/sim). */
export type CheckpointPolicyName = (typeof CHECKPOINT_POLICIES)[number] | 'opt';

/** What a policy is shown. One object is written again and again by its owner, who alone does so; policies only read it. */
export interface RunState {
  nowMs: number;
  /** When this instance started, which is when its billed hours began. */
  instanceStartMs: number;
  /** Since when the price has been at or below the bid. */
  upSinceMs: number;
  /** Useful work done since the last checkpoint. */
  unsavedMs: number;
  /** Work still to do from now, if nothing is lost. */
  workLeftMs: number;
  usdPerHour: number;
  /** Price before the newest change, and when that was. The price in force at a start has no known predecessor: the same. */
  previousUsdPerHour: number;
  priceSinceMs: number;
  /** When EC2 will take the instance, once it has said so; else `Infinity`. */
  killAtMs: number;
}

export interface CheckpointCosts {
  /** Time that a checkpoint takes, in which no work is done. */
  readonly checkpointMs: number;
  /** Time from the start of a new instance until work goes on. */
  readonly restartMs: number;
}

/** Never: a job that is taken back begins anew. */
export const NONE: CheckpointPolicy = {
  name: 'none',
  readsPrices: false,
  askEveryMs: Infinity,
  noticeMs: 0,
  nextAtMs: () => Infinity,
};

/** One that ends at each boundary of the instance's billed hours, so that no work that was paid for is lost. */
export function hourPolicy({ checkpointMs }: CheckpointCosts): CheckpointPolicy {
  return {
    name: 'hour',
    readsPrices: false,
    askEveryMs: Infinity,
    noticeMs: 0,
    nextAtMs: ({ nowMs, instanceStartMs }) => {
      const hoursBegun = Math.ceil((nowMs + checkpointMs - instanceStartMs) / HOUR_MS);
      return instanceStartMs + Math.max(1, hoursBegun) * HOUR_MS - checkpointMs;
    },
  };
}

/** At every rise of the price: it may be on its way above the bid. */
export const EDGE: CheckpointPolicy = {
  name: 'edge',
  readsPrices: true,
  askEveryMs: Infinity,
  noticeMs: 0,
  nextAtMs: ({ nowMs, priceSinceMs, usdPerHour, previousUsdPerHour, unsavedMs }) =>
    priceSinceMs === nowMs && usdPerHour > previousUsdPerHour && unsavedMs > 0 ? nowMs : Infinity,
};

/** What a policy may know of a bid's past at an instant: mean time between interruptions from earlier prices, ms. */
export type MeanUpMs = (nowMs: number) => number;

/**
 * Every tau = sqrt(2 * t_c * M) of work: Young's optimum (1974) where interruptions come at a constant rate 1/M, for then the work
 * expected to be lost per period, tau^2 / 2M, equals the cost t_c of saving it. For t_c >= 2M Daly (2006) gives tau = M.
 * Example: t_c = 300 s, M = 8 h: tau = sqrt(2 * 300 * 28800) = 4157 s, 69 minutes.
 */
export function youngPolicy({ checkpointMs }: CheckpointCosts, meanUpMs: MeanUpMs): CheckpointPolicy {
  return {
    name: 'young',
    readsPrices: false,
    askEveryMs: Infinity,
    noticeMs: 0,
    nextAtMs: ({ nowMs, unsavedMs }) => nowMs - unsavedMs + periodMs(checkpointMs, meanUpMs(nowMs)),
  };
}

export function periodMs(checkpointMs: number, meanUpMs: number): number {
  return checkpointMs >= 2 * meanUpMs ? Math.max(checkpointMs, meanUpMs) : Math.sqrt(2 * checkpointMs * meanUpMs);
}

/** Left between the end of a checkpoint on notice and the instance's end: a clock that is off, an upload that is slow. */
const NOTICE_MARGIN_MS = 15_000;

/**
 * On EC2's notice, as late as is safe, since work goes on until then. Notices are a best effort: as insurance a share of lives is
 * assumed to end without one, and work is also saved by Young's period for those alone. Where the checkpoint does not
 * fit into the notice, only the insurance remains, at the full rate.
 */
export function noticePolicy(
  { checkpointMs }: CheckpointCosts,
  meanUpMs: MeanUpMs,
  { noticeMs, missedShare }: { noticeMs: number; missedShare: number },
): CheckpointPolicy {
  const fits = checkpointMs + NOTICE_MARGIN_MS <= noticeMs;
  const share = fits ? missedShare : 1;
  return {
    name: 'notice',
    readsPrices: false,
    askEveryMs: Infinity,
    noticeMs: fits ? noticeMs : 0,
    nextAtMs: ({ nowMs, unsavedMs, workLeftMs, killAtMs }) => {
      if (killAtMs === Infinity)
        return share === 0 ? Infinity : nowMs - unsavedMs + periodMs(checkpointMs, meanUpMs(nowMs) / share);
      return nowMs + workLeftMs <= killAtMs ? Infinity : killAtMs - checkpointMs - NOTICE_MARGIN_MS;
    },
  };
}
