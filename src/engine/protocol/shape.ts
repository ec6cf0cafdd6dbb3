import { nearest } from '../model/nearest.ts';
import type { Json, JsonObject } from '../model/units.ts';

/** What is wrong, and where in the document: `inputs[2].to`. */
export interface Problem {
  readonly path: string;
  readonly problem: string;
}

export type Decoded<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * A description of JSON that both checks it and prints its JSON Schema, so that the two cannot drift apart.
 * `decode` never throws; it reports every problem that it finds, each with its path.
 */
export interface Shape<T> {
  readonly check: (value: unknown, path: string, problems: Problem[]) => T;
  readonly schema: JsonObject;
  /** Set where the member may be left out. */
  readonly fallback?: { readonly value: T };
}

/** A document reports at most this many problems: after ten, one reads them from the top anyway. */
const PROBLEMS_MAX = 10;

export function decode<T>(shape: Shape<T>, value: unknown): Decoded<T> {
  const problems: Problem[] = [];
  const decoded = shape.check(value, '', problems);
  return problems.length === 0
    ? { ok: true, value: decoded }
    : { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
}

export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ path, problem }) => `${path === '' ? 'the document' : path}: ${problem}`).join('; ');
}

/** What JSON leaves as it is, and a terminal obeys or nobody sees. */
const UNSEEN = /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A value as an error may show it: short, on one line, without controls. Of any value whatever, however deep. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : (jsonOf(value) ?? typeof value);
  const short = text.length > 40 ? `${text.slice(0, 39)}…` : text;
  return short.replace(UNSEEN, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** undefined for what is no JSON: a bigint, a function, a circle, or nested deeper than the stack. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

export function text(options: {
  readonly min?: number;
  readonly max: number;
  readonly pattern?: RegExp;
  readonly hint?: string;
}): Shape<string> {
  const { min = 0, max, pattern, hint } = options;
  return {
    check(value, path, problems) {
      if (typeof value !== 'string') problems.push({ path, problem: `expected text, found ${shown(value)}` });
      else if (value.length < min) problems.push({ path, problem: `must have at least ${min} character(s)` });
      else if (value.length > max)
        problems.push({ path, problem: `has ${value.length} characters, at most ${max} are allowed` });
      else if (pattern !== undefined && !pattern.test(value)) {
        problems.push({ path, problem: `${shown(value)} ${hint ?? `must match ${pattern.source}`}` });
      }
      return typeof value === 'string' ? value : '';
    },
    schema: {
      type: 'string',
      ...(min > 0 && { minLength: min }),
      maxLength: max,
      ...(pattern && { pattern: pattern.source }),
    },
  };
}

export function number(options: { readonly min: number; readonly max: number; readonly whole?: true }): Shape<number> {
  const { min, max, whole } = options;
  return {
    check(value, path, problems) {
      const kind = whole === true ? 'a whole number' : 'a number';
      if (typeof value !== 'number' || !Number.isFinite(value) || (whole === true && !Number.isInteger(value))) {
        problems.push({ path, problem: `expected ${kind}, found ${shown(value)}` });
        return min;
      }
      if (value < min || value > max) problems.push({ path, problem: `${value} is not between ${min} and ${max}` });
      return value;
    },
    schema: { type: whole === true ? 'integer' : 'number', minimum: min, maximum: max },
  };
}

export function oneOf<const T extends readonly string[]>(choices: T): Shape<T[number]> {
  return {
    check(value, path, problems) {
      if (!choices.includes(value as string)) {
        problems.push({ path, problem: `${shown(value)} is not one of ${choices.join(', ')}` });
      }
      return value as T[number];
    },
    schema: { enum: choices },
  };
}

export function literal<const T extends string | number>(only: T): Shape<T> {
  return {
    check(value, path, problems) {
      if (value !== only) problems.push({ path, problem: `must be ${shown(only)}, found ${shown(value)}` });
      return only;
    },
    schema: { const: only },
  };
}

export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return {
    check(value, path, problems) {
      const tried: Problem[] = [];
      const a = first.check(value, path, tried);
      if (tried.length === 0) return a;
      const triedToo: Problem[] = [];
      const b = second.check(value, path, triedToo);
      if (triedToo.length === 0) return b;
      problems.push({ path, problem: [...tried, ...triedToo].map(({ problem }) => problem).join(', or ') });
      return a;
    },
    schema: { anyOf: [first.schema, second.schema] },
  };
}

export function list<T>(item: Shape<T>, options: { readonly min?: number; readonly max: number }): Shape<readonly T[]> {
  const { min = 0, max } = options;
  return {
    check(value, path, problems) {
      if (!Array.isArray(value)) {
        problems.push({ path, problem: `expected a list, found ${shown(value)}` });
        return [];
      }
      if (value.length < min) problems.push({ path, problem: `must have at least ${min} element(s)` });
      if (value.length > max)
        problems.push({ path, problem: `has ${value.length} elements, at most ${max} are allowed` });
      return value.slice(0, max).map((element, at) => item.check(element, `${path}[${at}]`, problems));
    },
    schema: { type: 'array', items: item.schema, ...(min > 0 && { minItems: min }), maxItems: max },
  };
}

/** An object with free names and values of one shape, e.g. environment variables. */
export function table<T>(
  item: Shape<T>,
  options: { readonly key: RegExp; readonly max: number },
): Shape<Readonly<Record<string, T>>> {
  return {
    check(value, path, problems) {
      if (!isObject(value)) {
        problems.push({ path, problem: `expected an object, found ${shown(value)}` });
        return {};
      }
      const entries = Object.entries(value);
      if (entries.length > options.max)
        problems.push({ path, problem: `has ${entries.length} members, at most ${options.max} are allowed` });
      return Object.fromEntries(
        entries.slice(0, options.max).map(([name, member]) => {
          if (!options.key.test(name))
            problems.push({ path, problem: `${shown(name)} is not a name that is allowed here` });
          return [name, item.check(member, join(path, name), problems)];
        }),
      );
    },
    schema: {
      type: 'object',
      additionalProperties: item.schema,
      propertyNames: { pattern: options.key.source },
      maxProperties: options.max,
    },
  };
}

/** Members by name; a name that is not known is an error, with the nearest known one. */
export function object<M extends Readonly<Record<string, Shape<unknown>>>>(
  members: M,
): Shape<{ readonly [K in keyof M]: M[K] extends Shape<infer T> ? T : never }> {
  const required = Object.keys(members).filter((name) => members[name]?.fallback === undefined);
  return {
    check(value, path, problems) {
      const known: Record<string, unknown> = {};
      const given = isObject(value) ? value : {};
      if (!isObject(value)) problems.push({ path, problem: `expected an object, found ${shown(value)}` });
      for (const name of Object.keys(given)) {
        if (!Object.hasOwn(members, name)) {
          const near = nearest(name, Object.keys(members));
          problems.push({
            path: join(path, name),
            problem: `is not known here${near === undefined ? '' : `; did you mean ${near}?`}`,
          });
        }
      }
      for (const [name, shape] of Object.entries(members)) {
        const member = Object.hasOwn(given, name) ? given[name] : undefined;
        if (member !== undefined) known[name] = shape.check(member, join(path, name), problems);
        else if (shape.fallback !== undefined) known[name] = shape.fallback.value;
        else if (isObject(value)) problems.push({ path: join(path, name), problem: 'is missing' });
      }
      return known as never;
    },
    schema: {
      type: 'object',
      properties: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, shape.schema])),
      required,
      additionalProperties: false,
    },
  };
}

export function optional<T, const F>(shape: Shape<T>, fallback: F): Shape<F extends T ? T : T | F> {
  return { ...shape, fallback: { value: fallback } } as unknown as Shape<F extends T ? T : T | F>;
}

/** The same shape with a sentence for whoever reads the schema. */
export function described<S extends Shape<unknown>>(shape: S, description: string): S {
  return { ...shape, schema: { ...shape.schema, description } };
}

export function isObject(value: unknown): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name that nobody would write is shown as a value is: quoted and short. */
const PLAIN_NAME = /^[\w-]{1,60}$/;

function join(path: string, name: string): string {
  const word = PLAIN_NAME.test(name) ? name : shown(name);
  return path === '' ? word : `${path}.${word}`;
}
