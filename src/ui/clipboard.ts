/**
 * Text on its way to the operator's clipboard, through the terminal (OSC 52): it works over SSH, and needs no program on
 * this machine. The text is base64 in there, so nothing in it can end the sequence early.
 */

/** Terminals drop a sequence of more than 100,000 bytes, some of them in the middle: this is what fits as base64. */
export const CLIPBOARD_BYTES_MAX = 74_994;

/** What stands between us and the terminal, and wants to be spoken through. */
export type Multiplexer = 'tmux' | 'screen' | undefined;

const ESC = '\u001b';
const BEL = '\u0007';
const ST = `${ESC}\\`;
/** GNU screen takes no longer string at a time. */
const SCREEN_CHUNK = 700;

export function multiplexerOf(env: Readonly<Record<string, string | undefined>>): Multiplexer {
  if ((env['TMUX'] ?? '') !== '') return 'tmux';
  return (env['STY'] ?? '') !== '' || /^screen/.test(env['TERM'] ?? '') ? 'screen' : undefined;
}

/** The sequence that puts a text on the clipboard; undefined when the text is too long for it. */
export function clipboardSequence(text: string, multiplexer: Multiplexer): string | undefined {
  const bytes = Buffer.from(text);
  if (bytes.length > CLIPBOARD_BYTES_MAX) return undefined;
  const sequence = `${ESC}]52;c;${bytes.toString('base64')}${BEL}`;
  // tmux takes it for itself (set-clipboard) or hands it on (allow-passthrough), by its settings: one of the two arrives.
  return throughTo(sequence, multiplexer) + (multiplexer === 'tmux' ? sequence : '');
}

/** A sequence for the terminal, past what stands before it. */
export function throughTo(sequence: string, multiplexer: Multiplexer): string {
  if (multiplexer === undefined) return sequence;
  if (multiplexer === 'tmux') return `${ESC}Ptmux;${sequence.replaceAll(ESC, ESC + ESC)}${ST}`;
  const chunks = sequence.match(new RegExp(`[^]{1,${SCREEN_CHUNK}}`, 'g')) ?? [];
  return chunks.map((chunk) => `${ESC}P${chunk}${ST}`).join('');
}
