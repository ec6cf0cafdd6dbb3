/**
 * Characters that are one column wide wherever width is measured, and never join their neighbours: printable ASCII and
 * the glyphs of theme.ts. Text of these alone is as wide as it is long, which saves looking at each grapheme of nearly
 * every row. (U+25FD and 25FE, which are wide, lie outside.)
 */
const NARROW = /^[\x20-\x7e\xb1\xb7\xd7\u2013\u2016\u2026\u2190-\u2193\u2248\u23ce\u2500-\u25fc\u2713\u2715]*$/;

export function isNarrow(text: string): boolean {
  return NARROW.test(text);
}
