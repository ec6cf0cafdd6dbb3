import { NormalizedSchema } from '@smithy/core/schema';
import { ServiceError, type Operation, type OperationSchema } from '../service.ts';

/** How a REST operation is addressed: method, URI template with literal query parameters, status of success. */
export type HttpTrait = readonly [method: string, template: string, statusCode: number];

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

export const nameOf = (schema: OperationSchema): string => schema[2] as string;

export const inputOf = (schema: OperationSchema): NormalizedSchema => NormalizedSchema.of(schema[4] as SchemaRef);

export const outputOf = (schema: OperationSchema): NormalizedSchema => NormalizedSchema.of(schema[5] as SchemaRef);

/** Undefined for the RPC protocols, whose every operation is a POST to "/". */
export function httpOf(schema: OperationSchema): HttpTrait | undefined {
  const traits = schema[3];
  if (typeof traits !== 'object' || traits === null) return undefined;
  return (traits as { readonly http?: HttpTrait }).http;
}

/**
 * Names of the members that a structure demands. A static schema lists its required members first and gives their
 * number as its seventh element.
 */
export function requiredMembers(structure: NormalizedSchema): readonly string[] {
  const schema: unknown = structure.getSchema();
  if (!Array.isArray(schema)) return [];
  const names: unknown = schema[4];
  const count: unknown = schema[6];
  return Array.isArray(names) && typeof count === 'number' ? (names as string[]).slice(0, count) : [];
}

/** Refuses an input that lacks a required member, so that no handler meets undefined where its type says otherwise. */
export function demandRequired(schema: OperationSchema, input: object): void {
  const missing = requiredMembers(inputOf(schema)).filter((name) => !(name in input));
  if (missing.length === 0) return;
  throw new ServiceError('MissingParameter', `${nameOf(schema)} requires the parameter ${missing.join(', ')}.`);
}

export const byName = (operations: readonly Operation[]): ReadonlyMap<string, Operation> =>
  new Map(operations.map((operation) => [nameOf(operation.schema), operation]));
