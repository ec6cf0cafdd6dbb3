import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { CliError } from './exit.ts';

/** Ending instances takes a moment; a child that has not left by then is killed. */
const LEAVE_WITHIN_MS = 20_000;
/** Of a child's log, what an error shows. */
const LOG_LINES = 5;

/** A process of ours, started in the background and ended with us: its stdin closes when we die, however that happens. */
export class Child {
  readonly #process: ChildProcess;
  readonly #name: string;
  readonly #log: string;
  readonly ended: Promise<void>;

  constructor(name: string, args: readonly string[], logFolder: string) {
    this.#name = name;
    this.#log = path.join(logFolder, `${name}.log`);
    fs.mkdirSync(logFolder, { recursive: true, mode: 0o700 });
    const log = fs.openSync(this.#log, 'w', 0o600);
    // A process group of its own: ctrl-C in our terminal reaches us, and we end the children in order.
    this.#process = spawn(process.execPath, [path.join(import.meta.dirname, 'cbas.js'), ...args, '--with-parent'], {
      stdio: ['pipe', log, log],
      detached: true,
    });
    fs.closeSync(log);
    this.ended = new Promise((resolve) => this.#process.once('exit', () => resolve()));
    this.#process.once('error', () => undefined);
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** An error that says what the child said last. */
  failure(): CliError {
    const said = fs.readFileSync(this.#log, 'utf8').trim().split('\n').slice(-LOG_LINES).join('\n');
    return new CliError(`${this.#name} has ended${said === '' ? '' : `:\n${said}`}`);
  }

  /** SIGTERM, and SIGKILL when it does not leave. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), LEAVE_WITHIN_MS);
    await this.ended;
    clearTimeout(late);
  }
}
