import type { ConsoleConfig } from './config-shape.ts';
import fs from 'node:fs';
import path from 'node:path';
import { type KeyChanges, KEY_PRESETS, keyProblems } from '../ui/effective-keys.ts';
import { CliError, EXIT } from './exit.ts';
import { configHome } from './xdg.ts';

/** A configuration of more was not written by a person. */
const BYTES_MAX = 256_000;

export function configFile(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(configHome(env), 'config.json');
}

/** Reads the file that was named, or the usual one, which may be missing. Everything that is wrong is told at once, each with its line. */
export async function readConfig(
  named: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<ConsoleConfig> {
  const file = named ?? configFile(env);
  const source = sourceOf(file, named !== undefined);
  // Most have none, and the first frame is not kept waiting for what would read it.
  if (source === undefined) return { settings: {}, keys: {}, programs: [], file: undefined };
  return (await import('./decode-config.ts')).decodeConfig(file, source);
}

function sourceOf(file: string, isNamed: boolean): string | undefined {
  try {
    const source = fs.readFileSync(file, 'utf8');
    if (source.length > BYTES_MAX) throw new Error(`is larger than ${BYTES_MAX} bytes`);
    return source;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !isNamed) return undefined;
    throw new CliError(`the configuration ${file} was not read: ${message}`, EXIT.usage);
  }
}

/** The changes of a preset with the operator's own over them. */
export function keyChanges(preset: string | undefined, { keys, file }: ConsoleConfig): KeyChanges {
  const changes: KeyChanges = { ...KEY_PRESETS[preset ?? 'default']?.changes, ...keys };
  const [problem] = keyProblems(changes);
  if (problem === undefined) return changes;
  throw new CliError(
    `${file ?? 'keys'}: keys.${problem.id}, with the preset ${preset}: ${problem.sentence}`,
    EXIT.usage,
  );
}
