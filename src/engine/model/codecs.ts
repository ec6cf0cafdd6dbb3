import type { Codec, Patch, Store } from './columns.ts';

/** The three ways to pack a field, see Store. */

function contains(value: unknown, word: string): boolean {
  return String(value).toLowerCase().includes(word);
}

/**
 * The field of each row of a patch; undefined where the store before says nothing else: no row more, and each value as it stands.
 * Most columns of most patches are like that, and make no list then. A loop, not map: most of the time of a load goes by here.
 */
function newValues<T, V>(before: Store<V> | undefined, patch: Patch<T>, of: (row: T) => V): V[] | undefined {
  const { rows, slots } = patch;
  let same = 0;
  if (before?.length === patch.length) {
    while (same < rows.length && Object.is(of(rows[same]!), before.read(slots[same]!))) same++;
    if (same === rows.length) return undefined;
  }
  const values: V[] = [];
  for (const row of rows) values.push(of(row));
  return values;
}

class NumberStore implements Store<number> {
  readonly length: number;
  /** Undefined while all rows have the same number. */
  readonly numbers: Int32Array | Float64Array | undefined;
  readonly common: number;

  constructor(length: number, numbers: Int32Array | Float64Array | undefined, common: number) {
    this.length = length;
    this.numbers = numbers;
    this.common = common;
  }

  read(slot: number): number {
    return this.numbers === undefined ? this.common : this.numbers[slot]!;
  }

  mark(word: string, marks: Uint8Array): void {
    this.markWhere((value) => contains(value, word), marks);
  }

  markWhere(test: (value: number) => boolean, marks: Uint8Array): void {
    if (this.numbers === undefined) {
      if (this.length > 0 && test(this.common)) marks.fill(1, 0, this.length);
    } else for (let slot = 0; slot < this.length; slot++) if (test(this.numbers[slot]!)) marks[slot] = 1;
  }
}

function isInt32(value: number): boolean {
  return (value | 0) === value && !Object.is(value, -0);
}

/** Numbers: one for all, 4 bytes each while all are whole and small, else 8. Exact in each of them, NaN and -0 included. */
export function numbers<T>(of: (row: T) => number): Codec<T, number> {
  const fold = (before: Store<number> | undefined, patch: Patch<T>): Store<number> => {
    const known = before as NumberStore | undefined;
    const values = newValues(known, patch, of);
    if (values === undefined) return known!;
    const common = known?.common ?? values[0]!;
    if (known?.numbers === undefined && values.every((value) => Object.is(value, common))) {
      return new NumberStore(patch.length, undefined, common);
    }
    const wereSmall = known?.numbers === undefined ? isInt32(common) : known.numbers instanceof Int32Array;
    const packed = new (wereSmall && values.every(isInt32) ? Int32Array : Float64Array)(patch.length);
    if (known?.numbers === undefined) packed.fill(common);
    else packed.set(known.numbers);
    for (let at = 0; at < values.length; at++) packed[patch.slots[at]!] = values[at]!;
    return new NumberStore(patch.length, packed, common);
  };
  return { of, fold };
}

class WordStore<V> implements Store<V> {
  readonly length: number;
  /** The distinct ones. A chunk has its own: none outlives the chunks that use it. */
  readonly words: readonly V[];
  /** Place in `words` by slot; undefined while there is only one. */
  readonly codes: Uint16Array | undefined;

  constructor(length: number, words: readonly V[], codes: Uint16Array | undefined) {
    this.length = length;
    this.words = words;
    this.codes = codes;
  }

  read(slot: number): V {
    return this.words[this.codes === undefined ? 0 : this.codes[slot]!]!;
  }

  mark(word: string, marks: Uint8Array): void {
    this.markWhere((value) => contains(value, word), marks);
  }

  markWhere(test: (value: V) => boolean, marks: Uint8Array): void {
    const found = Uint8Array.from(this.words, (value) => (test(value) ? 1 : 0));
    if (!found.includes(1)) return;
    if (this.codes === undefined) marks.fill(1, 0, this.length);
    else for (let slot = 0; slot < this.length; slot++) if (found[this.codes[slot]!] === 1) marks[slot] = 1;
  }
}

/**
 * Values of which many rows have the same: each once per chunk, and 2 bytes a row. Also what holds rare objects, where
 * the one that many have is `undefined`; objects are told apart by identity. Each fold keeps only what is still in use.
 */
export function words<T, V>(of: (row: T) => V): Codec<T, V> {
  const fold = (before: Store<V> | undefined, patch: Patch<T>): Store<V> => {
    const known = before as WordStore<V> | undefined;
    const values = newValues(known, patch, of);
    if (values === undefined) return known!;
    const codes = new Uint16Array(patch.length);
    const kept: V[] = [];
    if (known !== undefined) keepUsed(known, patch.slots, { codes, kept });
    let places: Map<V, number> | undefined;
    let place = 0;
    for (let at = 0; at < values.length; at++) {
      const value = values[at]!;
      // Neighbours mostly have the same; comparing is cheaper than hashing a string that has just been read.
      if (kept.length === 0 || kept[place] !== value) {
        places ??= new Map(kept.map((word, number) => [word, number]));
        place = places.get(value) ?? kept.push(value) - 1;
        places.set(value, place);
      }
      codes[patch.slots[at]!] = place;
    }
    return new WordStore(patch.length, kept, kept.length === 1 ? undefined : codes);
  };
  return { of, fold };
}

/** No chunk has so many words. */
const REPLACED = 0xffff;

/** Codes of the rows that stay as they are, with the words that nobody has any more left out. */
function keepUsed<V>(
  before: WordStore<V>,
  replaced: readonly number[],
  into: { readonly codes: Uint16Array; readonly kept: V[] },
): void {
  const { codes, kept } = into;
  if (before.codes !== undefined) codes.set(before.codes);
  for (const slot of replaced) codes[slot] = REPLACED;
  const places = new Int32Array(before.words.length).fill(-1);
  for (let slot = 0; slot < before.length; slot++) {
    const old = codes[slot]!;
    if (old === REPLACED) continue;
    if (places[old] === -1) places[old] = kept.push(before.words[old]!) - 1;
    codes[slot] = places[old]!;
  }
}

class TextStore implements Store<string> {
  readonly length: number;
  /** All texts, one after the other. */
  readonly text: string;
  /** Where each ends. */
  readonly ends: Uint32Array;
  /** Asked for by the first search. */
  isLatin: boolean | undefined;

  constructor(length: number, text: string, ends: Uint32Array) {
    this.length = length;
    this.text = text;
    this.ends = ends;
  }

  read(slot: number): string {
    return this.text.slice(slot === 0 ? 0 : this.ends[slot - 1], this.ends[slot]);
  }

  mark(word: string, marks: Uint8Array): void {
    // Beyond Latin-1 the lower case of a letter may be longer than it, or depend on its neighbours.
    this.isLatin ??= /^[^\u0100-\uffff]*$/.test(this.text);
    if (this.isLatin && word !== '') return this.markInAll(word, marks);
    this.markWhere((value) => contains(value, word), marks);
  }

  markWhere(test: (value: string) => boolean, marks: Uint8Array): void {
    for (let slot = 0; slot < this.length; slot++) if (test(this.read(slot))) marks[slot] = 1;
  }

  /** One search through the text of all rows; what it finds must lie within one of them. */
  markInAll(word: string, marks: Uint8Array): void {
    const text = this.text.toLowerCase();
    let slot = 0;
    for (let at = text.indexOf(word); at >= 0;) {
      while (this.ends[slot]! <= at) slot++;
      const end = this.ends[slot]!;
      const isWithin = at + word.length <= end;
      if (isWithin) marks[slot] = 1;
      at = text.indexOf(word, isWithin ? end : at + 1);
    }
  }
}

/** Texts that differ from row to row: their characters in one string per chunk, and 4 bytes a row. */
export function texts<T>(of: (row: T) => string): Codec<T, string> {
  const fold = (before: Store<string> | undefined, patch: Patch<T>): Store<string> => {
    const values = newValues(before, patch, of);
    if (values === undefined) return before!;
    const all: string[] = [];
    for (let slot = 0; slot < (before?.length ?? 0); slot++) all.push(before!.read(slot));
    for (let at = 0; at < values.length; at++) all[patch.slots[at]!] = values[at]!;
    let end = 0;
    const ends = Uint32Array.from(all, (text) => (end += text.length));
    return new TextStore(patch.length, all.join(''), ends);
  };
  return { of, fold };
}
