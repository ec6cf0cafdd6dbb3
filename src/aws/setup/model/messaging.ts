import { deadQueue } from '../../../engine/protocol/messages.ts';
import { EVENT_RULES, names, type QueueName, QUEUES } from '../names.ts';
import { arns } from './arns.ts';
import { type DeploymentSpec, ref, type Resource, tagsOf } from './resource.ts';

/** A message that was received this often without being deleted goes to the dead-letter queue. */
const RECEIVE_COUNT_MAX = 5;
const RETENTION_S: Readonly<Record<QueueName, number>> = { ping: 300, events: 300, results: 14 * 86_400 };
const DEAD_RETENTION_S = 14 * 86_400;
/** The longest long poll: nobody asks an empty queue more often. */
const WAIT_S = 20;

/** Queues with their dead-letter queues, the topic, and the rules that bring EC2's events. */
export function messagingResources(spec: DeploymentSpec): readonly Resource[] {
  return [...QUEUES.flatMap((queue) => queueResources(spec, queue)), topicResource(spec), ...ruleResources(spec)];
}

function queueId(queue: QueueName): string {
  return `${queue[0]?.toUpperCase()}${queue.slice(1)}Queue`;
}

function queueResources(spec: DeploymentSpec, queue: QueueName): readonly Resource[] {
  const name = names.queue(spec.name, queue);
  const dead = deadQueue(name);
  const base = { type: 'AWS::SQS::Queue', holdsData: false } as const;
  const Tags = tagsOf(spec, 'queue');
  return [
    {
      ...base,
      id: `${queueId(queue)}Dead`,
      name: dead,
      after: [],
      properties: {
        QueueName: dead,
        MessageRetentionPeriod: DEAD_RETENTION_S,
        SqsManagedSseEnabled: true,
        Tags,
      },
    },
    {
      ...base,
      id: queueId(queue),
      name,
      after: [`${queueId(queue)}Dead`],
      properties: {
        QueueName: name,
        MessageRetentionPeriod: RETENTION_S[queue],
        ReceiveMessageWaitTimeSeconds: WAIT_S,
        RedrivePolicy: {
          deadLetterTargetArn: arns.queue(spec, deadQueue(queue)),
          maxReceiveCount: RECEIVE_COUNT_MAX,
        },
        SqsManagedSseEnabled: true,
        Tags,
      },
    },
  ];
}

function topicResource(spec: DeploymentSpec): Resource {
  const name = names.topic(spec.name);
  return {
    id: 'NudgeTopic',
    type: 'AWS::SNS::Topic',
    name,
    after: [],
    holdsData: false,
    // Version 1 signs with SHA-1.
    properties: { TopicName: name, SignatureVersion: '2', Tags: tagsOf(spec, 'topic') },
  };
}

function ruleResources(spec: DeploymentSpec): readonly Resource[] {
  const target = arns.queue(spec, 'events');
  const rules = Object.entries(EVENT_RULES).map(([rule, detailType]): Resource => {
    const name = names.rule(spec.name, rule);
    const id = rule.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
    return {
      id: `${id}Rule`,
      type: 'AWS::Events::Rule',
      name,
      after: ['EventsQueue'],
      holdsData: false,
      properties: {
        Name: name,
        EventPattern: { source: ['aws.ec2'], 'detail-type': [detailType] },
        State: 'ENABLED',
        Targets: [{ Id: 'events', Arn: target }],
        Tags: tagsOf(spec, 'rule'),
      },
    };
  });
  const statement = {
    Sid: 'EventsOfOurRules',
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: target,
    Condition: { ArnEquals: { 'aws:SourceArn': Object.keys(EVENT_RULES).map((rule) => arns.rule(spec, rule)) } },
  };
  const policy: Resource = {
    id: 'EventsQueuePolicy',
    type: 'AWS::SQS::QueuePolicy',
    name: names.queue(spec.name, 'events'),
    after: ['EventsQueue'],
    holdsData: false,
    properties: {
      Queues: [ref('EventsQueue', 'QueueUrl')],
      PolicyDocument: { Version: '2012-10-17', Statement: [statement] },
    },
  };
  return [...rules, policy];
}
