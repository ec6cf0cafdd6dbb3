import { isNarrow } from './narrow.ts';

let segmenter: Intl.Segmenter | undefined;

/** What a person sees as the characters of a text. Node takes some 20 ms to load the rules for it, so it does at the first text that needs them. */
export function graphemesOf(text: string): readonly string[] {
  if (isNarrow(text)) return text.split('');
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
