import type { Rng } from '../../src/engine/model/rng.ts';
import type { Cloud } from '../../test/support/cloud.ts';
import { CBAS_CONSOLE, sendSignal } from '../../test/support/processes.ts';
import { PtyProgram } from '../../test/support/pty.ts';
import { type Counter, writeBatch } from './counters.ts';
import { pause } from './pause.ts';

/** A submission begins to write after about a third of a second, and has ended after one. */
const KILL_WITHIN_MS = 1_200;
const AGAIN_AFTER_MS = 500;
const GIVES_UP_AFTER_MS = 120_000;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Operators whose programs are killed. One whose submission was not acknowledged submits the same file again, without a
 * look at what became of the first: that a key counts once is the book's duty.
 */
export class Operators {
  readonly #cloud: Cloud;
  readonly #rng: Rng;
  readonly #submitting: Promise<void>[] = [];
  #batches = 0;
  #abandoned = false;
  /** Ids that `cbas submit` has printed. */
  readonly acknowledged = new Set<string>();
  /** Submissions that were killed before they had told every id. */
  cut = 0;

  constructor(cloud: Cloud, rng: Rng) {
    this.#cloud = cloud;
    this.#rng = rng;
  }

  /** Submits until it is acknowledged; AWS may be away. */
  async submit(counters: readonly Counter[]): Promise<void> {
    await this.#untilAcknowledged(this.#write(counters), counters.length);
  }

  /** Killed at some moment of it; submitted again while the caller goes on. */
  async submitKilled(counters: readonly Counter[]): Promise<void> {
    const file = this.#write(counters);
    const program = this.#cloud.world.cbas('submit', '--deployment', this.#cloud.name, file);
    await pause(this.#rng.below(KILL_WITHIN_MS));
    program.signal('SIGKILL');
    await program.ended;
    if (this.#take(program.stdout) === counters.length) return;
    this.cut += 1;
    const again = this.#untilAcknowledged(file, counters.length);
    // Heard by `haveSubmitted`.
    again.catch(() => undefined);
    this.#submitting.push(again);
  }

  async lookKilled(): Promise<void> {
    const { world, name } = this.#cloud;
    const onTerminal = this.#rng.next() < 0.5;
    const { pid, ended } = onTerminal
      ? new PtyProgram(world, [CBAS_CONSOLE, '--deployment', name])
      : world.cbas('jobs', '--deployment', name);
    await pause(this.#rng.below(KILL_WITHIN_MS));
    sendSignal(pid, 'SIGKILL');
    await ended;
  }

  /** Nothing is submitted again. */
  abandon(): void {
    this.#abandoned = true;
  }

  async haveSubmitted(): Promise<void> {
    await Promise.all(this.#submitting);
  }

  #write(counters: readonly Counter[]): string {
    this.#batches += 1;
    return writeBatch(this.#cloud.world.folder, `batch-${this.#batches}`, counters);
  }

  async #untilAcknowledged(file: string, count: number): Promise<void> {
    const deadline = performance.now() + GIVES_UP_AFTER_MS;
    for (;;) {
      const program = this.#cloud.world.cbas('submit', '--deployment', this.#cloud.name, file);
      const { code } = await program.ended;
      const told = this.#take(program.stdout);
      if (code === 0 && told === count) return;
      if (this.#abandoned || performance.now() > deadline)
        throw new Error(`${file} was not acknowledged within ${GIVES_UP_AFTER_MS / 1_000} s:\n${program.output}`);
      await pause(AGAIN_AFTER_MS);
    }
  }

  /** How many ids it told. A last line without its end is none. */
  #take(stdout: string): number {
    const ids = stdout.split('\n').slice(0, -1).filter((line) => ID.test(line)); // prettier-ignore
    for (const id of ids) this.acknowledged.add(id);
    return ids.length;
  }
}
