import { assert } from './assert.ts';
import { type Chunk, CHUNK_ROWS, emptyChunk } from './chunk.ts';
import type { Column, Patch, Schema } from './columns.ts';
import { RowIds } from './row-ids.ts';

/**
 * A large immutable collection keyed by id: chunks of 1,024 rows, copied on write, so that 500 changes in a million
 * cost milliseconds and two snapshots share all that did not change. Rows keep their position for ever; a reader that
 * walks by position is never surprised. With a schema the rows lie packed in columns, and `at` makes a row when asked;
 * whoever looks at all rows reads the columns he needs.
 */
export interface Rows<T> {
  readonly length: number;
  at(position: number): T;
  /** Position of the row with this id, or -1. */
  indexOf(id: string): number;
  idAt(position: number): string;
  get(id: string): T | undefined;
  [Symbol.iterator](): IterableIterator<T>;
  /** A reader of one field by position, which makes no row. */
  column<V>(column: Column<T, V>): (position: number) => V;
  /** Sets marks[position] to 1 where the field contains the word (given in lower case), whatever the case. */
  mark(column: Column<T, string>, word: string, marks: Uint8Array): void;
  /** The same by id; with `from`, of the rows from that position on, as many as there are marks. */
  markIds(word: string, marks: Uint8Array, from?: number): void;
  /** The rows in their order, CHUNK_ROWS each but for the last: for whoever goes through all of them piece by piece. */
  readonly chunks: readonly Chunk<T>[];
}

/**
 * Rows made lately, by position: asking again for an unchanged row gives the same object, until another row took its
 * place here. Some windows of a tall terminal.
 */
const MADE_ROWS = 256;

interface Made<T> {
  readonly version: object;
  readonly position: number;
  readonly row: T;
}

/** What all snapshots of one collection share. */
interface Lineage<T> {
  readonly schema: Schema<T> | undefined;
  readonly ids: RowIds;
  readonly made: (Made<T> | undefined)[];
}

class ChunkedRows<T> implements Rows<T> {
  readonly length: number;
  readonly chunks: readonly Chunk<T>[];
  readonly lineage: Lineage<T>;

  constructor(chunks: readonly Chunk<T>[], length: number, lineage: Lineage<T>) {
    this.chunks = chunks;
    this.length = length;
    this.lineage = lineage;
  }

  at(position: number): T {
    const chunk = this.chunks[Math.floor(position / CHUNK_ROWS)];
    assert(chunk !== undefined && position < this.length, `row ${position} of ${this.length}`);
    const slot = position % CHUNK_ROWS;
    const held = chunk.held(slot);
    if (held !== undefined) return held;
    const { made, ids } = this.lineage;
    const { version } = chunk;
    const known = made[position % MADE_ROWS];
    if (known?.version === version && known.position === position) return known.row;
    const row = chunk.make(slot, ids.at(position));
    made[position % MADE_ROWS] = { version, position, row };
    return row;
  }

  indexOf(id: string): number {
    const position = this.lineage.ids.indexOf(id);
    return position >= this.length ? -1 : position;
  }

  idAt(position: number): string {
    assert(position < this.length, `row ${position} of ${this.length}`);
    return this.lineage.ids.at(position);
  }

  get(id: string): T | undefined {
    const position = this.indexOf(id);
    return position < 0 ? undefined : this.at(position);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const [number, chunk] of this.chunks.entries()) {
      for (let slot = 0; slot < chunk.length; slot++) {
        yield chunk.held(slot) ?? chunk.make(slot, this.lineage.ids.at(number * CHUNK_ROWS + slot));
      }
    }
  }

  column<V>(column: Column<T, V>): (position: number) => V {
    const readers: ((slot: number) => V)[] = [];
    return (position) => {
      const number = Math.floor(position / CHUNK_ROWS);
      const read = (readers[number] ??= this.readerOf(number, column));
      return read(position - number * CHUNK_ROWS);
    };
  }

  readerOf<V>(number: number, column: Column<T, V>): (slot: number) => V {
    const chunk = this.chunks[number];
    assert(chunk !== undefined, `chunk ${number} of ${this.chunks.length}`);
    return chunk.reader(column);
  }

  mark(column: Column<T, string>, word: string, marks: Uint8Array): void {
    for (const [number, chunk] of this.chunks.entries()) {
      const from = number * CHUNK_ROWS;
      chunk.mark(column, word, marks.subarray(from, from + chunk.length));
    }
  }

  markIds(word: string, marks: Uint8Array, from = 0): void {
    this.lineage.ids.mark(word, marks.subarray(0, this.length - from), from);
  }
}

/** No rows yet; with a schema those that come are packed. */
export function emptyRows<T>(schema?: Schema<T>): Rows<T> {
  return new ChunkedRows<T>([], 0, { schema, ids: new RowIds(), made: [] });
}

export function rowsFrom<T extends { readonly id: string }>(rows: Iterable<T>, schema?: Schema<T>): Rows<T> {
  return upsertRows(emptyRows<T>(schema), rows);
}

/** New rows at the end, known ones replaced where they stand. The collection given is not changed. */
export function upsertRows<T extends { readonly id: string }>(rows: Rows<T>, changes: Iterable<T>): Rows<T> {
  assert(rows instanceof ChunkedRows, 'rows made by this module');
  const before = rows as ChunkedRows<T>;
  const { schema } = before.lineage;
  // A snapshot that is not the newest holder of its ids must not add to them: positions would clash.
  const isNewest = before.lineage.ids.length === before.length;
  const lineage = isNewest ? before.lineage : { schema, ids: before.lineage.ids.first(before.length), made: [] };
  const { positions, rows: changed } = inOrder(changes, lineage.ids);
  const { length } = lineage.ids;
  const chunks = [...before.chunks];
  // New ones come in order, so no chunk is put behind a hole.
  for (let from = 0; from < positions.length;) {
    const number = Math.floor(positions[from]! / CHUNK_ROWS);
    const start = number * CHUNK_ROWS;
    let to = from + 1;
    while (to < positions.length && positions[to]! < start + CHUNK_ROWS) to++;
    const patch: Patch<T> = {
      length: Math.min(CHUNK_ROWS, length - start),
      slots: positions.slice(from, to).map((position) => position - start),
      rows: changed.slice(from, to),
    };
    chunks[number] = (chunks[number] ?? emptyChunk(schema)).changed(patch);
    from = to;
  }
  return new ChunkedRows<T>(chunks, length, lineage);
}

/** Rows by ascending position, each once: of two for one position the later. */
function inOrder<T extends { readonly id: string }>(
  changes: Iterable<T>,
  ids: RowIds,
): { readonly positions: readonly number[]; readonly rows: readonly T[] } {
  const positions: number[] = [];
  const rows: T[] = [];
  let isInOrder = true;
  for (const row of changes) {
    const position = ids.add(row.id);
    isInOrder &&= position > (positions.at(-1) ?? -1);
    positions.push(position);
    rows.push(row);
  }
  // A page of a table comes as it lies here.
  if (isInOrder) return { positions, rows };
  const order = positions.map((_, at) => at).sort((a, b) => positions[a]! - positions[b]!);
  const last = order.filter((at, place) => positions[order[place + 1] ?? -1] !== positions[at]);
  return { positions: last.map((at) => positions[at]!), rows: last.map((at) => rows[at]!) };
}
