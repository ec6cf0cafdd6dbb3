import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  EventBridgeClient,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEvents, type Events } from '../../../src/aws/local/events/events.ts';
import { createSqs } from '../../../src/aws/local/sqs/sqs.ts';
import { ACCOUNT, errorName, newFolder, startLocal, type Local } from './support.ts';

const folder = newFolder();
const Arn = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;
let local: Local;
let bus: Events;
let client: EventBridgeClient;
let sqs: SQSClient;
let QueueUrl: string | undefined;

async function start(): Promise<void> {
  const queues = createSqs({ folder });
  bus = createEvents({ folder, queues, accountId: ACCOUNT, region: 'us-east-1' });
  local = await startLocal({ services: [queues, bus] });
  client = new EventBridgeClient(local.config);
  sqs = new SQSClient(local.config);
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'events' }))).QueueUrl;
}

beforeAll(start);
afterAll(() => local.close());

/** Takes what has arrived: receives it and deletes it. */
async function received(): Promise<unknown[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body }) => JSON.parse(Body ?? '') as unknown);
}

const warning = (instance: string) => ({
  source: 'aws.ec2',
  detailType: 'EC2 Spot Instance Interruption Warning',
  detail: { 'instance-id': instance, 'instance-action': 'terminate' },
  resources: [`arn:aws:ec2:us-east-1:${ACCOUNT}:instance/${instance}`],
});

const putRule = (Name: string, pattern: object) =>
  client.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern), Tags: [{ Key: 'a', Value: '1' }] }));

test('an event of the platform reaches the queue as AWS writes it, and only while its rule is enabled', async () => {
  const pattern = { source: ['aws.ec2'], 'detail-type': [{ prefix: 'EC2 Spot' }] };
  const { RuleArn } = await putRule('spot', pattern);
  await client.send(new PutTargetsCommand({ Rule: 'spot', Targets: [{ Id: 'q', Arn }] }));
  bus.put(warning('i-1'));
  bus.put({ ...warning('i-2'), detailType: 'EC2 Instance State-change Notification' });
  await client.send(new DisableRuleCommand({ Name: 'spot' }));
  bus.put(warning('i-3'));
  await client.send(new EnableRuleCommand({ Name: 'spot' }));
  bus.put(warning('i-4'));
  const events = await received();
  expect(events).toHaveLength(2);
  expect(events[0]).toEqual({
    version: '0',
    id: expect.any(String) as string,
    'detail-type': 'EC2 Spot Instance Interruption Warning',
    source: 'aws.ec2',
    account: ACCOUNT,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    region: 'us-east-1',
    resources: [`arn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-1`],
    detail: { 'instance-id': 'i-1', 'instance-action': 'terminate' },
  });
  const described = await client.send(new DescribeRuleCommand({ Name: 'spot' }));
  expect(described).toMatchObject({
    Name: 'spot',
    Arn: RuleArn,
    State: 'ENABLED',
    EventPattern: JSON.stringify(pattern),
  });
  expect((await client.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }))).Tags).toEqual([
    { Key: 'a', Value: '1' },
  ]);
});

test('events that are put are checked one by one', async () => {
  await putRule('mine', { source: ['mine'], detail: { n: [{ numeric: ['>', 1] }] } });
  await client.send(new PutTargetsCommand({ Rule: 'mine', Targets: [{ Id: 'q', Arn, Input: '{"constant":true}' }] }));
  const entry = (Source: string, Detail: string) => ({ Source, DetailType: 't', Detail });
  const Entries = [entry('mine', '{"n":1}'), entry('mine', '{"n":2}'), entry('mine', '['), entry('aws.ec2', '{}')];
  const result = await client.send(new PutEventsCommand({ Entries }));
  expect(result.FailedEntryCount).toBe(2);
  expect(result.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    ...[undefined, undefined, 'MalformedDetail', 'NotAuthorizedForSourceException'],
  ]);
  expect(await received()).toEqual([{ constant: true }]);
});

test('what is not embedded is refused by name', async () => {
  const refused = [
    client.send(new PutRuleCommand({ Name: 'cron', ScheduleExpression: 'rate(1 minute)' })),
    client.send(new PutRuleCommand({ Name: 'bad', EventPattern: '{"a":"x"}' })),
    client.send(new PutRuleCommand({ Name: 'bus', EventPattern: '{"a":["x"]}', EventBusName: 'other' })),
    client.send(new DescribeRuleCommand({ Name: 'none' })),
    client.send(new PutTargetsCommand({ Rule: 'spot', Targets: [{ Id: 'l', Arn: 'arn:aws:lambda:x' }] })),
    client.send(new DeleteRuleCommand({ Name: 'spot' })),
  ];
  expect(await Promise.all(refused.map(errorName))).toEqual([
    ...['InvalidParameterValue', 'InvalidEventPatternException', 'ResourceNotFoundException'],
    ...['ResourceNotFoundException', 'ValidationException', 'ValidationException'],
  ]);
});

test('a restart finds rules and targets; a rule without targets can be deleted', async () => {
  await local.close();
  await start();
  bus.put(warning('i-9'));
  expect(await received()).toMatchObject([{ detail: { 'instance-id': 'i-9' } }]);
  await client.send(new RemoveTargetsCommand({ Rule: 'spot', Ids: ['q'] }));
  expect((await client.send(new ListTargetsByRuleCommand({ Rule: 'spot' }))).Targets).toEqual([]);
  await client.send(new DeleteRuleCommand({ Name: 'spot' }));
  expect((await client.send(new ListRulesCommand({}))).Rules?.map(({ Name }) => Name)).toEqual(['mine']);
});
