import { safe } from '../ui/safe-text.ts';
import { type Choice, chooseDeployment, type CommonOptions } from './choose.ts';
import { CliError, EXIT } from './exit.ts';
import { aside, note } from './output.ts';
import { openDeployment, type Wired } from './wire.ts';

/** Says which deployment was chosen and why: to a person always, to a script only when it might have meant another. */
function tell(choice: Choice): void {
  const line = `deployment ${safe(choice.name)} in ${safe(choice.target.region)}: ${choice.why}`;
  if (choice.ambiguous) note(`${line}; to mean another, say --deployment NAME as well`);
  else aside(line);
}

/** The deployment that a looking verb reads. */
export async function openToLook(options: CommonOptions): Promise<Wired> {
  const choice = await chooseDeployment(options);
  tell(choice);
  return openDeployment(choice);
}

/** The deployment that a verb changes: where two would fit, none is taken. */
export async function openToAct(options: CommonOptions): Promise<Wired> {
  const choice = await chooseDeployment(options);
  if (choice.ambiguous) {
    throw new CliError(
      `an embedded AWS (${choice.name}) runs here, and a real one was pointed at too: say --deployment NAME, so that nothing happens in the wrong one`,
      EXIT.refused,
    );
  }
  tell(choice);
  return openDeployment(choice);
}
