import { EXIT } from '../../src/cli/exit.ts';
import type { Cloud } from '../../test/support/cloud.ts';
import type { Program } from '../../test/support/processes.ts';
import { pause } from './pause.ts';

/** As an operator's systemd does: `Restart=always`, `RestartSec=500ms`. */
const RESTART_MS = 500;
const STOP_WITHIN_MS = 15_000;

/** Masters that are started again whenever they end. */
export class Masters {
  readonly #cloud: Cloud;
  readonly #running = new Set<Program>();
  readonly #killed = new WeakSet<Program>();
  readonly #loops: readonly Promise<void>[];
  #stopping = false;
  /** Ends that nobody asked for, other than for want of an AWS. */
  readonly crashes: string[] = [];

  constructor(cloud: Cloud, count: number) {
    this.#cloud = cloud;
    this.#loops = Array.from({ length: count }, () => this.#keepRunning());
  }

  get running(): readonly Program[] {
    return [...this.#running];
  }

  /** The epoch that a master leads with; undefined while it stands by. */
  epochOf({ output }: Program): number | undefined {
    const last = [...output.matchAll(/ (?:leads with epoch (\d+)|no longer leads)/g)].at(-1)?.[1];
    return last === undefined ? undefined : Number(last);
  }

  get leader(): Program | undefined {
    return this.running.find((program) => this.epochOf(program) !== undefined);
  }

  kill(program: Program): void {
    this.#killed.add(program);
    program.signal('SIGKILL');
  }

  /** None is started again. */
  abandon(): void {
    this.#stopping = true;
  }

  /** In order: each resigns, and ends. */
  async stop(): Promise<void> {
    this.abandon();
    for (const program of this.running) program.signal('SIGTERM');
    for (const program of this.running) await program.exitCode(STOP_WITHIN_MS);
    await Promise.all(this.#loops);
  }

  async #keepRunning(): Promise<void> {
    while (!this.#stopping) {
      const program = this.#cloud.master();
      this.#running.add(program);
      const { code, signal } = await program.ended;
      this.#running.delete(program);
      const isExpected =
        this.#killed.has(program) || code === EXIT.unavailable || (this.#stopping && code === EXIT.done);
      if (!isExpected) this.crashes.push(`a master ended with ${code ?? signal}:\n${program.output.slice(-2_000)}`);
      if (!this.#stopping) await pause(RESTART_MS);
    }
  }
}
