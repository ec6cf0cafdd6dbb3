import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Clip, FastOutput } from '../../src/ui/fast-output.ts';
import { screenCells, terminalOf } from '../support/screen.ts';

interface OutputLike {
  write: FastOutput['write'];
  clip(clip: Clip): void;
  unclip(): void;
  get(): { output: string; height: number };
}

/** Ink does not export its composer; the file itself is what we replace. */
async function stockOutput(): Promise<new (size: { width: number; height: number }) => OutputLike> {
  const ink = path.dirname(fileURLToPath(import.meta.resolve('ink')));
  const module = (await import(pathToFileURL(path.join(ink, 'output.js')).href)) as {
    default: new (size: { width: number; height: number }) => OutputLike;
  };
  return module.default;
}

const WIDTH = 24;
const HEIGHT = 6;

const letter = fc.constantFrom('a', 'b', 'Z', ' ', '■', '─', '▲', '…', 'é', '漢', '字', '😀', '한', 'e\u0301', '\n');
const style = fc.constantFrom(
  '\u001b[31m',
  '\u001b[1m',
  '\u001b[2m',
  '\u001b[22m',
  '\u001b[7m',
  '\u001b[27m',
  '\u001b[39m',
  '\u001b[1;33m',
  '\u001b[38;5;208m',
  '\u001b[48;2;10;20;30m',
  '\u001b[49m',
  '\u001b[0m',
  '\u001b[4m',
  '\u001b[24m',
  '\u001b[91m',
);
const text = fc
  .array(fc.oneof({ weight: 5, arbitrary: letter }, { weight: 1, arbitrary: style }), { minLength: 1, maxLength: 30 })
  .map((parts) => parts.join(''));
const plain = fc
  .array(fc.constantFrom('a', 'b', ' ', '■'), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(''));

type Op =
  | { readonly op: 'write'; readonly x: number; readonly y: number; readonly text: string; readonly isBold: boolean }
  | { readonly op: 'clip'; readonly clip: Clip }
  | { readonly op: 'unclip' };

const write: fc.Arbitrary<Op> = fc.record({
  op: fc.constant('write' as const),
  x: fc.integer({ min: -3, max: WIDTH + 2 }),
  y: fc.integer({ min: -1, max: HEIGHT }),
  text: fc.oneof(text, plain),
  isBold: fc.boolean(),
});
const edge = (max: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: -1, max }), { nil: undefined, freq: 5 });
const clip: fc.Arbitrary<Op> = fc
  .record({ x1: edge(WIDTH), x2: edge(WIDTH), y1: edge(HEIGHT), y2: edge(HEIGHT) })
  .map((bounds) => ({ op: 'clip' as const, clip: bounds }));
const ops = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: write },
    { weight: 1, arbitrary: clip },
    { weight: 1, arbitrary: fc.constant<Op>({ op: 'unclip' }) },
  ),
  { maxLength: 12 },
);

function compose(output: OutputLike, list: readonly Op[]): string {
  for (const op of list) {
    if (op.op === 'clip') output.clip(op.clip);
    else if (op.op === 'unclip') output.unclip();
    else output.write(op.x, op.y, op.text, { transformers: op.isBold ? [(line) => `\u001b[1m${line}\u001b[22m`] : [] });
  }
  return output.get().output;
}

/** Twice as wide as the frame: what runs over its edge must do so alike. */
async function cells(frame: string): Promise<readonly string[]> {
  const terminal = await terminalOf(frame.replaceAll('\n', '\r\n'), { columns: WIDTH * 4, rows: HEIGHT + 1 });
  const seen = screenCells(terminal);
  terminal.dispose();
  return seen;
}

test('composes what Ink composes: same cells, same styles', async () => {
  const Stock = await stockOutput();
  const size = { width: WIDTH, height: HEIGHT };
  await fc.assert(
    fc.asyncProperty(ops, async (list) => {
      const [stock, fast] = [compose(new Stock(size), list), compose(new FastOutput(size), list)];
      if (stock !== fast) expect(await cells(fast)).toEqual(await cells(stock));
    }),
    { numRuns: 1_000 },
  );
});

test('a row of one plain write is passed through as it is', () => {
  const output = new FastOutput({ width: 10, height: 2 });
  output.write(0, 0, 'abc', { transformers: [] });
  output.write(2, 1, '\u001b[31mx\u001b[39m  ', { transformers: [] });
  expect(output.get()).toEqual({ output: 'abc\n  \u001b[31mx\u001b[39m', height: 2 });
});
