import type { NormalizedSchema } from '@smithy/core/schema';
import { ServiceError } from '../service.ts';

/**
 * Refuses a JSON value whose types are not those of its schema. The SDK's deserializer trusts what a service sends;
 * a service must not trust what a client sends.
 */
export function checkShape(schema: NormalizedSchema, value: unknown, path = ''): void {
  if (value === null || value === undefined) return;
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) refuse(path, 'a list');
    const member = schema.getValueSchema();
    for (const [index, item] of value.entries()) checkShape(member, item, `${path}[${index}]`);
    return;
  }
  if (schema.isMapSchema() || schema.isStructSchema()) return checkMembers(schema, value, path);
  const expected = expectedScalar(schema);
  if (expected !== undefined && !expected.holds(value)) refuse(path, expected.name);
}

function checkMembers(schema: NormalizedSchema, value: unknown, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, 'an object');
  const member = schema.isMapSchema() ? schema.getValueSchema() : undefined;
  const members: Readonly<Record<string, NormalizedSchema>> = member === undefined ? schema.getMemberSchemas() : {};
  for (const [name, item] of Object.entries(value)) {
    const memberSchema = member ?? members[name];
    if (memberSchema !== undefined) checkShape(memberSchema, item, path === '' ? name : `${path}.${name}`);
  }
}

interface Expected {
  readonly name: string;
  readonly holds: (value: unknown) => boolean;
}

function expectedScalar(schema: NormalizedSchema): Expected | undefined {
  if (schema.isStringSchema()) return { name: 'a string', holds: (value) => typeof value === 'string' };
  if (schema.isBooleanSchema()) return { name: 'a boolean', holds: (value) => typeof value === 'boolean' };
  if (schema.isNumericSchema()) return { name: 'a number', holds: (value) => Number.isFinite(value) };
  if (schema.isBlobSchema()) return { name: 'base64', holds: (value) => value instanceof Uint8Array };
  if (schema.isTimestampSchema()) return { name: 'a time', holds: isTime };
  return undefined;
}

const isTime = (value: unknown): boolean => value instanceof Date && Number.isFinite(value.getTime());

function refuse(path: string, expected: string): never {
  throw new ServiceError('SerializationException', `${path === '' ? 'The body' : path} is not ${expected}.`);
}
