import type { DurationMs } from './units.ts';

/** Every period and patience of the protocol. Configuration with stated defaults; one profile for AWS, one for the embedded AWS. */
export interface Timings {
  /** Worker tells the leader that it lives. */
  readonly pingMs: DurationMs;
  /** A job's lease; renewed at every heartbeat. */
  readonly leaseMs: DurationMs;
  readonly heartbeatMs: DurationMs;
  readonly leaderLeaseMs: DurationMs;
  readonly leaderRenewMs: DurationMs;
  /** A worker asks IMDS for an interruption notice (AWS advises 5 s). */
  readonly noticePollMs: DurationMs;
  /** EC2, table and pings are compared. */
  readonly reconcileMs: DurationMs;
  /** Readers ask the `changes` index. */
  readonly changesPollMs: DurationMs;
  /** They read one shard of it again from its beginning. */
  readonly sweepMs: DurationMs;
  readonly pricePollMs: DurationMs;
  /** The leader writes its pulse. */
  readonly pulseMs: DurationMs;
  /** From the wish to launch to a worker that is ready, until this deployment has measured it. */
  readonly launchToReadyMs: DurationMs;
  /** From a claim to a program that runs: its inputs and its checkpoint, beside what the checkpoint's size takes. */
  readonly restoreMs: DurationMs;
  /** An idle worker looks for work. */
  readonly claimPollMs: DurationMs;
  /** The leader decides. */
  readonly decideMs: DurationMs;
  /** A worker looks at the prices and at the leader's lease. */
  readonly miscPollMs: DurationMs;
  /** A worker without work ends itself. */
  readonly idleLimitMs: DurationMs;
  /** A worker that has seen no leader for this long takes nothing new, finishes what it has, and ends itself. */
  readonly lostMasterMs: DurationMs;
  /** A worker ends itself at this age, whatever happens: nothing runs on unseen for ever. */
  readonly lifetimeMs: DurationMs;
  /** SIGTERM to SIGKILL for a job. */
  readonly graceMs: DurationMs;
  /** Clocks may differ by this much; added where a deadline of another process is judged. */
  readonly skewMarginMs: DurationMs;
  /** Kept free before the instance is taken: a checkpoint must be committed by then. */
  readonly noticeReserveMs: DurationMs;
  /** From an interruption's notice to the taking. */
  readonly noticeMs: DurationMs;
  /** Shortest time between two periodic checkpoints. */
  readonly checkpointMinMs: DurationMs;
  readonly checkpointMaxMs: DurationMs;
  /** A job's first checkpoint comes no later: it measures how long one takes. */
  readonly checkpointFirstMs: DurationMs;
  /** How often a program's folder is looked at for a state that it saved at its own pace. */
  readonly checkpointWatchMs: DurationMs;
  /** A program must answer a checkpoint signal within this. */
  readonly checkpointAckMs: DurationMs;
  /** Mean time between interruptions that is assumed until the leader tells what it knows of the pool. */
  readonly assumedMtbfMs: DurationMs;
}

export const AWS_TIMINGS: Timings = {
  pingMs: 10_000,
  leaseMs: 45_000,
  heartbeatMs: 10_000,
  leaderLeaseMs: 12_000,
  leaderRenewMs: 3_000,
  noticePollMs: 5_000,
  reconcileMs: 60_000,
  changesPollMs: 1_000,
  sweepMs: 60_000,
  pricePollMs: 60_000,
  pulseMs: 2_000,
  launchToReadyMs: 180_000,
  restoreMs: 30_000,
  claimPollMs: 2_000,
  decideMs: 1_000,
  miscPollMs: 10_000,
  idleLimitMs: 300_000,
  lostMasterMs: 3_600_000,
  lifetimeMs: 7 * 24 * 3_600_000,
  graceMs: 10_000,
  skewMarginMs: 5_000,
  noticeReserveMs: 30_000,
  noticeMs: 120_000,
  checkpointMinMs: 60_000,
  checkpointMaxMs: 3_600_000,
  checkpointFirstMs: 300_000,
  checkpointWatchMs: 1_000,
  checkpointAckMs: 60_000,
  assumedMtbfMs: 6 * 3_600_000,
};

/** The embedded AWS: the same protocol, faster, so that a newcomer sees it all within a minute. */
export const LOCAL_TIMINGS: Timings = {
  pingMs: 2_000,
  leaseMs: 10_000,
  heartbeatMs: 2_000,
  leaderLeaseMs: 5_000,
  leaderRenewMs: 1_500,
  noticePollMs: 1_000,
  reconcileMs: 5_000,
  changesPollMs: 300,
  sweepMs: 60_000,
  pricePollMs: 1_000,
  pulseMs: 1_000,
  launchToReadyMs: 10_000,
  restoreMs: 2_000,
  claimPollMs: 500,
  decideMs: 300,
  miscPollMs: 10_000,
  idleLimitMs: 60_000,
  lostMasterMs: 600_000,
  lifetimeMs: 24 * 3_600_000,
  graceMs: 2_000,
  skewMarginMs: 500,
  noticeReserveMs: 3_000,
  noticeMs: 12_000,
  checkpointMinMs: 1_000,
  checkpointMaxMs: 60_000,
  checkpointFirstMs: 5_000,
  checkpointWatchMs: 500,
  checkpointAckMs: 6_000,
  assumedMtbfMs: 60_000,
};
