import type { Condition, ConditionalWrite } from '../engine/model/command.ts';
import type { Json } from '../engine/model/units.ts';

/** An update in DynamoDB's own words, values not yet marshalled. */
export interface UpdateExpression {
  readonly update: string;
  readonly condition: string | undefined;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, Json>>;
}

/** Names and values by placeholder; every attribute goes through one, so that no name can be a reserved word. */
class Placeholders {
  readonly names: Record<string, string> = {};
  readonly values: Record<string, Json> = {};
  readonly #known = new Map<string, string>();

  name(attribute: string): string {
    const known = this.#known.get(attribute);
    if (known !== undefined) return known;
    const placeholder = `#a${this.#known.size}`;
    this.#known.set(attribute, placeholder);
    this.names[placeholder] = attribute;
    return placeholder;
  }

  value(value: Json): string {
    const placeholder = `:v${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }
}

/** Translates a conditional write. Clauses that would be empty are left out, as DynamoDB wants it. */
export function updateExpression(write: ConditionalWrite): UpdateExpression {
  const holders = new Placeholders();
  const sets = Object.entries(write.set)
    .filter((entry): entry is [string, Json] => entry[1] !== undefined)
    .map(([name, value]) => `${holders.name(name)} = ${holders.value(value)}`);
  const adds = Object.entries(write.add).map(([name, value]) => `${holders.name(name)} ${holders.value(value)}`);
  const removes = write.remove.filter((name) => write.set[name] === undefined).map((name) => holders.name(name));
  const clauses = [
    sets.length > 0 ? `SET ${sets.join(', ')}` : '',
    adds.length > 0 ? `ADD ${adds.join(', ')}` : '',
    removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
  ];
  const conditions = write.conditions.map((condition) => conditionText(condition, holders));
  return {
    update: clauses.filter((clause) => clause !== '').join(' '),
    condition: conditions.length > 0 ? conditions.join(' AND ') : undefined,
    names: holders.names,
    values: holders.values,
  };
}

function conditionText(condition: Condition, holders: Placeholders): string {
  switch (condition.op) {
    case 'absent':
      return `attribute_not_exists(${holders.name(condition.attribute)})`;
    case 'exists':
      return `attribute_exists(${holders.name(condition.attribute)})`;
    case 'in':
      return `${holders.name(condition.attribute)} IN (${condition.values.map((value) => holders.value(value)).join(', ')})`;
    case 'any':
      return `(${condition.of.map((inner) => conditionText(inner, holders)).join(' OR ')})`;
    default:
      return `${holders.name(condition.attribute)} ${condition.op} ${holders.value(condition.value)}`;
  }
}
