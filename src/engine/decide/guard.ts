import type { Intent, Refusal } from '../model/command.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { LAUNCH_MAX, servingCount } from './plan.ts';

/**
 * The leader's check, on its newest snapshot, of an intent that somebody confirmed on an older one. An act is bound to
 * what its operator saw: a worker that has changed since is not terminated.
 */
export function guardIntent(snapshot: Snapshot, intent: Intent): Refusal | undefined {
  const { action } = intent;
  if (action.verb === 'launch') {
    const most = LAUNCH_MAX * 4;
    if (servingCount(snapshot) + action.count > most)
      return { code: 'limit', sentence: `refused: more than ${most} workers` };
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
