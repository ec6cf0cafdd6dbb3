import type xterm from '@xterm/headless';

/** Width and height of a cell, in the units of the picture. */
const CELL = { width: 8.4, height: 17 };
const MARGIN = 12;
/** Where the text stands in its row. */
const BASELINE = 13;

/** Colours of the sixteen names that the console uses, on a dark ground. */
const FOREGROUND: Readonly<Record<number, string>> = {
  1: '#e06c75',
  2: '#98c379',
  3: '#e5c07b',
  4: '#61afef',
  5: '#c678dd',
  6: '#56b6c2',
};
const [GROUND, PLAIN, DIM] = ['#16181d', '#d4d7dd', '#8a909c'] as const;

interface Run {
  column: number;
  text: string;
  readonly style: string;
}

/** What a terminal shows, as a picture of text: small, sharp at any size, and readable by whoever compares two of them. */
export function svgOf(terminal: xterm.Terminal, title: string): string {
  const rows = Array.from({ length: terminal.rows }, (_, row) => runsOf(terminal, row));
  const used = rows.findLastIndex((runs) => runs.length > 0) + 1;
  const width = Math.ceil(terminal.cols * CELL.width + 2 * MARGIN);
  const height = used * CELL.height + 2 * MARGIN;
  const lines = rows.slice(0, used).flatMap((runs, row) => runs.map((run) => runSvg(run, row)));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font:14px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;white-space:pre;fill:${PLAIN}}.b{font-weight:700}.d{fill:${DIM}}.i{fill:${GROUND}}${Object.entries(
      FOREGROUND,
    )
      .map(([color, fill]) => `.c${color}{fill:${fill}}`)
      .join('')}</style>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${GROUND}"/>`,
    ...lines,
    '</svg>',
  ].join('\n')}\n`;
}

/** Neighbours of one style; blanks between them go with the one before. */
function runsOf(terminal: xterm.Terminal, row: number): readonly Run[] {
  const line = terminal.buffer.active.getLine(row);
  const runs: Run[] = [];
  for (let column = 0; column < terminal.cols; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const text = cell.getChars() || ' ';
    const style = styleOf(cell);
    const last = runs.at(-1);
    if (last?.style === style) last.text += text;
    else runs.push({ column, text, style });
  }
  return runs
    .filter(({ text, style }) => text.trim() !== '' || style.includes('i'))
    .map((run) => (run.style.includes('i') ? run : { ...run, text: run.text.trimEnd() }));
}

function styleOf(cell: xterm.IBufferCell): string {
  const color = cell.isFgPalette() ? `c${cell.getFgColor() % 8}` : '';
  return [cell.isBold() ? 'b' : '', cell.isDim() ? 'd' : '', cell.isInverse() ? 'i' : '', color]
    .filter(Boolean)
    .join(' ');
}

function runSvg({ column, text, style }: Run, row: number): string {
  const x = MARGIN + column * CELL.width;
  const y = MARGIN + row * CELL.height;
  const length = [...text].length * CELL.width;
  const ground = style.split(' ').includes('i')
    ? `<rect x="${round(x)}" y="${y}" width="${round(length)}" height="${CELL.height}" fill="${PLAIN}"/>`
    : '';
  const named = style === '' ? '' : ` class="${style}"`;
  // Fonts differ: the length holds every column in its place.
  return `${ground}<text x="${round(x)}" y="${y + BASELINE}" textLength="${round(length)}" lengthAdjust="spacingAndGlyphs"${named}>${escaped(text)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
