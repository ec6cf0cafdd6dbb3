import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type AwsTarget, clientOptions } from '../../src/aws/client-options.ts';
import { DynamoStore } from '../../src/aws/dynamo.ts';
import { Ec2Compute } from '../../src/aws/ec2-compute.ts';
import { Ec2Prices } from '../../src/aws/ec2-prices.ts';
import { S3Blobs } from '../../src/aws/s3.ts';
import { faultFrom, hasKind } from '../../src/aws/errors.ts';
import { askerOf } from '../../src/aws/setup/ask.ts';
import { build } from '../../src/aws/setup/build.ts';
import { destroyDeployment } from '../../src/aws/setup/destroy.ts';
import { initDeployment } from '../../src/aws/setup/init.ts';
import { partitionOf } from '../../src/aws/setup/model/arns.ts';
import { deploymentResources } from '../../src/aws/setup/model/index.ts';
import {
  type DeploymentSpec,
  type Resource,
  RESOURCE_TYPES,
  type ResourceType,
} from '../../src/aws/setup/model/resource.ts';
import { providersOf } from '../../src/aws/setup/providers/index.ts';
import { scanDeployment } from '../../src/aws/setup/scan.ts';
import { names } from '../../src/aws/setup/names.ts';
import { SqsQueue } from '../../src/aws/sqs.ts';
import { FaultError } from '../../src/engine/model/fault.ts';
import { IMAGE_DEFAULT } from '../../src/cli/setup-place.ts';
import { INSTANCE_LIFE_S } from './bound.ts';
import type { ConformanceContext } from './context.ts';

/** Where a server does not say. */
const ACCOUNT = '000000000000';
/** Used where a server lists no images of Amazon's. */
const SOME_IMAGE = 'ami-0cba5000000000001';
/** An instance has nothing to do here: where it is a process, it waits to be ended. */
const USER_DATA = '#!/bin/sh\nexec sleep 600\n';

/** On a real account an instance ends itself, too, should nobody else do it. Never for another: there it is a process of this machine. */
const LIVE_USER_DATA = `#!/bin/sh\nsleep ${INSTANCE_LIFE_S}\nshutdown -h now\n`;

export interface AwsOptions {
  readonly accountId?: string;
  readonly isLive?: boolean;
  /** Where to launch, and what a spot instance may cost there. */
  readonly pool?: { readonly id: string; readonly bidUsdPerHour: number };
}

export interface AwsUnderTest {
  /** The deployment, as it should be. */
  readonly spec: () => DeploymentSpec;
  readonly context: ConformanceContext;
  /** Each makes one kind of resource; in this order, before the cases. */
  readonly steps: readonly { readonly operation: string; readonly run: () => Promise<unknown> }[];
  /** Removes everything that the steps made; returns what could not be removed. */
  readonly remove: () => Promise<readonly string[]>;
}

/** The real adapters against any server that speaks AWS. Everything is made under `deployment`, a name of this run's own. */
export function awsUnderTest(target: AwsTarget, deployment: string, options: AwsOptions = {}): AwsUnderTest {
  const { accountId = ACCOUNT, isLive = false } = options;
  const { pool = { id: `c5.large/${target.region}a`, bidUsdPerHour: 10 } } = options;
  const bucket = names.bucket(deployment, accountId, target.region);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cbas-conformance-'));
  const queue = `${names.prefix(deployment)}cases`;
  const sqs = new SQSClient(clientOptions(target));
  const blobs = new S3Blobs(target, bucket);
  const compute = new Ec2Compute(target, deployment);
  let number = 0;
  let imageId = SOME_IMAGE;
  const settings = {
    accepting: true,
    targetWorkers: 0,
    slotsPerWorker: 1,
    pools: [pool],
    maxPoolSharePct: 100,
    changedBy: 'conformance',
    changedAt: 0,
  };
  const spec = (): DeploymentSpec => ({
    name: deployment,
    partition: partitionOf(target.region),
    accountId,
    region: target.region,
    owner: 'conformance',
    imageId,
    userData: isLive ? LIVE_USER_DATA : USER_DATA,
  });
  return {
    spec,
    context: {
      store: new DynamoStore(target, names.prefix(deployment)),
      queue: new SqsQueue(target, queue),
      blobs,
      compute,
      prices: new Ec2Prices(target),
      pool: pool.id,
      bidUsdPerHour: pool.bidUsdPerHour,
      folder,
      unique: (name) => `${deployment}-${++number}-${name}`,
      setup: async () => {
        const { built, recorded } = await initDeployment(target, { spec: spec(), settings, version: 'conformance' });
        return [...built.map(({ resource, outcome }) => ({ what: resource.name, outcome })), ...recorded];
      },
    },
    steps: [
      { operation: 'image', run: async () => (imageId = isLive ? IMAGE_DEFAULT : await someImage(target)) },
      ...RESOURCE_TYPES.map((type) => ({
        operation: type,
        run: () =>
          build(withNeeds(deploymentResources(spec()), type), providersOf({ target, ask: askerOf(target) }, spec())),
      })),
      {
        operation: 'a queue of one second',
        run: () => sqs.send(new CreateQueueCommand({ QueueName: queue, Attributes: { VisibilityTimeout: '1' } })),
      },
    ],
    remove: async () => {
      const left: string[] = [];
      // Each by itself: what could not be taken away, or never was, keeps nothing else.
      for (const takeAway of [
        () => fs.promises.rm(folder, { recursive: true, force: true }),
        () => removeQueue(sqs, queue),
        () => destroyDeployment(target, spec(), { purge: true, by: 'conformance', at: Date.now() }),
      ])
        await takeAway().catch((error: unknown) => left.push(error instanceof Error ? error.message : String(error)));
      const scan = await scanDeployment(target, spec());
      // Another server may lack what is looked for; of AWS all must be known.
      if (isLive) left.push(...scan.unasked.map((why) => `not looked for: ${why}`));
      return [...left, ...scan.left.map(({ kind, name }) => `${kind} ${name}`)];
    },
  };
}

async function removeQueue(sqs: SQSClient, QueueName: string): Promise<void> {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  } catch (error) {
    if (!hasKind(new FaultError(faultFrom(error, 'sqs DeleteQueue', QueueName)), 'not-found')) throw error;
  }
}

/** Resources of a type, and all that these stand on. */
function withNeeds(resources: readonly Resource[], type: ResourceType): readonly Resource[] {
  const wanted = new Set(resources.filter((one) => one.type === type).map(({ id }) => id));
  for (const { id, after } of [...resources].reverse()) if (wanted.has(id)) for (const need of after) wanted.add(need);
  return resources.filter(({ id }) => wanted.has(id));
}

async function someImage(target: AwsTarget): Promise<string> {
  const ec2 = new EC2Client(clientOptions(target));
  const { Images = [] } = await ec2
    .send(new DescribeImagesCommand({ Owners: ['amazon'] }))
    .catch(() => ({ Images: [] }));
  return Images[0]?.ImageId ?? SOME_IMAGE;
}
