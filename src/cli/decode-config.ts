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
import { COMMANDS } from '../ui/commands.ts';
import { type KeyChanges, keyProblems } from '../ui/effective-keys.ts';
import type { Program } from '../ui/programs.ts';
import { SCREENS } from '../ui/screens.ts';
import type { ConsoleConfig } from './config-shape.ts';
import { type ConsoleSettings, SETTING_ENTRIES } from './console-settings.ts';
import { CliError, EXIT } from './exit.ts';
import { jsonLines, lineOf } from './json-lines.ts';

const KEYS_MAX = 20;

/** What a configuration says; everything that is wrong with it is thrown, each with its line. */
export function decodeConfig(file: string, source: string): ConsoleConfig {
  const value = parsed(file, source);
  const decoded = decode(CONFIG, value);
  const keys = decode(CHANGES, isObject(value) ? (value['keys'] ?? {}) : {});
  const problems = [
    ...(decoded.ok ? nameFaults(decoded.value) : decoded.problems),
    ...(keys.ok ? keyFaults(keys.value) : []),
  ];
  if (!decoded.ok || problems.length > 0) {
    const lines = jsonLines(source);
    throw new CliError(
      problems.map(({ path: at, problem }) => `${file}:${lineOf(lines, at)}: ${at === '' ? '' : `${at}: `}${problem}`).join('\n'),
      EXIT.usage,
    ); // prettier-ignore
  }
  const { keys: changes, programs, ...settings } = decoded.value;
  const named = Object.entries(programs).map(([name, program]) => ({ name, ...program }));
  return { settings: given(settings), keys: changes, programs: named, file };
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
const PROGRAM = object({
  run: list(text({ min: 1, max: 4_000 }), { min: 1, max: 100 }),
  on: optional(list(oneOf(SCREENS), { min: 1, max: SCREENS.length }), ['jobs', 'workers'] as const),
  inputs: optional(list(text({ min: 1, max: 40 }), { max: 9 }), []),
  about: optional(text({ max: 200 }), ''),
  looks: optional(SWITCH, false),
});
const PROGRAMS = table(PROGRAM, { key: /^[a-z][\w-]*$/, max: 100 });
type Config = ConsoleSettings & {
  readonly keys: KeyChanges;
  readonly programs: Readonly<Record<string, Omit<Program, 'name'>>>;
};
const CONFIG = object({
  ...FIELDS,
  keys: optional(CHANGES, {}),
  programs: optional(PROGRAMS, {}),
}) as unknown as Shape<Config>;

/** Faults of the keys by the path of their field. The preset in the file is not looked at: `effectiveKeys` judges the whole. */
function keyFaults(keys: KeyChanges): readonly Problem[] {
  return keyProblems(keys).map(({ id, sentence }) => ({ path: `keys.${id}`, problem: sentence }));
}

/** A command of the console is none that a program could stand for. */
function nameFaults({ programs }: Config): readonly Problem[] {
  return Object.keys(programs)
    .filter((name) => COMMANDS.some((command) => command.name === name))
    .map((name) => ({
      path: `programs.${name}`,
      problem: `:${name} is a command of the console; choose another name`,
    }));
}

function given(settings: ConsoleSettings): ConsoleSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
