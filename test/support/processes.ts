import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eventually, holds } from './eventually.ts';

export const ROOT = path.resolve(import.meta.dirname, '..', '..');
export const CBAS = path.join(ROOT, 'bin', 'cbas');
export const CBAS_CONSOLE = path.join(ROOT, 'bin', 'cbas-console');

/** Ending everything of a demo, its instances included, takes a moment. */
const NOTHING_LEFT_WITHIN_MS = 30_000;

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * A machine of its own for one story, as far as CBAS can tell: a home and a state folder that nobody else has. Its name
 * is in the environment, the command line or the current folder of every process that belongs to it, instances included.
 */
export class World {
  readonly name = `cbas-world-${randomUUID()}`;
  readonly folder: string;
  readonly state: string;
  readonly #started: Program[] = [];

  constructor() {
    // /tmp and not the temporary folder of the environment: sockets and scripts of the stories want short paths.
    this.folder = path.join(os.tmpdir(), this.name);
    this.state = path.join(this.folder, 'state');
    fs.mkdirSync(this.state, { recursive: true });
  }

  /** Built from nothing: what lies around in the environment of the tests decides nothing. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: this.folder,
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      XDG_STATE_HOME: this.state,
      CBAS_OPERATOR: 'ana',
      ...more,
    };
  }

  local(name: string): string {
    return path.join(this.state, 'cbas', 'local', name);
  }

  start(argv: readonly string[], more: Readonly<Record<string, string>> = {}): Program {
    const program = new Program(argv, { env: this.env(more), cwd: this.folder });
    this.#started.push(program);
    return program;
  }

  cbas(...args: readonly string[]): Program {
    return this.start([CBAS, ...args]);
  }

  /** Every living process that belongs here. */
  processes(): readonly FoundProcess[] {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((name) => {
        const command = read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim();
        // A zombie has neither; it is gone, and only its parent has not heard of it.
        const marks = [command, read(`/proc/${name}/environ`), cwdOf(Number(name))];
        return marks.some((mark) => mark.includes(this.name)) ? [{ pid: Number(name), command }] : [];
      });
  }

  async assertNothingLeft(): Promise<void> {
    await eventually('no process is left', () => holds(this.processes().length === 0), {
      withinMs: NOTHING_LEFT_WITHIN_MS,
      instead: () =>
        this.processes()
          .map(({ pid, command }) => `  ${pid} ${command}`)
          .join('\n'),
    });
  }

  /** Ends by pid whatever is there, as a power cut does. */
  async killEverything(): Promise<void> {
    await eventually(
      'everything is killed',
      () => {
        const found = this.processes();
        for (const { pid } of found) sendSignal(pid, 'SIGKILL');
        return holds(found.length === 0);
      },
      { withinMs: 10_000 },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killEverything();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A program without a terminal: what it says, and how it ends. */
export class Program {
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  #stdout = '';
  #stderr = '';
  #isOver = false;

  constructor(
    argv: readonly string[],
    options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string },
  ) {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.pid = child.pid ?? -1;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve) =>
      child.once('close', (code, signal) => {
        this.#isOver = true;
        resolve({ code, signal });
      }),
    );
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get output(): string {
    return this.#stdout + this.#stderr;
  }

  signal(name: NodeJS.Signals): void {
    sendSignal(this.pid, name);
  }

  async untilItSays(what: string | RegExp, withinMs: number): Promise<void> {
    const said = (): boolean => (typeof what === 'string' ? this.output.includes(what) : what.test(this.output));
    await eventually(
      `${String(what)} is said`,
      () => {
        if (!said() && this.#isOver) throw new Error(`it ended without saying ${String(what)}:\n${this.output}`);
        return holds(said());
      },
      { withinMs, instead: () => this.output },
    );
  }

  async exitCode(withinMs: number): Promise<number | null> {
    await eventually('it ends', () => holds(this.#isOver), { withinMs, instead: () => this.output });
    return (await this.ended).code;
  }
}

/** A process that is gone by now is no error. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export function isRunning(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`) !== '';
}

/** The processes that a process started itself. */
export function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** '' for a process that is gone. */
export function read(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** '' for a process that is gone. A folder that was removed meanwhile keeps its name. */
export function cwdOf(pid: number): string {
  return linkOf(`/proc/${pid}/cwd`);
}

function linkOf(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}
