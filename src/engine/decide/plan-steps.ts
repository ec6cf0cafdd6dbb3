import { type Plan, type PlanStep, REASON_MAX } from '../model/command.ts';

/** The steps that will be done: those that were not switched off. */
export function chosenSteps({ steps }: Pick<Plan, 'steps'>): readonly PlanStep[] {
  return steps.filter(({ choice }) => choice?.isOn !== false);
}

/**
 * The plan with one step switched on or off, and its sums moved by what that step changes. A step that belongs to the plan
 * stays as it is.
 */
export function switchStep(plan: Plan, position: number): Plan {
  const step = plan.steps[position];
  if (step?.choice === undefined) return plan;
  const { isOn, losesMs, usdPerHour } = step.choice;
  const sign = isOn ? -1 : 1;
  return {
    ...plan,
    steps: plan.steps.with(position, { ...step, choice: { ...step.choice, isOn: !isOn } }),
    losesMs: Math.max(0, plan.losesMs + sign * losesMs),
    usdPerHour: plan.usdPerHour + sign * usdPerHour,
  };
}

/** The plan with a reason for the audit, cut to what that keeps; where nothing was said, with none. */
export function withReason(plan: Plan, said: string): Plan {
  const { reason: _, ...bare } = plan;
  const reason = said.trim().slice(0, REASON_MAX);
  return reason === '' ? bare : { ...bare, reason };
}

/** Ids that it is bound to, each once, in the order of its steps. */
export function targetIds({ steps }: Pick<Plan, 'steps'>): readonly string[] {
  return [...new Set(steps.flatMap(({ targets = [] }) => targets.map(({ id }) => id)))];
}
