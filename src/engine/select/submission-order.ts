import { JOB } from '../model/job-columns.ts';
import type { JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';

/**
 * Positions of jobs in order of submission. Rows come shard by shard, so the collection itself is in the order of their
 * arrival; a job's time of submission never changes, so only rows that are new have to be put in their places.
 */
export interface SubmissionOrder {
  /** Position in the collection of the n-th job submitted. */
  readonly positions: Int32Array;
  /** The other way round: rank by position. */
  readonly ranks: Int32Array;
}

let known: { readonly order: SubmissionOrder; readonly firstId: string; readonly lastId: string } = {
  order: { positions: new Int32Array(0), ranks: new Int32Array(0) },
  firstId: '',
  lastId: '',
};

/** Costs nothing when no job is new, and one pass over the positions when some are. */
export function submissionOrder(jobs: Rows<JobRow>): SubmissionOrder {
  const { length } = jobs;
  const before = isContinuation(jobs) ? known.order.positions : new Int32Array(0);
  if (before.length === length && length > 0) return known.order;
  const tail = Int32Array.from({ length: length - before.length }, (_, at) => before.length + at);
  const submittedAt = jobs.column(JOB.submittedAt);
  const times = Float64Array.from(tail, submittedAt);
  const timeOf = (position: number): number =>
    position >= before.length ? (times[position - before.length] ?? 0) : submittedAt(position);
  tail.sort((a, b) => timeOf(a) - timeOf(b) || a - b);
  const positions = merge(before, tail, timeOf);
  const ranks = new Int32Array(length);
  for (const [rank, position] of positions.entries()) ranks[position] = rank;
  const order = { positions, ranks };
  known = { order, firstId: idAt(jobs, 0), lastId: idAt(jobs, length - 1) };
  return order;
}

/** The same collection with more rows at its end; not an earlier snapshot, and not another deployment's. */
function isContinuation(jobs: Rows<JobRow>): boolean {
  const { length } = known.order.positions;
  return (
    length > 0 && length <= jobs.length && idAt(jobs, 0) === known.firstId && idAt(jobs, length - 1) === known.lastId
  );
}

function idAt(jobs: Rows<JobRow>, position: number): string {
  return position >= 0 && position < jobs.length ? jobs.at(position).id : '';
}

/** Two sorted lists into one; usually the second lies wholly behind the first. */
function merge(first: Int32Array, second: Int32Array, timeOf: (position: number) => number): Int32Array {
  const merged = new Int32Array(first.length + second.length);
  const last = first.at(-1);
  const head = second[0];
  if (last === undefined || head === undefined || timeOf(last) <= timeOf(head)) {
    merged.set(first);
    merged.set(second, first.length);
    return merged;
  }
  let left = 0;
  let right = 0;
  for (let at = 0; at < merged.length; at++) {
    const a = first[left];
    const b = second[right];
    const takeFirst = b === undefined || (a !== undefined && timeOf(a) <= timeOf(b));
    merged[at] = (takeFirst ? a : b) ?? 0;
    if (takeFirst) left += 1;
    else right += 1;
  }
  return merged;
}
