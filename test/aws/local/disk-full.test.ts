import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { createDynamo } from '../../../src/aws/local/dynamodb/dynamodb.ts';
import { createS3 } from '../../../src/aws/local/s3/s3.ts';
import { createSqs } from '../../../src/aws/local/sqs/sqs.ts';
import { ACCOUNT, errorName, newFolder, startLocal } from './support.ts';

const mounted: string[] = [];

/** A disk of two megabytes; undefined where this process may not mount one. */
function smallDisk(): string | undefined {
  const folder = newFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined; // Not root, or a container without the right: the tests are skipped.
  }
  mounted.push(folder);
  return folder;
}

const disk = smallDisk();
afterAll(() => {
  for (const folder of mounted) execFileSync('umount', ['-l', folder]);
});

describe.skipIf(disk === undefined)('a full disk', () => {
  const folder = disk ?? '';

  test('SQS acknowledges nothing that it cannot keep, and the process is told to stop, once', async () => {
    const fatal: Error[] = [];
    const onFatal = (error: Error): void => void fatal.push(error);
    const local = await startLocal({ services: [createSqs({ folder })], folder, onFatal });
    const client = new SQSClient(local.config);
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'q' }));
    const send = () => client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x'.repeat(200_000) }));
    let acknowledged = 0;
    while (fatal.length === 0)
      await send().then(
        () => (acknowledged += 1),
        (error: Error) => expect(error.name).toBe('InternalFailure'),
      );
    expect(await errorName(send())).toBe('InternalFailure');
    expect(fatal).toHaveLength(1);
    expect(fatal[0]?.message).toContain(folder);
    await local.close();

    const again = await startLocal({ services: [createSqs({ folder })], folder });
    const reader = new SQSClient(again.config);
    const url = (await reader.send(new CreateQueueCommand({ QueueName: 'q' }))).QueueUrl;
    const { Messages } = await reader.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10 }));
    expect(Messages).toHaveLength(acknowledged);
    await again.close();
    fs.rmSync(`${folder}/sqs.jsonl`);
  });

  test('S3 leaves the old object whole and nothing of the new one', async () => {
    const fatal: Error[] = [];
    const local = await startLocal({
      services: [createS3({ folder })],
      folder,
      onFatal: (error) => void fatal.push(error),
    });
    const client = new S3Client(local.config);
    const Bucket = 'full-disk';
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'old' }));
    const big = new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(3_000_000) });
    expect(await errorName(client.send(big))).toBe('InternalFailure');
    expect(fatal[0]?.message).toContain(folder);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(await Body?.transformToString()).toBe('old');
    expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(1);
    expect(fs.readdirSync(`${folder}/s3-temporary`)).toEqual([]);
    await local.close();
  });

  test('DynamoDB refuses to write before its store would lie', async () => {
    const fatal: Error[] = [];
    const dynamo = createDynamo({ folder, accountId: ACCOUNT, region: 'us-east-1' });
    const local = await startLocal({
      services: [],
      mounted: [dynamo],
      folder,
      onFatal: (error) => void fatal.push(error),
    });
    const create = new CreateTableCommand({
      TableName: 'jobs',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    expect(await errorName(new DynamoDBClient(local.config).send(create))).toBe('InternalFailure');
    expect(fatal[0]?.message).toContain(folder);
    await local.close();
  });
});
