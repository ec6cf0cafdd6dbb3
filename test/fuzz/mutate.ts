import type { Rng } from '../../src/engine/model/rng.ts';

/** Names that mean something to JavaScript itself, and some that only look strange. */
const HOSTILE_NAMES = [
  '__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '', ' ', '\u0000', '\ud800', '\u202e',
  '0', 'length', 'a.b', 'x'.repeat(5_000),
]; // prettier-ignore

const HOSTILE_TEXTS = [
  '', ' ', 'NaN', 'Infinity', '-0', 'null', 'true', '[]', '__proto__', 'constructor', 'toString', '\u0000', '\ud800', '\udfff\ud800',
  '\u001b]0;x\u0007', '\u202e', '../../etc/passwd', '/etc/passwd', 'a/../..', '.', 'C:\\x', '9'.repeat(400), '1e999', '0x10',
  '2026-13-45T99:99:99Z', '2026-02-30T10:00:00Z', 'x'.repeat(20_000), '%', '${x}', 'i-0\nX: y',
]; // prettier-ignore

const HOSTILE_NUMBERS = [
  0, -0, -1, 1, 0.1, 1e-320, 1e21, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, Number.MAX_SAFE_INTEGER + 2, NaN, Infinity,
]; // prettier-ignore

const DEPTHS = [1, 2, 5, 40, 300];
/** Deeper than a program's stack likes; JSON.parse itself reads it. Rare, for it takes its time. */
const DEEPEST = 12_000;
const DEEPEST_EVERY = 50;
const EDITS_MAX = 4;

function pick<T>(from: readonly T[], rng: Rng): T {
  return from[rng.below(from.length)] as T;
}

/** A value of another kind. */
function hostileValue(rng: Rng): unknown {
  switch (rng.below(8)) {
    case 0:
      return null;
    case 1:
      return rng.next() < 0.5;
    case 2:
    case 3:
      return pick(HOSTILE_NUMBERS, rng);
    case 4:
      return pick([[], [null], [[]], ['x'], [1, '1', {}], Array.from({ length: 1_500 }, () => 'x')], rng);
    case 5:
      return withMember({}, pick(HOSTILE_NAMES, rng), pick(HOSTILE_TEXTS, rng));
    default:
      return pick(HOSTILE_TEXTS, rng);
  }
}

/** As JSON.parse does it: a member of its own, also where the name is `__proto__`. */
function withMember(holder: object, name: string, value: unknown): object {
  return Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
}

function nested(value: unknown, rng: Rng): unknown {
  const depth = rng.below(DEEPEST_EVERY) === 0 ? DEEPEST : pick(DEPTHS, rng);
  const asList = rng.next() < 0.5;
  let inside = value;
  for (let level = 0; level < depth; level++) inside = asList ? [inside] : { a: inside };
  return inside;
}

interface Place {
  readonly holder: Record<string, unknown> | unknown[];
  readonly name: string;
}

/** Members of objects and lists, at any depth that a document has by itself. */
function places(value: unknown, depth = 0): Place[] {
  if (typeof value !== 'object' || value === null || depth > 12) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder)
    .slice(0, 60)
    .flatMap((name) => [{ holder, name }, ...places(holder[name], depth + 1)]);
}

/** A copy of a valid value with one to four things wrong: dropped, doubled, retyped, renamed, strange, deep, huge. */
export function mutated(valid: unknown, rng: Rng): unknown {
  const root = { value: structuredClone(valid) };
  for (let edits = 1 + rng.below(EDITS_MAX); edits > 0; edits--) {
    const place = pick(places(root), rng);
    if (place !== undefined) edit(place, rng);
  }
  return root.value;
}

function edit({ holder, name }: Place, rng: Rng): void {
  const members = holder as Record<string, unknown>;
  const value = members[name];
  switch (rng.below(9)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(name), 1);
      else delete members[name];
      return;
    case 1:
      if (Array.isArray(holder)) holder.push(value);
      else withMember(holder, `${name}${pick(['', '2', ' '], rng)}`, value);
      return;
    case 2:
    case 3:
      // A list of JSON has elements only.
      if (Array.isArray(holder)) holder.push(hostileValue(rng));
      else if (rng.next() < 0.5) withMember(holder, pick(HOSTILE_NAMES, rng), hostileValue(rng));
      else {
        delete members[name];
        withMember(holder, pick(HOSTILE_NAMES, rng), value);
      }
      return;
    case 4:
      members[name] = nested(value, rng);
      return;
    case 5:
      members[name] = typeof value === 'string' ? twisted(value, rng) : pick(HOSTILE_NUMBERS, rng);
      return;
    default:
      members[name] = hostileValue(rng);
  }
}

function twisted(text: string, rng: Rng): string {
  const at = rng.below(text.length + 1);
  return pick(
    [text.slice(0, at), text + text, `${text.slice(0, at)}\ud83d${text.slice(at)}`, text.toUpperCase(), `${text}\u0000`, text.repeat(text.length < 100 ? 300 : 1)],
    rng,
  ); // prettier-ignore
}

/** A text of JSON, often torn, with members twice, or with what JSON has not. */
export function mutatedText(text: string, rng: Rng): string {
  const at = rng.below(text.length + 1);
  switch (rng.below(6)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.replace(/"(\w+)":/, '"$1":NaN,"$1":');
    case 2:
      return (
        text.slice(0, at) + pick(['\u0000', '"', '{', ']', '\\ud800', '\ufeff', 'Infinity', ','], rng) + text.slice(at)
      );
    case 3:
      return `${text}${pick(['', ' ', 'x', text.slice(0, 100)], rng)}`;
    default:
      return text;
  }
}

/** JSON of any value; one nested beyond what can be written down becomes the brackets themselves. */
export function asText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return '{"kind":' + '['.repeat(12_000) + ']'.repeat(12_000) + '}';
  }
}
