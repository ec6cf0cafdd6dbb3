import { render } from 'ink';
import type { Engine } from '../engine/model/engine.ts';
import type { OpenTuner } from '../engine/model/tuner.ts';
import type { DurationMs } from '../engine/model/units.ts';
import { App } from './app.tsx';
import type { Cockpit, ReadJobs, UiClock } from './cockpit.ts';
import { UNDO_MS } from './held-acts.ts';
import { createUiStore, type UiStore } from './state.ts';
import { makeTheme } from './theme.ts';

/** Ink draws at most this often: a key is on the screen within 8 ms, and nobody sees more. */
const MAX_FPS = 125;

export interface ConsoleOptions {
  readonly engine: Engine;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr?: NodeJS.WriteStream;
  readonly color: boolean;
  readonly ascii: boolean;
  readonly clock?: UiClock;
  /** False where the console object is somebody else's, as in a test runner. */
  readonly patchConsole?: boolean;
  readonly openTuner: OpenTuner;
  readonly readJobs: ReadJobs;
  /** How long what ends something can still be undone; 0 = it is carried out at once. */
  readonly undoMs?: DurationMs;
  /** 'on': the session begins as a dry run. */
  readonly dryRun?: 'on' | 'off';
  /** Stops this process until the operator continues it. */
  readonly stop?: () => void;
}

export interface RunningConsole {
  /** Resolves when the operator has left. */
  waitUntilExit(): Promise<void>;
  unmount(): void;
  /** Resolves when all that is known so far is on the terminal. */
  painted(): Promise<void>;
  /** For tests, and for whoever wants to open a screen from outside. */
  readonly store: UiStore;
}

const systemClock: UiClock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  every: (intervalMs, call) => {
    const timer = setInterval(call, intervalMs);
    return () => clearInterval(timer);
  },
  soon: (call) => void setImmediate(call),
};

/** Takes the terminal over and shows the console until the operator leaves. */
export function renderConsole(options: ConsoleOptions): RunningConsole {
  const { engine, stdout, stdin } = options;
  const clock = options.clock ?? systemClock;
  const store = createUiStore({ size: { columns: stdout.columns || 80, rows: stdout.rows || 24 }, now: clock.now() });
  const cockpit: Cockpit = {
    engine,
    store,
    clock,
    theme: makeTheme(options),
    openTuner: options.openTuner,
    readJobs: options.readJobs,
    undoMs: options.undoMs ?? UNDO_MS,
  };
  if (options.dryRun === 'on') {
    engine.setDryRun('on');
    store.setState({ isDryRun: true });
  }
  const stop = options.stop ?? (() => void process.kill(process.pid, 'SIGSTOP'));
  const instance = render(<App cockpit={cockpit} stop={stop} />, {
    stdout,
    stdin,
    ...(options.stderr && { stderr: options.stderr }),
    alternateScreen: true,
    incrementalRendering: true,
    maxFps: MAX_FPS,
    exitOnCtrlC: false,
    // What a library prints would otherwise land in the middle of a frame.
    patchConsole: options.patchConsole ?? true,
    interactive: true,
  });
  return {
    waitUntilExit: async () => void (await instance.waitUntilExit()),
    unmount: () => instance.unmount(),
    painted: () => instance.waitUntilRenderFlush(),
    store,
  };
}
