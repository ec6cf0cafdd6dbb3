import type { AvailabilityRecord } from '../market/availability-record.ts';
import { maySafely, type Mode, type NetState } from './safety-net.ts';

/** Everything that a policy knows at a tick. Times in seconds, prices in USD per hour. */
export interface Known extends NetState {
  /** The whole job: its work, and the time from its start to its deadline. */
  readonly workS: number;
  readonly deadlineS: number;
  /** Whether a spot instance can be had, or kept, for the next tick. */
  readonly available: boolean;
  readonly onDemandUsdPerHour: number;
  readonly spotUsdPerHour: number;
  /** What has been seen of this market up to and including this tick. */
  readonly seen: AvailabilityRecord;
}

/** What is wished for, before the safety net, and why. */
export interface Wish {
  readonly mode: Mode;
  /** One sentence for the operator. */
  readonly reason: string;
  /** Expected cost to the end of the job by mode, where the policy knows it: the alternatives. */
  readonly expectedUsd?: Readonly<Partial<Record<Mode, number>>>;
}

/** A rule that chooses where a job with a deadline runs next: a pure function of what is known. */
export interface DeadlinePolicy {
  readonly name: string;
  wish(known: Known): Wish;
}

/** A decision and what it was made of. */
export interface DeadlineDecision extends Wish {
  /** Set where the safety net overruled the policy. */
  readonly overruled: Mode | undefined;
  readonly inputs: {
    readonly mode: Mode;
    readonly available: boolean;
    readonly workLeftS: number;
    readonly timeLeftS: number;
    /** Time to the deadline that neither work nor a start of on-demand needs. */
    readonly slackS: number;
    readonly ageS: number;
  };
}

/** The mode of the next tick: the policy's wish where the safety net lets it pass, else the next safer. */
export function chooseMode(policy: DeadlinePolicy, known: Known): Mode {
  return netted(policy.wish(known).mode, known);
}

/** The same choice with its inputs and its reason. */
export function decideDeadline(policy: DeadlinePolicy, known: Known): DeadlineDecision {
  const wish = policy.wish(known);
  const mode = netted(wish.mode, known);
  const { workLeftS, timeLeftS, changeoverS, available } = known;
  const inputs = {
    mode: known.mode,
    available,
    workLeftS,
    timeLeftS,
    slackS: timeLeftS - workLeftS - changeoverS,
    ageS: known.seen.ageS,
  };
  if (mode === wish.mode) return { ...wish, overruled: undefined, inputs };
  const reason = available
    ? 'A spot instance could be lost too late to finish on on-demand, so the job goes to on-demand now.'
    : 'Waiting any longer would leave too little time to finish on on-demand.';
  return { ...wish, mode, reason, overruled: wish.mode, inputs };
}

function netted(wish: Mode, known: Known): Mode {
  const possible = wish === 'spot' && !known.available ? 'idle' : wish;
  if (maySafely(possible, known)) return possible;
  // Waiting may be unsafe where a held spot instance is not.
  return possible === 'idle' && known.available && maySafely('spot', known) ? 'spot' : 'on-demand';
}
