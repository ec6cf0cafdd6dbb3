import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A program in a terminal of its own: what it has drawn can be read as text, and waited for. */
export interface Terminal {
  readonly pid: number;
  /** Written so far. */
  bytes(): number;
  screen(): string;
  /** Resolves with the time, in ms since the start of the program, when that arrived after which `seen` first held of the screen. */
  until(seen: (screen: string) => boolean, withinMs: number): Promise<number>;
  /** The clock of `until`. */
  nowMs(): number;
  type(keys: string): void;
  /** Ends it at once. */
  kill(): void;
  /** Resolves when the program has ended. */
  readonly ended: Promise<number>;
}

/** What lies between the program and whoever looks: it carries so much at a time, and every byte is on its way for a while. */
export interface SlowLine {
  readonly bytesPerS: number;
  readonly roundTripMs: number;
}

export interface TerminalOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
  readonly line?: SlowLine | undefined;
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { columns: cols, rows, line } = options;
  const emulator = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
  const waiting = new Set<(arrivedMs: number) => void>();
  const began = performance.now();
  const nowMs = (): number => performance.now() - began;
  const child = pty.spawn(options.file, [...options.args], {
    cols,
    rows,
    env: { ...options.env, TERM: 'xterm-256color' },
  });
  // What the terminal answers is on its way as well.
  emulator.onData((answer) => void setTimeout(() => child.write(answer), (line?.roundTripMs ?? 0) / 2));
  let bytes = 0;
  const arrive = (text: string): void => {
    const arrivedMs = nowMs();
    bytes += Buffer.byteLength(text);
    emulator.write(text, () => waiting.forEach((look) => look(arrivedMs)));
  };
  child.onData((text) => {
    if (line === undefined) return arrive(text);
    // The line is full for as long as these bytes take; what the program writes meanwhile waits in the kernel, and then in it.
    child.pause();
    setTimeout(() => child.resume(), (1_000 * Buffer.byteLength(text)) / line.bytesPerS);
    setTimeout(() => arrive(text), line.roundTripMs / 2);
  });
  const ended = new Promise<number>((resolve) => child.onExit(({ exitCode }) => resolve(exitCode)));
  const screen = (): string => {
    const { active } = emulator.buffer;
    return Array.from(
      { length: rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '',
    ).join('\n');
  };
  return {
    pid: child.pid,
    ended,
    screen,
    nowMs,
    bytes: () => bytes,
    type: (keys) => child.write(keys),
    kill: () => child.kill('SIGKILL'),
    until: (seen, withinMs) =>
      new Promise((resolve, reject) => {
        const look = (arrivedMs: number): void => {
          if (!seen(screen())) return;
          finish();
          resolve(arrivedMs);
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
        look(nowMs());
      }),
  };
}
