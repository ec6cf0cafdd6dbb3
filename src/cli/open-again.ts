import path from 'node:path';
import type { Destination } from '../ui/destination.ts';
import { type ConsoleSettings, SETTING_ENTRIES, SETTINGS, type SettingName } from './console-settings.ts';
import { EXIT } from './exit.ts';
import { note } from './output.ts';

/** What says which deployment is meant. */
const PLACE = ['deployment', 'region', 'profile'] as const satisfies readonly SettingName[];

/** How a console was started. */
export interface StartedAs {
  /** What its flags and its environment said. */
  readonly said: ConsoleSettings;
  /** The environment that it was started with: local mode drops what could lead to a real account. */
  readonly env: NodeJS.ProcessEnv;
}

/** The arguments that open another deployment as this one was opened. */
export function argumentsFor({ name, region, profile }: Destination, said: ConsoleSettings): readonly string[] {
  const settings: ConsoleSettings = {
    ...Object.fromEntries(Object.entries(said).filter(([setting]) => !PLACE.includes(setting as never))),
    deployment: name,
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
  };
  return SETTING_ENTRIES.flatMap(([setting, { flag, kind }]) => {
    const value = settings[setting];
    if (value === undefined) return [];
    return kind === 'switch' ? [value === true ? `--${flag}` : `--no-${flag}`] : [`--${flag}=${value}`];
  });
}

/**
 * This process becomes a console of another deployment, with nothing left of the first: no client, no key of its account, no
 * timer. Returns only where Node cannot do that (before 22.15), with the line that opens it by hand.
 */
export function openAgain(next: Destination, { said, env }: StartedAs): number {
  const args = argumentsFor(next, said);
  const { execPath, execArgv, argv } = process;
  if (process.execve === undefined) {
    note(`cbas-console: this Node (${process.version}) cannot open it in place: cbas-console ${args.join(' ')}`);
    return EXIT.unavailable;
  }
  const places = new Set<string>(PLACE.map((setting) => SETTINGS[setting].env));
  const kept = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== undefined && !places.has(name)),
  );
  return process.execve(execPath, [execPath, ...execArgv, consoleBeside(argv[1] ?? ''), ...args], kept);
}

/** The console's own program, whichever of the two it was started by: `cbas console` is the other. */
function consoleBeside(program: string): string {
  return path.join(path.dirname(program), `cbas-console${path.extname(program)}`);
}
