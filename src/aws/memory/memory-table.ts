import type { ConditionalWrite, TableName } from '../../engine/model/command.ts';
import { FaultError } from '../../engine/model/fault.ts';
import type { IndexQuery, Item, Page, TableStore } from '../../engine/model/ports.ts';
import type { JsonObject } from '../../engine/model/units.ts';
import { type IndexShape, keyAttributes, TABLES, type TableShape } from '../tables.ts';
import { type FaultHook, guarded, memoryFault, NO_FAULTS, type Operation } from './faults.ts';
import { compareValues, MemoryIndex, type Place } from './memory-index.ts';
import { itemKey, pageEnd, placeAfter, storedKey } from './memory-keys.ts';
import { checkedSize, checkUpdate, holds, InvalidWrite, stored, updated } from './memory-update.ts';

const BATCH_GET_MAX = 100;
const BATCH_WRITE_MAX = 25;
/** A page of a scan or a query ends here at the latest, as DynamoDB's ends at 1 MB. */
const PAGE_ITEMS_MAX = 1_000;

/** The name of the order that a table of streams has by its own keys. */
const ITSELF = '';

function indexesOf({ key, range, indexes }: TableShape): readonly IndexShape[] {
  if (range === undefined) return indexes;
  return [...indexes, { name: ITSELF, hash: key, range: { name: range, type: 'S' }, projection: 'all' }];
}

interface MemoryTableState {
  readonly items: Map<string, Item>;
  /** The items as the indexes show them; the same map where they do not lag. */
  readonly shown: Map<string, Item>;
  readonly indexes: readonly MemoryIndex[];
}

/** One change of one item, as it happens. */
export interface TableChange {
  readonly table: TableName;
  readonly key: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** undefined for puts and deletes. */
  readonly write: ConditionalWrite | undefined;
}

export interface MemoryTableOptions {
  readonly hook?: FaultHook;
  /** How much later than the table the next change reaches its indexes; they keep the order. */
  readonly indexLag?: { readonly now: () => number; readonly nextMs: () => number };
  /** Told of each change, in the step in which it is made. */
  readonly onChange?: (change: TableChange) => void;
}

/**
 * The tables of one deployment with DynamoDB's semantics: conditional updates of one item, ADD to what is missing counts
 * from 0, sparse indexes with their projections. Strongly consistent, unless its indexes are told to lag. BatchGet answers in another order than
 * it was asked, as DynamoDB may; a full page names a next one even where nothing follows.
 */
export class MemoryTable implements TableStore {
  readonly #hook: FaultHook;
  readonly #options: MemoryTableOptions;
  readonly #tables: Readonly<Record<TableName, MemoryTableState>>;
  /** Changes that the indexes do not show yet, oldest first. */
  readonly #lagging: { readonly dueMs: number; readonly show: () => void }[] = [];

  constructor(options: MemoryTableOptions = {}) {
    this.#hook = options.hook ?? NO_FAULTS;
    this.#options = options;
    this.#tables = Object.fromEntries(
      Object.entries(TABLES).map(([name, shape]) => {
        const items = new Map<string, Item>();
        const shown = options.indexLag === undefined ? items : new Map<string, Item>();
        return [name, { items, shown, indexes: indexesOf(shape).map((index) => new MemoryIndex(index)) }];
      }),
    ) as unknown as Readonly<Record<TableName, MemoryTableState>>;
  }

  get(table: TableName, key: string): Promise<Item | undefined> {
    return this.#run('get', `${table} ${key}`, () => this.#tables[table].items.get(storedKey(table, key)));
  }

  batchGet(table: TableName, keys: readonly string[]): Promise<readonly Item[]> {
    return this.#run('batchGet', table, () => {
      const wanted = keys.slice(0, BATCH_GET_MAX);
      if (new Set(wanted).size < wanted.length) throw new InvalidWrite('a key is asked for twice');
      return wanted
        .toReversed()
        .map((key) => this.#tables[table].items.get(storedKey(table, key)))
        .filter((item) => item !== undefined);
    });
  }

  write(write: ConditionalWrite): Promise<Item | undefined> {
    const { table, conditions } = write;
    return this.#run('write', `${table} ${write.key}`, () => {
      const key = storedKey(table, write.key);
      const attributes = keyAttributes(table, write.key);
      for (const name of Object.keys(attributes)) checkUpdate(write, name);
      const before = this.#tables[table].items.get(key);
      if (!conditions.every((condition) => holds(condition, before ?? {}))) return undefined;
      const after = updated(before ?? attributes, write);
      this.#put(table, key, { item: after, write });
      return after;
    });
  }

  /** No power of the engine's: for whoever fills a table before a story begins. */
  putAll(table: TableName, items: readonly Item[]): Promise<void> {
    return this.#run('putAll', table, () => {
      const news = items.map((item) => checkedSize(stored(item) as Item));
      const keys = news.map((item) => itemKey(table, item));
      for (let start = 0; start < keys.length; start += BATCH_WRITE_MAX) {
        const batch = keys.slice(start, start + BATCH_WRITE_MAX);
        if (new Set(batch).size < batch.length) throw new InvalidWrite('an item is put twice in one batch');
      }
      for (const [position, item] of news.entries()) this.#put(table, keys[position] as string, { item });
    });
  }

  query({ table, index: name = ITSELF, hash, range, limit, after }: IndexQuery): Promise<Page<Item>> {
    return this.#run('query', `${table} ${name}`, () => {
      this.#catchUp();
      const { shown, indexes } = this.#tables[table];
      const index = indexes.find(({ shape }) => shape.name === name);
      if (index?.shape.hash !== hash.attribute)
        throw new InvalidWrite(`${table} has no index ${name} of ${hash.attribute}`);
      const start: Place | undefined = range === undefined ? undefined : { range: range.atLeast, key: '' };
      const found: Item[] = [];
      for (const key of index.from(hash.value, start, placeAfter(after, index, table))) {
        found.push(shown.get(key) as Item);
        if (found.length >= Math.min(limit, PAGE_ITEMS_MAX)) break;
      }
      const full = found.length >= Math.min(limit, PAGE_ITEMS_MAX);
      return {
        items: found.map((item) => index.project(item, TABLES[table].key)),
        next: full ? pageEnd(table, found.at(-1), index.shape) : undefined,
      };
    });
  }

  scan(table: TableName, after?: JsonObject): Promise<Page<Item>> {
    return this.#run('scan', table, () => {
      const { items } = this.#tables[table];
      const from = after === undefined ? undefined : itemKey(table, after);
      const keys = [...items.keys()]
        .sort(compareValues)
        .filter((key) => from === undefined || compareValues(key, from) > 0);
      const page = keys.slice(0, PAGE_ITEMS_MAX).map((key) => items.get(key) as Item);
      return { items: page, next: page.length === PAGE_ITEMS_MAX ? pageEnd(table, page.at(-1)) : undefined };
    });
  }

  delete(table: TableName, key: string): Promise<void> {
    return this.#run('delete', `${table} ${key}`, () => this.#put(table, storedKey(table, key), { item: undefined }));
  }

  #put(
    table: TableName,
    key: string,
    change: { readonly item: Item | undefined; readonly write?: ConditionalWrite },
  ): void {
    const { item, write } = change;
    const { items, shown, indexes } = this.#tables[table];
    const before = items.get(key);
    const refusal =
      item === undefined ? undefined : indexes.map((index) => index.refusal(item)).find((why) => why !== undefined);
    if (refusal !== undefined) throw new InvalidWrite(refusal);
    const show = (): void => {
      for (const index of indexes) index.replace(key, shown.get(key), item);
      if (item === undefined) shown.delete(key);
      else shown.set(key, item);
    };
    const { indexLag, onChange } = this.#options;
    if (indexLag === undefined) show();
    else {
      const dueMs = Math.max(this.#lagging.at(-1)?.dueMs ?? 0, indexLag.now() + indexLag.nextMs());
      this.#lagging.push({ dueMs, show });
      if (item === undefined) items.delete(key);
      else items.set(key, item);
    }
    onChange?.({ table, key, before, after: item, write });
  }

  #catchUp(): void {
    const { indexLag } = this.#options;
    if (indexLag === undefined) return;
    const due = this.#lagging.findIndex(({ dueMs }) => dueMs > indexLag.now());
    for (const { show } of this.#lagging.splice(0, due < 0 ? this.#lagging.length : due)) show();
  }

  #run<T>(name: string, target: string, act: () => T): Promise<T> {
    const operation: Operation = { port: 'table', name, target };
    return guarded(this.#hook, operation, () => {
      try {
        return act();
      } catch (error) {
        if (error instanceof InvalidWrite) throw new FaultError(memoryFault('invalid', operation, error.message));
        throw error;
      }
    });
  }
}
