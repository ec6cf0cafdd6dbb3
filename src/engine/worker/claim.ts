import type { Deployment } from '../model/deployment.ts';
import { FaultError } from '../model/fault.ts';
import type { InstanceType } from '../model/market.ts';
import type { JobItem } from '../model/job.ts';
import type { Lifecycle, Serves } from '../model/worker.ts';
import type { Clock, TableStore } from '../model/ports.ts';
import { claimJob } from '../protocol/worker-job-writes.ts';
import { decodeJobDocument, type JobDocument } from '../protocol/job-document.ts';
import { misfitOf } from '../protocol/fit.ts';
import { goesOn, jobItemOf, RESCUE_SHARD } from '../protocol/job-item.ts';
import { Lease } from './lease.ts';

/** Heads of a shard that are looked at: many workers then seldom want the same job. */
const HEADS = 10;

export interface ClaimContext {
  readonly store: TableStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly deployment: Deployment;
  readonly workerId: string;
  readonly pool: string;
  readonly region: string;
  readonly queue: string;
  readonly lifecycle: Lifecycle;
  readonly serves: Serves;
  /** What one slot of this worker offers. */
  readonly slot: Pick<InstanceType, 'type' | 'vcpus' | 'memoryMb' | 'arch' | 'gpus'>;
  /** 0 while unknown: then a job with a price limit is left alone. */
  readonly usdPerHour: number;
  /**
   * Jobs that a slot of this worker holds or is trying to claim. Each slot leaves those of the others alone: a claim whose
   * answer was lost is recognised by the worker's own id, which two slots share.
   */
  readonly taken: Set<string>;
}

/** Whether this worker may run it; otherwise why not. */
export function misfit(
  document: JobDocument,
  context: Pick<ClaimContext, 'slot' | 'region' | 'usdPerHour'>,
): string | undefined {
  return misfitOf(document.needs, document.bid?.maxUsdPerHour ?? 0, context);
}

export type Claimed = { readonly item: JobItem; readonly monotonicMs: number };

/** One job by its id: the first job of a worker may come with its launch. undefined when another was quicker, or it does not fit. */
export async function claimById(jobId: string, context: ClaimContext): Promise<Claimed | undefined> {
  const item = await context.store.get('jobs', jobId);
  const job = item === undefined ? undefined : jobItemOf(item);
  return job !== undefined && job.row.state === 'RUNNABLE' && fits(job, context) ? claim(job, context) : undefined;
}

/**
 * The best job of a random shard that fits, or of the next shards when that one has none; undefined when there is no work. An
 * on-demand worker looks for rescued jobs first; one that was launched for these takes no other, for it is too dear.
 */
export async function claimNext(context: ClaimContext): Promise<Claimed | undefined> {
  const { deployment, random, queue, lifecycle, serves } = context;
  if (lifecycle === 'on-demand') {
    const rescued = await claimFrom(RESCUE_SHARD, context);
    if (rescued !== undefined || serves === 'rescued') return rescued;
  }
  const first = Math.floor(random() * deployment.readyShards);
  for (let step = 0; step < deployment.readyShards; step++) {
    const claimed = await claimFrom(`${queue}#${(first + step) % deployment.readyShards}`, context);
    if (claimed !== undefined) return claimed;
  }
  return undefined;
}

async function claimFrom(shard: string, context: ClaimContext): Promise<Claimed | undefined> {
  const { store, random, queue, serves } = context;
  const heads = await store.query({
    table: 'jobs',
    index: 'ready',
    hash: { attribute: 'readyShard', value: shard },
    limit: HEADS,
  });
  const keys = heads.items.map(({ jobId }) => String(jobId));
  if (keys.length === 0) return undefined;
  const items = await store.batchGet('jobs', keys);
  // BatchGetItem keeps no order: the index does.
  const jobs = keys
    .map((key) => items.find(({ jobId }) => jobId === key))
    .map((item) => (item === undefined ? undefined : jobItemOf(item)));
  const fitting = jobs.filter(
    (job): job is JobItem =>
      job !== undefined &&
      job.row.state === 'RUNNABLE' &&
      (serves === 'rescued' || job.row.queue === queue) &&
      fits(job, context),
  );
  const head = fitting[0]?.row;
  const best =
    shard === RESCUE_SHARD || head === undefined
      ? fitting
      : fitting.filter(({ row }) => row.priority === head.priority && goesOn(row) === goesOn(head));
  // Among equals a random one: a herd of workers does not fight for the head. Of rescued jobs the most urgent is first.
  const start = shard === RESCUE_SHARD ? 0 : Math.floor(random() * best.length);
  for (let step = 0; step < best.length; step++) {
    const job = best[(start + step) % best.length];
    const claimed = job === undefined ? undefined : await claim(job, context);
    if (claimed !== undefined) return claimed;
  }
  return undefined;
}

/** The winner keeps the id in `taken`; whoever runs the job takes it out. */
async function claim(job: JobItem, context: ClaimContext): Promise<Claimed | undefined> {
  const { store, clock, deployment, workerId, pool, lifecycle, taken } = context;
  if (taken.has(job.row.id)) return undefined;
  taken.add(job.row.id);
  const monotonicMs = clock.monotonicMs();
  const at = clock.now();
  let item: JobItem | undefined;
  try {
    const won = await store.write(
      claimJob(job.row, { workerId, pool, lifecycle, at, leaseUntil: Lease.until(at, deployment.timings) }),
    );
    item = won === undefined ? undefined : jobItemOf(won);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    item = await settleClaim(job, { ...context, monotonicMs });
  } finally {
    if (item === undefined) taken.delete(job.row.id);
  }
  return item === undefined ? undefined : { item, monotonicMs };
}

/**
 * A claim that failed may have been granted, its answer lost: then the job is ours, and nobody else will touch it before
 * the lease is over. Asked until AWS answers or too little of the lease is left; what then remains in doubt, the leader reaps.
 */
async function settleClaim(
  job: JobItem,
  context: ClaimContext & { readonly monotonicMs: number },
): Promise<JobItem | undefined> {
  const { store, clock, deployment, workerId, monotonicMs } = context;
  const { leaseMs, heartbeatMs, claimPollMs } = deployment.timings;
  while (clock.monotonicMs() - monotonicMs < leaseMs - 2 * heartbeatMs) {
    try {
      const item = jobItemOf((await store.get('jobs', job.row.id)) ?? {});
      const ours = item?.row.leaseOwner === workerId && item.row.epoch === job.row.epoch + 1;
      return ours ? item : undefined;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      await clock.sleep(claimPollMs);
    }
  }
  return undefined;
}

function fits(job: JobItem, context: ClaimContext): boolean {
  const decoded = decodeJobDocument(job.document);
  // A document that this version cannot read is claimed all the same: the attempt then fails with the reason.
  return !decoded.ok || misfit(decoded.value, context) === undefined;
}
