import type { Background } from './palettes.ts';

/** Asks the terminal for the colour behind its text (OSC 11). Many answer, and some never do: nobody may wait for it. */
export const BACKGROUND_QUERY = '\u001b]11;?\u001b\\';
/** A terminal on this machine answers within a few; over a slow line the answer comes too late to be of use. */
export const BACKGROUND_WITHIN_MS = 150;

const ANSWER = /^11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})/i;

/** What a reply says; undefined when it is the answer to another question. */
export function backgroundOf(reply: string): Background | undefined {
  const channels = ANSWER.exec(reply)?.slice(1);
  if (channels === undefined) return undefined;
  const [red = 0, green = 0, blue = 0] = channels.map((digits) => parseInt(digits, 16) / (16 ** digits.length - 1));
  // Rec. 709: how bright a colour looks.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5 ? 'light' : 'dark';
}

/** COLORFGBG is `foreground;background`, or `foreground;default;background`, by number of the sixteen. */
export function backgroundOfEnvironment(colorFgBg: string | undefined): Background | undefined {
  const last = /;(\d{1,2})$/.exec(colorFgBg ?? '')?.[1];
  if (last === undefined) return undefined;
  const number = Number(last);
  return number === 7 || (number >= 9 && number <= 15) ? 'light' : 'dark';
}
