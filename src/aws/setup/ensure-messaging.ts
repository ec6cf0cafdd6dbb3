import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { deadQueue } from '../../engine/protocol/messages.ts';
import { type AwsTarget, clientOptions } from '../client-options.ts';
import { hasKind } from '../errors.ts';
import { type Ask, askerOf } from './ask.ts';
import type { Ensured } from './ensured.ts';
import { EVENT_RULES, names, type QueueName, QUEUES } from './names.ts';

/** A message that was received this often without being deleted goes to the dead-letter queue. */
const RECEIVE_COUNT_MAX = 5;
const RETENTION_S: Readonly<Record<QueueName, number>> = { ping: 300, events: 300, results: 14 * 86_400 };
const DEAD_RETENTION_S = 14 * 86_400;

interface Made {
  readonly url: string;
  readonly arn: string;
  readonly outcome: 'exists' | 'created';
}

async function ensureQueue(
  { ask, sqs }: { readonly ask: Ask; readonly sqs: SQSClient },
  name: string,
  attributes: Readonly<Record<string, string>>,
): Promise<Made> {
  const existing = await ask('sqs GetQueueUrl', name, (abortSignal) =>
    sqs.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal }),
  ).catch((error: unknown) => {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  });
  const created =
    existing ??
    (await ask('sqs CreateQueue', name, (abortSignal) =>
      sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { ...attributes } }), { abortSignal }),
    ));
  const url = created.QueueUrl ?? '';
  const { Attributes } = await ask('sqs GetQueueAttributes', name, (abortSignal) =>
    sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }), { abortSignal }),
  );
  return { url, arn: Attributes?.QueueArn ?? '', outcome: existing === undefined ? 'created' : 'exists' };
}

/** Queues with their dead-letter queues, the topic, and the rules that bring EC2's events. */
export async function ensureMessaging(target: AwsTarget, deployment: string): Promise<readonly Ensured[]> {
  const ask = askerOf(target);
  const sqs = new SQSClient(clientOptions(target));
  const ensured: Ensured[] = [];
  const queues: Partial<Record<QueueName, Made>> = {};
  await Promise.all(
    QUEUES.map(async (queue) => {
      const name = names.queue(deployment, queue);
      const dead = await ensureQueue({ ask, sqs }, deadQueue(name), {
        MessageRetentionPeriod: String(DEAD_RETENTION_S),
      });
      const made = await ensureQueue({ ask, sqs }, name, {
        MessageRetentionPeriod: String(RETENTION_S[queue]),
        ReceiveMessageWaitTimeSeconds: '20',
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: RECEIVE_COUNT_MAX }),
      });
      queues[queue] = made;
      ensured.push(
        { what: `queue ${deadQueue(name)}`, outcome: dead.outcome },
        { what: `queue ${name}`, outcome: made.outcome },
      );
    }),
  );
  const topic = names.topic(deployment);
  const sns = new SNSClient(clientOptions(target));
  await ask('sns CreateTopic', topic, (abortSignal) =>
    sns.send(new CreateTopicCommand({ Name: topic, Attributes: { SignatureVersion: '2' } }), { abortSignal }),
  );
  ensured.push({ what: `topic ${topic}`, outcome: 'kept' });
  if (queues.events !== undefined)
    ensured.push(...(await ensureRules(target, deployment, { sqs, events: queues.events })));
  return ensured;
}

async function ensureRules(
  target: AwsTarget,
  deployment: string,
  queue: { readonly sqs: SQSClient; readonly events: Made },
): Promise<readonly Ensured[]> {
  const ask = askerOf(target);
  const client = new EventBridgeClient(clientOptions(target));
  const { sqs, events } = queue;
  const arns = await Promise.all(
    Object.entries(EVENT_RULES).map(async ([rule, detailType]) => {
      const Name = names.rule(deployment, rule);
      const EventPattern = JSON.stringify({ source: ['aws.ec2'], 'detail-type': [detailType] });
      const { RuleArn = '' } = await ask('events PutRule', Name, (abortSignal) =>
        client.send(new PutRuleCommand({ Name, EventPattern, State: 'ENABLED' }), { abortSignal }),
      );
      await ask('events PutTargets', Name, (abortSignal) =>
        client.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'events', Arn: events.arn }] }), {
          abortSignal,
        }),
      );
      return RuleArn;
    }),
  );
  const statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: events.arn,
    Condition: { ArnEquals: { 'aws:SourceArn': arns } },
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await ask('sqs SetQueueAttributes', events.url, (abortSignal) =>
    sqs.send(new SetQueueAttributesCommand({ QueueUrl: events.url, Attributes: { Policy } }), { abortSignal }),
  );
  return Object.keys(EVENT_RULES).map((rule) => ({ what: `rule ${names.rule(deployment, rule)}`, outcome: 'kept' }));
}
