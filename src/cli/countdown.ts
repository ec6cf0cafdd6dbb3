import readline from 'node:readline';
import { systemClock } from './clock.ts';
import { note, noteInPlace } from './output.ts';

/** Into a file a line at most this often. */
const LINE_EVERY_MS = 1_000;

/** One line on stderr that counts: in its place on a terminal, else a line whenever it has changed. */
export class Countdown<Value> {
  readonly #lineOf: (value: Value) => string;
  #shown = '';
  #shownMs = -Infinity;

  constructor(lineOf: (value: Value) => string) {
    this.#lineOf = lineOf;
  }

  show(value: Value): void {
    const line = this.#lineOf(value);
    const now = systemClock.monotonicMs();
    if (line === this.#shown) return;
    if (process.stderr.isTTY) this.#erase();
    else if (now - this.#shownMs < LINE_EVERY_MS) return;
    this.#shown = line;
    this.#shownMs = now;
    if (process.stderr.isTTY) noteInPlace(line);
    else note(line);
  }

  /** Takes it off the terminal: what is said next stands in its place. */
  end(): void {
    if (process.stderr.isTTY && this.#shown !== '') this.#erase();
  }

  #erase(): void {
    readline.cursorTo(process.stderr, 0);
    readline.clearLine(process.stderr, 0);
  }
}
