import { JsonShapeDeserializer2, JsonShapeSerializer2 } from '@aws-sdk/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { ServiceError, type LocalService, type Operation } from '../service.ts';
import { readBody } from './body.ts';
import { checkShape } from './check-shape.ts';
import type { Codec, WireReply } from './codec.ts';
import { byName, demandRequired, inputOf, outputOf } from './schema.ts';

/** The timestamps of AWS JSON are epoch seconds unless a member says otherwise. */
const EPOCH_SECONDS = 7;
const SETTINGS = { timestampFormat: { useTrait: true, default: EPOCH_SECONDS }, jsonName: false } as const;

/** AWS JSON 1.0 and 1.1: the operation is named in X-Amz-Target; they differ in the content type only. */
export function createJsonCodec(service: LocalService, version: '1.0' | '1.1'): Codec {
  const operations = byName(service.operations);
  const reply = (statusCode: number, body: string | Uint8Array): WireReply => ({
    statusCode,
    headers: { 'content-type': `application/x-amz-json-${version}` },
    body,
  });

  return {
    async decode(request) {
      const operation = findOperation(operations, request.headers['x-amz-target']);
      const input = readInput(inputOf(operation.schema), await readBody(request.body));
      demandRequired(operation.schema, input);
      return { operation, input };
    },
    encode(operation, output) {
      const schema = outputOf(operation.schema);
      if (schema.isUnitSchema()) return reply(200, '{}');
      const serializer = new JsonShapeSerializer2(SETTINGS);
      serializer.write(schema, output ?? {});
      return reply(200, serializer.flush());
    },
    encodeError: (error) =>
      reply(error.statusCode, JSON.stringify({ __type: error.code, message: error.message, Message: error.message })),
  };
}

function findOperation(operations: ReadonlyMap<string, Operation>, target: unknown): Operation {
  const name = typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : '';
  const operation = operations.get(name);
  if (operation !== undefined) return operation;
  throw new ServiceError('UnknownOperationException', `The embedded AWS does not implement ${name || 'this request'}.`);
}

function readInput(schema: NormalizedSchema, body: Buffer): object {
  let input: unknown = {};
  try {
    const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object');
    const deserializer = new JsonShapeDeserializer2(SETTINGS);
    if (!schema.isUnitSchema()) input = deserializer.readObject(schema, value as { [name: string]: string });
  } catch (error) {
    throw new ServiceError('SerializationException', `The body cannot be read: ${(error as Error).message}`);
  }
  checkShape(schema, input);
  return input as object;
}
