import type { AvailabilityTrace } from '../market/availability.ts';
import { type AvailabilityRecord, availabilityRecord, seeTick } from '../market/availability-record.ts';
import { chooseMode, type DeadlinePolicy, type Known } from '../decide/deadline-policy.ts';
import type { Mode } from '../decide/safety-net.ts';

/** A job with a deadline, and what instances cost. Seconds, USD per hour. */
export interface DeadlineJob {
  readonly workS: number;
  readonly deadlineS: number;
  readonly changeoverS: number;
  readonly onDemandUsdPerHour: number;
  readonly spotUsdPerHour: number;
}

export interface DeadlineRun {
  readonly costUsd: number;
  readonly finishedS: number;
  readonly missed: boolean;
  readonly spotS: number;
  readonly onDemandS: number;
  readonly starts: number;
}

/** Ticks that a job with a deadline may use: whole ones only. */
export function deadlineTicks(job: DeadlineJob, tickS: number): number {
  return Math.floor(job.deadlineS / tickS + 1e-9);
}

/** What a market's record holds before tick `start`. */
export function recordBefore({ counts, tickS }: AvailabilityTrace, start: number): AvailabilityRecord {
  const record = availabilityRecord();
  for (let tick = 0; tick < start; tick++) seeTick(record, (counts[tick] ?? 0) > 0, tickS);
  return record;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * Runs one job from tick `start` of a trace under a policy. A tick's availability is known when it begins and holds to its
 * end; a decision is made for each tick. Every start of an instance takes a changeover, which is paid and makes no progress;
 * a tick that was begun is paid whole. A spot instance is lost with the first tick in which there is none. The deadline is
 * checked here, in whole ticks; a job that misses runs on, on on-demand, so that what it costs is whole.
 */
export function replayDeadline(
  trace: AvailabilityTrace,
  job: DeadlineJob,
  {
    policy,
    start,
    seen = recordBefore(trace, start),
  }: { policy: DeadlinePolicy; start: number; seen?: AvailabilityRecord },
): DeadlineRun {
  const { tickS, counts } = trace;
  const limit = deadlineTicks(job, tickS);
  const known: Mutable<Known> = {
    ...job,
    deadlineS: limit * tickS,
    mode: 'idle',
    workLeftS: job.workS,
    timeLeftS: limit * tickS,
    changeoverLeftS: 0,
    tickS,
    spotHoldsS: tickS,
    available: false,
    seen,
  };
  const used = { idle: 0, spot: 0, 'on-demand': 0 };
  let tick = 0;
  let starts = 0;
  for (; known.workLeftS > 1e-6; tick++) {
    known.available = (counts[start + tick] ?? 0) > 0;
    known.timeLeftS = (limit - tick) * tickS;
    seeTick(seen, known.available, tickS);
    if (known.mode === 'spot' && !known.available) known.mode = 'idle';
    const next: Mode = tick >= limit ? 'on-demand' : chooseMode(policy, known);
    if (next !== 'idle' && next !== known.mode) {
      known.changeoverLeftS = job.changeoverS;
      starts++;
    }
    known.mode = next;
    used[next]++;
    if (next === 'idle') continue;
    const progressS = Math.max(0, tickS - known.changeoverLeftS);
    known.changeoverLeftS = Math.max(0, known.changeoverLeftS - tickS);
    known.workLeftS -= progressS;
  }
  const hours = tickS / 3600;
  return {
    costUsd: hours * (used.spot * job.spotUsdPerHour + used['on-demand'] * job.onDemandUsdPerHour),
    finishedS: tick * tickS,
    missed: tick > limit,
    spotS: used.spot * tickS,
    onDemandS: used['on-demand'] * tickS,
    starts,
  };
}
