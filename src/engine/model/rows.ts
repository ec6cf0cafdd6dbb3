import { assert } from './assert.ts';

/**
 * A large immutable collection keyed by id: chunks of 1,024 rows, copied on write, so that 500 changes in a million
 * cost milliseconds and two snapshots share all that did not change. Rows keep their position for ever; a reader that
 * walks by position is never surprised.
 */
export interface Rows<T> {
  readonly length: number;
  at(position: number): T;
  /** Position of the row with this id, or -1. */
  indexOf(id: string): number;
  get(id: string): T | undefined;
  [Symbol.iterator](): IterableIterator<T>;
}

/** Copying one chunk must stay cheap (8 kB of references), and the list of chunks of a million rows short. */
const CHUNK_ROWS = 1_024;

/** id -> position. Shared by all snapshots of one collection and only ever added to: an older snapshot ignores positions that it has not reached. */
type Index = Map<string, number>;

class ChunkedRows<T> implements Rows<T> {
  readonly length: number;
  readonly chunks: readonly (readonly T[])[];
  readonly index: Index;

  constructor(chunks: readonly (readonly T[])[], length: number, index: Index) {
    this.chunks = chunks;
    this.length = length;
    this.index = index;
  }

  at(position: number): T {
    const row = this.chunks[Math.floor(position / CHUNK_ROWS)]?.[position % CHUNK_ROWS];
    assert(row !== undefined && position < this.length, `row ${position} of ${this.length}`);
    return row;
  }

  indexOf(id: string): number {
    const position = this.index.get(id);
    return position === undefined || position >= this.length ? -1 : position;
  }

  get(id: string): T | undefined {
    const position = this.indexOf(id);
    return position < 0 ? undefined : this.at(position);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    let left = this.length;
    for (const chunk of this.chunks) {
      for (const row of chunk) {
        if (left-- === 0) return;
        yield row;
      }
    }
  }
}

export function emptyRows<T>(): Rows<T> {
  return new ChunkedRows<T>([], 0, new Map());
}

export function rowsFrom<T extends { readonly id: string }>(rows: Iterable<T>): Rows<T> {
  return upsertRows(emptyRows<T>(), rows);
}

/** New rows at the end, known ones replaced where they stand. The collection given is not changed. */
export function upsertRows<T extends { readonly id: string }>(rows: Rows<T>, changes: Iterable<T>): Rows<T> {
  assert(rows instanceof ChunkedRows, 'rows made by this module');
  // A snapshot that is not the newest holder of its index must not add to it: positions would clash.
  const index: Index = rows.index.size === rows.length ? rows.index : new Map([...rows].map((row, at) => [row.id, at]));
  const chunks = [...(rows.chunks as readonly (readonly T[])[])];
  const copied = new Set<number>();
  let length = rows.length;
  for (const row of changes) {
    let position = index.get(row.id);
    if (position === undefined) {
      position = length++;
      index.set(row.id, position);
    }
    const number = Math.floor(position / CHUNK_ROWS);
    if (!copied.has(number)) {
      chunks[number] = (chunks[number] ?? []).slice(0, Math.max(0, rows.length - number * CHUNK_ROWS));
      copied.add(number);
    }
    (chunks[number] as T[])[position % CHUNK_ROWS] = row;
  }
  return new ChunkedRows<T>(chunks, length, index);
}
