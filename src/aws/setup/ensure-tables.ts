import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type AttributeDefinition,
  type GlobalSecondaryIndex,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { TableName } from '../../engine/model/command.ts';
import { type AwsTarget, clientOptions } from '../client-options.ts';
import { classified, hasKind } from '../errors.ts';
import { TABLES, type TableShape } from '../tables.ts';
import type { Ensured } from './ensured.ts';

const WAIT_S = 120;

/** Creates the tables that are missing, all at once, and waits until they can be used. */
export async function ensureTables(target: AwsTarget, prefix: string): Promise<readonly Ensured[]> {
  const client = new DynamoDBClient(clientOptions(target));
  return Promise.all(
    (Object.keys(TABLES) as TableName[]).map((table) => ensureTable(client, `${prefix}${table}`, TABLES[table])),
  );
}

async function ensureTable(client: DynamoDBClient, name: string, shape: TableShape): Promise<Ensured> {
  const what = `table ${name}`;
  try {
    const { Table } = await classified('dynamodb DescribeTable', name, () =>
      client.send(new DescribeTableCommand({ TableName: name })),
    );
    if (Table?.TableStatus === 'ACTIVE') return { what, outcome: 'exists' };
  } catch (error) {
    if (!hasKind(error, 'not-found')) throw error;
  }
  try {
    await classified('dynamodb CreateTable', name, () => client.send(createTable(name, shape)));
  } catch (error) {
    // Somebody else creates it at this moment: then it is waited for all the same.
    if (!hasKind(error, 'conflict')) throw error;
  }
  await classified('dynamodb DescribeTable', name, () =>
    waitUntilTableExists({ client, maxWaitTime: WAIT_S, minDelay: 1, maxDelay: 5 }, { TableName: name }),
  );
  return { what, outcome: 'created' };
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
