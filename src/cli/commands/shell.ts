import { spawn } from 'node:child_process';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { Look } from '../look.ts';
import { aside } from '../output.ts';
import { openToAct } from '../session.ts';
import { shellHost } from '../shell-host.ts';
import { operatorEngine } from '../wire.ts';
import { findWorker } from './act-on-workers.ts';

/** `cbas shell WORKER`: a shell where a worker runs; it ends with the code of that shell. */
export async function shell(asked: string, options: CommonOptions): Promise<number> {
  const wired = await openToAct(options);
  const { engine, snapshots } = await operatorEngine(wired, { mode: 'operator', wait: false, shells: shellHost(wired.choice, options) }); // prettier-ignore
  const { snapshot } = await Look.at(wired, ['workers'], snapshots);
  const { id } = findWorker(asked, snapshot);
  const answer = await engine.openShell(id);
  if (answer.kind === 'refused') throw new CliError(`no shell on ${id}: ${answer.why}`, EXIT.refused);
  aside(`${answer.argv.join(' ')}${answer.cwd === undefined ? '' : `   in ${answer.cwd}`}`);
  const [program = '', ...args] = answer.argv;
  return new Promise((resolve, reject) => {
    const { cwd, env } = answer;
    const child = spawn(program, args, { stdio: 'inherit', env, ...(cwd !== undefined && { cwd }) });
    child.once('error', (error) => reject(new CliError(`${program}: ${error.message}`, EXIT.failed)));
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? EXIT.failed) : EXIT.failed));
  });
}
