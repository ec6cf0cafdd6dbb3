import { JOB } from '../model/job-columns.ts';
import { type JobRow, turnOf } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { EpochMs } from '../model/units.ts';

/** Turns of jobs that wait, in order: as many as are counted. */
interface Times {
  at: Float64Array;
  length: number;
}
/** By rank: what is before what, whatever its turn. */
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
 * checkpoint when it does not, then those whose turn is sooner (of the same turn, one for each owner, either may be first). Workers read one shard of the ready index at a time, so this is
 * how many go before it, not an exact turn.
 */
export function jobsBefore(jobs: Rows<JobRow>, now: EpochMs): (job: JobRow) => number {
  const keptMs = jobs.length * KEPT_MS_PER_JOB;
  const isFresh = counted !== undefined && jobs.length > EXACT_MAX && now >= counted.at && now - counted.at < keptMs;
  const isSame = counted?.jobs === jobs || (isFresh && sameStart(counted?.jobs, jobs));
  if (counted === undefined || !isSame) counted = { jobs, at: now, queues: countQueues(jobs) };
  const { queues } = counted;
  return (job) => {
    const { queue, priority, checkpoint } = job;
    const turn = turnOf(job);
    const rank = rankOf(priority, checkpoint !== undefined);
    let before = 0;
    for (const [other, times] of queues.get(queue) ?? []) {
      if (other > rank) before += times.length;
      else if (other === rank) before += soonerThan(times, turn);
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
  const [submittedAt, turnAt, checkpointOf] = [jobs.column(JOB.submittedAt), jobs.column(JOB.turn), jobs.column(JOB.checkpoint)]; // prettier-ignore
  const queues = new Map<string, Map<number, Times>>();
  for (let position = 0; position < jobs.length; position++) {
    if (waits[position] !== 1) continue;
    const rank = rankOf(priorityOf(position), checkpointOf(position) !== undefined);
    const turn = turnOf({ turn: turnAt(position), submittedAt: submittedAt(position) });
    push(timesOf(queues, queueOf(position), rank), turn);
  }
  for (const queue of queues.values()) for (const { at, length } of queue.values()) at.subarray(0, length).sort();
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

function push(times: Times, at: number): void {
  if (times.length === times.at.length) {
    const larger = new Float64Array(2 * times.length);
    larger.set(times.at);
    times.at = larger;
  }
  times.at[times.length++] = at;
}

/** How many of the sorted times are before one. */
function soonerThan(times: Times, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times.at[middle] as number) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
