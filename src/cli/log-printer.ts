import type { EpochMs } from '../engine/model/units.ts';
import { iso, printLog, printRaw } from './output.ts';

export interface LogPrinterOptions {
  /** As the program wrote it, whatever a terminal makes of it. */
  readonly raw: boolean;
  /** Each line begins with the time by which it had come to S3. */
  readonly timestamps: boolean;
}

/** Prints a log piece by piece; a line may lie in two of them. */
export class LogPrinter {
  readonly #print: (text: string) => void;
  readonly #timestamps: boolean;
  #isAtStart = true;

  constructor({ raw, timestamps }: LogPrinterOptions) {
    this.#print = raw ? printRaw : printLog;
    this.#timestamps = timestamps;
  }

  write(text: string, at: EpochMs): void {
    if (text === '') return;
    this.#print(this.#timestamps ? this.#stamped(text, iso(at) ?? '-') : text);
    this.#isAtStart = text.endsWith('\n');
  }

  /** The prompt of a shell begins on a line of its own. */
  end(): void {
    if (!this.#isAtStart) printRaw('\n');
  }

  #stamped(text: string, time: string): string {
    const lines = text.replaceAll(/\n(?=[^])/g, `\n${time} `);
    return this.#isAtStart ? `${time} ${lines}` : lines;
  }
}
