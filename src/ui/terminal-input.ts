import { EventEmitter } from 'node:events';
import { keysOfPending, type MouseReport, splitInput } from './input-split.ts';

/** The rest of a reply that was cut in two by the line comes at once; a person is not kept waiting for it. */
const REST_WITHIN_MS = 50;

/**
 * The keyboard as Ink reads it: the terminal's input without what is not a key. Stands between the two, and takes part in
 * nothing else: raw mode, encoding and references are the terminal's own.
 */
export class TerminalInput extends EventEmitter {
  readonly #source: NodeJS.ReadStream;
  readonly #onReply: (reply: string) => void;
  readonly #onMouse: (report: MouseReport) => void;
  readonly #isAsked: () => boolean;
  readonly #onRaw: (isRaw: boolean) => void;
  readonly #chunks: string[] = [];
  #pending = '';
  #rest: NodeJS.Timeout | undefined;
  /** Set by whoever has asked the terminal something, until the answer is there. */
  awaitsReply = false;

  constructor(
    source: NodeJS.ReadStream,
    on: {
      readonly reply: (reply: string) => void;
      readonly mouse: (report: MouseReport) => void;
      /** Somebody else has asked the terminal something. */
      readonly isAsked: () => boolean;
      /** Keys come one by one, and nothing is echoed; or no longer. */
      readonly raw: (isRaw: boolean) => void;
    },
  ) {
    super();
    this.#source = source;
    this.#onReply = on.reply;
    this.#onMouse = on.mouse;
    this.#isAsked = on.isAsked;
    this.#onRaw = on.raw;
  }

  get isTTY(): boolean {
    return this.#source.isTTY;
  }

  setRawMode(isRaw: boolean): this {
    if (!isRaw) this.#onRaw(false);
    this.#source.setRawMode(isRaw);
    if (isRaw) this.#onRaw(true);
    return this;
  }

  setEncoding(encoding: BufferEncoding): this {
    this.#source.setEncoding(encoding);
    return this;
  }

  ref(): this {
    this.#source.ref();
    return this;
  }

  unref(): this {
    this.#source.unref();
    return this;
  }

  read(): string | null {
    return this.#chunks.shift() ?? null;
  }

  override addListener(event: string, listener: (...args: unknown[]) => void): this {
    if (event === 'readable' && this.listenerCount(event) === 0) this.#source.on(event, this.#take);
    return super.addListener(event, listener);
  }

  override removeListener(event: string, listener: (...args: unknown[]) => void): this {
    super.removeListener(event, listener);
    if (event === 'readable' && this.listenerCount(event) === 0) this.#source.removeListener(event, this.#take);
    return this;
  }

  readonly #take = (): void => {
    let text = this.#pending;
    let chunk: unknown;
    while ((chunk = this.#source.read()) !== null) {
      // One read of the terminal stays one read of ours: keys that came together are told by it.
      this.#feed(text + String(chunk));
      text = this.#pending;
    }
    if (this.#chunks.length > 0) this.emit('readable');
  };

  #feed(text: string): void {
    clearTimeout(this.#rest);
    const { keys, replies, mouse, pending } = splitInput(text, this.awaitsReply || this.#isAsked());
    this.#pending = pending;
    if (keys !== '') this.#chunks.push(keys);
    for (const reply of replies) this.#onReply(reply);
    for (const report of mouse) this.#onMouse(report);
    if (pending !== '') this.#rest = setTimeout(() => this.#giveUp(), REST_WITHIN_MS);
  }

  #giveUp(): void {
    const keys = keysOfPending(this.#pending);
    this.#pending = '';
    if (keys === '') return;
    this.#chunks.push(keys);
    this.emit('readable');
  }
}
