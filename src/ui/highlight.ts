import type { Filter } from '../engine/select/filter.ts';
import { type Span, span } from './line.ts';
import type { UiState } from './state.ts';
import type { Tone } from './theme.ts';

/** Words that are marked where they stand in the rows; undefined where none is. */
export type Highlight = readonly Marked[] | undefined;

interface Marked {
  /** Lower case. */
  readonly text: string;
  /** undefined: in any column. */
  readonly column: string | undefined;
}

/** What a filter looks for as plain text, and what n and N go through. */
export function highlightOf({ search }: Pick<UiState, 'search'>, { terms }: Filter): Highlight {
  const marked: Marked[] = terms
    .filter(({ op, isNot, text }) => op === 'has' && !isNot && text !== '')
    .map(({ text, column }) => ({ text, column }));
  if (search.isShown && search.text !== '') marked.push({ text: search.text.toLowerCase(), column: undefined });
  return marked.length === 0 ? undefined : marked;
}

/** The span cut at the words in it, which are shown `marked`: a row that is reversed itself cannot have them reversed. */
export function highlighted(
  whole: Span,
  {
    column,
    highlight,
    marked,
  }: { readonly column: string; readonly highlight: NonNullable<Highlight>; readonly marked: Tone },
): readonly Span[] {
  const lower = whole.text.toLowerCase();
  // Some letters are longer in lower case: then places would be off by one, and nothing is marked.
  if (lower.length !== whole.text.length) return [whole];
  const isMarked = new Uint8Array(lower.length);
  for (const { text, column: only } of highlight) {
    if (only !== undefined && only !== column) continue;
    for (let at = lower.indexOf(text); at >= 0; at = lower.indexOf(text, at + text.length)) {
      isMarked.fill(1, at, at + text.length);
    }
  }
  if (!isMarked.includes(1)) return [whole];
  const spans: Span[] = [];
  for (let from = 0; from < lower.length;) {
    let to = from + 1;
    while (to < lower.length && isMarked[to] === isMarked[from]) to++;
    spans.push(span(whole.text.slice(from, to), isMarked[from] === 1 ? marked : whole.tone));
    from = to;
  }
  return spans;
}
