import { assert } from './assert.ts';
import { hash32 } from './rng.ts';
import { readUuid, writeUuid } from './uuid-words.ts';

/** Ids of one block: full blocks are never written again, so copies share them. */
const BLOCK_IDS = 1_024;
const WORDS = 4;
/** Half full at most on average (a power of two between 1/0.6 and 2/0.6 per id): a search looks at two places or three. */
const LOAD_MAX = 0.6;

interface Block {
  /** Canonical UUIDs, four words each. */
  words: Int32Array | undefined;
  /** Ids of any other kind, by slot; sparse. */
  texts: (string | undefined)[] | undefined;
}

/**
 * The ids of a collection by position, and back: 16 bytes an id and some 8 bytes of open addressing, where a Map takes
 * 100 with its strings. Only ever added to, hence shared by all snapshots of one collection: an older one ignores
 * positions that it has not reached.
 */
export class RowIds {
  readonly #blocks: Block[] = [];
  /** position + 1 by hash, with linear probing; 0 is free. */
  #table = new Int32Array(16);
  #length = 0;
  /** The id looked for last: its words, where it is a UUID. */
  readonly #sought = new Int32Array(WORDS);
  #isUuid = false;

  get length(): number {
    return this.#length;
  }

  at(position: number): string {
    assert(position >= 0 && position < this.#length, `id ${position} of ${this.#length}`);
    const block = this.#blocks[Math.floor(position / BLOCK_IDS)];
    const slot = position % BLOCK_IDS;
    return block?.texts?.[slot] ?? writeUuid(block?.words ?? this.#sought, slot * WORDS);
  }

  /** Position of an id, or -1. */
  indexOf(id: string): number {
    return (this.#table[this.#placeOf(id)] ?? 0) - 1;
  }

  /** The position of an id, which is a new one at the end where it is not known. */
  add(id: string): number {
    const place = this.#placeOf(id);
    const known = this.#table[place] ?? 0;
    if (known > 0) return known - 1;
    const position = this.#length++;
    this.#table[place] = position + 1;
    this.#write(position, this.#isUuid ? undefined : id);
    if (this.#length > this.#table.length * LOAD_MAX) this.#grow();
    return position;
  }

  /** Sets marks[position] to 1 where the id contains the word (lower case), whatever the case; of the ids from `from` on, as many as there are marks. */
  mark(word: string, marks: Uint8Array, from = 0): void {
    const mayBeInUuid = /^[0-9a-f-]*$/.test(word);
    const digits = digitsOf(word);
    for (let at = 0; at < marks.length; at++) {
      const position = from + at;
      if (marks[at] !== 0 || !(this.#textAt(position) !== undefined || (mayBeInUuid && this.#mayHave(position, digits)))) continue; // prettier-ignore
      if (this.at(position).toLowerCase().includes(word)) marks[at] = 1;
    }
  }

  /** Whether the digits stand somewhere in a UUID, dashes apart: asked before its text is made, which takes ten times as long. */
  #mayHave(position: number, { value, count }: Digits): boolean {
    if (count === 0) return true;
    const words = this.#blocks[Math.floor(position / BLOCK_IDS)]?.words;
    if (words === undefined) return false;
    const first = (position % BLOCK_IDS) * WORDS;
    const mask = (1 << (4 * count)) - 1;
    let window = 0;
    for (let number = first; number < first + WORDS; number++) {
      const word = words[number]!;
      for (let shift = 28; shift >= 0; shift -= 4) {
        window = ((window << 4) | ((word >>> shift) & 15)) & mask;
        if (window === value) return true;
      }
    }
    return false;
  }

  /** The first ids alone, to go on in another direction. */
  first(length: number): RowIds {
    const copy = new RowIds();
    for (const [number, block] of this.#blocks.entries()) {
      const left = length - number * BLOCK_IDS;
      if (left <= 0) break;
      copy.#blocks.push(
        left >= BLOCK_IDS ? block : { words: block.words?.slice(), texts: block.texts?.slice(0, left) },
      );
    }
    copy.#length = length;
    while (copy.#length > copy.#table.length * LOAD_MAX) copy.#table = new Int32Array(copy.#table.length * 2);
    copy.#fill();
    return copy;
  }

  /** Where the table holds this id, or the free place where it belongs. */
  #placeOf(id: string): number {
    const sought = this.#sought;
    const isUuid = readUuid(id, sought);
    this.#isUuid = isUuid;
    const mask = this.#table.length - 1;
    let place = (isUuid ? hashWords(sought, 0) : hash32(id)) & mask;
    for (;;) {
      const position = (this.#table[place] ?? 0) - 1;
      if (position < 0 || (isUuid ? this.#isSought(position) : this.#textAt(position) === id)) return place;
      place = (place + 1) & mask;
    }
  }

  #isSought(position: number): boolean {
    const words = this.#blocks[Math.floor(position / BLOCK_IDS)]?.words;
    const from = (position % BLOCK_IDS) * WORDS;
    const sought = this.#sought;
    return (
      words !== undefined &&
      words[from] === sought[0] &&
      words[from + 1] === sought[1] &&
      words[from + 2] === sought[2] &&
      words[from + 3] === sought[3] &&
      this.#textAt(position) === undefined
    );
  }

  #textAt(position: number): string | undefined {
    return this.#blocks[Math.floor(position / BLOCK_IDS)]?.texts?.[position % BLOCK_IDS];
  }

  /** Holds the text, or the words that were looked for last. */
  #write(position: number, text: string | undefined): void {
    const block = (this.#blocks[Math.floor(position / BLOCK_IDS)] ??= { words: undefined, texts: undefined });
    const slot = position % BLOCK_IDS;
    if (text !== undefined) (block.texts ??= [])[slot] = text;
    else (block.words ??= new Int32Array(BLOCK_IDS * WORDS)).set(this.#sought, slot * WORDS);
  }

  #grow(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    this.#fill();
  }

  #fill(): void {
    const mask = this.#table.length - 1;
    for (let position = 0; position < this.#length; position++) {
      let place = this.#hashAt(position) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = position + 1;
    }
  }

  #hashAt(position: number): number {
    const text = this.#textAt(position);
    if (text !== undefined) return hash32(text);
    const words = this.#blocks[Math.floor(position / BLOCK_IDS)]?.words ?? this.#sought;
    return hashWords(words, (position % BLOCK_IDS) * WORDS);
  }
}

/** Multiply and fold (odd constants of xxHash32): the low bits, which choose the place, depend on all of the id. */
function hashWords(words: Int32Array, from: number): number {
  let hash = 0;
  for (let at = from; at < from + WORDS; at++) {
    hash = Math.imul(hash ^ (words[at] ?? 0), 0x85ebca77);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0xc2b2ae3d);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The first digits of the longest run of them in a word: at most so many as fit a number of 31 bits. */
interface Digits {
  readonly value: number;
  readonly count: number;
}
const DIGITS_MAX = 7;

function digitsOf(word: string): Digits {
  const [longest = ''] = word.split('-').sort((a, b) => b.length - a.length);
  const digits = longest.slice(0, DIGITS_MAX);
  return { value: digits === '' ? 0 : parseInt(digits, 16), count: digits.length };
}
