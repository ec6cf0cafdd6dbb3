/**
 * What a value of a template may be: `text` and `whole` take references as well, `document` is any JSON object (a policy), `map` is names
 * and texts. A shape lists all members that are known of it; those that end in "!" must be there.
 */
export type Kind =
  | 'text'
  | 'whole'
  | 'boolean'
  | 'document'
  | 'json'
  | 'map'
  | { readonly list: Kind }
  | { readonly oneOf: readonly (string | number)[] }
  | Shape;
export interface Shape {
  readonly shape: Readonly<Record<string, Kind>>;
}

export const list = (kind: Kind): Kind => ({ list: kind });
export const oneOf = (...values: readonly (string | number)[]): Kind => ({ oneOf: values });
export const shape = (members: Readonly<Record<string, Kind>>): Shape => ({ shape: members });

/** What is wrong with a value, each with its place; empty when it is as it should be. */
export function violations(kind: Kind, value: unknown, at: string): readonly string[] {
  const wrong = (what: string): readonly string[] => [`${at}: ${what}, but is ${JSON.stringify(value)?.slice(0, 80)}`];
  if (typeof kind === 'string') return fits(kind, value) ? [] : wrong(`should be ${kind}`);
  if ('oneOf' in kind) return kind.oneOf.includes(value as string) ? [] : wrong(`should be one of ${kind.oneOf.join(', ')}`); // prettier-ignore
  if ('list' in kind) {
    if (!Array.isArray(value)) return wrong('should be a list');
    return value.flatMap((one, index) => violations(kind.list, one, `${at}[${index}]`));
  }
  if (!isObject(value)) return wrong('should be an object');
  const known = new Map(Object.entries(kind.shape).map(([name, of]) => [name.replace(/!$/, ''), of]));
  const missing = Object.keys(kind.shape).filter(
    (name) => name.endsWith('!') && value[name.slice(0, -1)] === undefined,
  );
  return [
    ...missing.map((name) => `${at}.${name.slice(0, -1)}: is missing`),
    ...Object.entries(value).flatMap(([name, one]) => {
      const of = known.get(name);
      return of === undefined ? [`${at}.${name}: is not known`] : violations(of, one, `${at}.${name}`);
    }),
  ];
}

function fits(kind: Extract<Kind, string>, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string' || isReference(value);
    case 'whole':
      return Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'document':
      return isObject(value) && !isReference(value);
    case 'json':
      return typeof value === 'string' && isObject(JSON.parse(value));
    case 'map':
      return isObject(value) && Object.values(value).every((one) => typeof one === 'string');
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isReference(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { Ref, 'Fn::GetAtt': att, ...rest } = value;
  const isAttribute = Array.isArray(att) && att.length === 2 && att.every((one) => typeof one === 'string');
  return Object.keys(rest).length === 0 && (typeof Ref === 'string') !== isAttribute;
}
