import { type Painted, paintLine, type Span, span, spansWidth } from '../line.ts';
import type { Theme } from '../theme.ts';
import { fit } from '../width.ts';

/** Columns of the word that begins a line of figures. */
const LABEL_COLUMNS = 10;

/** A label and what fits of its items, the most important first: an item is there whole or not at all. */
export function paintItems(
  theme: Theme,
  width: number,
  line: { readonly label: string; readonly items: readonly (readonly Span[])[]; readonly gap?: string },
): Painted {
  const gap = line.gap ?? '   ';
  const spans: Span[] = [span(' '), span(line.label === '' ? '' : fit(line.label, LABEL_COLUMNS), 'strong')];
  let used = spansWidth(spans);
  let isFirst = true;
  for (const item of line.items) {
    const space = isFirst ? 0 : gap.length;
    const size = space + spansWidth(item);
    if (item.length === 0 || (!isFirst && used + size > width)) continue;
    if (!isFirst) spans.push(span(gap));
    spans.push(...item);
    used += size;
    isFirst = false;
  }
  return paintLine(theme, width, spans);
}
