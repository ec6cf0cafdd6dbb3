import type { NormalizedSchema } from '@smithy/core/schema';
import { ServiceError } from '../service.ts';

/** The query protocols differ in how a member is called and whether every list is flat. */
export type FormDialect = 'awsQuery' | 'ec2Query';

/** Dotted form keys as a tree: "Tag.1.Key=a" is a node under Tag, under 1, under Key. */
export interface FormNode {
  value?: string;
  readonly children: Map<string, FormNode>;
}

/** The deepest member of any request has a dozen parts; two megabytes of dots would be half a gigabyte of nodes. */
const DEPTH_MAX = 32;

const newNode = (): FormNode => ({ children: new Map() });

export function parseForm(body: string): FormNode {
  const root = newNode();
  for (const [key, value] of new URLSearchParams(body)) {
    let node = root;
    const segments = key.split('.', DEPTH_MAX + 1);
    if (segments.length > DEPTH_MAX)
      throw new ServiceError('MalformedQueryString', `A name has more than ${DEPTH_MAX} parts.`);
    for (const segment of segments) {
      let child = node.children.get(segment);
      if (child === undefined) node.children.set(segment, (child = newNode()));
      node = child;
    }
    node.value = value;
  }
  return root;
}

/** Reads a node by its schema. The inverse of the SDK's QueryShapeSerializer. */
export function readForm(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): unknown {
  if (schema.isStructSchema()) return readStructure(schema, node, dialect);
  if (schema.isListSchema()) return readList(schema, node, dialect);
  if (schema.isMapSchema()) return readMap(schema, node, dialect);
  return node.value === undefined ? undefined : readScalar(schema, node.value);
}

function readStructure(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): object {
  const structure: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const child = node.children.get(wireName(name, member, dialect));
    if (child === undefined) continue;
    const value = readForm(member, child, dialect);
    if (value !== undefined) structure[name] = value;
  }
  return structure;
}

function wireName(name: string, member: NormalizedSchema, dialect: FormDialect): string {
  const { xmlName, ec2QueryName } = member.getMergedTraits();
  if (dialect === 'awsQuery') return xmlName ?? name;
  if (typeof ec2QueryName === 'string') return ec2QueryName;
  const plain = xmlName ?? name;
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function readList(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): unknown[] {
  const member = schema.getValueSchema();
  const flat = dialect === 'ec2Query' || schema.getMergedTraits().xmlFlattened;
  const items = flat ? node : node.children.get(member.getMergedTraits().xmlName ?? 'member');
  return numbered(items).map((item) => readForm(member, item, dialect));
}

function readMap(schema: NormalizedSchema, node: FormNode, dialect: FormDialect): object {
  const [keySchema, valueSchema] = [schema.getKeySchema(), schema.getValueSchema()];
  const keyName = keySchema.getMergedTraits().xmlName ?? 'key';
  const valueName = valueSchema.getMergedTraits().xmlName ?? 'value';
  const entries = schema.getMergedTraits().xmlFlattened ? node : node.children.get('entry');
  const pairs = numbered(entries).map((entry): [string, unknown] => {
    const value = entry.children.get(valueName);
    return [entry.children.get(keyName)?.value ?? '', value && readForm(valueSchema, value, dialect)];
  });
  return Object.fromEntries(pairs);
}

/** Children "1", "2", ... in the order of their numbers; AWS accepts gaps. */
function numbered(node: FormNode | undefined): FormNode[] {
  if (node === undefined) return [];
  return [...node.children]
    .filter(([key]) => /^\d{1,9}$/.test(key))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

function readScalar(schema: NormalizedSchema, text: string): unknown {
  if (schema.isBooleanSchema()) {
    if (text !== 'true' && text !== 'false') malformed(text, 'a boolean');
    return text === 'true';
  }
  if (schema.isNumericSchema() || schema.isBigIntegerSchema()) {
    const number = Number(text);
    return text.trim() === '' || !Number.isFinite(number) ? malformed(text, 'a number') : number;
  }
  if (schema.isTimestampSchema()) {
    const at = new Date(text);
    return Number.isNaN(at.getTime()) ? malformed(text, 'an ISO 8601 time') : at;
  }
  return schema.isBlobSchema() ? Buffer.from(text, 'base64') : text;
}

function malformed(text: string, expected: string): never {
  throw new ServiceError('InvalidParameterValue', `"${text.slice(0, 80)}" is not ${expected}.`);
}
