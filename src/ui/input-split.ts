/**
 * What a terminal sends, told apart: keys, which go on to whoever reads the keyboard; reports of the mouse; and replies
 * to questions about the terminal. A reply may come late, over a slow line after whoever asked has stopped waiting: it is
 * taken out all the same, for it would otherwise be typed as keys, and `K` is a key.
 */
export interface SplitInput {
  readonly keys: string;
  readonly replies: readonly string[];
  readonly mouse: readonly MouseReport[];
  /** The beginning of something that is no key: it waits for the rest. */
  readonly pending: string;
}

/** One report of the mouse; columns and rows count from 0. */
export interface MouseReport {
  readonly kind: 'press' | 'wheel-up' | 'wheel-down';
  readonly column: number;
  readonly row: number;
}

/** The answer to the question that `line-flow.ts` asks. */
export const STATUS_REPLY = '0n';

const ESC = '\u001b';
const BEL = '\u0007';
/** A whole OSC with its end, or a mouse report in SGR's form, or in the old form, which is six bytes whatever they are, or "I am well". */
const FOREIGN = new RegExp(
  `${ESC}\\](\\d+;[^${BEL}${ESC}]*)(?:${BEL}|${ESC}\\\\)|${ESC}\\[<(\\d+);(\\d+);(\\d+)([Mm])|${ESC}\\[M[^]{3}|${ESC}\\[(0n)`,
  'g',
);
/** What may still become one of these: a colour on its way, or a mouse report. */
const BEGUN = new RegExp(`${ESC}(?:\\](?:\\d{1,3}(?:;[\\da-fA-Frgb:/]*${ESC}?)?)?|\\[(?:<[\\d;]*|0)?)$`);
/** A reply is some thirty characters; what is longer is none. */
const PENDING_MAX = 200;

/** `awaitsReply`: even a lone escape at the end may be the beginning of one. */
export function splitInput(text: string, awaitsReply: boolean): SplitInput {
  const replies: string[] = [];
  const mouse: MouseReport[] = [];
  const rest = text.replace(FOREIGN, (...found: readonly unknown[]) => {
    const [, osc, button, column, row, end, status] = found;
    if (typeof osc === 'string') replies.push(osc);
    else if (status === STATUS_REPLY) replies.push(status);
    else if (end === 'M') mouse.push(...reportOf(Number(button), Number(column) - 1, Number(row) - 1));
    return '';
  });
  const begun = BEGUN.exec(rest) ?? (awaitsReply && rest.endsWith(ESC) ? { index: rest.length - 1 } : null);
  if (begun === null || rest.length - begun.index > PENDING_MAX) return { keys: rest, replies, mouse, pending: '' };
  return { keys: rest.slice(0, begun.index), replies, mouse, pending: rest.slice(begun.index) };
}

/** What is done with a beginning whose rest does not come: a key that looks like one is a key, half a reply is nothing. */
export function keysOfPending(pending: string): string {
  return [ESC, `${ESC}]`, `${ESC}[`].includes(pending) ? pending : '';
}

/** Only the left button and the wheel mean something; whoever holds shift, alt or ctrl wants something of the terminal. */
function reportOf(button: number, column: number, row: number): readonly MouseReport[] {
  if (button === 0) return [{ kind: 'press', column, row }];
  if (button === 64) return [{ kind: 'wheel-up', column, row }];
  return button === 65 ? [{ kind: 'wheel-down', column, row }] : [];
}
