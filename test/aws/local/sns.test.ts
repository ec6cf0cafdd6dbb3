import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  paginateListTopics,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSns } from '../../../src/aws/local/sns/sns.ts';
import { createSqs } from '../../../src/aws/local/sqs/sqs.ts';
import { ACCOUNT, errorName, newFolder, startLocal, type Local } from './support.ts';

const folder = newFolder();
let local: Local;
let sns: SNSClient;
let sqs: SQSClient;

async function start(): Promise<void> {
  const queues = createSqs({ folder });
  local = await startLocal({ services: [queues, createSns({ folder, queues })] });
  sns = new SNSClient(local.config);
  sqs = new SQSClient(local.config);
}

beforeAll(start);
afterAll(() => local.close());

const createTopic = async (Name: string): Promise<string> =>
  (await sns.send(new CreateTopicCommand({ Name }))).TopicArn ?? '';

interface Subscribed {
  readonly topic: string;
  readonly subscription: string;
  received(): Promise<Message[]>;
}

/** A topic and a queue that is subscribed to it. */
async function subscribed(name: string, Attributes: Record<string, string> = {}): Promise<Subscribed> {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const topic = await createTopic(name);
  const Endpoint = `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
  const result = await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint, Attributes }));
  const asked = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
  return {
    topic,
    subscription: result.SubscriptionArn ?? '',
    received: async () => (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [],
  };
}

test('a message arrives in its envelope, with its attributes', async () => {
  const { topic, received } = await subscribed('envelope');
  const MessageAttributes = { target: { DataType: 'String', StringValue: 'm-1' } };
  const { MessageId } = await sns.send(
    new PublishCommand({ TopicArn: topic, Message: 'hé', Subject: 's', MessageAttributes }),
  );
  const [message] = await received();
  expect(JSON.parse(message?.Body ?? '')).toMatchObject({
    Type: 'Notification',
    MessageId,
    TopicArn: topic,
    Subject: 's',
    Message: 'hé',
    MessageAttributes: { target: { Type: 'String', Value: 'm-1' } },
  });
});

test('a raw message arrives as it was sent', async () => {
  const { topic, received } = await subscribed('raw', { RawMessageDelivery: 'true' });
  const MessageAttributes = { bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) } };
  await sns.send(new PublishCommand({ TopicArn: topic, Message: 'plain', MessageAttributes }));
  const structured = JSON.stringify({ default: 'd', sqs: 'for queues' });
  await sns.send(new PublishCommand({ TopicArn: topic, Message: structured, MessageStructure: 'json' }));
  const messages = await received();
  expect(messages.map(({ Body }) => Body)).toEqual(['plain', 'for queues']);
  expect([...(messages[0]?.MessageAttributes?.bytes?.BinaryValue ?? [])]).toEqual([1, 2]);
});

test('filters see attributes or the body', async () => {
  const policy = { target: ['a', { prefix: 'b-' }], size: [{ numeric: ['>', 1] }], tags: ['x'] };
  const byAttribute = await subscribed('by-attribute', { FilterPolicy: JSON.stringify(policy) });
  const publish = (target: string, size: string) =>
    sns.send(
      new PublishCommand({
        TopicArn: byAttribute.topic,
        Message: `${target}${size}`,
        MessageAttributes: {
          target: { DataType: 'String', StringValue: target },
          size: { DataType: 'Number', StringValue: size },
          tags: { DataType: 'String.Array', StringValue: '["w","x"]' },
        },
      }),
    );
  for (const [target, size] of [
    ['a', '2'],
    ['b-7', '3'],
    ['c', '2'],
    ['a', '1'],
  ] as const)
    await publish(target, size);
  const bodies = (await byAttribute.received()).map(
    ({ Body }) => (JSON.parse(Body ?? '') as { Message: string }).Message,
  );
  expect(bodies).toEqual(['a2', 'b-73']);

  const FilterPolicy = JSON.stringify({ job: { state: ['FAILED'] } });
  const byBody = await subscribed('by-body', {
    FilterPolicy,
    FilterPolicyScope: 'MessageBody',
    RawMessageDelivery: 'true',
  });
  for (const Message of ['{"job":{"state":"FAILED"}}', '{"job":{"state":"DONE"}}', 'no json']) {
    await sns.send(new PublishCommand({ TopicArn: byBody.topic, Message }));
  }
  expect((await byBody.received()).map(({ Body }) => Body)).toEqual(['{"job":{"state":"FAILED"}}']);
});

test('a batch reports its entries one by one', async () => {
  const { topic, received } = await subscribed('batch', { RawMessageDelivery: 'true' });
  const PublishBatchRequestEntries = [
    { Id: '1', Message: 'one' },
    { Id: '2', Message: 'x', MessageStructure: 'json' },
  ];
  const result = await sns.send(new PublishBatchCommand({ TopicArn: topic, PublishBatchRequestEntries }));
  expect(result.Successful?.map(({ Id }) => Id)).toEqual(['1']);
  expect(result.Failed?.map(({ Code }) => Code)).toEqual(['InvalidParameter']);
  expect(await received()).toHaveLength(1);
});

test('topics and subscriptions are idempotent, described, tagged and refused by name', async () => {
  const { topic, subscription } = await subscribed('described');
  expect(await createTopic('described')).toBe(topic);
  await sns.send(new SetTopicAttributesCommand({ TopicArn: topic, AttributeName: 'DisplayName', AttributeValue: 'D' }));
  const attributes = (await sns.send(new GetTopicAttributesCommand({ TopicArn: topic }))).Attributes;
  expect(attributes).toMatchObject({ DisplayName: 'D', SubscriptionsConfirmed: '1', TopicArn: topic });
  await sns.send(new TagResourceCommand({ ResourceArn: topic, Tags: [{ Key: 'a', Value: '1' }] }));
  const tags = await sns.send(new ListTagsForResourceCommand({ ResourceArn: topic }));
  expect(tags.Tags).toEqual([{ Key: 'a', Value: '1' }]);
  const listed = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
  expect(listed.Subscriptions?.map(({ SubscriptionArn }) => SubscriptionArn)).toEqual([subscription]);
  const change = { SubscriptionArn: subscription, AttributeName: 'RawMessageDelivery' };
  await sns.send(new SetSubscriptionAttributesCommand({ ...change, AttributeValue: 'true' }));
  const got = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }));
  expect(got.Attributes).toMatchObject({ RawMessageDelivery: 'true', Protocol: 'sqs' });

  const refused = [
    sns.send(new SetSubscriptionAttributesCommand({ ...change, AttributeValue: 'maybe' })),
    sns.send(new CreateTopicCommand({ Name: 'a.fifo' })),
    sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'email', Endpoint: 'a@b' })),
    sns.send(new PublishCommand({ TopicArn: topic, Message: '' })),
    sns.send(new PublishCommand({ TopicArn: `${topic}x`, Message: 'x' })),
    sns.send(new PublishCommand({ PhoneNumber: '+1', Message: 'x' })),
  ];
  expect(await Promise.all(refused.map(errorName))).toEqual([
    ...['InvalidParameterException', 'InvalidParameterException', 'InvalidParameterException'],
    ...['InvalidParameterException', 'NotFoundException', 'InvalidParameterValue'],
  ]);
  const invalid = sns.send(
    new SetSubscriptionAttributesCommand({ ...change, AttributeName: 'FilterPolicy', AttributeValue: '{"a":"x"}' }),
  );
  expect(await errorName(invalid)).toBe('InvalidParameterException');
  await sns.send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
  expect((await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }))).Subscriptions ?? []).toEqual([]);
});

test('a restart finds topics, subscriptions and their filters', async () => {
  const FilterPolicy = JSON.stringify({ a: ['1'] });
  const { topic } = await subscribed('restart', { FilterPolicy, RawMessageDelivery: 'true' });
  const gone = await createTopic('gone');
  await sns.send(new DeleteTopicCommand({ TopicArn: gone }));
  await local.close();
  await start();
  for (const StringValue of ['1', '2']) {
    const MessageAttributes = { a: { DataType: 'String', StringValue } };
    await sns.send(new PublishCommand({ TopicArn: topic, Message: StringValue, MessageAttributes }));
  }
  // The queue's client has the old port; the queue itself is found by its name.
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'restart' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  expect(Messages?.map(({ Body }) => Body)).toEqual(['1']);
  const arns: string[] = [];
  for await (const { Topics } of paginateListTopics({ client: sns }, {})) {
    arns.push(...(Topics ?? []).map(({ TopicArn }) => TopicArn ?? ''));
  }
  expect(arns).toContain(topic);
  expect(arns).not.toContain(gone);
});
