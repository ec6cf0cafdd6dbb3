import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { eventually, holds } from './eventually.ts';
import { sendSignal, type World } from './processes.ts';
import { screenLines } from './screen.ts';

/** Long enough for a press to be answered on a busy machine: one that comes too late would mean something else. */
const PRESS_AGAIN_MS = 1_500;

export interface PtyOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program on a terminal: keys go in, and what it writes is drawn by an emulator, from which the screen is read. */
export class PtyProgram {
  readonly pid: number;
  readonly #pty: pty.IPty;
  readonly #terminal: xterm.Terminal;
  readonly ended: Promise<number>;
  #raw = '';
  #exitCode: number | undefined;

  constructor(world: World, argv: readonly string[], { columns = 120, rows = 40, env = {} }: PtyOptions = {}) {
    const [file = '', ...args] = argv;
    const size = { cols: columns, rows };
    this.#terminal = new xterm.Terminal({ ...size, allowProposedApi: true, scrollback: 1_000 });
    this.#pty = pty.spawn(file, args, {
      ...size,
      cwd: world.folder,
      env: world.env(env),
      name: env['TERM'] ?? 'xterm-256color',
    });
    this.pid = this.#pty.pid;
    this.#pty.onData((text) => {
      this.#raw += text;
      this.#terminal.write(text);
    });
    this.ended = new Promise((resolve) =>
      this.#pty.onExit(({ exitCode, signal }) => {
        // The emulator draws behind our back: only after this is its last output on the screen.
        this.#terminal.write('', () => {
          this.#exitCode = signal === undefined || signal === 0 ? exitCode : 128 + signal;
          resolve(this.#exitCode);
        });
      }),
    );
  }

  /** Every byte that it has written. */
  get raw(): string {
    return this.#raw;
  }

  screen(): string {
    return screenLines(this.#terminal).join('\n');
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  /** Presses a key until the screen has changed as asked: a dialog is deaf until it can have been read, and drops what comes before. */
  async typeUntil(keys: string, changed: (screen: string) => boolean, withinMs = 10_000): Promise<void> {
    let pressedMs = -Infinity;
    await eventually(
      `${JSON.stringify(keys)} changes the screen`,
      () => {
        if (changed(this.screen())) return true;
        if (performance.now() - pressedMs < PRESS_AGAIN_MS) return undefined;
        pressedMs = performance.now();
        this.type(keys);
        return undefined;
      },
      { withinMs, instead: () => this.screen() },
    );
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
    this.#terminal.resize(columns, rows);
  }

  signal(name: NodeJS.Signals): void {
    sendSignal(this.pid, name);
  }

  /** The window is closed, or the SSH connection is gone: the kernel sends SIGHUP, and writing fails. */
  close(): void {
    (this.#pty as unknown as { destroy(): void }).destroy();
  }

  /** Waits until the screen shows something; returns the screen. */
  async shows(what: string | RegExp, withinMs = 15_000): Promise<string> {
    return eventually(
      `the screen shows ${String(what)}`,
      () => {
        const screen = this.screen();
        const shown = typeof what === 'string' ? screen.includes(what) : what.test(screen);
        if (!shown && this.#exitCode !== undefined)
          throw new Error(`it ended with ${this.#exitCode} and never showed ${String(what)}:\n${screen}`);
        return shown ? screen : undefined;
      },
      { withinMs, instead: () => this.screen() },
    );
  }

  async exitCode(withinMs: number): Promise<number> {
    return eventually('it ends', () => this.#exitCode, { withinMs, instead: () => this.screen() });
  }

  /** The terminal is as a shell wants it: alternate screen left, cursor shown, no mode of ours left on. */
  async isRestored(): Promise<void> {
    await eventually('the alternate screen is left', () => holds(this.#terminal.buffer.active.type === 'normal'), {
      withinMs: 2_000,
      instead: () => this.screen(),
    });
    for (const mode of MODES) {
      const last = Math.max(this.#raw.lastIndexOf(`\u001b[?${mode}h`), this.#raw.lastIndexOf(`\u001b[?${mode}l`));
      const isOn = last >= 0 && this.#raw[last + `\u001b[?${mode}`.length] === 'h';
      if (isOn !== (mode === CURSOR)) {
        if (mode === CURSOR && last < 0) continue;
        throw new Error(`mode ${mode} is ${isOn ? 'on' : 'off'} after the end`);
      }
    }
  }
}

const CURSOR = 25;
/** Mouse, focus, paste, synchronized output, alternate screen, cursor. */
const MODES = [1000, 1002, 1003, 1004, 1005, 1006, 2004, 2026, 1049, CURSOR];

/** A shell around a program: after it, the terminal's line settings are printed, as the next prompt would meet them. */
export function inShell(command: string): readonly string[] {
  return ['/bin/sh', '-c', `${command}; echo "left with $?"; stty -a; exit 0`];
}
