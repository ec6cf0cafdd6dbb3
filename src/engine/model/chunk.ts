import { assert } from './assert.ts';
import type { Column, Patch, Schema, Store } from './columns.ts';

/** Small enough that packing one anew is cheap (150 kB at most), and so large that a million rows are a short list of chunks. */
export const CHUNK_ROWS = 1_024;

/** Up to 1,024 rows in a row of positions. Immutable. */
export interface Chunk<T> {
  readonly length: number;
  /** Stays as it is while the rows that are not held as objects do. */
  readonly version: object;
  /** The row, where it is held as an object. */
  held(slot: number): T | undefined;
  /** The row made from its columns. */
  make(slot: number, id: string): T;
  reader<V>(column: Column<T, V>): (slot: number) => V;
  /** Of the rows whose version is `version`, those that are not in it: they lie beside it as objects. Ascending. */
  readonly looseSlots: readonly number[];
  /** The rows in them, in the same order. */
  readonly looseRows: readonly T[];
  /** Without those that are loose: what all chunks of its version have in common. */
  asPacked(): Chunk<T>;
  /** See Store.mark. */
  mark(column: Column<T, string>, word: string, marks: Uint8Array): void;
  markWhere<V>(column: Column<T, V>, test: (value: V) => boolean, marks: Uint8Array): void;
  changed(patch: Patch<T>): Chunk<T>;
}

/** A chunk of no rows yet: of objects as they are, or packed where there is a schema. */
export function emptyChunk<T>(schema: Schema<T> | undefined): Chunk<T> {
  return schema === undefined ? new PlainChunk<T>([]) : new PackedChunk<T>(schema, NOTHING_PACKED, NOTHING_LOOSE);
}

const NONE: readonly never[] = [];

/** Rows as objects: for collections of thousands. */
class PlainChunk<T> implements Chunk<T> {
  readonly rows: readonly T[];

  constructor(rows: readonly T[]) {
    this.rows = rows;
  }

  get version(): object {
    return this;
  }

  get length(): number {
    return this.rows.length;
  }

  get looseSlots(): readonly number[] {
    return NONE;
  }

  get looseRows(): readonly T[] {
    return NONE;
  }

  asPacked(): Chunk<T> {
    return this;
  }

  held(slot: number): T | undefined {
    return this.rows[slot];
  }

  make(slot: number): T {
    throw new Error(`assertion failed: row ${slot} of ${this.rows.length} of a plain chunk is held`);
  }

  reader<V>(column: Column<T, V>): (slot: number) => V {
    return (slot) => column.of(this.rows[slot]!);
  }

  mark(column: Column<T, string>, word: string, marks: Uint8Array): void {
    this.markWhere(column, (text) => hasWord(text, word), marks);
  }

  markWhere<V>(column: Column<T, V>, test: (value: V) => boolean, marks: Uint8Array): void {
    for (const [slot, row] of this.rows.entries()) if (test(column.of(row))) marks[slot] = 1;
  }

  changed(patch: Patch<T>): Chunk<T> {
    const rows = this.rows.slice();
    for (const [at, slot] of patch.slots.entries()) rows[slot] = patch.rows[at]!;
    return new PlainChunk(rows);
  }
}

function hasWord(text: string, word: string): boolean {
  return text.toLowerCase().includes(word);
}

/** The packed rows; a chunk whose changes are still loose shares them with the version before. */
interface Packed {
  readonly version: object;
  readonly stores: Readonly<Record<string, Store<unknown>>>;
}
const NOTHING_PACKED: Packed = { version: {}, stores: {} };
const NOTHING_LOOSE = { length: 0, slots: [], rows: [] };

/**
 * Rows that came lately stay objects beside the columns, until there are more than these; then all are packed at once.
 * So a change copies a few references and not 150 kB, and a chunk's columns are made anew once in 49 changes of it. At
 * most 48 objects in 1,024 rows: some 30 bytes a row.
 */
const LOOSE_MAX = 48;

class PackedChunk<T> implements Chunk<T> {
  readonly schema: Schema<T>;
  readonly packed: Packed;
  /** Rows beside the columns, in order of their slots; they stand before what the columns say. */
  readonly loose: Patch<T>;

  constructor(schema: Schema<T>, packed: Packed, loose: Patch<T>) {
    this.schema = schema;
    this.packed = packed;
    this.loose = loose;
  }

  get length(): number {
    return this.loose.length;
  }

  get version(): object {
    return this.packed.version;
  }

  get looseSlots(): readonly number[] {
    return this.loose.slots;
  }

  get looseRows(): readonly T[] {
    return this.loose.rows;
  }

  asPacked(): Chunk<T> {
    return new PackedChunk(this.schema, this.packed, { ...NOTHING_LOOSE, length: this.length });
  }

  held(slot: number): T | undefined {
    const { slots, rows } = this.loose;
    let [from, to] = [0, slots.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (slots[middle]! < slot) from = middle + 1;
      else to = middle;
    }
    return slots[from] === slot ? rows[from] : undefined;
  }

  make(slot: number, id: string): T {
    return this.schema.row(id, this.packed.stores, slot);
  }

  reader<V>(column: Column<T, V>): (slot: number) => V {
    const store = this.packed.stores[column.name] as Store<V> | undefined;
    if (store !== undefined && this.loose.slots.length === 0) return (slot) => store.read(slot);
    return (slot) => {
      const row = this.held(slot);
      if (row !== undefined) return column.of(row);
      assert(store !== undefined, `column ${column.name} of a packed chunk`);
      return store.read(slot);
    };
  }

  mark(column: Column<T, string>, word: string, marks: Uint8Array): void {
    const has = (text: string): boolean => hasWord(text, word);
    this.#markBoth(marks, { packed: () => this.packed.stores[column.name]?.mark(word, marks), loose: (row) => has(column.of(row)) }); // prettier-ignore
  }

  markWhere<V>(column: Column<T, V>, test: (value: V) => boolean, marks: Uint8Array): void {
    const store = this.packed.stores[column.name] as Store<V> | undefined;
    this.#markBoth(marks, { packed: () => store?.markWhere(test, marks), loose: (row) => test(column.of(row)) });
  }

  /** What the columns say of a row beside them is of its past. */
  #markBoth(marks: Uint8Array, by: { readonly packed: () => void; readonly loose: (row: T) => boolean }): void {
    const { slots, rows } = this.loose;
    const before = slots.map((slot) => marks[slot]!);
    by.packed();
    for (const [at, slot] of slots.entries()) marks[slot] = before[at] === 1 || by.loose(rows[at]!) ? 1 : 0;
  }

  changed(patch: Patch<T>): Chunk<T> {
    const loose = merged(this.loose, patch);
    if (loose.slots.length <= LOOSE_MAX) return new PackedChunk(this.schema, this.packed, loose);
    const { stores } = this.packed;
    const folded = this.schema.columns.map((column) => [column.name, column.fold(stores[column.name], loose)] as const);
    const packed: Packed = { version: {}, stores: Object.fromEntries(folded) };
    return new PackedChunk(this.schema, packed, { ...NOTHING_LOOSE, length: patch.length });
  }
}

/** Both, by slot; the later one's row where both have it. */
function merged<T>(first: Patch<T>, second: Patch<T>): Patch<T> {
  const slots: number[] = [];
  const rows: T[] = [];
  let before = 0;
  for (let at = 0; at < second.slots.length; at++) {
    const slot = second.slots[at]!;
    for (; before < first.slots.length && first.slots[before]! <= slot; before++) {
      if (first.slots[before] === slot) continue;
      slots.push(first.slots[before]!);
      rows.push(first.rows[before]!);
    }
    slots.push(slot);
    rows.push(second.rows[at]!);
  }
  return {
    length: second.length,
    slots: slots.concat(first.slots.slice(before)),
    rows: rows.concat(first.rows.slice(before)),
  };
}
