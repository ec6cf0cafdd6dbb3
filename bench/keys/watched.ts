import fs from 'node:fs';
import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';

const COLUMNS = 200;
const ROWS = 50;
/** No key takes this long; what does is broken. */
const KEY_WITHIN_MS = 20_000;
const CLOCK_TICKS_PER_S = 100;

/** What a line can carry, and how long a byte is on its way. */
export interface SlowLine {
  readonly bytesPerS: number;
  readonly roundTripMs: number;
}

/** A program on a terminal of 200x50 whose cursor row is watched: when a key's effect arrives, how many bytes, what it costs. */
export class Watched {
  readonly #pty: pty.IPty;
  readonly #terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, scrollback: 0 });
  readonly #looking = new Set<(arrivedMs: number) => void>();
  bytes = 0;

  constructor(argv: readonly string[], line?: SlowLine) {
    const [file = '', ...args] = argv;
    const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', LANG: 'C.UTF-8', TERM: 'xterm-256color' };
    this.#pty = pty.spawn(file, args, { cols: COLUMNS, rows: ROWS, env, name: env.TERM });
    this.#pty.onData((text) => {
      const size = Buffer.byteLength(text);
      if (line === undefined) return this.#arrive(text, performance.now());
      // The line is full for as long as these bytes take; what the program writes meanwhile waits in the kernel, and then in it.
      this.#pty.pause();
      setTimeout(() => this.#pty.resume(), (1_000 * size) / line.bytesPerS);
      setTimeout(() => this.#arrive(text, performance.now()), line.roundTripMs / 2);
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  end(): void {
    this.#pty.kill('SIGKILL');
  }

  #arrive(text: string, arrivedMs: number): void {
    this.bytes += Buffer.byteLength(text);
    this.#terminal.write(text, () => {
      for (const look of this.#looking) look(arrivedMs);
    });
  }

  /** What stands on the row of the cursor: the job's name; '' when there is none. */
  cursor(): string {
    return /▸[^\n]*?\b(\w+-\d+)/.exec(this.text())?.[1] ?? '';
  }

  text(): string {
    const { active } = this.#terminal.buffer;
    return Array.from({ length: ROWS }, (_, row) => active.getLine(row)?.translateToString(true) ?? '').join('\n');
  }

  /** When the chunk arrived after which `seen` held, by the monotonic clock. */
  until(seen: () => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      const look = (arrivedMs: number): void => {
        if (!seen()) return;
        this.#looking.delete(look);
        clearTimeout(late);
        resolve(arrivedMs);
      };
      const late = setTimeout(() => {
        this.#looking.delete(look);
        reject(new Error(`not seen within ${KEY_WITHIN_MS} ms; the screen was:\n${this.text()}`));
      }, KEY_WITHIN_MS);
      this.#looking.add(look);
      look(performance.now());
    });
  }

  /** Time of the processor that it has used, ms. */
  cpuMs(): number {
    const fields = fs.readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / CLOCK_TICKS_PER_S;
  }

  rssMb(): number {
    const kb = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kb) / 1_024);
  }
}
