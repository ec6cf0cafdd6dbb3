import { AWS_TIMINGS } from '../../engine/model/timings.ts';
import { HOUR_MS, MINUTE_MS } from '../../engine/model/units.ts';

/**
 * Prices in us-east-1 in USD, from AWS's price pages: DynamoDB on demand (since November 2024), SQS standard, S3 Standard, EC2, public
 * IPv4 addresses. Other regions are up to a half dearer.
 */
export const PRICE = {
  writeUnit: 0.625e-6,
  readUnit: 0.125e-6,
  sqsRequest: 0.4e-6,
  s3Put: 5e-6,
  s3Get: 0.4e-6,
  s3GbMonth: 0.023,
  tableGbMonth: 0.25,
  masterHour: 0.0168,
  publicAddressHour: 0.005,
} as const;

const HOURS_A_MONTH = 730;
/** Shards of the `changes` indexes on AWS; jobs and workers have one each. */
const SHARDS = 16;
const READY_SHARDS = 8;
/** Of an eventually consistent read of up to 4 KB; a consistent one is twice that. */
const HALF_UNIT = 0.5;
/** An item that is written moves its indexes as well: `changes`, and `ready` where it may be claimed. */
const JOB_WRITE_UNITS = 2;
/** A job's writes from its submission to its commit: submit, claim, start, two checkpoints, commit, with their index moves. */
const WRITES_A_JOB = 6;
/** Objects of a job: two outputs or inputs put and got, a manifest, logs of two streams. */
const PUTS_A_JOB = 5;
const GETS_A_JOB = 3;
/** What a deployment holds that has no jobs: its records, and the program that workers fetch. */
const IDLE_TABLE_GB = 0.001;
export const IDLE_BUCKET_GB = 0.15;

export interface EstimateLine {
  readonly what: string;
  readonly usd: number;
  readonly per: 'month' | 'million jobs' | '1,000 worker hours';
  /** What it is made of. */
  readonly of: string;
}

export interface Estimate {
  readonly idleUsdPerMonth: number;
  readonly lines: readonly EstimateLine[];
}

const perHour = (everyMs: number): number => HOUR_MS / everyMs;

/** What the deployment itself costs beside its workers' instances: from the periods of the protocol and the prices above. */
export function estimateOf(): Estimate {
  const t = AWS_TIMINGS;
  const idle = IDLE_TABLE_GB * PRICE.tableGbMonth + IDLE_BUCKET_GB * PRICE.s3GbMonth;
  const reader = readerUsdPerHour();
  const master =
    reader +
    perHour(t.leaderRenewMs) * PRICE.writeUnit +
    perHour(t.pulseMs) * PRICE.writeUnit +
    // Two queues by long poll of 20 s, each at least that often.
    2 * perHour(20_000) * PRICE.sqsRequest;
  const worker =
    perHour(t.heartbeatMs) * PRICE.writeUnit +
    perHour(t.pingMs) * PRICE.sqsRequest +
    perHour(t.miscPollMs) * 2 * PRICE.readUnit;
  // Idle, it reads a ready shard at every look; counted for a tenth of its time.
  const looking = 0.1 * perHour(t.claimPollMs) * READY_SHARDS * HALF_UNIT * PRICE.readUnit;
  const job = WRITES_A_JOB * JOB_WRITE_UNITS * PRICE.writeUnit + PUTS_A_JOB * PRICE.s3Put + GETS_A_JOB * PRICE.s3Get;
  return {
    idleUsdPerMonth: idle,
    lines: [
      {
        what: 'idle: nothing runs',
        usd: idle,
        per: 'month',
        of: 'tables on demand, queues, topic, rules and roles cost nothing unused; the program of the workers in the bucket',
      },
      {
        what: 'a master',
        usd: HOURS_A_MONTH * (PRICE.masterHour + PRICE.publicAddressHour + master),
        per: 'month',
        of: `t4g.small on demand with a public address; its own calls are $${(HOURS_A_MONTH * master).toFixed(2)} of it`,
      },
      {
        what: 'a console that is always open',
        usd: HOURS_A_MONTH * reader,
        per: 'month',
        of: `${Math.round((requestsPerHour() * MINUTE_MS) / HOUR_MS)} requests a minute`,
      },
      {
        what: 'workers, beside their instances',
        usd: 1_000 * (worker + looking),
        per: '1,000 worker hours',
        of: `a heartbeat and a ping every ${t.heartbeatMs / 1_000} s`,
      },
      {
        what: 'jobs',
        usd: 1e6 * job,
        per: 'million jobs',
        of: `${WRITES_A_JOB} writes of the item with its indexes, ${PUTS_A_JOB} objects put and ${GETS_A_JOB} got each`,
      },
    ],
  };
}

/** What a reader of both `changes` indexes asks in an hour: all shards, the open intents, and the records of `misc`. */
function requestsPerHour(): number {
  const { changesPollMs } = AWS_TIMINGS;
  return (2 * SHARDS + 2) * perHour(changesPollMs);
}

function readerUsdPerHour(): number {
  return requestsPerHour() * HALF_UNIT * PRICE.readUnit;
}
