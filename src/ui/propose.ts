import type { Command, PlanStep } from '../engine/model/command.ts';
import type { Cockpit } from './cockpit.ts';
import { tell } from './state.ts';

/** Asks for a plan and shows it, or tells why there is none. */
export function propose(cockpit: Cockpit, command: Command, openedBy: string): void {
  const proposal = cockpit.engine.propose(command);
  if (!proposal.ok) return tell(cockpit.store, proposal.refusal.sentence, 'attention');
  const { dialog: back } = cockpit.store.getState();
  cockpit.store.setState({
    dialog: {
      kind: 'plan',
      reasonTyped: undefined,
      plan: proposal.plan,
      openedBy,
      back,
      step: firstChoice(proposal.plan.steps),
      typed: '',
      isDryRun: cockpit.engine.abilities().dryRun,
      shownAtMs: undefined,
    },
    message: undefined,
  });
}

/** The arrows begin at the first step that can be switched. */
function firstChoice(steps: readonly PlanStep[]): number {
  return Math.max(0, steps.findIndex(({ choice }) => choice !== undefined)); // prettier-ignore
}
