import { JOB } from '../model/job-columns.ts';
import type { JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { EpochMs } from '../model/units.ts';
import { submissionOrder } from './submission-order.ts';

/** Times of submission of jobs that wait, in order: as many as are counted. */
interface Times {
  at: Float64Array;
  length: number;
}
/** By rank: what is before what, whenever it was submitted. */
type Queue = ReadonlyMap<number, Times>;

/** By priority; of the same, those that go on from a checkpoint are first (`readyKey` in protocol/job-item.ts). */
function rankOf(priority: number, goesOn: boolean): number {
  return 2 * priority + (goesOn ? 1 : 0);
}

interface Counted {
  readonly jobs: Rows<JobRow>;
  readonly at: EpochMs;
  readonly queues: ReadonlyMap<string, Queue>;
}
let counted: Counted | undefined;

/** Up to so many jobs the count is of this very moment. */
const EXACT_MAX = 20_000;
/** Of more it is kept for a while, the longer the more they are (a million: 10 s), for each count looks at all of them. */
const KEPT_MS_PER_JOB = 0.01;

/**
 * How many waiting jobs are taken before a job: those of its queue with a higher priority, of the same those that go on from a
 * checkpoint when it does not, then those submitted sooner. Workers read one shard of the ready index at a time, so this is
 * how many go before it, not an exact turn.
 */
export function jobsBefore(jobs: Rows<JobRow>, now: EpochMs): (job: JobRow) => number {
  const keptMs = jobs.length * KEPT_MS_PER_JOB;
  const isFresh = counted !== undefined && jobs.length > EXACT_MAX && now >= counted.at && now - counted.at < keptMs;
  const isSame = counted?.jobs === jobs || (isFresh && sameStart(counted?.jobs, jobs));
  if (counted === undefined || !isSame) counted = { jobs, at: now, queues: countQueues(jobs) };
  const { queues } = counted;
  return ({ queue, priority, submittedAt, checkpoint }) => {
    const rank = rankOf(priority, checkpoint !== undefined);
    let before = 0;
    for (const [other, times] of queues.get(queue) ?? []) {
      if (other > rank) before += times.length;
      else if (other === rank) before += soonerThan(times, submittedAt);
    }
    return before;
  };
}

/** The same deployment's collection, a little later. */
function sameStart(before: Rows<JobRow> | undefined, jobs: Rows<JobRow>): boolean {
  return before !== undefined && before.length > 0 && before.length <= jobs.length && before.idAt(0) === jobs.idAt(0);
}

function countQueues(jobs: Rows<JobRow>): ReadonlyMap<string, Queue> {
  const waits = new Uint8Array(jobs.length);
  jobs.mark(JOB.state, 'runnable', waits);
  const [queueOf, priorityOf] = [jobs.column(JOB.queue), jobs.column(JOB.priority)];
  const [submittedAt, checkpointOf] = [jobs.column(JOB.submittedAt), jobs.column(JOB.checkpoint)];
  const queues = new Map<string, Map<number, Times>>();
  for (const position of submissionOrder(jobs).positions) {
    if (waits[position] !== 1) continue;
    const rank = rankOf(priorityOf(position), checkpointOf(position) !== undefined);
    push(timesOf(queues, queueOf(position), rank), submittedAt(position));
  }
  return queues;
}

function timesOf(queues: Map<string, Map<number, Times>>, name: string, rank: number): Times {
  let queue = queues.get(name);
  if (queue === undefined) queues.set(name, (queue = new Map<number, Times>()));
  let times = queue.get(rank);
  if (times === undefined) queue.set(rank, (times = { at: new Float64Array(TIMES_AT_FIRST), length: 0 }));
  return times;
}

/** Room is doubled as it is needed. */
const TIMES_AT_FIRST = 64;

function push(times: Times, at: EpochMs): void {
  if (times.length === times.at.length) {
    const larger = new Float64Array(2 * times.length);
    larger.set(times.at);
    times.at = larger;
  }
  times.at[times.length++] = at;
}

/** How many of the sorted times are before one. */
function soonerThan(times: Times, at: EpochMs): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times.at[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
