/**
 * Regular expressions as trees, for `regex-program.ts` to compile. The language is the part of JavaScript's that needs no
 * backtracking: literals, `.`, classes, `\d \w \s \b` and their opposites, `^ $`, groups, `|`, `* + ?` and `{n,m}`. Back
 * references and looking around are not in it. Case does not matter.
 */
export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

/** What is wrong with an expression, for a person. */
export class RegexProblem extends Error {}

export type RegexNode =
  | { readonly kind: 'char'; readonly has: (code: number) => boolean }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'all'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'any'; readonly options: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly of: RegexNode; readonly min: number; readonly max: number };

/** Nobody types more; each level of parentheses in it is a call. */
const SOURCE_MAX = 500;

type Has = (code: number) => boolean;

const isDigit: Has = (code) => code >= 48 && code <= 57;
export const isWordCode: Has = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: Has = (code) => /\s/.test(String.fromCharCode(code));
const isLineEnd: Has = (code) => code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
const not =
  (has: Has): Has =>
  (code) =>
    !has(code);

const CLASSES: Readonly<Record<string, Has>> = { d: isDigit, w: isWordCode, s: isSpace, D: not(isDigit), W: not(isWordCode), S: not(isSpace) }; // prettier-ignore
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0 };

/** The character in the other case, or itself. */
function otherCase(code: number): number {
  const character = String.fromCharCode(code);
  const upper = character.toUpperCase();
  const other = upper === character ? character.toLowerCase() : upper;
  return other.length === 1 ? other.charCodeAt(0) : code;
}

const eitherCase =
  (has: Has): Has =>
  (code) =>
    has(code) || has(otherCase(code));

/** Throws a RegexProblem where it is none, or one that needs backtracking. */
export function parseRegex(source: string): RegexNode {
  if (source.length > SOURCE_MAX) throw new RegexProblem(`it is longer than ${SOURCE_MAX} characters`);
  return new Parser(source).parse();
}

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): RegexNode {
    const node = this.#options();
    if (this.#at < this.#source.length) throw new RegexProblem('a ")" too many');
    return node;
  }

  #options(): RegexNode {
    const options = [this.#sequence()];
    while (this.#take('|')) options.push(this.#sequence());
    return options.length === 1 ? options[0]! : { kind: 'any', options };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) parts.push(this.#repeated());
    return parts.length === 1 ? parts[0]! : { kind: 'all', parts };
  }

  #repeated(): RegexNode {
    const isAtRepeat = (): boolean => '*+?'.includes(this.#peek()) || this.#countAhead() !== undefined;
    if (isAtRepeat()) throw new RegexProblem(`nothing to repeat before "${this.#peek()}"`);
    let node = this.#atom();
    if (this.#at < this.#source.length && isAtRepeat()) {
      const { min, max } = this.#count();
      // Lazy or greedy: the same texts match.
      this.#take('?');
      node = { kind: 'repeat', of: node, min, max };
    }
    return node;
  }

  #countAhead(): RegExpExecArray | undefined {
    return /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.#source.slice(this.#at, this.#at + 20)) ?? undefined;
  }

  #count(): { readonly min: number; readonly max: number } {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    const [said = '', least = '0', comma, most] = this.#countAhead()!;
    this.#at += said.length;
    const min = Number(least);
    const max = comma === undefined ? min : most === '' ? Infinity : Number(most);
    if (max < min) throw new RegexProblem(`${said} has its numbers the wrong way round`);
    return { min, max };
  }

  #atom(): RegexNode {
    const character = this.#next();
    switch (character) {
      case '^':
        return { kind: 'assert', what: 'start' };
      case '$':
        return { kind: 'assert', what: 'end' };
      case '.':
        return { kind: 'char', has: not(isLineEnd) };
      case '(':
        return this.#group();
      case '[':
        return { kind: 'char', has: this.#class() };
      case '\\':
        return this.#escaped();
      default:
        return literal(character.charCodeAt(0));
    }
  }

  #group(): RegexNode {
    if (this.#take('?') && !this.#take(':')) throw new RegexProblem('looking ahead or behind would take too long');
    const node = this.#options();
    if (!this.#take(')')) throw new RegexProblem('a ")" is missing');
    return node;
  }

  #escaped(): RegexNode {
    const letter = this.#peek();
    if (letter === 'b' || letter === 'B') {
      this.#at += 1;
      return { kind: 'assert', what: letter === 'b' ? 'boundary' : 'inside' };
    }
    if (/[1-9k]/.test(letter)) throw new RegexProblem('going back to an earlier group would take too long');
    const has = this.#escape();
    return typeof has === 'number' ? literal(has) : { kind: 'char', has };
  }

  /** What stands behind a backslash: a class, or the code of one character. */
  #escape(): Has | number {
    if (this.#at >= this.#source.length) throw new RegexProblem('a backslash at the end');
    const letter = this.#next();
    if (Object.hasOwn(CLASSES, letter)) return CLASSES[letter]!;
    const digits = letter === 'x' ? 2 : letter === 'u' ? 4 : 0;
    const hex = this.#source.slice(this.#at, this.#at + digits);
    if (digits > 0 && new RegExp(`^[\\da-f]{${digits}}$`, 'i').test(hex)) {
      this.#at += digits;
      return parseInt(hex, 16);
    }
    return CONTROLS[letter] ?? letter.charCodeAt(0);
  }

  #class(): Has {
    const isNot = this.#take('^');
    const parts: Has[] = [];
    while (!this.#take(']')) {
      if (this.#at >= this.#source.length) throw new RegexProblem('a "]" is missing');
      const from = this.#member();
      if (typeof from !== 'number' || this.#peek() !== '-' || ['', ']'].includes(this.#source[this.#at + 1] ?? '')) {
        parts.push(typeof from === 'number' ? (code) => code === from : from);
        continue;
      }
      this.#at += 1;
      const to = this.#member();
      if (typeof to !== 'number') parts.push((code) => code === from || code === 45, to);
      else if (to < from) throw new RegexProblem('a range with its ends the wrong way round');
      else parts.push((code) => code >= from && code <= to);
    }
    const has = eitherCase((code) => parts.some((part) => part(code)));
    return isNot ? not(has) : has;
  }

  #member(): Has | number {
    const character = this.#next();
    if (character !== '\\') return character.charCodeAt(0);
    if (this.#take('b')) return 8;
    return this.#escape();
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#peek();
    this.#at += 1;
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }
}

function literal(code: number): RegexNode {
  return { kind: 'char', has: eitherCase((other) => other === code) };
}
