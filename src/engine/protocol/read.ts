import type { Json, JsonObject } from '../model/units.ts';
import { isObject } from './shape.ts';

/** Reading attributes of items that another version or a stranger may have written: never throws, always a value of the type. */
export function readNumber(item: JsonObject, name: string, fallback = 0): number {
  const value = item[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

/** A whole number of at least `min`; what is none is the fallback. */
export function readCount(
  item: JsonObject,
  name: string,
  range: { readonly min: number; readonly fallback: number },
): number {
  const value = item[name];
  return Number.isSafeInteger(value) && (value as number) >= range.min ? (value as number) : range.fallback;
}

export function readText(item: JsonObject, name: string, fallback = ''): string {
  const value = item[name];
  return typeof value === 'string' ? value : fallback;
}

/**
 * A text by which others are looked up: an id, a pool, a book. '' for the names that every object of JavaScript has by
 * itself, e.g. "constructor": looked up in a record, they would find what nobody put there.
 */
export function readName(item: JsonObject, name: string): string {
  const value = readText(item, name);
  return value in {} ? '' : value;
}

export function readObject(item: JsonObject, name: string): JsonObject | undefined {
  const value = item[name];
  return isObject(value) ? value : undefined;
}

export function readTexts(item: JsonObject, name: string): readonly string[] {
  const value = item[name];
  return Array.isArray(value) ? value.filter((element): element is string => typeof element === 'string') : [];
}

export function readNumbers(value: Json | undefined): Readonly<Record<string, number>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number' && Number.isFinite(entry[1]),
    ),
  );
}

export function readOneOf<const T extends readonly string[]>(
  item: JsonObject,
  name: string,
  choices: T,
): T[number] | undefined {
  const value = item[name];
  return choices.find((choice) => choice === value);
}
