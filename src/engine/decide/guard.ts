import type { Intent, Refusal } from '../model/command.ts';
import { isTerminal } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { LAUNCH_MAX, servingCount } from './plan.ts';

/** A job that its leader does not know yet may still be there. */
function isWaitedFor({ jobs }: Snapshot, id: string): boolean {
  const job = jobs.get(id);
  return job === undefined || (!isTerminal(job.state) && job.rescue !== undefined);
}

/**
 * The leader's check, on its newest snapshot, of an intent that somebody confirmed on an older one. An act is bound to
 * what its operator saw: a worker that has changed since is not terminated.
 */
export function guardIntent(snapshot: Snapshot, intent: Intent): Refusal | undefined {
  const { action } = intent;
  if (action.verb === 'launch') {
    if (action.jobs !== undefined && !action.jobs.some((id) => isWaitedFor(snapshot, id)))
      return { code: 'nothing-to-do', sentence: 'refused: the jobs that it was for need no on-demand worker any more' };
    const most = LAUNCH_MAX * 4;
    if (servingCount(snapshot) + action.count > most)
      return { code: 'limit', sentence: `refused: more than ${most} workers` };
    return undefined;
  }
  if (action.verb === 'retire') return undefined;
  if (action.verb === 'image') {
    const state = snapshot.workers.get(action.workerId)?.state;
    if (state === undefined || state === 'LOST' || state === 'TERMINATED')
      return { code: 'changed', sentence: `refused: ${action.workerId} is gone` };
    return undefined;
  }
  const changed = action.workerIds.filter((id, position) => {
    const worker = snapshot.workers.get(id);
    // A worker that took or finished a job moved its rev: only one that ended, or that is not ours, is refused.
    return worker === undefined || worker.state === 'TERMINATED' || worker.rev < (action.revs[position] ?? 0);
  });
  if (changed.length === action.workerIds.length)
    return { code: 'changed', sentence: `refused: ${changed.join(', ')} had ended already` };
  return undefined;
}
