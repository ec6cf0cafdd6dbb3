/** Glyphs of both kinds: every state has one of its own in each, so that nothing is told by colour alone. */
export interface Glyphs {
  readonly busy: string;
  readonly idle: string;
  readonly booting: string;
  readonly leaving: string;
  readonly lost: string;
  readonly running: string;
  readonly starting: string;
  readonly waiting: string;
  readonly done: string;
  readonly failed: string;
  readonly held: string;
  readonly cursor: string;
  readonly mark: string;
  readonly up: string;
  readonly down: string;
  readonly left: string;
  readonly right: string;
  readonly dot: string;
  readonly ellipsis: string;
  /** Lowest to highest. */
  readonly spark: readonly string[];
  /** A level across a chart. */
  readonly dash: string;
  readonly barFull: string;
  readonly barEmpty: string;
  readonly box: {
    readonly top: readonly [string, string];
    readonly bottom: readonly [string, string];
    readonly horizontal: string;
    readonly vertical: string;
  };
  /** asciichart's ten symbols. */
  readonly chart: readonly string[];
}

export const UNICODE: Glyphs = {
  busy: '■',
  idle: '□',
  booting: '·',
  leaving: '▲',
  lost: '✕',
  running: '●',
  starting: '◐',
  waiting: '○',
  done: '✓',
  failed: '✕',
  held: '‖',
  cursor: '▸',
  mark: '◆',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  dot: '·',
  ellipsis: '…',
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  dash: '┄',
  barFull: '█',
  barEmpty: '░',
  box: { top: ['┌', '┐'], bottom: ['└', '┘'], horizontal: '─', vertical: '│' },
  chart: ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'],
};

export const ASCII: Glyphs = {
  busy: '#',
  idle: '-',
  booting: '.',
  leaving: '^',
  lost: 'x',
  running: '*',
  starting: '+',
  waiting: 'o',
  done: '=',
  failed: 'x',
  held: '|',
  cursor: '>',
  mark: '@',
  up: '^',
  down: 'v',
  left: '<-',
  right: '->',
  dot: '-',
  ellipsis: '~',
  spark: ['_', '_', '.', '-', '-', '=', '^', '^'],
  dash: '.',
  barFull: '#',
  barEmpty: '.',
  box: { top: ['+', '+'], bottom: ['+', '+'], horizontal: '-', vertical: '|' },
  chart: ['+', '|', '-', '-', '-', '\\', '/', '\\', '/', '|'],
};

/** Our own marks that may reach a line without being a glyph of the theme, and what stands for them in ASCII. One for one: a line keeps its width. */
const ASCII_FOR: Readonly<Record<string, string>> = {
  '…': '~',
  '⏎': '$',
  '·': '-',
  '±': '~',
  '×': 'x',
  '–': '-',
  '—': '-',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '≈': '~',
  '’': "'",
  '‖': '|',
  '✓': '=',
  '✕': 'x',
};

/** One character of a text as ASCII: a wide one becomes two question marks, for what follows must keep its column. */
export function asciiFor(grapheme: string, columns: number): string {
  return ASCII_FOR[grapheme] ?? '?'.repeat(columns);
}
