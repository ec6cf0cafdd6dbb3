import { startView } from './start-view.ts';
import { multiplexerOf } from '../ui/clipboard.ts';
import { type KeyChanges, keymapWith } from '../ui/effective-keys.ts';
import type { Engine } from '../engine/model/engine.ts';
import { renderConsole, type RunningConsole } from '../ui/render.tsx';
import { themeOf } from '../ui/theme.ts';
import type { ConsoleSettings } from './console-settings.ts';
import { type TerminalAbilities, themeChoice } from './terminal.ts';
import { openTuner } from './tuner.ts';
import { fileMemory, uiMemoryFile } from './ui-memory.ts';

export interface ScreenStart {
  readonly settings: ConsoleSettings;
  readonly keys: KeyChanges;
  readonly abilities: TerminalAbilities;
}

/** Takes this process's terminal over, painted and keyed as its operator wants it. */
export function openScreen(engine: Engine, { settings, keys, abilities }: ScreenStart): RunningConsole {
  const choice = themeChoice(abilities);
  return renderConsole({
    engine,
    openTuner,
    stdout: process.stdout,
    stdin: process.stdin,
    theme: themeOf(choice),
    ...(abilities.asksBackground && { themeOn: (background) => themeOf({ ...choice, background }) }),
    keymap: keymapWith(keys),
    memory: (tell) => fileMemory(uiMemoryFile(), tell),
    ...startView(settings),
    hasMouse: settings.mouse === true,
    multiplexer: multiplexerOf(process.env),
  });
}
