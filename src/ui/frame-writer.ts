import { frameChange, type Painted, wholeFrame } from './frame-change.ts';
import { flowOf, type LineFlow } from './line-flow.ts';
import { hasScrollRegion } from './scrolled-band.ts';

/**
 * Puts frames on the terminal; takes the place of `ink/build/log-update.js` in our bundle.
 *
 * Ink's own compares lines and writes a changed one from its first difference to its end, so that a list that scrolls by a
 * row is written whole: 6 kB a key. Here rows that moved are moved by the terminal, of the others those cells are written
 * that differ, and a frame waits, and gives way to a newer one, while the line is still busy with what was written before.
 * test/ui/frame-writer.test.ts compares what the two leave on a terminal.
 */

interface TerminalStream {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** What Ink calls. */
export interface FrameLog {
  (text: string): boolean;
  clear(): void;
  done(): void;
  reset(): void;
  sync(): void;
  setCursorPosition(): void;
  isCursorDirty(): boolean;
  willRender(): boolean;
  getCursorPosition(): undefined;
}

export interface WriterOptions {
  readonly canScroll?: boolean;
  readonly flow?: LineFlow;
}

const ESC = '\u001b';
const SYNC_ON = `${ESC}[?2026h`;
const SYNC_OFF = `${ESC}[?2026l`;
const HIDE_CURSOR = `${ESC}[?25l`;
const SHOW_CURSOR = `${ESC}[?25h`;

class FrameWriter {
  readonly #stream: TerminalStream;
  readonly #canScroll: boolean;
  readonly #flow: LineFlow;
  #painted: Painted | undefined;
  #shown = '';
  /** The newest frame, while the line is busy. */
  #waiting: string | undefined;
  #isCursorHidden = false;

  constructor(stream: TerminalStream, { canScroll, flow }: WriterOptions) {
    this.#stream = stream;
    this.#canScroll = canScroll ?? hasScrollRegion(process.env);
    this.#flow = flow ?? flowOf(stream);
  }

  show(text: string): boolean {
    if (text === (this.#waiting ?? this.#shown) && this.#painted !== undefined) return false;
    this.#waiting = text;
    this.#offer();
    return true;
  }

  /** What is on the terminal is not known any more: the next frame is written whole, over whatever is there. */
  forget(): void {
    this.#painted = undefined;
    this.#waiting = undefined;
    this.#shown = '';
  }

  done(): void {
    this.forget();
    this.#stream.write(SHOW_CURSOR);
    this.#isCursorHidden = false;
  }

  #offer(): void {
    if (this.#waiting === undefined) return;
    if (this.#painted === undefined || this.#flow.isFree()) return this.#paint();
    const question = this.#flow.ask();
    this.#flow.whenFree(() => this.#offer());
    if (question !== '') this.#stream.write(question);
  }

  #paint(): void {
    const text = this.#waiting;
    if (text === undefined) return;
    this.#waiting = undefined;
    this.#shown = text;
    const size = this.#size();
    const known = this.#painted;
    const isKnown = known?.columns === size.columns && known.rows.length === size.rows;
    const { sequence, painted } = isKnown ? frameChange(known, linesOf(text), this.#canScroll) : wholeFrame(linesOf(text), size); // prettier-ignore
    this.#painted = painted;
    if (sequence === '') return;
    const hide = this.#isCursorHidden ? '' : HIDE_CURSOR;
    this.#isCursorHidden = true;
    const frame = SYNC_ON + hide + sequence + SYNC_OFF;
    this.#stream.write(frame + this.#flow.wrote(frame.length));
  }

  #size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
  }
}

function linesOf(text: string): readonly string[] {
  return text.split('\n');
}

/** As Ink makes it; `options` of its own make no difference here. */
export function createFrameLog(stream: TerminalStream, options: WriterOptions = {}): FrameLog {
  const writer = new FrameWriter(stream, options);
  return Object.assign((text: string) => writer.show(text), {
    // Nothing need be cleared that is written over.
    clear: () => writer.forget(),
    done: () => writer.done(),
    reset: () => writer.forget(),
    // Ink has written the frame itself, and more than the screen holds may have scrolled it.
    sync: () => writer.forget(),
    // The cursor is hidden: it has no place, and it never moves.
    setCursorPosition: () => undefined,
    isCursorDirty: () => false,
    getCursorPosition: () => undefined,
    // Ink would begin and end a synchronized update itself: ours are part of the one write.
    willRender: () => false,
  });
}

const frameLog = { create: (stream: TerminalStream) => createFrameLog(stream) };
// Ink imports its own by this name.
export { frameLog as default };
