import type { AwsTarget } from './client-options.ts';
import { CallPolicy } from './call-policy.ts';
import { systemClock } from './system-clock.ts';

const policies = new WeakMap<AwsTarget, CallPolicy>();

/**
 * The policy of all calls that a process makes to one AWS: clients made for the same target share budgets, circuits and
 * figures. By the object and not by its address, so that what is called here cannot be held against what is called there.
 */
export function callsOf(target: AwsTarget): CallPolicy {
  let policy = policies.get(target);
  if (policy === undefined) {
    policy = new CallPolicy({ clock: systemClock, random: Math.random });
    policies.set(target, policy);
  }
  return policy;
}

/** For tests: calls to this target go by that policy. */
export function useCalls(target: AwsTarget, policy: CallPolicy): void {
  policies.set(target, policy);
}
