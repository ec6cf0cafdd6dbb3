import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type AttributeDefinition,
  type GlobalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import type { TableName } from '../../engine/model/command.ts';
import { FaultError } from '../../engine/model/fault.ts';
import { type AwsTarget, clientOptions } from '../client-options.ts';
import { hasKind } from '../errors.ts';
import { systemClock } from '../system-clock.ts';
import { TABLES, type TableShape } from '../tables.ts';
import { type Ask, askerOf } from './ask.ts';
import type { Ensured } from './ensured.ts';

const ACTIVE_WITHIN_MS = 120_000;
/** The embedded DynamoDB has a table at once, AWS after some seconds. */
const LOOK_EVERY_MS = 500;

interface Access {
  readonly ask: Ask;
  readonly client: DynamoDBClient;
}

/** Creates the tables that are missing, all at once, and waits until they can be used. */
export async function ensureTables(target: AwsTarget, prefix: string): Promise<readonly Ensured[]> {
  const access: Access = { ask: askerOf(target), client: new DynamoDBClient(clientOptions(target)) };
  return Promise.all(
    (Object.keys(TABLES) as TableName[]).map((table) => ensureTable(access, `${prefix}${table}`, TABLES[table])),
  );
}

async function ensureTable({ ask, client }: Access, name: string, shape: TableShape): Promise<Ensured> {
  const what = `table ${name}`;
  if ((await statusOf({ ask, client, name })) === 'ACTIVE') return { what, outcome: 'exists' };
  try {
    await ask('dynamodb CreateTable', name, (abortSignal) => client.send(createTable(name, shape), { abortSignal }));
  } catch (error) {
    // Somebody else creates it at this moment: then it is waited for all the same.
    if (!hasKind(error, 'conflict')) throw error;
  }
  await untilActive({ ask, client, name });
  return { what, outcome: 'created' };
}

/** undefined: there is no such table, or AWS does not know yet that there is. */
async function statusOf({ ask, client, name }: Access & { readonly name: string }): Promise<string | undefined> {
  try {
    const { Table } = await ask('dynamodb DescribeTable', name, (abortSignal) =>
      client.send(new DescribeTableCommand({ TableName: name }), { abortSignal }),
    );
    return Table?.TableStatus;
  } catch (error) {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  }
}

async function untilActive({ ask, client, name }: Access & { readonly name: string }): Promise<void> {
  const deadline = systemClock.monotonicMs() + ACTIVE_WITHIN_MS;
  for (;;) {
    const status = await statusOf({ ask, client, name });
    if (status === 'ACTIVE') return;
    if (systemClock.monotonicMs() >= deadline) {
      const detail = `it is ${status ?? 'not there'} after ${ACTIVE_WITHIN_MS / 1_000} s; run cbas init again, which goes on from there`;
      throw new FaultError({ kind: 'timeout', operation: 'dynamodb CreateTable', target: name, detail, code: '' });
    }
    await systemClock.sleep(LOOK_EVERY_MS);
  }
}

function createTable(name: string, shape: TableShape): CreateTableCommand {
  const attributes = new Map<string, 'S' | 'N'>([[shape.key, 'S']]);
  if (shape.range !== undefined) attributes.set(shape.range, 'S');
  const indexes = shape.indexes.map(({ name: IndexName, hash, range, projection }): GlobalSecondaryIndex => {
    attributes.set(hash, 'S');
    if (range !== undefined) attributes.set(range.name, range.type);
    return {
      IndexName,
      KeySchema: [
        { AttributeName: hash, KeyType: 'HASH' },
        ...(range === undefined ? [] : [{ AttributeName: range.name, KeyType: 'RANGE' as const }]),
      ],
      Projection:
        projection === 'all'
          ? { ProjectionType: 'ALL' }
          : projection === 'keys'
            ? { ProjectionType: 'KEYS_ONLY' }
            : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...projection] },
    };
  });
  const AttributeDefinitions = [...attributes].map(([AttributeName, AttributeType]): AttributeDefinition => ({
    AttributeName,
    AttributeType,
  }));
  return new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions,
    KeySchema: [
      { AttributeName: shape.key, KeyType: 'HASH' },
      ...(shape.range === undefined ? [] : [{ AttributeName: shape.range, KeyType: 'RANGE' as const }]),
    ],
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
  });
}
