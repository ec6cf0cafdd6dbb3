import { chosenSteps, targetIds } from '../engine/decide/plan-steps.ts';
import type { Plan } from '../engine/model/command.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';

/** One look takes in as many ids as this; an act on more is confirmed by typing how many. */
export const HANDFUL = 5;

/** What has to be typed before the plan is carried out. */
export interface Token {
  readonly text: string;
  /** For a person: why, and what it is. */
  readonly what: string;
}

/** The deployment's name where it is marked as production; the count where it is more than a handful; else nothing. */
export function tokenOf(
  plan: Plan,
  { settings, deployment }: Pick<Snapshot, 'settings' | 'deployment'>,
): Token | undefined {
  // prettier-ignore
  if (settings.production === true && deployment !== undefined)
    return { text: deployment.name, what: 'this is production: type its name' };
  const count = countOf(plan);
  return count > HANDFUL ? { text: String(count), what: 'these are many: type how many' } : undefined;
}

/** How many rows it touches with the steps as they stand; of a launch, how many instances. */
export function countOf(plan: Plan): number {
  if (plan.command.kind === 'workers.launch') return plan.command.count;
  return targetIds({ steps: chosenSteps(plan) }).length;
}
