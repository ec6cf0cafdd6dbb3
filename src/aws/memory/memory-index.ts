import type { Item } from '../../engine/model/ports.ts';
import type { IndexShape } from '../tables.ts';

/** Where an item lies in an index: its range value, then its key, so that the order is whole. */
export interface Place {
  readonly range: string | number;
  readonly key: string;
}

const BEYOND = /[\ud800-\uffff]/;

/** Strings by their bytes, numbers by value; an index holds one of both only. */
export function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === b) return 0;
  // Below the surrogates the order of UTF-16 units is that of bytes.
  if (typeof a === 'string' && typeof b === 'string' && !BEYOND.test(a) && !BEYOND.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

function comparePlaces(a: Place, b: Place): number {
  return compareValues(a.range, b.range) || compareValues(a.key, b.key);
}

/** A sparse secondary index: items that lack one of its keys are not in it. */
export class MemoryIndex {
  readonly shape: IndexShape;
  /** By hash value, in order. */
  readonly #partitions = new Map<string, Place[]>();

  constructor(shape: IndexShape) {
    this.shape = shape;
  }

  /** A sentence when DynamoDB would refuse the item: an index key of another type, or empty. */
  refusal(item: Item): string | undefined {
    const { hash, range } = this.shape;
    for (const [name, type] of [[hash, 'S'], ...(range === undefined ? [] : [[range.name, range.type]])] as const) {
      const value = item[name];
      if (value === undefined) continue;
      const right = type === 'S' ? typeof value === 'string' && value !== '' : typeof value === 'number';
      if (!right) return `${name} is a key of index ${this.shape.name} and must be ${type}`;
    }
    return undefined;
  }

  replace(key: string, before: Item | undefined, after: Item | undefined): void {
    const old = this.#placeOf(key, before);
    const now = this.#placeOf(key, after);
    if (old !== undefined) {
      const places = this.#partitions.get(old.hash) ?? [];
      places.splice(position(places, old.place), 1);
    }
    if (now !== undefined) {
      const places = this.#partitions.get(now.hash) ?? [];
      places.splice(position(places, now.place), 0, now.place);
      this.#partitions.set(now.hash, places);
    }
  }

  /** Keys of one hash value from a place on, in order. */
  *from(hash: string, start: Place | undefined, after: Place | undefined): IterableIterator<string> {
    const places = this.#partitions.get(hash) ?? [];
    let at = start === undefined ? 0 : position(places, start);
    if (after !== undefined) {
      const next = position(places, after);
      const passed = places[next] !== undefined && comparePlaces(places[next], after) === 0;
      at = Math.max(at, passed ? next + 1 : next);
    }
    for (; at < places.length; at++) yield (places[at] as Place).key;
  }

  project(item: Item, tableKey: string): Item {
    const { hash, range, projection } = this.shape;
    if (projection === 'all') return item;
    const names = [tableKey, hash, ...(range === undefined ? [] : [range.name])];
    const shown: Record<string, Item[string]> = {};
    for (const name of projection === 'keys' ? names : [...names, ...projection])
      if (item[name] !== undefined) shown[name] = item[name];
    return shown;
  }

  #placeOf(key: string, item: Item | undefined): { readonly hash: string; readonly place: Place } | undefined {
    const { hash, range } = this.shape;
    const hashValue = item?.[hash];
    const rangeValue = range === undefined ? 0 : item?.[range.name];
    if (typeof hashValue !== 'string' || (typeof rangeValue !== 'string' && typeof rangeValue !== 'number'))
      return undefined;
    return { hash: hashValue, place: { range: rangeValue, key } };
  }
}

/** Of the place, or of the first after it. */
function position(places: readonly Place[], place: Place): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comparePlaces(places[middle] as Place, place) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
