/**
 * The patterns of EventBridge's rules and of SNS's filter policies, which are one language: an object names fields, an
 * array lists what a field may be, and `$or` lists alternatives. A field that holds an array matches by any element.
 */
export type Matcher = (value: unknown) => boolean;

/** The pattern is not of the language; the message says where. */
export class PatternError extends Error {}

/** AWS allows five levels in a filter policy; this only keeps the recursion finite. */
const DEPTH_MAX = 32;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Compiles once, so that a bad pattern is refused when it is put and not when an event comes. */
export function compilePattern(text: string): Matcher {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (error) {
    throw new PatternError(`the pattern is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(pattern) || Object.keys(pattern).length === 0)
    throw new PatternError('the pattern is not a JSON object');
  return compileObject(pattern, 0);
}

function compileObject(pattern: Json, depth: number): Matcher {
  if (depth > DEPTH_MAX) throw new PatternError(`the pattern is deeper than ${DEPTH_MAX} levels`);
  const fields = Object.entries(pattern).map(([name, wanted]): Matcher => {
    if (name === '$or') return compileAlternatives(wanted, depth);
    const matches = compileField(name, wanted, depth);
    return (value) => matches(isObject(value) ? value[name] : undefined);
  });
  return (value) => fields.every((matches) => matches(value));
}

function compileAlternatives(wanted: unknown, depth: number): Matcher {
  if (!Array.isArray(wanted) || wanted.length === 0 || !wanted.every(isObject)) {
    throw new PatternError('$or takes a list of patterns');
  }
  const alternatives = wanted.map((alternative) => compileObject(alternative, depth + 1));
  return (value) => alternatives.some((matches) => matches(value));
}

function compileField(name: string, wanted: unknown, depth: number): Matcher {
  if (isObject(wanted)) {
    const matches = compileObject(wanted, depth + 1);
    return (value) => (Array.isArray(value) && value.length > 0 ? value.some(matches) : matches(value));
  }
  if (!Array.isArray(wanted) || wanted.length === 0) throw new PatternError(`${name} is neither a list nor a pattern`);
  const conditions = wanted.map((condition) => compileCondition(name, condition));
  return (value) => conditions.some((matches) => matches(value));
}

/** One entry of a field's list: a value, or an object with one operator. */
function compileCondition(name: string, condition: unknown): Matcher {
  if (!isObject(condition)) {
    if (Array.isArray(condition)) throw new PatternError(`${name} holds a list in a list`);
    return anyElement((value) => value === condition);
  }
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(condition);
  if (more.length > 0) throw new PatternError(`${name} has a condition with two operators`);
  if (operator !== 'exists') return anyElement(compileOperator(operator, operand));
  if (typeof operand !== 'boolean') throw new PatternError('exists takes true or false');
  return (value) => (value !== undefined && !isObject(value)) === operand;
}

/** A missing field matches nothing but `exists: false`. */
const anyElement =
  (matches: Matcher): Matcher =>
  (value) =>
    Array.isArray(value) ? value.some(matches) : value !== undefined && matches(value);

function compileOperator(operator: string, operand: unknown): Matcher {
  switch (operator) {
    case 'prefix':
    case 'suffix':
    case 'equals-ignore-case':
    case 'wildcard':
      return compileText(operator, operand);
    case 'numeric':
      return compileNumeric(operand);
    case 'anything-but':
      return compileAnythingBut(operand);
    default:
      throw new PatternError(`the operator ${operator || '{}'} is not supported`);
  }
}

function compileText(operator: string, operand: unknown): Matcher {
  if (isObject(operand) && operator !== 'wildcard' && typeof operand['equals-ignore-case'] === 'string') {
    const matches = compileText(operator, operand['equals-ignore-case'].toLowerCase());
    return (value) => typeof value === 'string' && matches(value.toLowerCase());
  }
  if (typeof operand !== 'string') throw new PatternError(`${operator} takes a string`);
  const lower = operand.toLowerCase();
  const tests: Readonly<Record<string, (text: string) => boolean>> = {
    prefix: (text) => text.startsWith(operand),
    suffix: (text) => text.endsWith(operand),
    'equals-ignore-case': (text) => text.toLowerCase() === lower,
    wildcard: (text) => matchesWildcard(text, operand.split('*')),
  };
  return (value) => typeof value === 'string' && tests[operator]?.(value) === true;
}

/** `parts` is the pattern cut at its stars. Leftmost matches of the inner parts suffice, so the cost is linear. */
function matchesWildcard(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}

const COMPARISONS = new Map<string, (value: number, limit: number) => boolean>(
  Object.entries({
    '=': (value: number, limit: number) => value === limit,
    '<': (value: number, limit: number) => value < limit,
    '<=': (value: number, limit: number) => value <= limit,
    '>': (value: number, limit: number) => value > limit,
    '>=': (value: number, limit: number) => value >= limit,
  }),
);

/** `["=", 1]` or `[">", 0, "<=", 5]`. */
function compileNumeric(operand: unknown): Matcher {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw new PatternError('numeric takes one comparison or two');
  }
  const tests = [0, 2]
    .filter((at) => at < operand.length)
    .map((at) => {
      const [compare, limit] = [COMPARISONS.get(String(operand[at])), operand[at + 1] as unknown];
      if (compare === undefined || typeof limit !== 'number') throw new PatternError('numeric has a bad comparison');
      return (value: number) => compare(value, limit);
    });
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function compileAnythingBut(operand: unknown): Matcher {
  if (isObject(operand)) {
    const [[operator, operands] = ['', undefined], ...more] = Object.entries(operand);
    if (more.length > 0 || operator === 'numeric' || operator === 'anything-but') {
      throw new PatternError('anything-but has a bad operator');
    }
    const matchers = (Array.isArray(operands) ? operands : [operands]).map((text) => compileOperator(operator, text));
    return (value) => !matchers.some((matches) => matches(value));
  }
  const forbidden = new Set<unknown>(Array.isArray(operand) ? operand : [operand]);
  if (forbidden.size === 0 || [...forbidden].some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    throw new PatternError('anything-but takes strings or numbers');
  }
  return (value) => !forbidden.has(value);
}
