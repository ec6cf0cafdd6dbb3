import { randomUUID } from 'node:crypto';
import type { StoredMessage } from './message.ts';

/** SQS's own bound on messages received and not yet deleted, per standard queue. */
export const IN_FLIGHT_MAX = 120_000;
/** Expired messages are looked for at most this often; retention is a minute at least. */
const SWEEP_EVERY_MS = 30_000;

/** A message in memory. What is beyond StoredMessage is lost with the process: the message is then simply visible again. */
export interface LiveMessage extends StoredMessage {
  /** Epoch ms; hidden before it. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  /** Of the newest receive; undefined before the first one of this process. */
  receipt: string | undefined;
}

/**
 * The messages of one queue. A message is ready, or hidden (delayed, or received and not yet deleted) until its
 * `visibleAt`. Order is first in, first out among the ready, as far as a standard queue promises any.
 */
export class MessageQueue {
  private readonly ready = new Map<string, LiveMessage>();
  private readonly hidden = new Map<string, LiveMessage>();
  private readonly waiting = new Set<() => void>();
  private dueAt = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private sweptAt = 0;

  add(message: StoredMessage, visibleAt: number): void {
    const live = { ...message, visibleAt, receiveCount: 0, firstReceivedAt: undefined, receipt: undefined };
    if (visibleAt > message.sentAt) return this.hide(live);
    this.ready.set(live.id, live);
    this.wake();
  }

  get(id: string): LiveMessage | undefined {
    return this.ready.get(id) ?? this.hidden.get(id);
  }

  remove(id: string): boolean {
    return this.ready.delete(id) || this.hidden.delete(id);
  }

  clear(): void {
    this.ready.clear();
    this.hidden.clear();
  }

  /** All messages, for the log's compaction. */
  *messages(): Iterable<LiveMessage> {
    yield* this.ready.values();
    yield* this.hidden.values();
  }

  /** Takes the oldest ready message and hides it until `until`; undefined when none is ready. */
  take(at: number, until: number): LiveMessage | undefined {
    this.reveal(at);
    const [message] = this.ready.values();
    if (message === undefined || this.hidden.size >= IN_FLIGHT_MAX) return undefined;
    this.ready.delete(message.id);
    message.visibleAt = until;
    message.receiveCount += 1;
    message.firstReceivedAt ??= at;
    message.receipt = Buffer.from(`${message.id}/${randomUUID()}`).toString('base64url');
    this.hide(message);
    return message;
  }

  isInFlight(message: LiveMessage, at: number): boolean {
    return this.hidden.has(message.id) && message.visibleAt > at && message.receiveCount > 0;
  }

  setVisibleAt(message: LiveMessage, visibleAt: number): void {
    this.remove(message.id);
    message.visibleAt = visibleAt;
    this.hide(message);
    this.wake();
  }

  counts(at: number): { readonly ready: number; readonly inFlight: number; readonly delayed: number } {
    this.reveal(at);
    let delayed = 0;
    for (const message of this.hidden.values()) if (message.receiveCount === 0) delayed += 1;
    return { ready: this.ready.size, inFlight: this.hidden.size - delayed, delayed };
  }

  /** Ids of messages sent before `sentBefore`; empty when the last look was a moment ago. */
  expired(at: number, sentBefore: number): string[] {
    if (at - this.sweptAt < SWEEP_EVERY_MS) return [];
    this.sweptAt = at;
    return [...this.messages()].filter((message) => message.sentAt < sentBefore).map((message) => message.id);
  }

  /** Resolves when a message may have become ready, at `until`, or when the client has gone: whichever is first. */
  wait(until: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(deadline);
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const deadline = setTimeout(done, Math.max(0, until - Date.now()));
      signal.addEventListener('abort', done);
      this.waiting.add(done);
      this.arm();
    });
  }

  /** Releases every long poll; called when the queue or the process ends. */
  close(): void {
    clearTimeout(this.timer);
    this.wake();
  }

  private hide(message: LiveMessage): void {
    this.hidden.set(message.id, message);
    if (message.visibleAt >= this.dueAt) return;
    this.dueAt = message.visibleAt;
    this.arm();
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  /** Moves what is due from hidden to ready. */
  private reveal(at: number): void {
    if (at < this.dueAt) return;
    this.dueAt = Number.POSITIVE_INFINITY;
    for (const message of this.hidden.values()) {
      if (message.visibleAt > at) this.dueAt = Math.min(this.dueAt, message.visibleAt);
      else if (this.hidden.delete(message.id)) this.ready.set(message.id, message);
    }
  }

  /** One timer for the earliest hidden message, and only while somebody waits for it. */
  private arm(): void {
    clearTimeout(this.timer);
    if (this.waiting.size === 0 || this.dueAt === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.wake(), Math.max(1, this.dueAt - Date.now()));
    this.timer.unref();
  }
}
