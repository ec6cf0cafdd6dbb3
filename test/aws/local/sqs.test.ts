import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueueTagsCommand,
  paginateListQueues,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSqs } from '../../../src/aws/local/sqs/sqs.ts';
import { errorName, newFolder, startLocal, type Local } from './support.ts';

let local: Local;
let client: SQSClient;

const restart = async (folder: string): Promise<void> => {
  local = await startLocal({ services: [createSqs({ folder })] });
  client = new SQSClient(local.config);
};

beforeAll(() => restart(newFolder()));
afterAll(() => local.close());

const create = async (QueueName: string, Attributes: Record<string, string> = {}): Promise<string> =>
  (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';

const receive = async (QueueUrl: string, more: object = {}) =>
  (await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...more }))).Messages ?? [];

const attribute = async (QueueUrl: string, name: 'QueueArn' | 'ApproximateNumberOfMessages'): Promise<string> =>
  (await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }))).Attributes?.[name] ?? '';

describe('queues', () => {
  test('creating is idempotent for the same attributes only', async () => {
    const url = await create('same', { VisibilityTimeout: '7' });
    expect(url).toBe(`${local.config.endpoint}/000000000000/same`);
    expect(await create('same', { VisibilityTimeout: '7' })).toBe(url);
    expect((await client.send(new GetQueueUrlCommand({ QueueName: 'same' }))).QueueUrl).toBe(url);
    expect(await errorName(create('same', { VisibilityTimeout: '8' }))).toBe('QueueNameExists');
  });

  test.each([
    ['FIFO', { name: 'a.fifo', attributes: {} }, 'UnsupportedOperation'],
    ['a bad name', { name: 'a b', attributes: {} }, 'InvalidParameterValue'],
    [
      'an attribute that every JavaScript object has',
      { name: 'a', attributes: { constructor: '1' } },
      'InvalidAttributeName',
    ],
    ['an unknown attribute', { name: 'a', attributes: { Colour: 'red' } }, 'InvalidAttributeName'],
    ['a number out of range', { name: 'a', attributes: { DelaySeconds: '901' } }, 'InvalidAttributeValue'],
    ['a policy that is no JSON', { name: 'a', attributes: { RedrivePolicy: '{' } }, 'InvalidAttributeValue'],
  ])('%s is refused', async (_, asked, expected) => {
    expect(await errorName(create(asked.name, asked.attributes))).toBe(expected);
  });

  test('an operation that is not implemented, and a queue that is not there, are refused by name', async () => {
    const move = new StartMessageMoveTaskCommand({ SourceArn: 'arn:aws:sqs:us-east-1:000000000000:x' });
    expect(await errorName(client.send(move))).toBe('UnknownOperationException');
    expect(await errorName(client.send(new GetQueueUrlCommand({ QueueName: 'none' })))).toBe('QueueDoesNotExist');
    const fifo = new SendMessageCommand({ QueueUrl: await create('plain'), MessageBody: 'x', MessageGroupId: 'g' });
    expect(await errorName(client.send(fifo))).toBe('InvalidParameterValue');
  });

  test('lists by prefix and page, tags, deletes', async () => {
    for (const index of [1, 2, 3, 4, 5]) await create(`page-${index}`);
    const names: string[] = [];
    for await (const page of paginateListQueues({ client, pageSize: 2 }, { QueueNamePrefix: 'page-' })) {
      expect(page.QueueUrls?.length).toBeLessThanOrEqual(2);
      names.push(...(page.QueueUrls ?? []));
    }
    expect(names).toHaveLength(5);
    const QueueUrl = names[0] ?? '';
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { a: '1' } }));
    expect((await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ a: '1' });
    await client.send(new DeleteQueueCommand({ QueueUrl }));
    expect(await errorName(client.send(new PurgeQueueCommand({ QueueUrl })))).toBe('QueueDoesNotExist');
  });
});

describe('messages', () => {
  test('a message and its attributes come back whole, with checksums that the SDK verifies', async () => {
    const QueueUrl = await create('attributes');
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'grüße' },
      number: { DataType: 'Number.int', StringValue: '42' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 1, 255]) },
    };
    const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'héllo', MessageAttributes }));
    const [message] = await receive(QueueUrl, { MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] });
    expect(message?.Body).toBe('héllo');
    expect(message?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(message?.MessageAttributes?.text?.StringValue).toBe('grüße');
    expect([...(message?.MessageAttributes?.bytes?.BinaryValue ?? [])]).toEqual([0, 1, 255]);
    expect(message?.Attributes?.ApproximateReceiveCount).toBe('1');
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    await client
      .send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }),
      )
      .then(
        () => expect.unreachable(),
        (error: Error) => expect(error.name).toBe('InvalidParameterValue'),
      );
  });

  test('a batch reports its entries one by one', async () => {
    const QueueUrl = await create('batch');
    const Entries = [
      { Id: 'a', MessageBody: '1' },
      { Id: 'b', MessageBody: 'bad \u0000' },
      { Id: 'c', MessageBody: '3' },
    ];
    const result = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(result.Successful?.map(({ Id }) => Id)).toEqual(['a', 'c']);
    expect(result.Failed?.map(({ Code }) => Code)).toEqual(['InvalidMessageContents']);
    const received = await receive(QueueUrl);
    const handles = received.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: handles }));
    expect(deleted.Successful).toHaveLength(2);
    const same = [handles[0], handles[0]].map((entry) => ({ Id: 'x', ReceiptHandle: entry?.ReceiptHandle }));
    const twice = new DeleteMessageBatchCommand({ QueueUrl, Entries: same });
    expect(await errorName(client.send(twice))).toBe('BatchEntryIdsNotDistinct');
  });

  test('a received message is hidden until its timeout, and can be given back at once', async () => {
    const QueueUrl = await create('hidden');
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    const [first] = await receive(QueueUrl);
    expect(await receive(QueueUrl)).toEqual([]);
    await client.send(
      new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }),
    );
    const [again] = await receive(QueueUrl, { VisibilityTimeout: 1 });
    expect(again?.MessageId).toBe(first?.MessageId);
    const [third] = await receive(QueueUrl, { WaitTimeSeconds: 5 });
    expect(third?.MessageId).toBe(first?.MessageId);
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
    expect(await attribute(QueueUrl, 'ApproximateNumberOfMessages')).toBe('0');
  });

  test('a long poll ends with the message, and a poll whose client has gone takes none', async () => {
    const QueueUrl = await create('poll');
    const gone = new AbortController();
    const abandoned = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: gone.signal,
    });
    const waiting = receive(QueueUrl, { WaitTimeSeconds: 20 });
    gone.abort();
    expect(await errorName(abandoned)).toBe('AbortError');
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'now' }));
    expect((await waiting).map(({ Body }) => Body)).toEqual(['now']);
  });

  test('a delayed message appears by itself', async () => {
    const QueueUrl = await create('delayed');
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 1 }));
    expect(await receive(QueueUrl)).toEqual([]);
    expect((await receive(QueueUrl, { WaitTimeSeconds: 10 })).map(({ Body }) => Body)).toEqual(['later']);
  });

  test('what is received too often goes to the dead-letter queue', async () => {
    const dead = await create('dead');
    const deadLetterTargetArn = await attribute(dead, 'QueueArn');
    const QueueUrl = await create('alive', { VisibilityTimeout: '0' });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 2 });
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { RedrivePolicy } }));
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'poison' }));
    const [first] = await receive(QueueUrl, { MaxNumberOfMessages: 1 });
    expect(await receive(QueueUrl, { MaxNumberOfMessages: 1 })).toHaveLength(1);
    expect(await receive(QueueUrl, { MaxNumberOfMessages: 1 })).toEqual([]);
    expect((await receive(dead)).map(({ MessageId }) => MessageId)).toEqual([first?.MessageId]);
    const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: dead }));
    expect(sources.queueUrls).toEqual([QueueUrl]);
  });
});

describe('after kill -9', () => {
  test('what was acknowledged is there, what was deleted is not, and a torn last line is forgotten', async () => {
    const folder = newFolder();
    await restart(folder);
    const QueueUrl = await create('durable', { VisibilityTimeout: '100' });
    for (const MessageBody of ['kept', 'deleted']) await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    for (const { Body, ReceiptHandle } of await receive(QueueUrl)) {
      if (Body === 'deleted') await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    // Nothing is closed in order: the folder is taken as a killed process leaves it.
    fs.appendFileSync(path.join(folder, 'sqs.jsonl'), '{"op":"send","name":"dur');
    await restart(folder);
    const url = await create('durable');
    expect((await receive(url)).map(({ Body }) => Body)).toEqual(['kept']);
    expect(await receive(url)).toEqual([]);
  });
});
