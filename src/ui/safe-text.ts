/**
 * Untrusted text made fit for a terminal. Job names, reasons, tags and whatever AWS answers come from elsewhere; a byte
 * of theirs must never move the cursor, recolour the screen, or look like other text than it is. Nothing is hidden:
 * what is taken out leaves a visible mark, so that the operator sees that something is odd.
 */
declare const SAFE: unique symbol;
/** Text that has been through `safe`: one line, no control, no invisible character, no more than a few marks a letter. */
export type Safe = string & { readonly [SAFE]: true };

const PLAIN = /^[\x20-\x7e]*$/;
/** Controls, format characters (bidi, zero width, tags), lone surrogates, private use, line separators, invisible ones. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;
/** They only choose between drawings of one character (text or picture, tone of skin), and terminals disagree about the width: dropped. */
const VARIATION = /[\uFE00-\uFE0F\u{1F3FB}-\u{1F3FF}]/gu;
/** Stacked marks climb into the rows above; nothing that people write needs more than two. */
const STACKED_MARKS = /(\p{M}{2})\p{M}+/gu;
const LINE_END = /\r\n|[\r\n\u2028\u2029]/g;

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x09) return ' ';
  if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
  return code === 0x7f ? '^?' : '\uFFFD';
}

export function safe(text: string): Safe {
  if (PLAIN.test(text)) return text as Safe;
  return text
    .replace(LINE_END, '⏎')
    .replace(VARIATION, '')
    .replace(UNFIT, visible)
    .replace(STACKED_MARKS, '$1') as Safe;
}
