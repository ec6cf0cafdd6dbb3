import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decideColor } from '../../src/cli/color.ts';
import { consoleArguments } from '../../src/cli/console-arguments.ts';
import { keyChanges, readConfig } from '../../src/cli/console-config.ts';
import { consoleHelp } from '../../src/cli/console-help.ts';
import { SETTING_ENTRIES } from '../../src/cli/console-settings.ts';
import { jsonLines, lineOf } from '../../src/cli/json-lines.ts';
import { terminalAbilities } from '../../src/cli/terminal.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-config-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function written(text: string): string {
  const file = path.join(folder, 'config.json');
  fs.writeFileSync(file, text);
  return file;
}

async function refusal(text: string): Promise<string> {
  const file = written(text);
  try {
    await readConfig(file);
  } catch (error) {
    return (error as Error).message.replaceAll(file, 'FILE');
  }
  return 'taken';
}

test('what is wrong in the file is told with its line and its field, all at once', async () => {
  expect(
    await refusal('{\n "theme": "lihgt",\n "mouse": 1,\n "colours": "auto",\n "keys": {\n  "kil": "X"\n }\n}'),
  ).toBe(
    [
      'FILE:4: colours: is not known here; did you mean color?',
      'FILE:2: theme: "lihgt" is not one of default, dark, light, high-contrast, colour-blind, mono',
      'FILE:3: mouse: expected true or false, found 1',
      'FILE:6: keys.kil: there is no key binding "kil"; did you mean kill?',
    ].join('\n'),
  );
  expect(await refusal('{\n "keys": {\n  "kil": "X",\n  "pause": ["ctrl-zz"]\n }\n}')).toMatch(
    /^FILE:3: keys\.kil: there is no key binding "kil"; did you mean kill\?\nFILE:4: keys\.pause: "ctrl-zz" is no key/,
  );
  expect(await refusal('{\n "keys": { "kill": "w" }\n}')).toMatch(
    /^FILE:2: keys\.kill: "w" is both kill and why on jobs/,
  );
  expect(await refusal('{\n "theme": "light",\n}')).toMatch(/^FILE:3: is no JSON/);
  expect(await refusal('[]')).toMatch(/^FILE:1: expected an object/);
});

test('a file that was named must be there; the usual one may be missing; both are used', async () => {
  await expect(readConfig(path.join(folder, 'missing.json'))).rejects.toThrow(/missing\.json was not read: ENOENT/);
  expect((await readConfig(undefined, { XDG_CONFIG_HOME: folder })).file).toBeUndefined();
  const usual = path.join(folder, 'cbas-console', 'config.json');
  fs.mkdirSync(path.dirname(usual));
  fs.writeFileSync(usual, '{ "theme": "light", "keys": { "page-up": "b", "kill": ["X", "meta-k"] } }');
  const config = await readConfig(undefined, { XDG_CONFIG_HOME: folder });
  expect(config).toEqual({ settings: { theme: 'light' }, keys: { 'page-up': ['b'], kill: ['X', 'meta-k'] }, programs: [], file: usual });
  expect(keyChanges('tmux', config)['page-up']).toEqual(['b']);
  expect(() => keyChanges('tmux', { ...config, keys: { why: ['b'] } })).toThrow(/config\.json: keys\..*, with the preset tmux: "b" is both/);
}); // prettier-ignore

test('lines of JSON are found however it is laid out', () => {
  const lines = jsonLines('{"a":\n {"b": [1,\n "x",\n {"c" :\n null}]},\n "d": "{,:"}');
  expect([...lines]).toEqual(
    expect.arrayContaining([['a', 1], ['a.b', 2], ['a.b[1]', 3], ['a.b[2].c', 4], ['d', 6]]),
  );
  expect(lineOf(lines, 'a.b[2].e')).toBe(lineOf(lines, 'a.b[2]'));
}); // prettier-ignore

test('a flag is stronger than its variable, and everything that is not understood is told with what may be meant', () => {
  const parse = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => consoleArguments(args, env).settings;
  expect(parse(['--theme', 'mono'], { CBAS_THEME: 'light', CBAS_MOUSE: 'yes' })).toEqual({ theme: 'mono', mouse: true });
  expect(parse(['--no-mouse'], { CBAS_MOUSE: '1' })).toEqual({ mouse: false });
  expect(parse(['--no-color'], { CBAS_COLOR: 'always' })).toEqual({ color: 'never' });
  expect(parse([], { CBAS_THEME: '' })).toEqual({});
  const refused = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => () => consoleArguments(args, env);
  expect(refused(['--thme', 'mono'])).toThrow('there is no option --thme; did you mean --theme?');
  expect(refused(['--theme', 'lite'])).toThrow('--theme: "lite" is not one of default, dark, light');
  expect(refused([], { CBAS_READ_ONLY: 'maybe' })).toThrow('CBAS_READ_ONLY: "maybe" is neither yes nor no');
  expect(refused(['reset-trem'])).toThrow('there is no "reset-trem" here; did you mean reset-term?');
  expect(consoleArguments(['info'], {}).word).toBe('info');
}); // prettier-ignore

test('every setting has a flag, a variable and a line in the help', () => {
  const help = consoleHelp();
  for (const [, { flag, env }] of SETTING_ENTRIES) {
    expect(help).toContain(`--${flag}`);
    expect(env).toMatch(/^CBAS_[A-Z_]+$/);
  }
  expect(new Set(SETTING_ENTRIES.map(([, { env }]) => env)).size).toBe(SETTING_ENTRIES.length);
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
});

const XTERM = { TERM: 'xterm' };
test.each([
  ['auto', XTERM, true, 16],
  ['auto', XTERM, false, 0],
  ['auto', { TERM: 'dumb' }, true, 0],
  ['auto', {}, true, 0],
  ['auto', { TERM: 'vt100' }, true, 0],
  ['auto', { TERM: 'xterm-256color' }, true, 256],
  ['auto', { TERM: 'xterm', COLORTERM: 'truecolor' }, true, 16_777_216],
  ['auto', { TERM: 'xterm', COLORTERM: '24bit' }, true, 16_777_216],
  ['auto', { TERM: 'screen-256color', COLORTERM: 'truecolor', STY: '1.pts' }, true, 256],
  ['auto', { ...XTERM, NO_COLOR: '1' }, true, 0],
  ['auto', { ...XTERM, NO_COLOR: '' }, true, 16],
  ['auto', { ...XTERM, NO_COLOR: '1', FORCE_COLOR: '3' }, true, 0],
  ['auto', { ...XTERM, FORCE_COLOR: '1' }, false, 16],
  ['auto', { ...XTERM, FORCE_COLOR: '0' }, true, 0],
  ['auto', { ...XTERM, FORCE_COLOR: '2' }, false, 256],
  ['auto', { ...XTERM, FORCE_COLOR: 'true' }, false, 16],
  ['auto', { ...XTERM, CLICOLOR_FORCE: '1' }, false, 16],
  ['auto', { ...XTERM, CLICOLOR_FORCE: '0' }, false, 0],
  ['always', { NO_COLOR: '1' }, false, 16],
  ['never', { FORCE_COLOR: '3' }, true, 0],
  ['256', { NO_COLOR: '1' }, false, 256],
  ['truecolor', XTERM, true, 16_777_216],
] as const)('colour %s, with %j, on a terminal: %s', (...row) => {
  const [word, env, isTerminal, depth] = row;
  const decision = decideColor(word, env, isTerminal);
  expect(decision.depth).toBe(depth);
  expect(decision.why).not.toBe('');
});

const TERMINAL = { stdin: { isTTY: true }, stdout: { isTTY: true } };
test.each([
  [{ ...XTERM, LANG: 'C.UTF-8' }, {}, { ascii: false, background: 'dark', asksBackground: true, interactive: true }],
  [{ ...XTERM, LANG: 'C.UTF-8', LC_ALL: 'C' }, {}, { ascii: true }],
  [{ ...XTERM, LANG: 'de_DE.ISO-8859-1' }, { ascii: false }, { ascii: false }],
  [{ ...XTERM, COLORFGBG: '0;15' }, {}, { background: 'light', whyBackground: 'COLORFGBG=0;15' }],
  [{ ...XTERM, COLORFGBG: '0;15' }, { background: 'dark' }, { background: 'dark', asksBackground: false }],
  [XTERM, { theme: 'light' }, { asksBackground: false }],
  [XTERM, { color: 'never' }, { asksBackground: false }],
  [{ TERM: 'linux' }, {}, { asksBackground: false, interactive: true }],
  [{ ...XTERM, CI: '1' }, {}, { interactive: false, whyPlain: 'CI is set' }],
] as const)('a terminal with %j, set %j, is %j', (env, settings, facts) => {
  expect(terminalAbilities(env, TERMINAL, settings)).toMatchObject(facts);
});

test('programs are read with what they leave out, and none stands for a command of the console', async () => {
  const file = path.join(folder, 'programs.json');
  const write = (text: string): void => fs.writeFileSync(file, text);
  write('{ "programs": { "status": { "run": ["true", "{id}"], "looks": true } } }');
  expect((await readConfig(file)).programs).toEqual([
    { name: 'status', run: ['true', '{id}'], on: ['jobs', 'workers'], inputs: [], about: '', looks: true },
  ]);
  write('{ "programs": {\n "launch": { "run": ["true"] } } }');
  await expect(readConfig(file)).rejects.toThrow(/:2: programs\.launch: :launch is a command of the console/);
  write('{ "programs": { "x": { "run": [], "on": ["attic"] } } }');
  await expect(readConfig(file)).rejects.toThrow(/programs\.x\.run: .*\n.*programs\.x\.on/);
});
