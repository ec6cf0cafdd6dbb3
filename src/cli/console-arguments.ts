import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { nearest } from '../engine/model/nearest.ts';
import { type ConsoleSettings, SETTING_ENTRIES, type Setting, type SettingName } from './console-settings.ts';
import { CliError, EXIT } from './exit.ts';

/** Words that `cbas-console` takes instead of showing the console. */
export const CONSOLE_WORDS = {
  info: 'print versions, paths, and what is known of this terminal',
  'reset-term': 'make this terminal usable again, after a console was killed outright',
} as const;
export type ConsoleWord = keyof typeof CONSOLE_WORDS;

export interface ConsoleArguments {
  /** What flags and environment say; the configuration is not in it. */
  readonly settings: ConsoleSettings;
  readonly word: ConsoleWord | 'help' | 'version' | undefined;
}

/** Flags, and environment variables under them. Everything that is not understood is an error, with what may have been meant. */
export function consoleArguments(args: readonly string[], env: NodeJS.ProcessEnv): ConsoleArguments {
  const { values, positionals } = parsed(args);
  if (values['help'] === true) return { settings: {}, word: 'help' };
  if (values['version'] === true) return { settings: {}, word: 'version' };
  const settings: Partial<Record<SettingName, unknown>> = {};
  for (const [name, setting] of SETTING_ENTRIES) {
    const flag = values[setting.flag];
    const variable = env[setting.env];
    // `--no-color` is known from other programs; what else takes a value has no such form.
    if (flag === false && name === 'color') settings[name] = 'never';
    else if (flag !== undefined) settings[name] = valueOf(setting, String(flag), `--${setting.flag}`);
    else if (variable !== undefined && variable !== '') settings[name] = valueOf(setting, variable, setting.env);
  }
  return { settings: settings as ConsoleSettings, word: wordOf(positionals) };
}

function optionsOf(): ParseArgsOptionsConfig {
  const own: ParseArgsOptionsConfig = {
    // What is no switch has no negative form of its own: parseArgs makes `color: false` of this one.
    'no-color': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'V' },
  };
  for (const [, { flag, short, kind }] of SETTING_ENTRIES)
    own[flag] = { type: kind === 'switch' ? 'boolean' : 'string', ...(short !== undefined && { short }) };
  return own;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionsOf(), allowPositionals: true, allowNegative: true });
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string };
    const flag = /'(-[^' ]*)/.exec(message)?.[1] ?? '';
    if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw new CliError(message, EXIT.usage);
    const known = Object.keys(optionsOf()).map((name) => `--${name}`);
    throw new CliError(`there is no option ${flag}${meant(flag, known)}`, EXIT.usage);
  }
}

function wordOf([word, ...more]: readonly string[]): ConsoleWord | undefined {
  if (word === undefined) return undefined;
  const words = Object.keys(CONSOLE_WORDS);
  if (!words.includes(word)) throw new CliError(`there is no "${word}" here${meant(word, words)}`, EXIT.usage);
  if (more[0] !== undefined) throw new CliError(`"${more[0]}" is one word too many after ${word}`, EXIT.usage);
  return word as ConsoleWord;
}

const ON = ['1', 'true', 'yes', 'on'];
const OFF = ['0', 'false', 'no', 'off'];

function valueOf({ kind, choices = [] }: Setting, text: string, from: string): boolean | string {
  if (kind === 'switch') {
    if (ON.includes(text.toLowerCase())) return true;
    if (OFF.includes(text.toLowerCase())) return false;
    throw new CliError(`${from}: "${text}" is neither yes nor no; write 1 or 0`, EXIT.usage);
  }
  if (kind === 'choice' && !choices.includes(text))
    throw new CliError(`${from}: "${text}" is not one of ${choices.join(', ')}${meant(text, choices)}`, EXIT.usage);
  return text;
}

function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** The lines of `--help` for the options, from the table. */
export function optionLines(): readonly (readonly [option: string, help: string])[] {
  const settings = SETTING_ENTRIES.map(([, setting]) => [usage(setting), helpOf(setting)] as const);
  return [
    ...settings,
    ['    --no-color', 'the same as --color never'],
    ['-V, --version', 'print the version'],
    ['-h, --help', 'this text'],
  ];
}

function usage({ flag, short, value }: Setting): string {
  return `${short === undefined ? '   ' : `-${short},`} --${flag}${value === undefined ? '' : ` <${value}>`}`;
}

function helpOf({ help, choices }: Setting): string {
  return choices === undefined ? help : `${help}: ${choices.join(', ')}`;
}
