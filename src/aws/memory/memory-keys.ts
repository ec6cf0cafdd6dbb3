import type { TableName } from '../../engine/model/command.ts';
import type { Item } from '../../engine/model/ports.ts';
import type { Json, JsonObject } from '../../engine/model/units.ts';
import { type IndexShape, keyAttributes, TABLES } from '../tables.ts';
import type { MemoryIndex, Place } from './memory-index.ts';
import { InvalidWrite } from './memory-update.ts';

/** What an item is kept under, by the name that the port gives it. */
export function storedKey(table: TableName, key: string): string {
  return itemKey(table, keyAttributes(table, key));
}

export function itemKey(table: TableName, item: Item): string {
  const { key, range } = TABLES[table];
  const parts: readonly (Json | undefined)[] = [item[key], ...(range === undefined ? [] : [item[range]])];
  if (parts.some((part) => typeof part !== 'string' || part === '')) throw new InvalidWrite(`an item has no ${key}`);
  return parts.join('\u0000');
}

export function placeAfter(after: JsonObject | undefined, index: MemoryIndex, table: TableName): Place | undefined {
  if (after === undefined) return undefined;
  const range = index.shape.range === undefined ? 0 : after[index.shape.range.name];
  return { range: range as string | number, key: itemKey(table, after) };
}

/** What the next page is asked with: the last item's keys, of the table and of the index. */
export function pageEnd(table: TableName, last: Item | undefined, index?: IndexShape): JsonObject | undefined {
  if (last === undefined) return undefined;
  const { key, range } = TABLES[table];
  const names = [key, range, index?.hash, index?.range?.name].filter((name) => name !== undefined);
  return Object.fromEntries(names.map((name) => [name, last[name]]));
}
