import type { Clock, Message, Queue } from '../../engine/model/ports.ts';
import type { DurationMs } from '../../engine/model/units.ts';
import { type FaultHook, guarded, NO_FAULTS } from './faults.ts';

const RECEIVE_MAX = 10;

interface Letter {
  readonly id: number;
  readonly body: string;
  receivedCount: number;
  /** On the monotonic clock; a letter in somebody's hands comes back then. */
  visibleAtMs: DurationMs;
}

export interface MemoryQueueOptions {
  readonly clock: Clock;
  /** SQS's own default is 30 s. */
  readonly visibilityMs?: DurationMs;
  /** Letters that were received more often than this go to `dead`. */
  readonly receivesMax?: number;
  readonly dead?: Queue;
  readonly name?: string;
  readonly hook?: FaultHook;
}

/** A standard queue: at least once. What was received and not deleted comes again, with a larger count and a new receipt. */
export class MemoryQueue implements Queue {
  readonly #options: MemoryQueueOptions;
  readonly #letters = new Map<number, Letter>();
  #nextId = 1;
  /** Receivers that wait for a letter. */
  readonly #waiting = new Set<() => void>();

  constructor(options: MemoryQueueOptions) {
    this.#options = options;
  }

  send(bodies: readonly string[]): Promise<void> {
    return this.#run('send', () => {
      for (const body of bodies) {
        const id = this.#nextId++;
        this.#letters.set(id, { id, body, receivedCount: 0, visibleAtMs: this.#options.clock.monotonicMs() });
      }
      for (const wake of [...this.#waiting]) wake();
    });
  }

  receive(waitMs: DurationMs, signal: AbortSignal): Promise<readonly Message[]> {
    return this.#run('receive', async () => {
      const { clock } = this.#options;
      const deadlineMs = clock.monotonicMs() + waitMs;
      for (;;) {
        const messages = await this.#take();
        const leftMs = deadlineMs - clock.monotonicMs();
        if (messages.length > 0 || leftMs <= 0 || signal.aborted) return messages;
        await this.#sleep(Math.min(leftMs, this.#nextVisibleMs()), signal);
      }
    });
  }

  /** Only the newest receipt of a letter counts. */
  delete(messages: readonly Message[]): Promise<void> {
    return this.#run('delete', () => {
      for (const { receipt } of messages) {
        const letter = this.#letters.get(Number(receipt.split('#')[0]));
        if (letter !== undefined && receiptOf(letter) === receipt) this.#letters.delete(letter.id);
      }
    });
  }

  depth(): Promise<number> {
    return this.#run('depth', () => this.#visible().length);
  }

  deadDepth(): Promise<number> {
    return this.#run('deadDepth', async () => (await this.#options.dead?.depth()) ?? 0);
  }

  #visible(): readonly Letter[] {
    const now = this.#options.clock.monotonicMs();
    return [...this.#letters.values()].filter(({ visibleAtMs }) => visibleAtMs <= now);
  }

  #nextVisibleMs(): DurationMs {
    const now = this.#options.clock.monotonicMs();
    return Math.min(Infinity, ...[...this.#letters.values()].map(({ visibleAtMs }) => visibleAtMs - now));
  }

  async #take(): Promise<readonly Message[]> {
    const { clock, visibilityMs = 30_000, receivesMax = Infinity, dead } = this.#options;
    const taken: Message[] = [];
    for (const letter of this.#visible().slice(0, RECEIVE_MAX)) {
      if (letter.receivedCount >= receivesMax) {
        this.#letters.delete(letter.id);
        await dead?.send([letter.body]);
        continue;
      }
      letter.receivedCount += 1;
      letter.visibleAtMs = clock.monotonicMs() + visibilityMs;
      taken.push({
        id: String(letter.id),
        body: letter.body,
        receipt: receiptOf(letter),
        receivedCount: letter.receivedCount,
      });
    }
    return taken;
  }

  /** Until a letter comes, the time is over, or the caller gives up. */
  async #sleep(ms: DurationMs, signal: AbortSignal): Promise<void> {
    const arrived = new AbortController();
    const wake = (): void => arrived.abort('a letter');
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    await this.#options.clock.sleep(ms, arrived.signal);
    signal.removeEventListener('abort', wake);
    this.#waiting.delete(wake);
  }

  #run<T>(name: string, act: () => T | Promise<T>): Promise<T> {
    const { hook = NO_FAULTS, name: target = 'queue' } = this.#options;
    return guarded(hook, { port: 'queue', name, target }, act);
  }
}

function receiptOf(letter: Letter): string {
  return `${letter.id}#${letter.receivedCount}`;
}
