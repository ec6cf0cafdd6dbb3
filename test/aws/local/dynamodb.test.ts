import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDynamo, type Dynamo } from '../../../src/aws/local/dynamodb/dynamodb.ts';
import { ACCOUNT, errorName, newFolder, startLocal, type Local } from './support.ts';

const folder = newFolder();
let dynamo: Dynamo;
let local: Local;
let client: DynamoDBClient;

async function start(): Promise<void> {
  dynamo = createDynamo({ folder, accountId: ACCOUNT, region: 'us-east-1' });
  local = await startLocal({ services: [], mounted: [dynamo] });
  client = new DynamoDBClient(local.config);
}

const createTable = async (TableName: string): Promise<void> => {
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: ['id', 'state'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: [
        {
          IndexName: 'by-state',
          KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
};

beforeAll(async () => {
  await start();
  await createTable('jobs');
});
afterAll(() => local.close());

test('of fifty concurrent claims exactly one wins, and the others are told so by name', async () => {
  await client.send(new PutItemCommand({ TableName: 'jobs', Item: { id: { S: 'one' }, state: { S: 'RUNNABLE' } } }));
  const claims = Array.from({ length: 50 }, (_, worker) =>
    client.send(
      new UpdateItemCommand({
        TableName: 'jobs',
        Key: { id: { S: 'one' } },
        UpdateExpression: 'SET leaseOwner = :me, #state = :starting',
        ConditionExpression: 'attribute_not_exists(leaseOwner)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':me': { S: `worker-${worker}` }, ':starting': { S: 'STARTING' } },
      }),
    ),
  );
  const settled = await Promise.allSettled(claims);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const refused = settled.flatMap((claim) => (claim.status === 'rejected' ? [claim.reason as unknown] : []));
  expect(refused.every((reason) => reason instanceof ConditionalCheckFailedException)).toBe(true);
  const found = await client.send(
    new QueryCommand({
      TableName: 'jobs',
      IndexName: 'by-state',
      KeyConditionExpression: '#state = :state',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': { S: 'STARTING' } },
    }),
  );
  expect(found.Count).toBe(1);
});

test('what dynalite would drop in silence is refused', async () => {
  const put = { TableName: 'jobs', Item: { id: { S: 'x' } }, ConditionExpression: 'attribute_not_exists(id)' };
  const withOld = new PutItemCommand({ ...put, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
  expect(await errorName(client.send(withOld))).toBe('ValidationException');
  const transaction = new TransactWriteItemsCommand({ TransactItems: [{ Put: put }] });
  expect(await errorName(client.send(transaction))).toBe('UnknownOperationException');
  expect(await errorName(client.send(new GetItemCommand({ TableName: 'none', Key: { id: { S: 'x' } } })))).toBe(
    'ResourceNotFoundException',
  );
});

test('time to live deletes what has expired, and nothing whose time is not a number or far in the past', async () => {
  await createTable('expiring');
  const TableName = 'expiring';
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'ttl' };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  const again = client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  expect(await errorName(again)).toBe('ValidationException');
  const nowS = 1_800_000_000;
  const items = {
    past: { N: String(nowS - 1) },
    future: { N: String(nowS + 1) },
    text: { S: '1' },
    ancient: { N: '1' },
  };
  for (const [id, ttl] of Object.entries(items)) {
    await client.send(new PutItemCommand({ TableName, Item: { id: { S: id }, ttl } }));
  }
  expect(await dynamo.timeToLive.sweep(nowS * 1_000)).toBe(1);
  const left = async (id: string) =>
    (await client.send(new GetItemCommand({ TableName, Key: { id: { S: id } } }))).Item;
  expect(await left('past')).toBeUndefined();
  expect(await left('future')).toBeDefined();
});

test('a restart finds tables, items and times to live; a deleted table takes its time to live along', async () => {
  await local.close();
  await start();
  const TableName = 'expiring';
  const describe = async () => (await client.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  expect(await describe()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
  expect((await client.send(new GetItemCommand({ TableName: 'jobs', Key: { id: { S: 'one' } } }))).Item?.state?.S).toBe(
    'STARTING',
  );
  await client.send(new DeleteTableCommand({ TableName }));
  // Deleting goes on behind the reply, as on AWS.
  await waitUntilTableNotExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName });
  await createTable(TableName);
  expect((await describe())?.TimeToLiveStatus).toBe('DISABLED');
});

test('a client that goes away in the middle of its request harms nobody', async () => {
  await new Promise<void>((resolve) => {
    const socket = net.connect(local.port, '127.0.0.1', () => {
      const credential = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request';
      socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${credential}\r\nContent-Length: 99\r\n\r\n{`);
      socket.end();
    });
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
    socket.resume();
  });
  expect((await client.send(new GetItemCommand({ TableName: 'jobs', Key: { id: { S: 'one' } } }))).Item).toBeDefined();
});
