import type { Engine } from '../engine/model/engine.ts';
import type { OpenTuner } from '../engine/model/tuner.ts';
import type { DurationMs } from '../engine/model/units.ts';
import type { Alert } from './alert.ts';
import type { Multiplexer } from './clipboard.ts';
import type { ReadJobs, SaveFile, UiClock } from './cockpit.ts';
import type { Deployments } from './destination.ts';
import type { Keymap } from './effective-keys.ts';
import type { Background, ThemeName } from './palettes.ts';
import type { ScreenId } from './screens.ts';
import type { UiState } from './state.ts';
import type { Theme } from './theme.ts';
import type { UiMemory } from './ui-memory.ts';

/** With what a console is opened: the engine, the terminal, and the operator's taste. */
export interface ConsoleOptions {
  readonly engine: Engine;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr?: NodeJS.WriteStream;
  /** A plain theme, where no other is given. */
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly theme?: Theme;
  /** What to paint with once the terminal has told its background; absent where it is not asked. */
  readonly themeOn?: (background: Background) => Theme;
  /** Another theme, where the operator asks for one; `background` is what the terminal has told, undefined where it has not. */
  readonly themeNamed?: (name: ThemeName, background: Background | undefined) => Theme;
  readonly keymap?: Keymap;
  /** Made with the way to tell the operator of its trouble. */
  readonly memory?: (tell: (sentence: string) => void) => UiMemory;
  readonly screen?: ScreenId;
  /** Of the screen to start on. */
  readonly filter?: string;
  /** What the program knows of itself and its terminal, for the Doctor. */
  readonly programFacts?: UiState['programFacts'];
  readonly programs?: UiState['programs'];
  readonly hasMouse?: boolean;
  readonly multiplexer?: Multiplexer;
  readonly alert?: Alert;
  readonly clock?: UiClock;
  /** False where the console object is somebody else's, as in a test runner. */
  readonly patchConsole?: boolean;
  readonly openTuner: OpenTuner;
  readonly readJobs: ReadJobs;
  /** Absent: nothing can be written here. */
  readonly saveFile?: SaveFile;
  /** Absent: this console has one deployment, and cannot open another. */
  readonly deployments?: Deployments;
  /** How long what ends something can still be undone; 0 = it is carried out at once. */
  readonly undoMs?: DurationMs;
  /** 'on': the session begins as a dry run. */
  readonly dryRun?: 'on' | 'off';
  /** Acts are refused by the engine; this is only told. */
  readonly readOnly?: boolean;
  /** False where the process is somebody else's: then it is never stopped. */
  readonly jobControl?: boolean;
}
