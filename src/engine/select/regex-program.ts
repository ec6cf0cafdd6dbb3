import { type Assertion, parseRegex, type RegexNode, RegexProblem } from './regex-parse.ts';

/** A regular expression as a small program, for `linear-regex.ts` to run. */
export type Instruction =
  | { readonly op: 'char'; readonly has: (code: number) => boolean }
  | { readonly op: 'split'; readonly to: number; readonly other: number }
  | { readonly op: 'assert'; readonly what: Assertion }
  | { readonly op: 'match' };

/** Each character of a text costs at most so many looks. */
const INSTRUCTIONS_MAX = 1_000;

/** Throws a RegexProblem where the source is none, or one that needs backtracking, or too large. */
export function compileRegex(source: string): readonly Instruction[] {
  const program: Instruction[] = [];
  emit(parseRegex(source), program);
  program.push({ op: 'match' });
  return program;
}

/** Thompson's construction; a repetition is its node several times over. */
function emit(node: RegexNode, program: Instruction[]): void {
  if (program.length > INSTRUCTIONS_MAX) throw new RegexProblem('it repeats too much');
  switch (node.kind) {
    case 'char':
      return void program.push({ op: 'char', has: node.has });
    case 'assert':
      return void program.push({ op: 'assert', what: node.what });
    case 'all':
      return node.parts.forEach((part) => emit(part, program));
    case 'any':
      return emitAny(node.options, program);
    case 'repeat':
      return emitRepeat(node, program);
  }
}

function emitAny(options: readonly RegexNode[], program: Instruction[]): void {
  const [first, ...rest] = options;
  if (first === undefined) return;
  if (rest.length === 0) return emit(first, program);
  const split = program.push({ op: 'match' }) - 1;
  emit(first, program);
  const jump = program.push({ op: 'match' }) - 1;
  program[split] = { op: 'split', to: split + 1, other: program.length };
  emitAny(rest, program);
  program[jump] = { op: 'split', to: program.length, other: program.length };
}

function emitRepeat({ of, min, max }: Extract<RegexNode, { kind: 'repeat' }>, program: Instruction[]): void {
  for (let count = 0; count < min; count++) emitOnce(of, program);
  if (max === Infinity) {
    const split = program.push({ op: 'match' }) - 1;
    emit(of, program);
    program.push({ op: 'split', to: split, other: split });
    program[split] = { op: 'split', to: split + 1, other: program.length };
    return;
  }
  const splits: number[] = [];
  for (let count = min; count < max; count++) {
    splits.push(program.push({ op: 'match' }) - 1);
    emitOnce(of, program);
  }
  for (const split of splits) program[split] = { op: 'split', to: split + 1, other: program.length };
}

/** A node without instructions, many times over, would never reach the limit. */
function emitOnce(node: RegexNode, program: Instruction[]): void {
  const before = program.length;
  emit(node, program);
  if (program.length === before) program.push({ op: 'split', to: before + 1, other: before + 1 });
}
