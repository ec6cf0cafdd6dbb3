import { startView } from './start-view.ts';
import { multiplexerOf } from '../ui/clipboard.ts';
import { type KeyChanges, keymapWith } from '../ui/effective-keys.ts';
import type { Deployments } from '../ui/destination.ts';
import type { Program } from '../ui/programs.ts';
import type { Engine } from '../engine/model/engine.ts';
import { keepHeapLean } from './lean-heap.ts';
import { renderConsole, type RunningConsole } from '../ui/render.tsx';
import { themeOf } from '../ui/theme.ts';
import { stateHome } from './places.ts';
import { VERSION } from './version.ts';
import type { ConsoleSettings } from './console-settings.ts';
import { type TerminalAbilities, themeChoice } from './terminal.ts';
import { openTuner } from './tuner.ts';
import { undoMsOf } from './undo-time.ts';
import { fileMemory, uiMemoryFile } from './ui-memory.ts';

export interface ScreenStart {
  readonly settings: ConsoleSettings;
  readonly keys: KeyChanges;
  readonly programs: readonly Program[];
  readonly abilities: TerminalAbilities;
  /** Absent: this console has one deployment, and cannot open another. */
  readonly deployments?: Deployments;
}

/** Takes this process's terminal over, painted and keyed as its operator wants it. */
export function openConsole(
  engine: Engine,
  { settings, keys, programs, abilities, deployments }: ScreenStart,
): RunningConsole {
  const choice = themeChoice(abilities);
  keepHeapLean();
  return renderConsole({
    engine,
    openTuner,
    stdout: process.stdout,
    stdin: process.stdin,
    theme: themeOf(choice),
    ...(abilities.asksBackground && { themeOn: (background) => themeOf({ ...choice, background }) }),
    themeNamed: (name, background = abilities.background) => themeOf({ ...choice, name, background }),
    readJobs: async (file) => (await import('./read-jobs.ts')).readJobs(file),
    saveFile: async (file, pieces) => (await import('./save-file.ts')).saveFile(file, pieces),
    ...(deployments !== undefined && { deployments }),
    ...(settings.undoFor !== undefined && { undoMs: undoMsOf(settings.undoFor) }),
    readOnly: settings.readOnly === true,
    dryRun: settings.dryRun === true ? 'on' : 'off',
    keymap: keymapWith(keys),
    memory: (tell) => fileMemory(uiMemoryFile(), tell),
    ...startView(settings),
    programs,
    programFacts: programFacts(abilities),
    ...(settings.alert !== undefined && { alert: settings.alert }),
    hasMouse: settings.mouse === true,
    multiplexer: multiplexerOf(process.env),
  });
}

/** What the Doctor tells of this program: which it is, where it keeps things, and what it takes the terminal for. */
function programFacts(abilities: TerminalAbilities): readonly (readonly [label: string, text: string])[] {
  return [
    ['version', `cbas ${VERSION}, node ${process.version} on ${process.platform} ${process.arch}`],
    [
      'terminal',
      `${process.env['TERM'] ?? 'TERM is not set'}; ${abilities.color.depth} colours: ${abilities.color.why}`,
    ],
    ['characters', `${abilities.ascii ? 'ASCII' : 'UTF-8'}: ${abilities.whyAscii}`],
    ['theme', `${abilities.theme}, for a ${abilities.background} background: ${abilities.whyBackground}`],
    ['state', stateHome()],
    ['memory', uiMemoryFile()],
  ];
}
