import fs from 'node:fs';
import path from 'node:path';
import {
  decode,
  isObject,
  list,
  object,
  oneOf,
  optional,
  type Problem,
  type Shape,
  shown,
  table,
  text,
} from '../engine/protocol/shape.ts';
import { type KeyChanges, KEY_PRESETS, keyProblems } from '../ui/effective-keys.ts';
import { type ConsoleSettings, SETTING_ENTRIES } from './console-settings.ts';
import { CliError, EXIT } from './exit.ts';
import { jsonLines, lineOf } from './json-lines.ts';
import { configHome } from './places.ts';

/** The configuration of the console, one JSON file; a parser of TOML is not among the dependencies, and is not worth one. */
export interface ConsoleConfig {
  readonly settings: ConsoleSettings;
  /** Keys by the name of their binding, over those of the preset. */
  readonly keys: KeyChanges;
  /** Where it was read; undefined when there is none. */
  readonly file: string | undefined;
}

/** A configuration of more was not written by a person. */
const BYTES_MAX = 256_000;
const KEYS_MAX = 20;

export function configFile(env: NodeJS.ProcessEnv = process.env): string {
  return path.join(configHome(env), 'config.json');
}

/** Reads the file that was named, or the usual one, which may be missing. Everything that is wrong is told at once, each with its line. */
export function readConfig(named: string | undefined, env: NodeJS.ProcessEnv = process.env): ConsoleConfig {
  const file = named ?? configFile(env);
  const source = sourceOf(file, named !== undefined);
  if (source === undefined) return { settings: {}, keys: {}, file: undefined };
  const value = parsed(file, source);
  const decoded = decode(CONFIG, value);
  const keys = decode(CHANGES, isObject(value) ? (value['keys'] ?? {}) : {});
  const problems = [...(decoded.ok ? [] : decoded.problems), ...(keys.ok ? keyFaults(keys.value) : [])];
  if (!decoded.ok || problems.length > 0) {
    const lines = jsonLines(source);
    throw new CliError(
      problems.map(({ path: at, problem }) => `${file}:${lineOf(lines, at)}: ${at === '' ? '' : `${at}: `}${problem}`).join('\n'),
      EXIT.usage,
    ); // prettier-ignore
  }
  const { keys: changes, ...settings } = decoded.value;
  return { settings: given(settings), keys: changes, file };
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

function parsed(file: string, source: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    const { message } = error as Error;
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? source.length);
    const line = source.slice(0, at).split('\n').length;
    throw new CliError(`${file}:${line}: is no JSON: ${message}`, EXIT.usage);
  }
}

const SWITCH: Shape<boolean> = {
  check(value, at, problems) {
    if (typeof value !== 'boolean')
      problems.push({ path: at, problem: `expected true or false, found ${shown(value)}` });
    return value === true;
  },
  schema: { type: 'boolean' },
};
/** One key, or several. */
const KEY = text({ max: 40 });
const KEYS: Shape<readonly string[]> = {
  ...list(KEY, { max: KEYS_MAX }),
  check: (value, at, problems) =>
    list(KEY, { max: KEYS_MAX }).check(typeof value === 'string' ? [value] : value, at, problems),
};

const FIELDS = Object.fromEntries(
  SETTING_ENTRIES.filter(([, { inFile }]) => inFile).map(([name, { kind, choices }]) => [
    name,
    optional<unknown, undefined>(kind === 'switch' ? SWITCH : oneOf(choices ?? []), undefined),
  ]),
);
const CHANGES = table(KEYS, { key: /^[\w-]+$/, max: 200 });
type Config = ConsoleSettings & { readonly keys: KeyChanges };
const CONFIG = object({
  ...FIELDS,
  keys: optional(CHANGES, {}),
}) as unknown as Shape<Config>;

/** Faults of the keys by the path of their field. The preset in the file is not looked at: `effectiveKeys` judges the whole. */
function keyFaults(keys: KeyChanges): readonly Problem[] {
  return keyProblems(keys).map(({ id, sentence }) => ({ path: `keys.${id}`, problem: sentence }));
}

function given(settings: ConsoleSettings): ConsoleSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
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
