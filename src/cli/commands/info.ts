import path from 'node:path';
import { type Choice, chooseDeployment, type CommonOptions, operatorName } from '../choose.ts';
import { EXIT } from '../exit.ts';
import { printFields, printJson } from '../output.ts';
import { journalFolder, runningLocals, stateHome } from '../places.ts';
import { terminalAbilities } from '../terminal.ts';
import { VERSION } from '../version.ts';

/** `cbas info`: what this program is, where it keeps things, and what it would talk to. Asks nothing of AWS, and never fails. */
export async function info(options: CommonOptions): Promise<number> {
  const locals = await runningLocals();
  const { choice, whyNot } = await tryChoose(options);
  const terminal = terminalAbilities(process.env, process);
  const facts = {
    version: VERSION,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    program: process.argv[1] === undefined ? null : path.resolve(process.argv[1]),
    operator: operatorName(),
    state: stateHome(),
    journal: journalFolder(),
    local: locals.map(({ name, endpoint, pid }) => ({ name, endpoint, pid })),
    deployment:
      choice === undefined
        ? null
        : {
            name: choice.name,
            region: choice.target.region,
            mode: choice.target.mode,
            endpoint: choice.target.endpoint ?? null,
            why: choice.why,
            ambiguous: choice.ambiguous,
          },
    terminal,
  };
  if (options.json === true) printJson(facts);
  else
    printFields([
      ['cbas', facts.version],
      ['node', `${facts.node} on ${facts.platform}`],
      ['program', facts.program ?? '-'],
      ['operator', facts.operator],
      ['state', facts.state],
      ['journal', facts.journal],
      ['embedded AWS', facts.local.map(({ name, endpoint, pid }) => `${name} at ${endpoint} (process ${pid})`).join(', ') || 'none runs'],
      ['deployment', choice === undefined ? whyNot : `${choice.name} in ${choice.target.region}: ${choice.why}${choice.ambiguous ? '; ambiguous: a changing verb would refuse' : ''}`],
      ['terminal', [terminal.interactive ? 'interactive' : 'not interactive', terminal.color ? 'colours' : 'no colours', terminal.ascii ? 'ASCII' : 'UTF-8'].join(', ')],
    ]); // prettier-ignore
  return EXIT.done;
}

async function tryChoose(
  options: CommonOptions,
): Promise<{ readonly choice: Choice | undefined; readonly whyNot: string }> {
  try {
    return { choice: await chooseDeployment(options), whyNot: '' };
  } catch (error) {
    return { choice: undefined, whyNot: (error as Error).message.split('\n')[0] ?? '' };
  }
}
