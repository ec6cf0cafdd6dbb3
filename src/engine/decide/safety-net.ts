/** Where a job runs during the next tick. */
export type Mode = 'idle' | 'spot' | 'on-demand';

/**
 * What the net must know at a decision. Times in seconds; `timeLeftS` counts whole ticks only, for the next decision comes
 * with the next tick.
 */
export interface NetState {
  /** What runs now; a spot instance that was taken back is idle. */
  readonly mode: Mode;
  readonly workLeftS: number;
  readonly timeLeftS: number;
  /** Length of a changeover: paid, no progress, at every start of an instance. */
  readonly changeoverS: number;
  /** What is left of the changeover of the instance that runs now. */
  readonly changeoverLeftS: number;
  /** Until the next decision. */
  readonly tickS: number;
  /**
   * How long from now on a spot instance, once there, is certain to stay: the tick where availability is known by the tick,
   * 0 where an instance may be taken back at any moment and what it did since its last checkpoint may be lost.
   */
  readonly spotHoldsS: number;
}

/** Below a millisecond a difference of two sums of seconds is rounding. */
const ROUNDING_S = 1e-3;

/**
 * Whether a mode may be taken for the next tick: whether the job can still be finished on on-demand alone, started with the
 * next tick and whatever happens to spot until then. With W work and T time left, g the tick, d a changeover, p the progress
 * that is certain during the tick:
 *
 *   idle, spot:  W - p + d <= T - g        (an on-demand instance is yet to be started)
 *   on-demand:   always allowed            (nothing finishes sooner for certain)
 *
 * A job that is idle with W + d <= T is safe: started at once, on-demand ends in time. Each allowed step keeps that so, hence
 * by induction no sequence of availability makes a job miss its deadline that on-demand could have met at its submission.
 * The rule is tight: what it refuses would miss if spot stayed away. A running spot instance that is past its changeover and
 * certain for the tick (p = g) may always go on, so the slack of W + 2d that the published rule keeps back is not lost.
 * Example: W = 4 h, d = 0.2 h, g = 1/6 h: idle until 4.367 h before the deadline, spot (held) until it is taken back.
 */
export function maySafely(next: Mode, state: NetState): boolean {
  if (next === 'on-demand') return true;
  const { timeLeftS, changeoverS, tickS } = state;
  const workThenS = state.workLeftS - assuredS(next, state);
  return workThenS <= 0 || workThenS + changeoverS <= timeLeftS - tickS + ROUNDING_S;
}

/** The progress that is certain during the next tick, whatever happens. */
function assuredS(next: Mode, state: NetState): number {
  if (next === 'idle') return 0;
  const startS = state.mode === next ? state.changeoverLeftS : state.changeoverS;
  return Math.max(0, Math.min(state.spotHoldsS, state.tickS) - startS);
}

/** Whether on-demand, begun or continued now, meets the deadline: false means that no policy can promise it. */
export function canStillMeet(state: NetState): boolean {
  const startS = state.mode === 'on-demand' ? state.changeoverLeftS : state.changeoverS;
  return state.workLeftS + startS <= state.timeLeftS + ROUNDING_S;
}

/**
 * The same net for a caller that has no ticks, only an interval at which it asks: a job that is not on on-demand must go
 * there once `timeH < workH + 2 * changeoverH + everyH`. One changeover is that to on-demand itself; the other is the
 * reserve for an instance that is taken back in the very moment of the change, and `everyH` can pass before it is asked
 * again. Example: 4 h of work, changeover 0.2 h, asked every 1/6 h: on-demand from 4.4 h + 0.167 h before the deadline on.
 */
export function mustGoOnDemand(left: { workH: number; timeH: number; changeoverH: number; everyH: number }): boolean {
  return left.timeH < left.workH + 2 * left.changeoverH + left.everyH;
}

/** The same moment as an instant: `mustGoOnDemand` holds from just after it. `workMs`: what is left, counting only saved work. */
export function lastMomentMs(left: {
  deadlineAtMs: number;
  workMs: number;
  changeoverMs: number;
  everyMs: number;
}): number {
  return left.deadlineAtMs - left.workMs - 2 * left.changeoverMs - left.everyMs;
}
