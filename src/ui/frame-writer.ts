import { frameChange, type OnTerminal, wholeFrame } from './frame-change.ts';
import { type Painted, withoutStyle } from './line.ts';
import { flowOf, type LineFlow } from './line-flow.ts';
import { hasScrollRegion } from './scrolled-band.ts';

interface TerminalStream {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

export interface WriterOptions {
  readonly canScroll?: boolean;
  readonly flow?: LineFlow;
}

const ESC = '\u001b';
/** A terminal that knows it shows all between the two at once. */
const SYNC_ON = `${ESC}[?2026h`;
const SYNC_OFF = `${ESC}[?2026l`;
/** Of no size, so that every frame is another's. */
const NOT_KNOWN: OnTerminal = { columns: 0, rows: [] };
const HIDE_CURSOR = `${ESC}[?25l`;

/**
 * Puts frames on the terminal. Ink has the keyboard, the modes and the life of the program, and React makes the frame; but
 * Ink would lay out and compose 50 rows anew for each key, 5 ms of it, and write a changed row from its first difference to
 * its end, so that a list which scrolls by a row is written whole: 6 kB. Here rows that moved are moved by the terminal, of
 * the others the cells are written that differ, and a frame waits, and gives way to a newer one, while the line is still
 * busy with what was written before. test/ui/frame-writer.test.ts compares what this and Ink leave on a terminal.
 */
export class FrameWriter {
  readonly #stream: TerminalStream;
  readonly #canScroll: boolean;
  readonly #flow: LineFlow;
  #isOpen = false;
  /** undefined: nothing of ours, and the next frame is written at once. */
  #painted: OnTerminal | undefined;
  #newest: readonly Painted[] = [];
  #isWaiting = false;

  constructor(stream: TerminalStream, { canScroll, flow }: WriterOptions = {}) {
    this.#stream = stream;
    this.#canScroll = canScroll ?? hasScrollRegion(process.env);
    this.#flow = flow ?? flowOf(stream);
  }

  /** Shows the frame now, or, on a busy line, it or a newer one as soon as the line can take it. */
  show(lines: readonly Painted[]): void {
    this.#newest = lines;
    this.#isWaiting = true;
    this.#offer();
  }

  /** The newest frame, row by row, without its colours. */
  text(): readonly string[] {
    return this.#newest.map(withoutStyle);
  }

  /** The screen is ours: the newest frame is written whole. */
  open(): void {
    this.#isOpen = true;
    this.repaint();
  }

  /** The screen is somebody else's: nothing is written until it is ours again. */
  close(): void {
    this.#isOpen = false;
  }

  /** What is on the terminal is not known any more: the next frame is written whole, as soon as the line can take it. */
  forget(): void {
    if (this.#painted !== undefined) this.#painted = NOT_KNOWN;
  }

  /** The same, and the newest is that next frame, at once. It is written over, not cleared. */
  repaint(): void {
    this.#painted = undefined;
    this.#isWaiting = this.#newest.length > 0;
    this.#offer();
  }

  #offer(): void {
    if (!this.#isOpen || !this.#isWaiting) return;
    if (this.#painted === undefined || this.#flow.isFree()) return this.#paint();
    const question = this.#flow.ask();
    this.#flow.whenFree(() => this.#offer());
    if (question !== '') this.#stream.write(question);
  }

  #paint(): void {
    this.#isWaiting = false;
    const size = { columns: this.#stream.columns || 80, rows: this.#stream.rows || 24 };
    const known = this.#painted;
    const isKnown = known?.columns === size.columns && known.rows.length === size.rows;
    const { sequence, now } = isKnown
      ? frameChange(known, this.#newest, this.#canScroll)
      : wholeFrame(this.#newest, size);
    this.#painted = now;
    if (sequence === '') return;
    const frame = SYNC_ON + (isKnown ? '' : HIDE_CURSOR) + sequence + SYNC_OFF;
    this.#stream.write(frame + this.#flow.wrote(Buffer.byteLength(frame)));
  }
}
