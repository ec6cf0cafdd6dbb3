import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A program in a terminal of its own: what it has drawn can be read as text, and waited for. */
export interface Terminal {
  /** Resolves with the time, in ms since the start of the program, when `seen` first held of the screen. */
  until(seen: (screen: string) => boolean, withinMs: number): Promise<number>;
  type(keys: string): void;
  /** Resolves when the program has ended. */
  readonly ended: Promise<number>;
}

export interface TerminalOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { columns: cols, rows } = options;
  const emulator = new xterm.Terminal({ cols, rows, allowProposedApi: true });
  const waiting = new Set<() => void>();
  const began = performance.now();
  const child = pty.spawn(options.file, [...options.args], {
    cols,
    rows,
    env: { ...options.env, TERM: 'xterm-256color' },
  });
  child.onData((bytes) => emulator.write(bytes, () => waiting.forEach((look) => look())));
  const ended = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
  const screen = (): string => {
    const { active } = emulator.buffer;
    return Array.from(
      { length: rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '',
    ).join('\n');
  };
  return {
    ended,
    type: (keys) => child.write(keys),
    until: (seen, withinMs) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!seen(screen())) return;
          finish();
          resolve(performance.now() - began);
        };
        const finish = (): void => {
          waiting.delete(look);
          clearTimeout(late);
        };
        const late = setTimeout(() => {
          finish();
          reject(new Error(`not seen within ${withinMs} ms; the screen was:\n${screen()}`));
        }, withinMs);
        waiting.add(look);
        look();
      }),
  };
}
