import { type AvailabilityTrace, meanAvailability, traceName } from '../market/availability.ts';
import { availabilityRecord, forkRecord, seeTick } from '../market/availability-record.ts';
import { hash32, seededRng } from '../model/rng.ts';
import { DEADLINE_POLICIES, type DeadlinePolicyName } from '../decide/deadline-policies.ts';
import { optimumUsd } from './deadline-optimum.ts';
import { type DeadlineJob, deadlineTicks, replayDeadline } from './deadline-replay.ts';

/** One market's part of a simulation; can be copied into a thread. */
export interface DeadlineTrial {
  readonly trace: AvailabilityTrace;
  readonly job: DeadlineJob;
  /** Ticks at which a job begins, rising. */
  readonly starts: readonly number[];
  readonly policies: readonly DeadlinePolicyName[];
}

/** Costs are shares of the work on on-demand without a changeover: 1 = 100 %. One entry per start. */
export interface PolicyRuns {
  readonly policy: DeadlinePolicyName;
  readonly costShares: readonly number[];
  readonly misses: number;
  readonly startsOfInstances: number;
}

export interface DeadlineTrialResult {
  readonly name: string;
  readonly zone: string;
  readonly device: string;
  readonly kind: string;
  readonly tickS: number;
  readonly availability: number;
  readonly optimum: readonly number[];
  readonly policies: readonly PolicyRuns[];
}

/** What a whole job costs on on-demand, the measure of all others. */
export function onDemandUsd({ workS, onDemandUsdPerHour }: DeadlineJob): number {
  return (workS / 3600) * onDemandUsdPerHour;
}

/** Random ticks of [from, to) at which a job can begin and have its deadline within the range; rising. */
export function drawStarts(
  trace: AvailabilityTrace,
  job: DeadlineJob,
  { from, to, count, seed }: { from: number; to: number; count: number; seed: number },
): readonly number[] {
  const last = to - deadlineTicks(job, trace.tickS);
  if (last < from) return [];
  const rng = seededRng(hash32(traceName(trace), seed));
  return Array.from({ length: count }, () => from + rng.below(last - from + 1)).sort((a, b) => a - b);
}

/** Runs every policy from every start, each knowing the trace up to its own now. */
export function runTrial({ trace, job, starts, policies }: DeadlineTrial): DeadlineTrialResult {
  const { counts, tickS } = trace;
  const measure = onDemandUsd(job);
  const past = availabilityRecord();
  const optimum: number[] = [];
  const runs = policies.map((policy) => ({ policy, costShares: [] as number[], misses: 0, startsOfInstances: 0 }));
  let seen = 0;
  for (const start of starts) {
    for (; seen < start; seen++) seeTick(past, (counts[seen] ?? 0) > 0, tickS);
    optimum.push(optimumUsd(counts, start, { job, tickS }) / measure);
    for (const run of runs) {
      const policy = DEADLINE_POLICIES[run.policy]();
      const done = replayDeadline(trace, job, { policy, start, seen: forkRecord(past) });
      run.costShares.push(done.costUsd / measure);
      run.misses += done.missed ? 1 : 0;
      run.startsOfInstances += done.starts;
    }
  }
  const { zone, device, kind } = trace;
  return {
    name: traceName(trace),
    zone,
    device,
    kind,
    tickS,
    availability: meanAvailability(counts),
    optimum,
    policies: runs,
  };
}
