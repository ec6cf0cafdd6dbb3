import type { FrameWriter } from './frame-writer.ts';

/** Modes that are switched, but for synchronized updates: those belong to frames. */
const MODES = new RegExp(`^(?:${String.fromCharCode(27)}\\[\\?(?!2026)\\d+[hl])+$`);
const ALTERNATE_ON = '?1049h';
const ALTERNATE_OFF = '?1049l';

/**
 * The terminal as Ink writes to it. Modes pass; the frame, which is empty, and what belongs to it do not, nor does what a
 * library prints: it would stand in the middle of ours. The frames are ours exactly as long as the alternate screen is on.
 */
export class TerminalOutput {
  readonly #stream: NodeJS.WriteStream;
  readonly #frames: FrameWriter;

  constructor(stream: NodeJS.WriteStream, frames: FrameWriter) {
    this.#stream = stream;
    this.#frames = frames;
  }

  get isTTY(): boolean {
    return this.#stream.isTTY;
  }
  get columns(): number {
    return this.#stream.columns;
  }
  get rows(): number {
    return this.#stream.rows;
  }
  get destroyed(): boolean {
    return this.#stream.destroyed;
  }
  get writableEnded(): boolean {
    return this.#stream.writableEnded;
  }
  get writable(): boolean {
    return this.#stream.writable;
  }

  on(event: string, listener: (...args: unknown[]) => void): this {
    this.#stream.on(event, listener);
    return this;
  }

  off(event: string, listener: (...args: unknown[]) => void): this {
    this.#stream.off(event, listener);
    return this;
  }

  /** `done`: called when all that was written before has been handed to the system. */
  write(text: string, done?: () => void): boolean {
    const isMode = MODES.test(text);
    if (text.includes(ALTERNATE_OFF)) this.#frames.close();
    const hasRoom = isMode || done !== undefined ? this.#stream.write(isMode ? text : '', done) : true;
    if (text.includes(ALTERNATE_ON)) this.#frames.open();
    return hasRoom;
  }
}

/** Errors as Ink passes them on: they are written where they belong, and where that is the same terminal, written over. */
export function errorOutput(stream: NodeJS.WriteStream, frames: FrameWriter): NodeJS.WriteStream {
  const write = (text: string): boolean => {
    const hasRoom = stream.write(text);
    if (stream.isTTY) frames.repaint();
    return hasRoom;
  };
  return Object.assign(Object.create(stream) as NodeJS.WriteStream, { write });
}
