import os from 'node:os';
import path from 'node:path';

/** A base directory of XDG: from the environment where it is an absolute path there, else under the home. */
export function baseFolder(variable: string, usual: readonly string[], env: NodeJS.ProcessEnv): string {
  const home = env[variable];
  return home !== undefined && path.isAbsolute(home) ? home : path.join(os.homedir(), ...usual);
}

/** Configuration of the console. */
export function configHome(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(baseFolder('XDG_CONFIG_HOME', ['.config'], env), 'cbas-console');
}

/** What the console remembers of its operator. */
export function consoleState(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(baseFolder('XDG_STATE_HOME', ['.local', 'state'], env), 'cbas-console');
}
