import type { DeadlinePolicy } from './deadline-policy.ts';
import { alwaysOnDemand, greedy, timeSliced, uniformProgress } from './published-policies.ts';
import { leastExpectedCost } from './value-policy.ts';

const SLICES = 4;

/** All deadline policies by the name that the command line knows. Ours keeps tables, so that each job gets its own. */
export const DEADLINE_POLICIES = {
  'on-demand': () => alwaysOnDemand,
  greedy: () => greedy,
  'time-sliced': () => timeSliced(SLICES),
  'uniform-progress': () => uniformProgress,
  'expected-cost': leastExpectedCost,
} as const satisfies Readonly<Record<string, () => DeadlinePolicy>>;

export type DeadlinePolicyName = keyof typeof DEADLINE_POLICIES;

export const DEADLINE_POLICY_NAMES = Object.keys(DEADLINE_POLICIES) as readonly DeadlinePolicyName[];
export const OUR_DEADLINE_POLICY: DeadlinePolicyName = 'expected-cost';
