import { ALERTS } from '../ui/alert.ts';
import type { ColorDepth } from '../ui/palettes.ts';
import { THEME_NAMES } from '../ui/palettes.ts';
import { KEY_PRESETS } from '../ui/effective-keys.ts';
import { SCREENS } from '../ui/screens.ts';

/**
 * What can be set of the console, as data: its flags, environment variables, fields of the configuration, its help, its
 * completions and its manual page are all read from this table. A flag is stronger than the environment, and that is
 * stronger than the file.
 */
export interface Setting {
  readonly flag: string;
  readonly short?: string;
  readonly env: string;
  /** A switch is on or off, a choice one of its words, a text anything. */
  readonly kind: 'switch' | 'choice' | 'text';
  readonly choices?: readonly string[];
  /** What stands for the value in the help. */
  readonly value?: string;
  /** It may stand in the configuration too, under the name that it has here. */
  readonly inFile?: true;
  readonly help: string;
}

/** `auto`: what the environment says, see `color.ts`. `16`, `256`, `truecolor` say how many there are. */
export const COLOR_WORDS = ['auto', 'always', 'never', '16', '256', 'truecolor'] as const;
export type ColorWord = (typeof COLOR_WORDS)[number];
export const DEPTH_OF_WORD: Readonly<Partial<Record<ColorWord, ColorDepth>>> = {
  never: 0,
  '16': 16,
  '256': 256,
  truecolor: 16_777_216,
};

export const SETTINGS = {
  deployment: {
    flag: 'deployment',
    short: 'd',
    env: 'CBAS_DEPLOYMENT',
    kind: 'text',
    value: 'name',
    help: 'which deployment',
  },
  region: { flag: 'region', env: 'CBAS_REGION', kind: 'text', value: 'region', help: 'AWS region of the deployment' },
  profile: { flag: 'profile', env: 'CBAS_PROFILE', kind: 'text', value: 'profile', help: 'AWS profile to use' },
  readOnly: { flag: 'read-only', env: 'CBAS_READ_ONLY', kind: 'switch', inFile: true, help: 'look, but do not act' },
  dryRun: {
    flag: 'dry-run',
    env: 'CBAS_DRY_RUN',
    kind: 'switch',
    help: 'plan and confirm, but write nothing but the audit',
  },
  undoFor: {
    flag: 'undo-for',
    env: 'CBAS_UNDO_FOR',
    kind: 'text',
    value: 'seconds',
    inFile: true,
    help: 'how long a kill or a termination can be undone (5; 0 = not at all)',
  },
  screen: {
    flag: 'screen',
    env: 'CBAS_SCREEN',
    kind: 'choice',
    choices: SCREENS,
    value: 'name',
    inFile: true,
    help: 'screen to start on',
  },
  filter: {
    flag: 'filter',
    env: 'CBAS_FILTER',
    kind: 'text',
    value: 'text',
    inFile: true,
    help: 'what that screen shows at first, as after / (of jobs, when none is named)',
  },
  theme: {
    flag: 'theme',
    env: 'CBAS_THEME',
    kind: 'choice',
    choices: THEME_NAMES,
    value: 'name',
    inFile: true,
    help: 'colours to use',
  },
  background: {
    flag: 'background',
    env: 'CBAS_BACKGROUND',
    kind: 'choice',
    choices: ['auto', 'dark', 'light'],
    value: 'shade',
    inFile: true,
    help: 'of the terminal; auto asks it',
  },
  color: {
    flag: 'color',
    env: 'CBAS_COLOR',
    kind: 'choice',
    choices: COLOR_WORDS,
    value: 'when',
    inFile: true,
    help: 'whether to use colours, and how many',
  },
  ascii: {
    flag: 'ascii',
    env: 'CBAS_ASCII',
    kind: 'switch',
    inFile: true,
    help: 'no characters but ASCII (else by the locale)',
  },
  mouse: {
    flag: 'mouse',
    env: 'CBAS_MOUSE',
    kind: 'switch',
    inFile: true,
    help: 'clicks select and open, the wheel scrolls',
  },
  alert: {
    flag: 'alert',
    env: 'CBAS_ALERT',
    kind: 'choice',
    choices: ALERTS,
    value: 'how',
    inFile: true,
    help: 'call when something new needs somebody',
  },
  keyPreset: {
    flag: 'keys',
    env: 'CBAS_KEYS',
    kind: 'choice',
    choices: Object.keys(KEY_PRESETS),
    value: 'preset',
    inFile: true,
    help: 'keys that a terminal multiplexer leaves alone',
  },
  screenReader: {
    flag: 'screen-reader',
    env: 'CBAS_SCREEN_READER',
    kind: 'switch',
    inFile: true,
    help: 'line by line instead of a screen; reads commands from stdin',
  },
  config: { flag: 'config', env: 'CBAS_CONFIG', kind: 'text', value: 'file', help: 'configuration to read' },
  json: { flag: 'json', env: 'CBAS_JSON', kind: 'switch', help: 'print the overview as JSON and exit' },
} as const satisfies Readonly<Record<string, Setting>>;

export type SettingName = keyof typeof SETTINGS;
type ValueOf<S extends Setting> = S['kind'] extends 'switch'
  ? boolean
  : S extends { readonly choices: readonly (infer C)[] }
    ? C
    : string;

/** What was set, wherever it was; what is absent was set nowhere. */
export type ConsoleSettings = { readonly [K in SettingName]?: ValueOf<(typeof SETTINGS)[K]> };

export const SETTING_ENTRIES = Object.entries(SETTINGS) as unknown as readonly (readonly [SettingName, Setting])[];
