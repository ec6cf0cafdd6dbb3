import type { Cockpit } from './cockpit.ts';
import type { WordCommand } from './commands.ts';
import { leave } from './leave.ts';
import { tell } from './state.ts';

/** `:use lab`: this deployment is left in order, with its questions, and the other one opened in its place. */
export const USE_COMMAND: WordCommand = {
  name: 'use',
  usage: 'DEPLOYMENT [REGION] [PROFILE]',
  about: 'leave this deployment, and open another',
  complete: ({ ui, snapshot }) => ui.deployments.filter((name) => name !== snapshot.deployment?.name),
  run: use,
};

function use(cockpit: Cockpit, [name, region, profile]: readonly string[]): string | undefined {
  const { deployments, store, engine } = cockpit;
  if (deployments === undefined) return 'this console has one deployment only; open the other in another terminal';
  if (name === undefined) return 'use wants the name of a deployment; of one on AWS its region too, the first time';
  const here = engine.snapshot().deployment;
  if (name === here?.name && (region === undefined || region === here.region)) return `this is ${name}`;
  const wanted = { name, ...(region !== undefined && { region }), ...(profile !== undefined && { profile }) };
  void deployments.find(wanted).then((answer) => {
    if (!answer.ok) return tell(store, answer.why, 'attention');
    const terminal = cockpit.terminal();
    // Whoever has begun something else meanwhile is not thrown out of it.
    if (terminal === undefined || store.getState().dialog !== undefined)
      return tell(store, `say it again to go to ${name}`);
    leave(cockpit, terminal, answer.found);
  });
  return undefined;
}
