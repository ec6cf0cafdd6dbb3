/**
 * How well a text answers what was typed, higher is better; 0 where it does not. All of it, its start, the start of one
 * of its words, a piece of it, and at last its letters in their order with others between. Both in lower case.
 * "render-88": "render-88" 1000, "ren" 591, "88" 493, "der" 391, "r88" 89.
 */
export function fuzzyScore(text: string, typed: string): number {
  if (typed === '') return 1;
  // Of two that answer alike, the shorter one says less that was not asked for.
  const tidy = Math.max(0, 100 - text.length);
  const at = text.indexOf(typed);
  if (at < 0) return lettersScore(text, typed);
  if (text.length === typed.length) return 1_000;
  if (at === 0) return 500 + tidy;
  for (let start = at; start >= 0; start = text.indexOf(typed, start + 1)) {
    if (!isWordCharacter(text.charCodeAt(start - 1))) return 400 + tidy;
  }
  return 300 + tidy;
}

/** One point less for each letter between. */
function lettersScore(text: string, typed: string): number {
  let at = -1;
  let first = -1;
  for (let letter = 0; letter < typed.length; letter++) {
    at = text.indexOf(typed[letter]!, at + 1);
    if (at < 0) return 0;
    if (first < 0) first = at;
  }
  return Math.max(1, 90 - (at + 1 - first - typed.length) - Math.min(20, first));
}

function isWordCharacter(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122);
}
