/**
 * Colours and glyphs: the only place that knows them. Colour says attention (yellow), broken (red) and selected
 * (reverse), in the sixteen named colours, which follow the user's own scheme; every state also has a glyph and a word,
 * so nothing is lost without colour.
 */
export type Tone = 'plain' | 'dim' | 'strong' | 'attention' | 'broken' | 'selected';

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

const UNICODE: Glyphs = {
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
  dot: '·',
  ellipsis: '…',
  spark: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  dash: '┄',
  barFull: '█',
  barEmpty: '░',
  box: { top: ['┌', '┐'], bottom: ['└', '┘'], horizontal: '─', vertical: '│' },
  chart: ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'],
};

const ASCII: Glyphs = {
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
  dot: '-',
  ellipsis: '~',
  spark: ['_', '_', '.', '-', '-', '=', '^', '^'],
  dash: '.',
  barFull: '#',
  barEmpty: '.',
  box: { top: ['+', '+'], bottom: ['+', '+'], horizontal: '-', vertical: '|' },
  chart: ['+', '|', '-', '-', '-', '\\', '/', '\\', '/', '|'],
};

export interface Theme {
  readonly glyphs: Glyphs;
  /** Without colour, bold and reverse stay: they are no colours. */
  readonly color: boolean;
}

export function makeTheme(options: { readonly color: boolean; readonly ascii: boolean }): Theme {
  return { glyphs: options.ascii ? ASCII : UNICODE, color: options.color };
}

/** no-color.org: present and not empty means none. */
export function wantsColor(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['NO_COLOR'] ?? '') === '';
}

/** Each style is closed by its own code, never by a reset: a row selected as a whole stays reversed to its end. */
const SGR: Readonly<Record<Exclude<Tone, 'plain'>, readonly [number, number]>> = {
  dim: [2, 22],
  strong: [1, 22],
  attention: [33, 39],
  broken: [31, 39],
  selected: [7, 27],
};

export function paint(theme: Theme, tone: Tone, text: string): string {
  if (tone === 'plain' || text === '') return text;
  if (!theme.color && (tone === 'attention' || tone === 'broken')) return text;
  const [open, close] = SGR[tone];
  return `\u001b[${open}m${text}\u001b[${close}m`;
}
