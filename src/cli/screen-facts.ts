import { SETTINGS } from './console-settings.ts';
import module from 'node:module';
import { consoleArguments } from './console-arguments.ts';
import { configFile, readConfig } from './console-config.ts';
import { askBackground } from './ask-background.ts';
import type { ConsoleSettings } from './console-settings.ts';
import { type TerminalAbilities, terminalAbilities } from './terminal.ts';
import { uiMemoryFile } from './ui-memory.ts';

/** What the console would do on this terminal, and what decided it; for `cbas info`. */
export interface ScreenFacts {
  readonly json: object;
  readonly fields: readonly (readonly [label: string, text: string])[];
}

/** Never fails: what cannot be read is told. Asks the terminal for its background, where the console would. */
export async function screenFacts(said: ConsoleSettings): Promise<ScreenFacts> {
  const { settings, config } = await settingsOf(said);
  const abilities = terminalAbilities(process.env, process, settings);
  const answer = abilities.asksBackground ? await askBackground() : undefined;
  const background = answer ?? abilities.background;
  const whyBackground = answer === undefined ? abilities.whyBackground : 'the terminal says so';
  const paths = { config: config.path, memory: uiMemoryFile(), cache: module.getCompileCacheDir() ?? null };
  return {
    json: { paths, configuration: config.told, terminal: { ...abilities, background, whyBackground } },
    fields: [
      ['config', `${config.path}: ${config.told}`],
      ['memory', paths.memory],
      ['cache', paths.cache ?? 'none'],
      ['screen', abilities.interactive ? 'interactive' : `none: ${abilities.whyPlain}`],
      ['colours', `${depthText(abilities)}: ${abilities.color.why}`],
      ['characters', `${abilities.ascii ? 'ASCII' : 'UTF-8'}: ${abilities.whyAscii}`],
      ['theme', `${abilities.theme}, for a ${background} background: ${whyBackground}`],
    ],
  };
}

interface Read {
  readonly settings: ConsoleSettings;
  readonly config: { readonly path: string; readonly told: string };
}

/** Flags, environment and configuration as the console reads them; a mistake in one of them is told, and the rest is taken. */
async function settingsOf(said: ConsoleSettings): Promise<Read> {
  const path = said.config ?? process.env[SETTINGS.config.env] ?? configFile();
  try {
    const { settings } = consoleArguments([], process.env);
    const read = await readConfig(said.config ?? settings.config);
    const told = read.file === undefined ? 'none' : `${Object.keys(read.settings).length + Object.keys(read.keys).length} settings`;
    return { settings: { ...read.settings, ...settings, ...said }, config: { path, told } };
  } catch (error) {
    return { settings: said, config: { path, told: `not taken: ${(error as Error).message}` } };
  }
} // prettier-ignore

function depthText({ color }: TerminalAbilities): string {
  return color.depth === 0 ? 'none' : color.depth > 256 ? 'truecolor' : String(color.depth);
}
