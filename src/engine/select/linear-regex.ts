import { isWordCode, RegexProblem } from './regex-parse.ts';
import { compileRegex, type Instruction } from './regex-program.ts';

/** What a text is tested by. */
export interface Pattern {
  test(text: string): boolean;
}

/** What stood before: the start of the text, a character of a word, another one. */
type Before = 'start' | 'word' | 'other';

interface State {
  readonly pcs: readonly number[];
  readonly before: Before;
  /** By code of the next character; of ASCII in an array. */
  readonly ascii: (State | undefined)[];
  readonly others: Map<number, State>;
  /** Whether the text may end here; undefined until it was asked. */
  endsWell: boolean | undefined;
}

/** More states than these are forgotten, and made again when needed: memory is bounded, and so is time. */
const STATES_MAX = 2_000;
const ASCII = 128;

/**
 * A regular expression whose time is proportional to the length of the text, whatever the expression: one look at each
 * character. (JavaScript's own may try 2^n ways: /(a+)+$/ on 40 characters takes minutes, and nothing else happens
 * meanwhile.) States of the automaton are made when a text first leads to them. Returns what is wrong with it otherwise.
 */
export function linearRegex(source: string): Pattern | string {
  try {
    return new Automaton(compileRegex(source));
  } catch (error) {
    if (error instanceof RegexProblem) return error.message;
    throw error;
  }
}

/** Reached by matching: nothing after it matters. */
const MATCHED: State = { pcs: [], before: 'other', ascii: [], others: new Map(), endsWell: true };

class Automaton implements Pattern {
  readonly #program: readonly Instruction[];
  #states = new Map<string, State>();
  #start: State;

  constructor(program: readonly Instruction[]) {
    this.#program = program;
    this.#start = this.#stateOf([], 'start');
  }

  test(text: string): boolean {
    let state = this.#start;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      const next = code < ASCII ? state.ascii[code] : state.others.get(code);
      state = next ?? this.#step(state, code);
      if (state === MATCHED) return true;
    }
    state.endsWell ??= this.#closure(state, 'end').isMatch;
    return state.endsWell;
  }

  #step(from: State, code: number): State {
    const isWord = isWordCode(code);
    const { chars, isMatch } = this.#closure(from, isWord ? 'word' : 'other');
    let to = MATCHED;
    if (!isMatch) {
      const pcs = chars.filter((pc) => (this.#program[pc] as Extract<Instruction, { op: 'char' }>).has(code));
      to = this.#stateOf(
        pcs.map((pc) => pc + 1),
        isWord ? 'word' : 'other',
      );
    }
    if (code < ASCII) from.ascii[code] = to;
    else if (from.others.size < STATES_MAX) from.others.set(code, to);
    return to;
  }

  #stateOf(pcs: readonly number[], before: Before): State {
    const key = `${before} ${pcs.join()}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= STATES_MAX) {
      this.#states = new Map();
      this.#start = this.#stateOf([], 'start');
    }
    const made: State = { pcs, before, ascii: new Array<State | undefined>(ASCII), others: new Map(), endsWell: undefined }; // prettier-ignore
    this.#states.set(key, made);
    return made;
  }

  /** Where one may be without reading a character; a match may begin at each one. Ascending, each once. */
  #closure(
    { pcs, before }: State,
    after: 'word' | 'other' | 'end',
  ): { readonly chars: readonly number[]; readonly isMatch: boolean } {
    const seen = new Uint8Array(this.#program.length);
    const open = [0, ...pcs];
    const chars: number[] = [];
    let isMatch = false;
    const isBoundary = (before === 'word') !== (after === 'word');
    const holds = { start: before === 'start', end: after === 'end', boundary: isBoundary, inside: !isBoundary };
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      if (seen[pc] === 1) continue;
      seen[pc] = 1;
      const instruction = this.#program[pc]!;
      if (instruction.op === 'match') isMatch = true;
      else if (instruction.op === 'char') chars.push(pc);
      else if (instruction.op === 'split') open.push(instruction.to, instruction.other);
      else if (holds[instruction.what]) open.push(pc + 1);
    }
    return { chars: chars.sort((a, b) => a - b), isMatch };
  }
}
