import { isLeased, isTerminal, type JobRow } from '../engine/model/job.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import type { DurationMs, EpochMs } from '../engine/model/units.ts';
import * as format from './format.ts';
import type { Frame } from './frame.ts';

/** For who waits for more of a log that nobody adds to any more. `workerId`: the worker that is gone; empty where the run is over otherwise. */
export function logIsOver(workerId: string, ageMs: DurationMs): string {
  const of = workerId === '' ? 'this run is over' : `its worker ${workerId} is gone`;
  return `${of}; the newest part of the log is ${format.duration(Math.max(0, ageMs))} old`;
}

/** The same, as far as a screen knows it; undefined while more may come, and at a job's own end. */
export function whyLogIsOver(
  { snapshot, now }: Pick<Frame, 'snapshot' | 'now'>,
  log: { readonly jobId: string; readonly epoch: number; readonly newestAt: EpochMs },
): string | undefined {
  const row = snapshot.jobs.get(log.jobId);
  // A run that the list has not heard of yet is under way.
  if (row === undefined || row.epoch < log.epoch || (isTerminal(row.state) && row.epoch === log.epoch)) return undefined; // prettier-ignore
  const ageMs = now - log.newestAt;
  if (row.epoch !== log.epoch || !isLeased(row.state)) return logIsOver('', ageMs);
  return isGone(snapshot, row) ? logIsOver(row.leaseOwner, ageMs) : undefined;
}

/** A worker that no list has is one that this screen has not heard of yet. */
function isGone({ workers }: Snapshot, { leaseOwner }: JobRow): boolean {
  const state = workers.get(leaseOwner)?.state;
  return state === 'LOST' || state === 'TERMINATED';
}
