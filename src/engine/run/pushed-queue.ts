import { linkedAbort } from '../model/linked-abort.ts';
import type { Message, Queue } from '../model/ports.ts';
import type { DurationMs } from '../model/units.ts';

/** More than a leader works off in a second; what comes then is sent again. */
const WAITING_MAX = 1_000;
const BATCH_MAX = 10;
/** Receipts of what was pushed: there is nothing of it in any queue. */
const PUSHED = 'pushed:';

/** A queue into which messages come by another road as well: the leader reads both as one. */
export class PushedQueue implements Queue {
  readonly #queue: Queue;
  #waiting: Message[] = [];
  #wake: (() => void) | undefined;
  /** Somebody takes: a leader. A standby hears what the leader hears, and keeps the newest only. */
  #isTaken = false;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  hasRoom(): boolean {
    return this.#waiting.length < WAITING_MAX || !this.#isTaken;
  }

  push(id: string, body: string): void {
    this.#waiting.push({ id, body, receipt: `${PUSHED}${id}`, receivedCount: 1 });
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift();
    this.#wake?.();
  }

  /** What was pushed comes at once; a long poll that is under way is given up, and loses nothing, for SQS gives it again. */
  async receive(waitMs: DurationMs, signal: AbortSignal): Promise<readonly Message[]> {
    this.#isTaken = true;
    if (this.#waiting.length > 0) return this.#take();
    const waiting = linkedAbort([signal]);
    this.#wake = waiting.end;
    try {
      return await this.#queue.receive(waitMs, waiting.signal);
    } catch (error) {
      if (waiting.signal.aborted && !signal.aborted) return this.#take();
      throw error;
    } finally {
      this.#wake = undefined;
      waiting.release();
    }
  }

  #take(): readonly Message[] {
    return this.#waiting.splice(0, BATCH_MAX);
  }

  async delete(messages: readonly Message[]): Promise<void> {
    const queued = messages.filter(({ receipt }) => !receipt.startsWith(PUSHED));
    if (queued.length > 0) await this.#queue.delete(queued);
  }

  send(bodies: readonly string[]): Promise<void> {
    return this.#queue.send(bodies);
  }

  depth(): Promise<number> {
    return this.#queue.depth();
  }

  async deadDepth(): Promise<number> {
    return (await this.#queue.deadDepth?.()) ?? 0;
  }
}
