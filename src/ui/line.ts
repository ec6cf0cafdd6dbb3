import { asciiFor } from './glyphs.ts';
import { graphemesOf } from './graphemes.ts';
import { safe } from './safe-text.ts';
import { paint, type Theme, type Tone } from './theme.ts';
import { fit, truncate, widthOf } from './width.ts';

/** A piece of a line. Its text may come from anywhere: it is made safe where the line is painted. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

declare const PAINTED: unique symbol;
/** One row of the screen: safe text with our own colours, no wider than asked. Only such text reaches the terminal. */
export type Painted = string & { readonly [PAINTED]: true };

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

export const BLANK = '' as Painted;

/** The spans one after another, cut at `width`. */
export function paintLine(theme: Theme, width: number, spans: readonly Span[]): Painted {
  let left = width;
  let line = '';
  for (const { text, tone } of spans) {
    if (left <= 0) break;
    const shown = truncate(safe(text), left, theme.glyphs.ellipsis);
    left -= widthOf(shown);
    line += paint(theme, tone, theme.isAscii ? toAscii(shown) : shown);
  }
  return line as Painted;
}

const PLAIN_ASCII = /^[\x20-\x7e]*$/;

/** A terminal without UTF-8 would read the bytes of other characters as controls of its own. */
function toAscii(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  return graphemesOf(text)
    .map((grapheme) => (PLAIN_ASCII.test(grapheme) ? grapheme : asciiFor(grapheme, widthOf(grapheme))))
    .join('');
}

const SGR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]+m`, 'g');

/** The same row without our colours: other escapes cannot be in it. */
export function withoutStyle(line: Painted): Painted {
  return line.replaceAll(SGR, '').trimEnd() as Painted;
}

/** Two rows as one: the second begins at a column that the first does not reach. */
export function besides(line: Painted, column: number, right: Painted): Painted {
  if (right === '') return line;
  const gap = column - widthOf(line.replaceAll(SGR, ''));
  return (line + ' '.repeat(Math.max(0, gap)) + right) as Painted;
}

/** Left spans, right spans at the right edge; what is on the right gives way when there is no room for both. */
export function paintEnds(
  theme: Theme,
  width: number,
  ends: { readonly left: readonly Span[]; readonly right: readonly Span[] },
): Painted {
  const rightWidth = spansWidth(ends.right);
  const gap = width - spansWidth(ends.left) - rightWidth;
  if (gap < 1) return paintLine(theme, width, ends.left);
  return paintLine(theme, width, [...ends.left, span(' '.repeat(gap)), ...ends.right]);
}

export function spansWidth(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + widthOf(safe(text)), 0);
}

/** As many of them as fit; the last is cut. */
export function cutSpans(spans: readonly Span[], width: number, ellipsis: string): readonly Span[] {
  let left = width;
  return spans.flatMap((one) => {
    if (left <= 0) return [];
    const text = truncate(safe(one.text), left, ellipsis);
    left -= widthOf(text) + (text === safe(one.text) ? 0 : left);
    return [{ ...one, text }];
  });
}

/** A cell of exactly `width` columns. */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  return fit(safe(text), width, align);
}

/** A whole row in reverse: the cursor. Padded, so that the bar reaches the edge. */
export function paintSelected(theme: Theme, width: number, spans: readonly Span[]): Painted {
  const rest = Math.max(0, width - spansWidth(spans));
  return paint(theme, 'selected', paintLine(theme, width, [...spans, span(' '.repeat(rest))])) as Painted;
}
