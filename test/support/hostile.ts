/**
 * Text that somebody may put into a name, a tag, a log or an error to get at whoever reads it: each with what it does to
 * a terminal that obeys it. Never `x` or `y` in it: tests put those around it to find it again.
 */
const ESC = '\u001b';

export const HOSTILE: Readonly<Record<string, string>> = {
  'every C0 control': Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).join(''),
  DEL: 'a\u007f',
  'every C1 control': Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(0x80 + code)).join(''),
  colours: `${ESC}[31;41mred${ESC}[0m`,
  'the cursor, home, and all erased': `${ESC}[H${ESC}[2J${ESC}[3J`,
  'a title': `${ESC}]0;owned\u0007`,
  'a title, ended by ST': `${ESC}]2;owned${ESC}\\`,
  'a title without an end': `${ESC}]0;owned`,
  'the clipboard': `${ESC}]52;c;b3duZWQ=\u0007`,
  'a link to elsewhere': `${ESC}]8;;http://evil.test${ESC}\\click${ESC}]8;;${ESC}\\`,
  'a question, whose answer would be typed': `${ESC}[6n${ESC}[c`,
  'a device control string': `${ESC}P$q"p${ESC}\\`,
  'a device control string without an end': `${ESC}P1$r`,
  'an application command': `${ESC}_Gi=1${ESC}\\`,
  'a privacy message': `${ESC}^secret`,
  'a start of string': `${ESC}Xtest`,
  'the 8-bit forms': '\u009b31m\u009d0;owned\u009c\u0090q\u009c\u009fa\u009c\u009em\u009c\u0098s\u009c',
  'the alternate screen left': `${ESC}[?1049l`,
  'reset to the initial state': `${ESC}c`,
  'another direction': 'a\u202egpj.exe\u202c\u2066b\u2069\u200e\u200f\u061c',
  'nothing to see': 'a\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u115f\u3164b',
  'line separators': 'a\u2028b\u2029c\u0085d\r\ne\rf\vg\fh',
  'half a character': 'a\ud800b\udc00c',
  tags: 'a\u{e0001}\u{e0041}\u{e007f}b',
  'marks upon marks': `a${'\u0301'.repeat(40)}b`,
  'private use': 'a\ue000\u{f0000}b',
  'emoji and wide characters': '⚠️⚡️🧑‍💻🏴󠁧󠁢󠁥󠁮󠁧󠁿👍🏽漢字e\u0301',
};

/** What no terminal may be sent as text: anything that it obeys or does not show. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u034f\u115f\u1160\u3164\uffa0]/u;

/** The sequences that the console itself sends; what is left is text. */
const OURS = new RegExp(
  [
    // Colours, the cursor, erasing, modes by number.
    `${ESC}\\[[\\d;]*[mCHJK]`,
    // A scroll region, and lines deleted or inserted in it; whether the terminal is well.
    `${ESC}\\[(?:\\d+;\\d+)?r`,
    `${ESC}\\[\\d+[LM]`,
    `${ESC}\\[5n`,
    `${ESC}\\[\\?(?:25|1049|2026|1000|1006)[hl]`,
    // The clipboard, by base64 only.
    `${ESC}\\]52;c;[A-Za-z0-9+/=]*\u0007`,
  ].join('|'),
  'g',
);

/** What of a hostile text came through in what was sent to a terminal; [] when it is clean. Our own sequences and line ends are no danger. */
export function dangersIn(sent: string, hostile: string): readonly string[] {
  const sequences = hostile.match(/[\u001b\u0080-\u009f][^\u001b\u0080-\u009f]*/g) ?? [];
  const text = sent.replaceAll(OURS, '').replaceAll(/\r?\n|\r/g, '');
  const found = DANGEROUS.exec(text);
  return [...sequences.filter((sequence) => sent.includes(sequence)), ...(found === null ? [] : [found[0]])].map(
    (one) => JSON.stringify(one),
  );
}
