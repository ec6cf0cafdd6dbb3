import type { Condition, ConditionalWrite } from '../../engine/model/command.ts';
import type { Item } from '../../engine/model/ports.ts';
import type { Json } from '../../engine/model/units.ts';
import { compareValues } from './memory-index.ts';

/** DynamoDB's limit of one item. */
const ITEM_BYTES_MAX = 400 * 1024;

/** A text up to this is no reason to measure the whole item again. */
const SMALL_TEXT = 256;

/** What DynamoDB answers with a ValidationException: our defect, never the world's. */
export class InvalidWrite extends Error {}

/** As it comes back from the wire: without undefined members, -0 as 0, frozen, sharing nothing with what was given. */
export function stored(value: Json): Json {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new InvalidWrite(`${value} is not a number that can be stored`);
    return value + 0;
  }
  if (Array.isArray(value)) return Object.freeze(value.map(stored));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return Object.freeze(Object.fromEntries(members.map(([name, member]) => [name, stored(member)])));
}

/** An attribute that is missing, or of another type, makes every comparison false. */
export function holds(condition: Condition, item: Item): boolean {
  if (condition.op === 'any') return condition.of.some((inner) => holds(inner, item));
  const value = item[condition.attribute];
  switch (condition.op) {
    case 'absent':
      return value === undefined;
    case 'exists':
      return value !== undefined;
    case 'in':
      return condition.values.some((wanted) => wanted === value);
    case '=':
      return value === condition.value;
    default: {
      if ((typeof value !== 'number' && typeof value !== 'string') || typeof value !== typeof condition.value)
        return false;
      const order = compareValues(value, condition.value);
      return condition.op === '<' ? order < 0 : order <= 0;
    }
  }
}

/** What DynamoDB finds wrong with an update before it looks at the item. */
export function checkUpdate(write: ConditionalWrite, tableKey: string): void {
  const touched = [...settings(write).map(([name]) => name), ...Object.keys(write.add), ...removals(write)];
  if (touched.length === 0) throw new InvalidWrite('the update says nothing');
  if (new Set(touched).size < touched.length)
    throw new InvalidWrite(`an attribute is touched twice: ${touched.join(' ')}`);
  if (touched.includes(tableKey)) throw new InvalidWrite(`${tableKey} is the key and cannot be changed`);
  if (write.conditions.some((condition) => condition.op === 'in' && condition.values.length === 0))
    throw new InvalidWrite('a list of choices is empty');
}

/** The item after an update, as UpdateItem computes it. */
export function updated(item: Item, write: ConditionalWrite): Item {
  const next: Record<string, Json | undefined> = { ...item };
  for (const name of removals(write)) delete next[name];
  let grows = false;
  for (const [name, value] of settings(write)) {
    next[name] = stored(value);
    grows ||= typeof value === 'object' || (typeof value === 'string' && value.length > SMALL_TEXT);
  }
  for (const [name, addend] of Object.entries(write.add)) {
    const before = item[name] ?? 0;
    if (typeof before !== 'number') throw new InvalidWrite(`${name} is no number and cannot be added to`);
    next[name] = before + addend;
  }
  // What lay there is stored already; a few numbers make no item too large.
  const after = Object.freeze(next) as Item;
  return grows ? checkedSize(after) : after;
}

function settings({ set }: ConditionalWrite): readonly (readonly [string, Json])[] {
  return Object.entries(set).filter((entry): entry is [string, Json] => entry[1] !== undefined);
}

/** What is set as well is not removed. */
function removals({ set, remove }: ConditionalWrite): readonly string[] {
  return remove.filter((name) => set[name] === undefined);
}

export function checkedSize(item: Item): Item {
  const sizeBytes = Buffer.byteLength(JSON.stringify(item));
  if (sizeBytes > ITEM_BYTES_MAX) throw new InvalidWrite(`the item has ${sizeBytes} bytes`);
  return item;
}
