/**
 * The values of one field over the rows of a chunk, packed. Three kinds: numbers, words (few distinct values in many
 * rows) and texts (another in nearly every row). All are immutable; a change makes a new store, or gives the old one
 * back where nothing differs, so that versions of a chunk share the columns that stayed.
 */
export interface Store<V> {
  readonly length: number;
  read(slot: number): V;
  /** Sets marks[slot] to 1 where the value, as text, contains the word (lower case), whatever the case. Never clears one. */
  mark(word: string, marks: Uint8Array): void;
  /** The same where the test holds; it is asked once for a value that many rows have. */
  markWhere(test: (value: V) => boolean, marks: Uint8Array): void;
}

/** Rows to be written into a chunk that is `length` rows long afterwards; all slots behind the old end are among them. */
export interface Patch<T> {
  readonly length: number;
  /** Ascending. */
  readonly slots: readonly number[];
  readonly rows: readonly T[];
}

/** How one field of a row is packed. `of` alone says what it is: plain collections are read through it. */
export interface Codec<T, V> {
  of(row: T): V;
  /** The store after the patch. */
  fold(before: Store<V> | undefined, patch: Patch<T>): Store<V>;
}

/** A codec that knows under which name its schema holds it. */
export interface Column<T, V> extends Codec<T, V> {
  readonly name: string;
}

export type Stores<C> = {
  readonly [K in keyof C]: C[K] extends { of(row: never): infer V } ? Store<V> : never;
};

/** How the rows of a collection are packed: a value next to the row's type. The id is no column: the collection holds it. */
export interface Schema<T> {
  readonly columns: readonly Column<T, unknown>[];
  /** The row again, equal in depth to the one that was packed. */
  row(id: string, stores: Stores<Readonly<Record<string, Column<T, unknown>>>>, slot: number): T;
}

type Named<C> = { readonly [K in keyof C]: C[K] & { readonly name: string } };

/** Gives each codec its name. */
export function columnsOf<C extends Readonly<Record<string, object>>>(codecs: C): Named<C> {
  return Object.fromEntries(Object.entries(codecs).map(([name, codec]) => [name, { ...codec, name }])) as Named<C>;
}

export function schemaOf<T, C extends Readonly<Record<string, Column<T, unknown>>>>(
  columns: C,
  row: (id: string, stores: Stores<C>, slot: number) => T,
): Schema<T> {
  return { columns: Object.values(columns), row: (id, stores, slot) => row(id, stores as Stores<C>, slot) };
}
