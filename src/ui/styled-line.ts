import stringWidth from 'string-width';
import { graphemesOf } from './graphemes.ts';
import { isNarrow } from './narrow.ts';

/** One column or more of the screen: a grapheme with its style. The columns after a wide one hold an empty text. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  /** The codes that switch its style on, in one fixed order, so that equal styles are equal strings; '' = none. */
  readonly style: string;
}

const ESC = '\u001b';
/** SGR sequences, and the OSC 8 that opens or closes a link. */
const SEQUENCE = new RegExp(`${ESC}\\[[\\d;]*m|${ESC}\\]8;[^${ESC}\\u0007]*(?:\\u0007|${ESC}\\\\)`, 'g');
const LINK_CLOSE = `${ESC}]8;;${ESC}\\`;

const INVISIBLE = /^\p{Default_Ignorable_Code_Point}+$/u;

type Attributes = Map<string, string>;

/** Which attribute a code sets: codes of one name replace each other. `off` codes remove it. */
const ON: Readonly<Record<number, string>> = {
  1: 'bold',
  2: 'dim',
  3: 'italic',
  4: 'underline',
  7: 'inverse',
  8: 'hidden',
  9: 'strike',
  53: 'overline',
};
const OFF: Readonly<Record<number, readonly string[]>> = {
  22: ['bold', 'dim'],
  23: ['italic'],
  24: ['underline'],
  27: ['inverse'],
  28: ['hidden'],
  29: ['strike'],
  39: ['fg'],
  49: ['bg'],
  55: ['overline'],
  59: ['line'],
};
const CLOSE: Readonly<Record<string, number>> = {
  bold: 22,
  dim: 22,
  italic: 23,
  underline: 24,
  inverse: 27,
  hidden: 28,
  strike: 29,
  overline: 55,
  fg: 39,
  bg: 49,
  line: 59,
};
const EXTENDED: Readonly<Record<number, string>> = { 38: 'fg', 48: 'bg', 58: 'line' };

function colorSlot(code: number): string | undefined {
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return 'fg';
  return (code >= 40 && code <= 47) || (code >= 100 && code <= 107) ? 'bg' : undefined;
}

function applySequence(attributes: Attributes, sequence: string): void {
  if (sequence.startsWith(`${ESC}]`)) {
    const isClose = /^.\]8;[^;]*;(?:\u0007|.\\)$/s.test(sequence);
    if (isClose) attributes.delete('link');
    else attributes.set('link', sequence);
    return;
  }
  const codes = sequence.slice(2, -1).split(';');
  for (let at = 0; at < codes.length; at++) {
    const code = Number(codes[at] || 0);
    const extended = EXTENDED[code];
    if (extended !== undefined) {
      const size = codes[at + 1] === '5' ? 3 : codes[at + 1] === '2' ? 5 : 1;
      if (size > 1) attributes.set(extended, codes.slice(at, at + size).join(';'));
      at += size - 1;
    } else applyCode(attributes, code);
  }
}

function applyCode(attributes: Attributes, code: number): void {
  if (code === 0) return attributes.clear();
  const slot = ON[code] ?? colorSlot(code);
  if (slot !== undefined) attributes.set(slot, String(code));
  for (const name of OFF[code] ?? []) attributes.delete(name);
}

function styleOf(attributes: Attributes): string {
  if (attributes.size === 0) return '';
  return [...attributes.keys()]
    .sort()
    .map((name) => (name === 'link' ? attributes.get(name) : `${ESC}[${attributes.get(name)}m`))
    .join('');
}

/** Links make styles without end; the others are few. */
const CHANGES_MAX = 1_000;
const changes = new Map<string, string>();

/**
 * What turns one style into another, and no more: a superfluous 22 would also end a bold that somebody wraps around the
 * line later.
 */
function changeOf(from: string, to: string): string {
  if (from === to) return '';
  const key = `${from}\n${to}`;
  const known = changes.get(key);
  if (known !== undefined) return known;
  const [before, after] = [attributesOf(from), attributesOf(to)];
  const closed = new Set(
    [...before.keys()].filter((name) => !after.has(name)).map((name) => CLOSE[name] ?? LINK_CLOSE),
  );
  const opened = [...after].filter(
    ([name, code]) => before.get(name) !== code || closed.has(CLOSE[name] ?? LINK_CLOSE),
  );
  const change = [
    ...[...closed].map((code) => (typeof code === 'number' ? `${ESC}[${code}m` : code)),
    ...opened.map(([name, code]) => (name === 'link' ? code : `${ESC}[${code}m`)),
  ].join('');
  if (changes.size < CHANGES_MAX) changes.set(key, change);
  return change;
}

const RESET = `${ESC}[m`;

/** The shortest that turns one style into another, on a terminal that shows nothing else. */
export function styleChange(from: string, to: string): string {
  if (from === to) return '';
  const change = changeOf(from, to);
  if (from.includes(']8;') || to.includes(']8;')) return change;
  const anew = from === '' ? to : RESET + to;
  return anew.length < change.length ? anew : change;
}

function attributesOf(style: string): Attributes {
  const attributes: Attributes = new Map();
  for (const [sequence] of style.matchAll(SEQUENCE)) applySequence(attributes, sequence);
  return attributes;
}

/** Runs of plain text with the style each is written in. */
function* runs(source: string): Generator<{ readonly text: string; readonly style: string }> {
  const attributes: Attributes = new Map();
  let from = 0;
  let style = '';
  for (const match of source.matchAll(SEQUENCE)) {
    if (match.index > from) yield { text: source.slice(from, match.index), style };
    applySequence(attributes, match[0]);
    style = styleOf(attributes);
    from = match.index + match[0].length;
  }
  yield { text: source.slice(from), style };
}

/** Styles of the cells that are kept; links make styles without end, the others are few. */
const STYLES_MAX = 200;
const ASCII_END = 0x7f;
const asciiCells = new Map<string, Cell[]>();

/** Of one style, by character code: most of a screen is made of the same few hundred cells. */
function asciiCellsOf(style: string): Cell[] {
  let cells = asciiCells.get(style);
  if (cells === undefined) {
    cells = [];
    if (asciiCells.size < STYLES_MAX) asciiCells.set(style, cells);
  }
  return cells;
}

function pushNarrow(cells: Cell[], text: string, style: string): void {
  const known = asciiCellsOf(style);
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code < ASCII_END) cells.push((known[code] ??= { text: character, width: 1, style }));
    else cells.push({ text: character, width: 1, style });
  }
}

/** The characters of a line, each with its style. */
export function tokenize(source: string): readonly Cell[] {
  const cells: Cell[] = [];
  for (const { text, style } of runs(source)) {
    if (isNarrow(text)) pushNarrow(cells, text, style);
    else {
      for (const segment of graphemesOf(text)) {
        // What no terminal shows takes no cell either.
        if (!INVISIBLE.test(segment)) cells.push({ text: segment, width: Math.max(1, stringWidth(segment)), style });
      }
    }
  }
  return cells;
}
