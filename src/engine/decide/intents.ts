import type { Intent, IntentState } from '../model/command.ts';
import type { Snapshot } from '../model/snapshot.ts';

export function isTerminalIntent(state: IntentState): boolean {
  return state === 'DONE' || state === 'FAILED' || state === 'REFUSED';
}

/** A STARTED intent that no live leader works on is settled by looking its token up, never by doing it again blindly. */
export type Settling =
  | { readonly kind: 'found'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'wait' }
  /** Ending an instance twice is ending it once: what still lives is ended again. */
  | { readonly kind: 'terminate'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'nothing'; readonly outcome: string };

/** EC2 is eventually consistent: it shows a new instance within this time at the latest; before it, absence proves nothing. */
export const VISIBLE_WITHIN_MS = 120_000;

export function settleDoubt(snapshot: Snapshot, intent: Intent, now: number): Settling {
  if (intent.action.verb === 'terminate') {
    const { workerIds } = intent.action;
    const living = workerIds.filter((id) => {
      const state = snapshot.instances.get(id)?.state;
      return state !== undefined && state !== 'terminated' && state !== 'shutting-down';
    });
    return living.length > 0 ? { kind: 'terminate', instanceIds: living } : { kind: 'found', instanceIds: workerIds };
  }
  // Images are looked up, and retired once more, by who carries them out: no snapshot has them.
  if (intent.action.verb !== 'launch') return { kind: 'wait' };
  const instanceIds = [...snapshot.instances].filter((instance) => instance.intent === intent.id).map(({ id }) => id);
  if (instanceIds.length > 0) return { kind: 'found', instanceIds };
  // The list must be younger than the time by which EC2 shows what was launched: an older one proves nothing either.
  const lookedAt = snapshot.sources.instances?.observedAt ?? 0;
  if (Math.min(now, lookedAt) - intent.startedAt < VISIBLE_WITHIN_MS) return { kind: 'wait' };
  return { kind: 'nothing', outcome: 'the master died while it asked EC2, and nothing was launched' };
}
