import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteLaunchTemplateCommand, DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DeleteRuleCommand, EventBridgeClient, RemoveTargetsCommand } from '@aws-sdk/client-eventbridge';
import { DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type AwsTarget, clientOptions } from '../../src/aws/client-options.ts';
import { DynamoStore } from '../../src/aws/dynamo.ts';
import { Ec2Compute, workerTemplateName } from '../../src/aws/ec2-compute.ts';
import { Ec2Prices } from '../../src/aws/ec2-prices.ts';
import { S3Blobs } from '../../src/aws/s3.ts';
import { ensureMessaging } from '../../src/aws/setup/ensure-messaging.ts';
import { ensureBucket, ensureTemplate } from '../../src/aws/setup/ensure-storage.ts';
import { ensureTables } from '../../src/aws/setup/ensure-tables.ts';
import { initDeployment } from '../../src/aws/setup/init.ts';
import { EVENT_RULES, names, QUEUES } from '../../src/aws/setup/names.ts';
import { SqsQueue } from '../../src/aws/sqs.ts';
import { TABLES } from '../../src/aws/tables.ts';
import type { ConformanceContext } from './context.ts';

const ACCOUNT = '000000000000';
/** Used where a server lists no images of Amazon's. */
const SOME_IMAGE = 'ami-0cba5000000000001';
/** An instance has nothing to do here: where it is a process, it waits to be ended. */
const USER_DATA = '#!/bin/sh\nexec sleep 600\n';

export interface AwsUnderTest {
  readonly context: ConformanceContext;
  /** Each makes one kind of resource; in this order, before the cases. */
  readonly steps: readonly { readonly operation: string; readonly run: () => Promise<unknown> }[];
  /** Removes everything that the steps made; returns what could not be removed. */
  readonly remove: () => Promise<readonly string[]>;
}

/** The real adapters against any server that speaks AWS. Everything is made under `deployment`, a name of this run's own. */
export function awsUnderTest(target: AwsTarget, deployment: string): AwsUnderTest {
  const bucket = names.bucket(deployment, ACCOUNT, target.region);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-conformance-'));
  const queue = `${names.prefix(deployment)}cases`;
  const sqs = new SQSClient(clientOptions(target));
  const blobs = new S3Blobs(target, bucket);
  const compute = new Ec2Compute(target, deployment);
  let number = 0;
  let imageId = SOME_IMAGE;
  const pools = [{ id: `c5.large/${target.region}a`, bidUsdPerHour: 1 }];
  const settings = {
    accepting: true,
    targetWorkers: 0,
    slotsPerWorker: 1,
    pools,
    maxPoolSharePct: 100,
    changedBy: 'conformance',
    changedAt: 0,
  };
  return {
    context: {
      store: new DynamoStore(target, names.prefix(deployment)),
      queue: new SqsQueue(target, queue),
      blobs,
      compute,
      prices: new Ec2Prices(target),
      pool: `c5.large/${target.region}a`,
      folder,
      unique: (name) => `${deployment}-${++number}-${name}`,
      setup: () => initDeployment(target, { deployment, accountId: ACCOUNT, settings, imageId, userData: USER_DATA }),
    },
    steps: [
      { operation: 'tables', run: () => ensureTables(target, names.prefix(deployment)) },
      { operation: 'queues, topic and rules', run: () => ensureMessaging(target, deployment) },
      { operation: 'bucket', run: () => ensureBucket(target, bucket) },
      {
        operation: 'a queue of one second',
        run: () => sqs.send(new CreateQueueCommand({ QueueName: queue, Attributes: { VisibilityTimeout: '1' } })),
      },
      {
        operation: 'launch template',
        run: async () => {
          imageId = await someImage(target);
          await ensureTemplate(target, { deployment, imageId, userData: USER_DATA });
        },
      },
    ],
    remove: () => removed([
      ['instances', async () => compute.terminate((await compute.instances()).filter(({ state }) => state !== 'terminated').map(({ id }) => id))],
      ...removals(target, deployment),
      ['bucket', async () => {
        await blobs.delete((await blobs.list('')).map(({ key }) => key));
        const s3 = new S3Client({ ...clientOptions(target), forcePathStyle: target.endpoint !== undefined });
        await s3.send(new DeleteBucketCommand({ Bucket: bucket }));
      }],
      ['folder', () => fs.promises.rm(folder, { recursive: true, force: true })],
    ]), // prettier-ignore
  };
}

async function someImage(target: AwsTarget): Promise<string> {
  const ec2 = new EC2Client(clientOptions(target));
  const { Images = [] } = await ec2
    .send(new DescribeImagesCommand({ Owners: ['amazon'] }))
    .catch(() => ({ Images: [] }));
  return Images[0]?.ImageId ?? SOME_IMAGE;
}

type Removal = readonly [string, () => Promise<unknown>];

function removals(target: AwsTarget, deployment: string): readonly Removal[] {
  const options = clientOptions(target);
  const [dynamo, sqs, sns, events, ec2] = [
    new DynamoDBClient(options),
    new SQSClient(options),
    new SNSClient(options),
    new EventBridgeClient(options),
    new EC2Client(options),
  ];
  const queues = [
    ...QUEUES.flatMap((queue) => [names.queue(deployment, queue), `${names.queue(deployment, queue)}-dead`]),
    `${names.prefix(deployment)}cases`,
  ];
  return [
    ...Object.keys(TABLES).map((table): Removal => [`table ${table}`, () => dynamo.send(new DeleteTableCommand({ TableName: `${names.prefix(deployment)}${table}` }))]),
    ...Object.keys(EVENT_RULES).map((rule): Removal => [`rule ${rule}`, async () => {
      const Rule = names.rule(deployment, rule);
      await events.send(new RemoveTargetsCommand({ Rule, Ids: ['events'] }));
      await events.send(new DeleteRuleCommand({ Name: Rule }));
    }]),
    ...queues.map((QueueName): Removal => [`queue ${QueueName}`, async () => {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
      await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    }]),
    ['topic', async () => {
      const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: names.topic(deployment) }));
      await sns.send(new DeleteTopicCommand({ TopicArn }));
    }],
    ['launch template', () => ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: workerTemplateName(deployment) }))],
  ]; // prettier-ignore
}

async function removed(list: readonly Removal[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const [what, run] of list) {
    try {
      await run();
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return left;
}
