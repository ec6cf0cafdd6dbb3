import { multiplexerOf } from '../ui/clipboard.ts';
import { type KeyChanges, keymapWith } from '../ui/effective-keys.ts';
import type { ConsoleOptions } from '../ui/render.tsx';
import { themeOf } from '../ui/theme.ts';
import type { ConsoleSettings } from './console-settings.ts';
import { type TerminalAbilities, themeChoice } from './terminal.ts';
import { fileMemory, uiMemoryFile } from './ui-memory.ts';

export interface ScreenStart {
  readonly settings: ConsoleSettings;
  readonly keys: KeyChanges;
  readonly abilities: TerminalAbilities;
}

/** Settings and the terminal's facts as the screen takes them. */
export function screenOptions({
  settings,
  keys,
  abilities,
}: ScreenStart): Omit<ConsoleOptions, 'engine' | 'stdout' | 'stdin'> {
  const choice = themeChoice(abilities);
  return {
    theme: themeOf(choice),
    ...(abilities.asksBackground && { themeOn: (background) => themeOf({ ...choice, background }) }),
    keymap: keymapWith(keys),
    memory: (tell) => fileMemory(uiMemoryFile(), tell),
    ...(settings.screen !== undefined && { screen: settings.screen }),
    hasMouse: settings.mouse === true,
    multiplexer: multiplexerOf(process.env),
  };
}
