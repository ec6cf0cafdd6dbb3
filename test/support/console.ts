import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import type { ReadJobs, SaveFile, UiClock } from '../../src/ui/cockpit.ts';
import { loadWhatIf, tunerOf } from '../../src/cli/tuner.ts';
import type { ConsoleOptions } from '../../src/ui/console-options.ts';
import { renderConsole, type RunningConsole } from '../../src/ui/render.tsx';
import type { UiMemory } from '../../src/ui/ui-memory.ts';
import { FakeEngine } from './fake-engine.ts';
import { screenCells, screenLines } from './screen.ts';
import { NOW } from './snapshots.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A terminal's output side: what is written goes into an emulator. */
class TerminalOut extends EventEmitter {
  readonly isTTY = true;
  readonly terminal: xterm.Terminal;
  raw = '';
  columns: number;
  rows: number;

  constructor(size: Size) {
    super();
    this.columns = size.columns;
    this.rows = size.rows;
    this.terminal = new xterm.Terminal({
      cols: size.columns,
      rows: size.rows,
      allowProposedApi: true,
      scrollback: 0,
      convertEol: true,
    });
  }

  write(text: string, encodingOrDone?: unknown, done?: () => void): boolean {
    this.raw += text;
    this.terminal.write(text);
    const callback = typeof encodingOrDone === 'function' ? (encodingOrDone as () => void) : done;
    callback?.();
    return true;
  }

  getColorDepth(): number {
    return 4;
  }

  resize(size: Size): void {
    this.columns = size.columns;
    this.rows = size.rows;
    this.terminal.resize(size.columns, size.rows);
    this.emit('resize');
  }
}

/** A keyboard: bytes written are read by Ink as one chunk. */
class TerminalIn extends EventEmitter {
  readonly isTTY = true;
  #chunks: string[] = [];

  setRawMode(): this {
    return this;
  }
  setEncoding(): this {
    return this;
  }
  resume(): this {
    return this;
  }
  pause(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  read(): string | null {
    return this.#chunks.shift() ?? null;
  }
  type(chunk: string): void {
    this.#chunks.push(chunk);
    this.emit('readable');
  }
}

/** Time that stands still until a test moves it. */
export class TestClock implements UiClock {
  at = NOW;
  mono = 1_000;
  readonly calls = new Set<() => void>();

  now(): number {
    return this.at;
  }
  monotonicMs(): number {
    return this.mono;
  }
  every(_intervalMs: number, call: () => void): () => void {
    this.calls.add(call);
    return () => void this.calls.delete(call);
  }
  soon(call: () => void): void {
    call();
  }
  pass(ms: number): void {
    this.at += ms;
    this.mono += ms;
    for (const call of this.calls) call();
  }
}

export interface TestConsole {
  readonly engine: FakeEngine;
  readonly clock: TestClock;
  readonly running: RunningConsole;
  /** Types the chunks one after the other; each is one read of the program. */
  press(...chunks: readonly string[]): Promise<void>;
  /** The lines on the terminal. */
  lines(): Promise<readonly string[]>;
  cells(): Promise<readonly string[]>;
  /** Every byte that was written. */
  raw(): Promise<string>;
  /** What was written since the last call, which is then forgotten: for stories without end. */
  takeRaw(): Promise<string>;
  resize(size: Size): Promise<void>;
}

/** Loaded beforehand: a tuner is there before the next frame. */
const whatIf = await loadWhatIf();

/** How the console is opened; what is left out is plain. */
export interface TestOptions extends Pick<
  ConsoleOptions,
  | 'theme'
  | 'themeOn'
  | 'themeNamed'
  | 'keymap'
  | 'hasMouse'
  | 'screen'
  | 'filter'
  | 'multiplexer'
  | 'alert'
  | 'programs'
  | 'deployments'
  | 'dryRun'
  | 'readOnly'
> {
  readonly snapshot: Snapshot;
  readonly size: Size;
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly memory?: UiMemory;
  /** How long a kill can be undone; 0 when left out: it is done at once. */
  readonly undoMs?: number;
  readonly readJobs?: ReadJobs;
  readonly saveFile?: SaveFile;
}

const noJobs: ReadJobs = async () => ({ ok: false, problems: ['no file is read here'] });

/** Opens the console on an emulated terminal, runs the story, and closes it. */
export async function withConsole(options: TestOptions, story: (console: TestConsole) => Promise<void>): Promise<void> {
  const { snapshot, size, color = true, ascii = false, memory, undoMs = 0, readJobs = noJobs, ...more } = options;
  const engine = new FakeEngine(snapshot);
  const clock = new TestClock();
  const out = new TerminalOut(size);
  const keys = new TerminalIn();
  const running = renderConsole({
    engine,
    clock,
    stdout: out as unknown as NodeJS.WriteStream,
    stdin: keys as unknown as NodeJS.ReadStream,
    stderr: out as unknown as NodeJS.WriteStream,
    readJobs,
    undoMs,
    openTuner: async (question) => tunerOf(whatIf, question),
    color,
    ascii,
    ...more,
    patchConsole: false,
    jobControl: false,
    ...(memory !== undefined && { memory: () => memory }),
  });
  const painted = async (): Promise<void> => {
    await running.painted();
    await new Promise<void>((resolve) => out.terminal.write('', resolve));
  };
  try {
    await painted();
    await story({
      engine,
      clock,
      running,
      press: async (...chunks) => {
        for (const chunk of chunks) {
          keys.type(chunk);
          await painted();
        }
      },
      lines: async () => {
        await painted();
        return screenLines(out.terminal);
      },
      cells: async () => {
        await painted();
        return screenCells(out.terminal);
      },
      raw: async () => {
        await painted();
        return out.raw;
      },
      takeRaw: async () => {
        await painted();
        const { raw } = out;
        out.raw = '';
        return raw;
      },
      resize: async (size) => {
        out.resize(size);
        await painted();
      },
    });
  } finally {
    running.unmount();
    out.terminal.dispose();
  }
}
