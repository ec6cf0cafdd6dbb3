/** One change of dynalite's database, under its whole key. */
type Change =
  | { readonly type: 'put'; readonly key: string; readonly value: unknown }
  | { readonly type: 'del'; readonly key: string };

type Done = (error?: unknown) => void;

interface Writable {
  put(key: string, value: unknown, done: Done): void;
  del(key: string, done: Done): void;
}

/** What of dynalite's store an operation that writes an item uses. */
export interface ItemStore {
  readonly db: { batch(changes: readonly Change[], done: Done): void };
  getItemDb(table: string): Writable;
  getIndexDb(kind: string, table: string, index: string): Writable;
}

/**
 * The store for one operation, in which an item and its index entries become one write. By itself dynalite deletes the
 * old entries, then puts the new ones, then the item: killed in between, an item is in no index any more, and nobody who
 * reads the index ever finds it again. Here the entries wait for the item, and LevelDB takes all of it or nothing.
 *
 * Entries are held back synchronously, and dynalite puts the item in the same turn: so those of two items of one
 * BatchWriteItem do not mix.
 */
export function wholeWrites<S extends ItemStore>(store: S): S {
  let held: Change[] = [];
  const commit = (item: Change, done: Done): void => {
    const changes = [...held, item];
    held = [];
    store.db.batch(changes, done);
  };
  return {
    ...store,
    getIndexDb(kind: string, table: string, index: string) {
      const prefix = `index-${kind.toLowerCase()}~${table}~${index}~`;
      return {
        ...store.getIndexDb(kind, table, index),
        put(key: string, value: unknown, done: Done) {
          held.push({ type: 'put', key: prefix + key, value });
          done();
        },
        del(key: string, done: Done) {
          held.push({ type: 'del', key: prefix + key });
          done();
        },
      };
    },
    getItemDb(table: string) {
      const prefix = `item-${table}~`;
      return {
        ...store.getItemDb(table),
        put: (key: string, value: unknown, done: Done) => commit({ type: 'put', key: prefix + key, value }, done),
        del: (key: string, done: Done) => commit({ type: 'del', key: prefix + key }, done),
      };
    },
  };
}
