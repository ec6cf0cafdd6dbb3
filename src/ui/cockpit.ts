import type { JobToSubmit } from '../engine/model/command.ts';
import type { Engine, ShellAnswer } from '../engine/model/engine.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import type { OpenTuner } from '../engine/model/tuner.ts';
import type { DurationMs, EpochMs } from '../engine/model/units.ts';
import type { Keymap } from './effective-keys.ts';
import type { Deployments } from './destination.ts';
import type { Frame } from './frame.ts';
import type { ThemeName } from './palettes.ts';
import type { UiStore } from './state.ts';
import type { Theme } from './theme.ts';
import type { UiMemory } from './ui-memory.ts';

/** What is open is read anew so often: a worker ships its job's log at every heartbeat, and asking more often would find nothing. */
export const READ_EVERY_MS = 2_000;

/** Time as the screen sees it: handed in, so that tests move it. */
export interface UiClock {
  now(): EpochMs;
  /** Never goes back; judges how long a dialog has been on the screen. */
  monotonicMs(): DurationMs;
  /** Calls until the returned function is called. */
  every(intervalMs: DurationMs, call: () => void): () => void;
  /** Calls once, after keys that have come meanwhile. */
  soon(call: () => void): void;
}

/** What keys can do to the terminal itself. */
export interface TerminalControl {
  exit(): void;
  /** Puts text on the operator's clipboard, through the terminal; false when it is too long for that. */
  copy(text: string): boolean;
  /** Gives the terminal back to the shell until the operator continues us. */
  suspend(): void;
  /** Paints everything anew. */
  redraw(): void;
  /** Gives the terminal to another program until that ends; resolves with how it ended, for a person ('' = well). Never rejects. */
  run(program: Extract<ShellAnswer, { readonly kind: 'shell' }>): Promise<string>;
}

/** Everything a key handler may reach: the engine through its port, the state of the screen, the clock. */
export interface Cockpit {
  readonly engine: Engine;
  readonly store: UiStore;
  readonly theme: Theme;
  readonly keymap: Keymap;
  readonly memory: UiMemory;
  readonly clock: UiClock;
  readonly openTuner: OpenTuner;
  /** Job documents of a file, decoded and checked; problems are told by line. Never rejects. */
  readonly readJobs: ReadJobs;
  /** Writes a new file. Never rejects, and never writes over one. */
  readonly saveFile: SaveFile;
  /** The other deployments; undefined where this console has one only. */
  readonly deployments: Deployments | undefined;
  /** The newest frame, row by row, without its colours. */
  screenText(): readonly string[];
  /** What can be done to the terminal itself; undefined before it is ours. */
  terminal(): TerminalControl | undefined;
  /** Paints with another theme from now on; false where there is no other. */
  paintAs(name: ThemeName): boolean;
  /** How long what ends something can still be undone; 0 = it is carried out at once. */
  readonly undoMs: DurationMs;
}

export type ReadJobs = (
  file: string,
) => Promise<
  | { readonly ok: true; readonly jobs: readonly JobToSubmit[] }
  | { readonly ok: false; readonly problems: readonly string[] }
>;

/** `pieces` are taken one by one, and may be made as they are taken. `file`: where it is, in full. */
export type SaveFile = (
  name: string,
  pieces: Iterable<string>,
) => Promise<{ readonly ok: true; readonly file: string } | { readonly ok: false; readonly why: string }>;

/** What the operator looks at: the engine's newest, or what stood there when the screen was paused. */
export function shownSnapshot(cockpit: Pick<Cockpit, 'engine' | 'store'>): Snapshot {
  return cockpit.store.getState().frozen?.snapshot ?? cockpit.engine.snapshot();
}

/** The frame that keys are judged by: the one that is on the screen. */
export function frameOf(cockpit: Cockpit): Frame {
  const ui = cockpit.store.getState();
  const snapshot = shownSnapshot(cockpit);
  return {
    snapshot,
    ui,
    theme: cockpit.theme,
    keymap: cockpit.keymap,
    now: ui.frozen?.now ?? Math.max(ui.now, snapshot.at),
    width: ui.size.columns,
  };
}
