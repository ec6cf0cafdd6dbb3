import stringWidth from 'string-width';
import { graphemesOf } from './graphemes.ts';
import { isNarrow } from './narrow.ts';

/** Columns that a text takes on the screen. */
export function widthOf(text: string): number {
  return isNarrow(text) ? text.length : stringWidth(text);
}

/** The longest start of `text` that fits, cut between graphemes. */
function take(text: string, columns: number): string {
  if (isNarrow(text)) return text.slice(0, Math.max(0, columns));
  let taken = '';
  let used = 0;
  for (const segment of graphemesOf(text)) {
    used += stringWidth(segment);
    if (used > columns) break;
    taken += segment;
  }
  return taken;
}

/** At most `columns` wide; an ellipsis tells that something is missing. */
export function truncate(text: string, columns: number, ellipsis = '…'): string {
  if (columns <= 0) return '';
  if (widthOf(text) <= columns) return text;
  if (columns <= ellipsis.length) return take(ellipsis, columns);
  return take(text, columns - ellipsis.length) + ellipsis;
}

/** Exactly `columns` wide. */
export function fit(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const cut = truncate(text, columns);
  const space = ' '.repeat(Math.max(0, columns - widthOf(cut)));
  return align === 'left' ? cut + space : space + cut;
}
