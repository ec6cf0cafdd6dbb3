import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameWriter } from '../../src/ui/frame-writer.ts';
import type { Painted } from '../../src/ui/line.ts';
import { LineFlow, STATUS_QUERY } from '../../src/ui/line-flow.ts';
import { hasScrollRegion } from '../../src/ui/scrolled-band.ts';
import { screenCells, screenLines, terminalOf } from '../support/screen.ts';

const SIZE = { columns: 24, rows: 9 };

/** Ink does not export what writes its frames; the file itself is the measure of ours. */
async function stockWriter(stream: object): Promise<(text: string) => boolean> {
  const ink = path.dirname(fileURLToPath(import.meta.resolve('ink')));
  const { default: log } = (await import(pathToFileURL(path.join(ink, 'log-update.js')).href)) as {
    default: { create(stream: object, options: object): (text: string) => boolean };
  };
  return log.create(stream, { showCursor: true, incremental: true });
}

/** A terminal's output side that hands on what was written, frame by frame. */
class Sink {
  readonly isTTY = true;
  columns = SIZE.columns;
  rows = SIZE.rows;
  written: string[] = [];
  write = (text: string): boolean => {
    this.written.push(text);
    return true;
  };
}

const STYLES = ['\u001b[31m', '\u001b[1m', '\u001b[7m', '\u001b[38;5;208m', '\u001b[48;2;10;20;30m', '\u001b[2;4m'];
/** A piece in one style, as rows of ours are made. */
const piece = fc
  .record({
    text: fc.array(fc.constantFrom('a', 'b', 'Z', ' ', ' ', '■', '─', '…', 'é', '漢'), { minLength: 1, maxLength: 8 }),
    style: fc.option(fc.constantFrom(...STYLES)),
  })
  .map(({ text, style }) => (style === null ? text.join('') : `${style}${text.join('')}\u001b[0m`));
/** Pieces have twelve columns at most: two always fit. */
const row = fc.array(piece, { maxLength: 2 }).map((parts) => parts.join('').replace('漢漢漢漢漢漢漢', '') as Painted);

type Frame = readonly Painted[];
const firstFrame = fc.array(row, { minLength: SIZE.rows, maxLength: SIZE.rows });
/** How a frame comes of the one before. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('scroll' as const),
    by: fc.integer({ min: -4, max: 4 }),
    top: fc.nat(3),
    rows: fc.integer({ min: 4, max: SIZE.rows }),
    fresh: fc.array(row, { minLength: 4, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('rows' as const),
    changed: fc.array(fc.tuple(fc.nat(SIZE.rows - 1), row), { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('all' as const), frame: firstFrame }),
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function after(frame: Frame, change: Step): Frame {
  if (change.kind === 'all') return change.frame;
  if (change.kind === 'rows') return change.changed.reduce<Frame>((rows, [at, text]) => rows.with(at, text), frame);
  const { by, top, rows, fresh } = change;
  const bottom = Math.min(SIZE.rows, top + rows);
  return frame.map((old, at) => {
    if (at < top || at >= bottom) return old;
    const from = at + by;
    return (from >= top && from < bottom ? frame[from] : fresh[at % 4]) ?? old;
  });
}

function written(canScroll: boolean): { readonly sink: Sink; readonly writer: FrameWriter } {
  const sink = new Sink();
  const writer = new FrameWriter(sink, { canScroll, flow: new LineFlow() });
  writer.open();
  return { sink, writer };
}

test.each([true, false])('leaves on a terminal what Ink leaves there; moving rows: %s', async (canScroll) => {
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(firstFrame, fc.array(step, { minLength: 1, maxLength: 6 }), async (first, steps) => {
      const { sink, writer } = written(canScroll);
      const stock = new Sink();
      const log = await stockWriter(stock);
      let frame: Frame = first;
      for (const change of [undefined, ...steps]) {
        if (change !== undefined) frame = after(frame, change);
        log(frame.join('\n'));
        writer.show(frame);
        const [ours, theirs] = await Promise.all(
          [sink, stock].map(({ written: bytes }) => terminalOf(bytes.join('').replaceAll(/\n/g, '\r\n'), SIZE)),
        );
        expect(screenCells(ours!)).toEqual(screenCells(theirs!));
        ours!.dispose();
        theirs!.dispose();
      }
      if (/\d+;\d+r/.test(sink.written.join(''))) moved++;
    }),
    { numRuns: 120 },
  );
  // Otherwise nothing was tried.
  expect(moved > 20).toBe(canScroll);
});

test('a list that scrolls by a row costs two rows, one cell costs a cell, and nothing is ever cleared', () => {
  const { sink, writer } = written(true);
  const rowsOf = (from: number): Frame =>
    Array.from({ length: SIZE.rows }, (_, at) => `row ${from + at} of many rows` as Painted);
  writer.show(rowsOf(1));
  writer.show(rowsOf(2));
  expect(sink.written.at(-1)).toBe(
    '\u001b[?2026h\u001b[1;9r\u001b[1H\u001b[1M\u001b[r\u001b[9Hrow 10 of many rows\u001b[?2026l',
  );
  writer.show(rowsOf(2).with(3, 'row 5 of Many rows' as Painted));
  expect(sink.written.at(-1)).toBe('\u001b[?2026h\u001b[4;10HM\u001b[?2026l');
  const before = sink.written.length;
  writer.show(rowsOf(2).with(3, 'row 5 of Many rows' as Painted));
  expect(sink.written).toHaveLength(before);
  expect(sink.written.join('')).not.toMatch(/\u001b\[[23]?J/);
});

test('another size, a screen that was given away, and whoever asks for it get the whole frame', async () => {
  const { sink, writer } = written(true);
  const frame = Array.from({ length: SIZE.rows }, (_, at) => `row ${at}` as Painted);
  writer.show(frame);
  const whole = sink.written.at(-1);
  writer.repaint();
  expect(sink.written.at(-1)).toBe(whole);
  writer.close();
  writer.show(frame.with(0, 'hidden' as Painted));
  expect(sink.written).toHaveLength(2);
  writer.open();
  expect(sink.written.at(-1)).toContain('hidden');
  sink.columns = 4;
  sink.rows = 5;
  writer.show(frame.with(0, '漢字漢字' as Painted));
  const terminal = await terminalOf(sink.written.at(-1) ?? '', { columns: 4, rows: 5 });
  expect(screenLines(terminal)).toEqual(['漢字', 'row', 'row', 'row', 'row']);
});

test.each([
  ['xterm-256color', true],
  ['tmux-256color', true],
  ['screen', true],
  ['linux', false],
  ['vt220', false],
  ['dumb', false],
  ['', false],
])('TERM=%s moves rows: %s', (term, expected) => expect(hasScrollRegion({ TERM: term })).toBe(expected));

/** A line that carries so much a second, a terminal at its end, and the time that passes. */
class SlowLine {
  nowMs = 0;
  readonly #timers: { atMs: number; readonly call: () => void }[] = [];
  readonly sink = new Sink();
  readonly flow: LineFlow;
  /** When everything written so far has reached the terminal. */
  emptyMs = 0;
  bytes = 0;

  constructor(line: { readonly bytesPerS: number; readonly roundTripMs: number; readonly answers: boolean }) {
    this.flow = new LineFlow({ nowMs: () => this.nowMs, after: (delayMs, call) => this.#after(delayMs, call) });
    this.flow.isHeard = true;
    this.sink.write = (text) => {
      this.sink.written.push(text);
      this.bytes += text.length;
      this.emptyMs = Math.max(this.emptyMs, this.nowMs) + (1_000 * text.length) / line.bytesPerS;
      const reachesMs = this.emptyMs - this.nowMs + line.roundTripMs;
      if (line.answers && text.includes(STATUS_QUERY)) this.#after(reachesMs, () => this.flow.answered());
      return true;
    };
  }

  /** What is written now waits so long behind what was written before. */
  get backlogMs(): number {
    return Math.max(0, this.emptyMs - this.nowMs);
  }

  #after(delayMs: number, call: () => void): void {
    this.#timers.push({ atMs: this.nowMs + delayMs, call });
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      this.#timers.sort((a, b) => a.atMs - b.atMs);
      const [next] = this.#timers;
      if (next === undefined || next.atMs > untilMs) break;
      this.#timers.shift();
      this.nowMs = next.atMs;
      next.call();
    }
    this.nowMs = untilMs;
  }
}

const noise = (seed: number): Frame =>
  Array.from({ length: 40 }, (_, at) => String.fromCharCode(33 + ((seed * 7 + at * 3) % 90)).repeat(60) as Painted);

test.each([
  [64_000, 150, 'of one size'],
  [16_000, 400, 'of one size'],
  [1_000_000, 30, 'of one size'],
  [64_000, 150, 'in a burst of sizes'],
])(
  'at %d bytes/s and %d ms frames %s are dropped, not queued, and the last one is painted',
  (bytesPerS, roundTripMs, how) => {
    const line = new SlowLine({ bytesPerS, roundTripMs, answers: true });
    Object.assign(line.sink, { columns: 60, rows: 40 });
    const writer = new FrameWriter(line.sink, { canScroll: true, flow: line.flow });
    writer.open();
    // The terminal answers for the first time.
    writer.show(noise(0));
    line.pass(2_000);
    const oneFrameMs = (1_000 * 2_600) / bytesPerS;
    let [worstMs, frames] = [0, 0];
    for (let number = 1; number <= 300; number++) {
      const before = line.sink.written.length;
      if (how === 'in a burst of sizes') writer.forget();
      writer.show(noise(number));
      frames += line.sink.written.length - before;
      worstMs = Math.max(worstMs, line.backlogMs);
      line.pass(10);
    }
    // What may be on its way at once, and the frame that was begun.
    expect(worstMs).toBeLessThan((1_000 * 4_096) / bytesPerS + 2 * oneFrameMs + 60);
    if (bytesPerS < 100_000) expect(frames).toBeLessThan(200);
    line.pass(2_000);
    expect(line.sink.written.join('')).toContain(noise(300)[39]);
  },
);

test('a terminal that never answers is asked once and never waited for', () => {
  const line = new SlowLine({ bytesPerS: 64_000, roundTripMs: 150, answers: false });
  Object.assign(line.sink, { columns: 60, rows: 40 });
  const writer = new FrameWriter(line.sink, { canScroll: true, flow: line.flow });
  writer.open();
  for (let number = 1; number <= 100; number++) {
    writer.show(noise(number));
    line.pass(100);
  }
  expect(line.sink.written).toHaveLength(100);
  expect(line.sink.written.join('').split(STATUS_QUERY)).toHaveLength(2);
});

test('nothing is asked while nobody reads the answer: it would be echoed into the frame', () => {
  const line = new SlowLine({ bytesPerS: 64_000, roundTripMs: 150, answers: true });
  Object.assign(line.sink, { columns: 60, rows: 40 });
  const writer = new FrameWriter(line.sink, { canScroll: true, flow: line.flow });
  line.flow.isHeard = false;
  writer.open();
  writer.show(noise(0));
  expect(line.sink.written.join('')).not.toContain(STATUS_QUERY);
  line.flow.isHeard = true;
  writer.show(noise(1));
  expect(line.sink.written.at(-1)).toContain(STATUS_QUERY);
});

test('an answer that is lost holds nothing up for ever, and whoever leaves waits for the last one a moment', async () => {
  const line = new SlowLine({ bytesPerS: 64_000, roundTripMs: 150, answers: true });
  Object.assign(line.sink, { columns: 60, rows: 40 });
  const writer = new FrameWriter(line.sink, { canScroll: true, flow: line.flow });
  writer.open();
  writer.show(noise(0));
  expect(line.flow.isAsking).toBe(true);
  let isSettled = false;
  const settled = line.flow.settled(400).then(() => (isSettled = true));
  line.pass(2_000);
  await settled;
  expect(isSettled).toBe(true);
  // From here on the line is dead for a while.
  const write = line.sink.write;
  line.sink.write = (text) => write(text.replace(STATUS_QUERY, ''));
  for (let number = 1; number <= 10; number++) writer.show(noise(number));
  line.pass(10_000);
  expect(line.sink.written.join('')).toContain(noise(10)[39]);
});

test('after a size that was gone again before anybody painted, a frame is written whole', () => {
  const sink = new Sink();
  const writer = new FrameWriter(sink as unknown as NodeJS.WriteStream);
  const frame = ['one', 'two'] as unknown as Frame;
  writer.open();
  writer.show(frame);
  sink.written = [];
  writer.show([...frame]);
  expect(sink.written).toEqual([]);
  writer.forget();
  expect(sink.written).toEqual([]);
  writer.show([...frame]);
  expect(sink.written.join('')).toMatch(/one[^]*two/);
});
