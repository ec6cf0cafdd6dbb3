import type { CallFigures } from '../../src/engine/model/calls.ts';
import type { Deployment, Pulse } from '../../src/engine/model/deployment.ts';
import type { Fault } from '../../src/engine/model/fault.ts';
import { JOB_SCHEMA } from '../../src/engine/model/job-columns.ts';
import { JOB_STATES, NO_LOSSES, type JobLive, type JobRow, type JobState } from '../../src/engine/model/job.ts';
import type { PoolMarket, PricePoint } from '../../src/engine/model/market.ts';
import { rowsFrom } from '../../src/engine/model/rows.ts';
import { emptySnapshot, type Notable, type Snapshot } from '../../src/engine/model/snapshot.ts';
import { AWS_TIMINGS } from '../../src/engine/model/timings.ts';
import type { WorkerRow } from '../../src/engine/model/worker.ts';

/** Snapshots as the engine would make them, all at one fixed moment. */
export const NOW = Date.UTC(2026, 10, 22, 14, 2, 11);
export const MINUTE = 60_000;

export const POOLS = ['c5.large/us-east-1a', 'c5.large/us-east-1b', 'm5.large/us-east-1a'] as const;
const ON_DEMAND = { 'c5.large': 0.085, 'm5.large': 0.096 } as const;

export const DEPLOYMENT: Deployment = {
  name: 'lab',
  mode: 'local',
  region: 'us-east-1',
  accountId: '000000000000',
  identity: 'ana',
  shards: 4,
  readyShards: 2,
  bucket: 'cbas-lab',
  timings: AWS_TIMINGS,
};

export function jobId(number: number): string {
  return `0192f0c4-0000-7000-8000-${(0xc40000 + number * 40_503).toString(16).padStart(12, '0')}`;
}

export function workerId(number: number): string {
  return `i-${(0x0a41bb02c7d10000 + number * 7_919).toString(16).padStart(17, '0')}`;
}

const NO_DEADLINE = { deadlineAt: 0, workS: 0, needs: undefined, rescue: undefined } as const;
const NOTHING_YET = { checkpoint: undefined, saving: undefined, result: undefined, record: undefined } as const;
export function makeJob(number: number, change: Partial<JobRow> = {}): JobRow {
  const state = change.state ?? 'RUNNABLE';
  return {
    id: jobId(number),
    name: `pi-${String(number).padStart(3, '0')}`,
    queue: 'default',
    priority: 0,
    owner: 'ana',
    state,
    epoch: state === 'RUNNABLE' ? 0 : 1,
    attempt: state === 'RUNNABLE' ? 0 : 1,
    leaseOwner: '',
    pool: '',
    reason: { code: 'submitted', since: NOW - 20 * MINUTE, detail: '', next: '' },
    rev: 1,
    changedAt: NOW - MINUTE,
    turn: 0,
    submittedAt: NOW - 25 * MINUTE + Math.min(number, 1_400_000),
    startedAt: 0,
    endedAt: 0,
    ...NO_DEADLINE,
    notBefore: 0,
    tally: { costUsd: 0, interruptions: 0, ranMs: 0, lostMs: 0 },
    losses: NO_LOSSES,
    ...NOTHING_YET,
    desired: {},
    maxUsdPerHour: 0,
    after: [],
    ...change,
  };
}

export function makeWorker(number: number, change: Partial<WorkerRow> = {}): WorkerRow {
  return {
    id: workerId(number),
    pool: POOLS[number % POOLS.length] ?? POOLS[0],
    state: 'IDLE',
    phases: {
      requestedAt: NOW - 40 * MINUTE,
      pendingAt: NOW - 40 * MINUTE + 800,
      bootingAt: NOW - 39 * MINUTE,
      readyAt: NOW - 39 * MINUTE + 4_000,
      firstJobAt: 0,
      endedAt: 0,
    },
    slots: 1,
    jobs: [],
    lifecycle: change.bidUsdPerHour === 0 ? 'on-demand' : 'spot',
    serves: 'queue',
    bidUsdPerHour: 0.05,
    credentialKind: 'instance-profile',
    intent: 'launch-7',
    notice: undefined,
    detail: '',
    paid: undefined,
    rev: 3,
    changedAt: NOW - 3 * MINUTE,
    ...change,
  };
}

/** A day of prices that wander and once jump, the same every time. */
export function makeMarket(pool: string, base: number): PoolMarket {
  const [type = '', zone = ''] = pool.split('/');
  const points: PricePoint[] = Array.from({ length: 96 }, (_, number) => ({
    pool,
    at: NOW - (96 - number) * 15 * MINUTE,
    usdPerHour: Number((base * (1 + 0.04 * Math.sin(number / 5) + (number > 52 && number < 60 ? 0.6 : 0))).toFixed(4)),
  }));
  const onDemandUsdPerHour = ON_DEMAND[type as keyof typeof ON_DEMAND] ?? 0.1;
  return { id: pool, instanceType: type, zone, onDemandUsdPerHour, vcpus: 2, points };
}

export const PULSE: Pulse = {
  at: NOW - 1_000,
  leaderId: 'm-7f3a',
  leaderEpoch: 4,
  pingAt: {},
  startedPerMin: 14.2,
  donePerMin: 13.9,
  spendUsdPerHour: 0.2134,
  spentUsd: 1.2,
  onDemandUsd: 4.14,
  wastedUsd: 0.022,
  interruptions: 3,
  queueDepths: { ping: 0, events: 0, 'ping-dead': 0, 'events-dead': 0 },
  capacity: 'm5.large/1a has no capacity; asks again in 58 s',
  deadlines: { atRisk: 0, rescued: 0 },
  poolRetryAt: {},
  poolFaults: { 'm5.large/us-east-1a': 'capacity' },
  rebalanceAt: {},
  unknown: { count: 0, at: 0, source: '', what: '' },
  calls: {},
};

export function withJobs(snapshot: Snapshot, jobs: readonly JobRow[]): Snapshot {
  const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
  for (const job of jobs) counts[job.state] += 1;
  return { ...snapshot, jobs: rowsFrom(jobs, JOB_SCHEMA), jobCounts: counts };
}

export function emptyDeployment(): Snapshot {
  return {
    ...emptySnapshot(),
    at: NOW,
    deployment: DEPLOYMENT,
    leader: { id: 'm-7f3a', epoch: 4, until: NOW + 9_000 },
  };
}

function busyWorkers(): readonly WorkerRow[] {
  const running = (job: number): Partial<WorkerRow> => ({ state: 'BUSY', jobs: [jobId(job)] });
  return [
    makeWorker(0, running(12)),
    makeWorker(1, running(13)),
    makeWorker(2, running(14)),
    makeWorker(3, {
      state: 'INTERRUPTED',
      jobs: [jobId(15)],
      notice: { noticedAt: NOW - 40_000, takeAt: NOW + 72_000, source: 'imds' },
      detail: 'price 0.061 above the bid 0.050; saves pi-015 and leaves',
    }),
    makeWorker(4, { detail: 'waits for work' }),
    makeWorker(5, { state: 'BOOTING', detail: 'the agent registers' }),
  ];
}

function runningJob(number: number, worker: number): JobRow {
  return makeJob(number, {
    state: 'RUNNING',
    leaseOwner: workerId(worker),
    pool: POOLS[worker % POOLS.length] ?? POOLS[0],
    startedAt: NOW - 12 * MINUTE,
    reason: { code: 'running', since: NOW - 12 * MINUTE, detail: '', next: '' },
    tally: { costUsd: 0.007 + number / 10_000, interruptions: number % 3 === 0 ? 1 : 0, ranMs: 0, lostMs: 0 },
    checkpoint: {
      generation: 1_000_001,
      manifestKey: 'ckpt/1',
      sizeBytes: 4_200_000,
      stopMs: 12,
      at: NOW - 38_000,
      workMs: 11 * MINUTE,
    },
  });
}

function busyJobs(): readonly JobRow[] {
  return Array.from({ length: 48 }, (_, number) => {
    if (number < 12) {
      return makeJob(number, {
        state: 'SUCCEEDED',
        startedAt: NOW - 20 * MINUTE,
        endedAt: NOW - 8 * MINUTE,
        reason: { code: 'succeeded', since: NOW - 8 * MINUTE, detail: 'exit 0', next: '' },
        tally: { costUsd: 0.0071, interruptions: 0, ranMs: 12 * MINUTE, lostMs: 0 },
        result: { exitCode: 0, signal: undefined, manifestKey: 'out/m' },
        record: {
          book: 'pi',
          key: `seed-${number}`,
          value: { n: 1_000, sum: 785 + (number % 5), sumSq: 785 + (number % 5) },
        },
      });
    }
    if (number < 15) return runningJob(number, number - 12);
    if (number === 15) {
      return {
        ...runningJob(15, 3),
        state: 'INTERRUPTING',
        reason: {
          code: 'interruption-notice',
          since: NOW - 40_000,
          detail: 'price 0.061 > bid 0.050',
          next: 'goes on elsewhere',
        },
      };
    }
    if (number === 16) {
      return makeJob(16, {
        state: 'FAILED',
        name: 'sort-9',
        attempt: 3,
        startedAt: NOW - 41 * MINUTE,
        endedAt: NOW - 2 * MINUTE,
        reason: { code: 'exit', since: NOW - 2 * MINUTE, detail: 'exit 3, 3 attempts: "out of memory"', next: '' },
        tally: { costUsd: 0.025, interruptions: 0, ranMs: 39 * MINUTE, lostMs: 0 },
        result: { exitCode: 3, signal: undefined, manifestKey: '' },
      });
    }
    if (number === 17) {
      return makeJob(17, {
        notBefore: NOW + 23_000,
        attempt: 2,
        startedAt: NOW - 5 * MINUTE,
        reason: {
          code: 'worker-lost',
          since: NOW - MINUTE,
          detail: 'its worker was taken back; goes on from 74 %',
          next: '',
        },
      });
    }
    return makeJob(number);
  });
}

const NOTABLES: readonly Notable[] = [
  { at: NOW - 21 * MINUTE, sentence: 'ana: bid of c5.large/1a 0.0450 -> 0.0500', level: 'act', group: 'bid', count: 1 },
  {
    at: NOW - 4 * MINUTE,
    sentence: 'c5.large/1a took 3 workers back; 3 jobs went on elsewhere, 2m10s of work lost ($0.004)',
    level: 'handled',
    group: 'c5.large/us-east-1a',
    count: 3,
  },
];

function liveOf(jobs: readonly JobRow[]): Record<string, JobLive> {
  const running = jobs.filter((job) => job.state === 'RUNNING' || job.state === 'INTERRUPTING');
  return Object.fromEntries(
    running.map((job, number) => [
      job.id,
      {
        id: job.id,
        epoch: job.epoch,
        progressPct: 74 - number * 11,
        leaseUntil: NOW + 31_000,
        heartbeatAt: NOW - 4_000,
        atRiskMs: 38_000 - number * 9_000,
      },
    ]),
  );
}

/** 48 jobs, 6 workers in 3 pools, one of them leaving; one job failed, one in backoff. */
export function busySnapshot(): Snapshot {
  const jobs = busyJobs();
  const workers = busyWorkers();
  const records = jobs.flatMap((job) =>
    job.record ? [{ id: job.record.key, jobId: job.id, value: job.record.value }] : [],
  );
  return {
    ...withJobs(emptyDeployment(), jobs),
    live: liveOf(jobs),
    workers: rowsFrom(workers),
    settings: {
      rev: 2,
      accepting: true,
      targetWorkers: 6,
      slotsPerWorker: 1,
      pools: POOLS.map((id) => ({ id, bidUsdPerHour: 0.05 })),
      maxPoolSharePct: 60,
      changedBy: 'ana',
      changedAt: NOW - 21 * MINUTE,
    },
    markets: Object.fromEntries(POOLS.map((pool, number) => [pool, makeMarket(pool, 0.034 + 0.003 * number)])),
    pulse: {
      ...PULSE,
      pingAt: Object.fromEntries(
        workers.slice(0, 5).map((worker, number) => [worker.id, NOW - 2_000 - number * 1_500]),
      ),
      poolRetryAt: { [POOLS[2]]: NOW + 58_000 },
    },
    books: { pi: rowsFrom(records) },
    sources: {
      jobs: { observedAt: NOW - 800, fault: undefined, retryAt: 0, failures: 0 },
      prices: { observedAt: NOW - 20_000, fault: undefined, retryAt: 0, failures: 0 },
    },
    notables: NOTABLES,
    calls: { dynamodb: figures(), ec2: figures({ recent: { calls: 1, faults: 0 }, p95Ms: 200 }) },
  };
}

/** The same, but nothing has answered for a while and the leader's lease ran out. */
export function staleSnapshot(): Snapshot {
  return {
    ...busySnapshot(),
    leader: { id: 'm-7f3a', epoch: 4, until: NOW - 95_000 },
    sources: {
      jobs: { observedAt: NOW - 95_000, fault: undefined, retryAt: 0, failures: 0 },
      workers: { observedAt: NOW - 93_000, fault: undefined, retryAt: 0, failures: 0 },
      misc: { observedAt: NOW - 94_000, fault: undefined, retryAt: 0, failures: 0 },
    },
  };
}

/** Answers well, so often a minute. */
export function figures(change: Partial<CallFigures> = {}): CallFigures {
  return {
    calls: 4_200,
    retries: 3,
    throttles: 1,
    refused: 0,
    faults: { throttled: 1 },
    recent: { calls: 312, faults: 0 },
    p50Ms: 5,
    p95Ms: 20,
    answeredAt: NOW - 200,
    circuit: { state: 'closed', since: 0, retryAt: 0 },
    ...change,
  };
}

/** The tables do not answer, EC2 throttles the leader, two letters are dead and one message nobody knows; a worker is at risk. */
export function troubledSnapshot(): Snapshot {
  const busy = busySnapshot();
  const fault: Fault = { kind: 'timeout', operation: 'dynamodb Query', target: '', detail: 'no answer', code: '' };
  const health = { observedAt: NOW - 34_000, fault, retryAt: NOW + 900, failures: 4 };
  return {
    ...busy,
    leader: { id: 'm-7f3a', epoch: 4, until: NOW - 20_000 },
    sources: { jobs: health, workers: health, misc: health, intents: health },
    calls: {
      dynamodb: figures({
        faults: { timeout: 9 },
        answeredAt: NOW - 34_000,
        circuit: { state: 'open', since: NOW - 29_000, retryAt: NOW + 1_000 },
      }),
    },
    pulse: {
      ...PULSE,
      queueDepths: { ping: 0, events: 0, 'ping-dead': 0, 'events-dead': 2 },
      unknown: { count: 1, at: NOW - 2 * MINUTE, source: 'events', what: 'kind "nudge", version 2' },
      calls: { ec2: figures({ faults: { throttled: 70, timeout: 1 }, recent: { calls: 200, faults: 66 } }) },
      rebalanceAt: { [workerId(1)]: NOW - 90_000 },
    },
  };
}

/** A right is missing: prices cannot be read. */
export function faultSnapshot(): Snapshot {
  return {
    ...busySnapshot(),
    sources: {
      prices: {
        observedAt: NOW - 130_000,
        fault: {
          kind: 'denied',
          operation: 'ec2 DescribeSpotPriceHistory',
          target: '',
          detail: 'not authorized',
          code: 'UnauthorizedOperation',
        },
        retryAt: NOW + 30_000,
        failures: 5,
      },
    },
  };
}

/** 10,000 workers and 100,000 jobs, most of both at work. */
export function largeSnapshot(workerCount = 10_000, jobCount = 100_000): Snapshot {
  const workers = Array.from({ length: workerCount }, (_, number) =>
    makeWorker(number, number % 17 === 0 ? {} : { state: 'BUSY', jobs: [jobId(number)] }),
  );
  const jobs = Array.from({ length: jobCount }, (_, number) => {
    const isRunning = number < workerCount && number % 17 !== 0;
    return makeJob(number, isRunning ? { state: 'RUNNING', leaseOwner: workerId(number) } : {});
  });
  return { ...busySnapshot(), ...withJobs(busySnapshot(), jobs), workers: rowsFrom(workers) };
}
