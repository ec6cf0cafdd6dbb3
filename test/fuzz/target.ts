import fs from 'node:fs';
import path from 'node:path';

/** What a decoder made of one input. A violation is thrown as an exception, with its sentence. */
export type Outcome = 'accepted' | 'refused';

/** One decoder under test. */
export interface Target {
  readonly name: string;
  /** Valid inputs, to be mutated. */
  readonly corpus: readonly unknown[];
  /** Takes the value, and its text, which may be torn or not be JSON at all. */
  readonly take: (value: unknown, text: string) => Outcome;
}

export function corpus(name: string): readonly unknown[] {
  const file = path.join(import.meta.dirname, 'corpus', `${name}.json`);
  return JSON.parse(fs.readFileSync(file, 'utf8')) as readonly unknown[];
}

/** Throws what should not be. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Longer than a line, and nobody reads it: a stranger's text belongs into a refusal in part only. */
const SENTENCE_MAX = 400;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

export function mustBeSentence(text: string, of: string): void {
  must(text.trim() !== '', `${of} says nothing`);
  must(text.length <= SENTENCE_MAX, `${of} is ${text.length} characters long: ${text.slice(0, 80)}`);
  must(!CONTROLS.test(text), `${of} has control characters: ${JSON.stringify(text.slice(0, 80))}`);
}

/** Every object is a plain one, and every number is one: a decoder's result, however strange what it came from. */
export function mustBePlain(value: unknown, at = 'the result'): void {
  if (typeof value === 'number') must(Number.isFinite(value), `${at} is ${value}`);
  if (typeof value === 'function') must(false, `${at} is a function`);
  if (typeof value !== 'object' || value === null) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  must(prototype === Object.prototype || prototype === Array.prototype, `${at} has another prototype`);
  for (const [name, member] of Object.entries(value)) mustBePlain(member, `${at}.${name}`);
}
