import { AWS_TIMINGS } from '../../engine/model/timings.ts';
import { SECOND_MS } from '../../engine/model/units.ts';
import { IDLE_BUCKET_GB } from './estimate.ts';

/** One step on the way from `cbas init` to the result of a first job. */
export interface FirstStep {
  readonly what: string;
  /** Seconds; undefined where nobody states a time, and we have measured none. */
  readonly s: number | undefined;
  /** Where the figure comes from, or what it depends on. */
  readonly of: string;
}

export interface FirstResult {
  readonly steps: readonly FirstStep[];
  /** Sum of the steps of which a time is known, s. */
  readonly knownS: number;
  /** All of it is to take no longer, s. */
  readonly limitS: number;
}

const LIMIT_S = 300;
/** Three launches of m7i.large with Amazon Linux 2023, February 2026, brevdev/ec2-coldboot-research: 25.8 s in all; 22 to 24 s in five regions. */
const LAUNCH = {
  callS: 4.8,
  pendingS: 17.8,
  bootS: 3.2,
  of: 'm7i.large, brevdev/ec2-coldboot-research, February 2026',
} as const;
/** A new instance profile is refused by EC2 for so long at most: "about two minutes", says AWS. */
const PROFILE_S = 120;
/** buildkite/elastic-ci-stack-for-aws issue 731: 45 s from a booted instance to its agent. Ours fetches one archive from S3 instead. */
const BOOTSTRAP_S = 45;

/** The way to a first result in AWS's own times, as far as they are published, and in the periods of the protocol. */
export function firstResult(): FirstResult {
  const { decideMs, claimPollMs, changesPollMs } = AWS_TIMINGS;
  const period = (ms: number): number => ms / SECOND_MS;
  const steps: readonly FirstStep[] = [
    {
      what: 'init: tables, queues, roles',
      s: undefined,
      of: 'no time is known to us; init waits until all are active',
    },
    {
      what: 'init: the program to the bucket',
      s: undefined,
      of: `some ${IDLE_BUCKET_GB * 1_000} MB over your own line, the first time`,
    },
    {
      what: 'EC2 knows the instance profile',
      s: PROFILE_S,
      of: 'ten seconds to "about two minutes" (AWS) after it is made: the first time only',
    },
    { what: 'the leader decides to launch', s: period(decideMs), of: 'a period of the protocol, at most' },
    { what: 'CreateFleet answers', s: LAUNCH.callS, of: LAUNCH.of },
    { what: 'the instance runs', s: LAUNCH.pendingS, of: LAUNCH.of },
    { what: 'it has booted', s: LAUNCH.bootS, of: LAUNCH.of },
    {
      what: 'the worker is fetched, checked, started',
      s: BOOTSTRAP_S,
      of: "not measured on AWS; 45 s is an agent's bootstrap in buildkite's stack for AWS (issue 731)",
    },
    { what: 'it claims the job', s: period(claimPollMs), of: 'a period of the protocol, at most' },
    { what: 'the job runs', s: undefined, of: 'its own time' },
    { what: 'its result is on your screen', s: period(changesPollMs), of: 'a period of the protocol, at most' },
  ];
  return { steps, knownS: steps.reduce((sum, { s = 0 }) => sum + s, 0), limitS: LIMIT_S };
}
