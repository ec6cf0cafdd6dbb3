import assert from 'node:assert/strict';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { AwsTarget } from '../../src/aws/client-options.ts';
import { clientOptions } from '../../src/aws/client-options.ts';
import { DeadLetters } from '../../src/aws/dead-letters.ts';
import { isUnsupported } from '../../src/aws/errors.ts';
import { FaultInjection } from '../../src/aws/fis.ts';
import { callerIdentity } from '../../src/aws/identity.ts';
import { askerOf } from '../../src/aws/setup/ask.ts';
import { deploymentResources } from '../../src/aws/setup/model/index.ts';
import { arns } from '../../src/aws/setup/model/arns.ts';
import type { DeploymentSpec } from '../../src/aws/setup/model/resource.ts';
import { names } from '../../src/aws/setup/names.ts';
import { findNetwork } from '../../src/aws/setup/network.ts';
import { providersOf } from '../../src/aws/setup/providers/index.ts';
import { surveyDeployment } from '../../src/aws/setup/init.ts';
import { type Attributes, look } from '../../src/aws/setup/survey.ts';
import { SnsSubscriptions } from '../../src/aws/sns/subscriptions.ts';
import { SqsQueue } from '../../src/aws/sqs.ts';
import { deadQueue } from '../../src/engine/protocol/messages.ts';
import { FaultError } from '../../src/engine/model/fault.ts';

/** What has no port: the calls of set-up, of operators and of drills, on a deployment that stands. */
export interface AccountCase {
  readonly operation: string;
  readonly name: string;
  readonly run: (target: AwsTarget, spec: DeploymentSpec) => Promise<void>;
}

/** AWS says no, and in its own words; that there is no such operation is another matter. */
async function refused(asked: Promise<unknown>): Promise<void> {
  const error = await asked.then(() => undefined, (reason: unknown) => reason); // prettier-ignore
  if (isUnsupported(error)) throw error;
  assert.ok(error instanceof FaultError, String(error));
}

function isOfThisMachine({ endpoint }: AwsTarget): boolean {
  return endpoint !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname);
}

/** DynamoDB refuses to enable what is enabled; it is asked only where it is not. */
const ONCE = 'TimeToLiveSpecification';

export const ACCOUNT_CASES: readonly AccountCase[] = [
  {
    operation: 'sts GetCallerIdentity',
    name: 'tells the account',
    run: async (target, { accountId }) => assert.equal((await callerIdentity(target)).accountId, accountId),
  },
  {
    operation: 'setup mend',
    name: 'of all properties of all resources leaves them as they should be',
    run: async (target, spec) => {
      const providers = providersOf({ target, ask: askerOf(target) }, spec);
      const attributes: Attributes = new Map();
      for (const resource of deploymentResources(spec)) {
        const { resource: resolved } = await look(resource, providers, attributes);
        const provider = providers[resource.type];
        const changed = Object.keys(resource.properties).filter(
          (name) => !provider.fixed.includes(name) && name !== ONCE,
        );
        await provider.mend(resolved, changed);
      }
      const wrong = (await surveyDeployment(target, spec)).filter(({ standing }) => standing !== 'exists');
      assert.deepEqual(wrong.map(({ resource, changed }) => [resource.name, changed]), []); // prettier-ignore
    },
  },
  {
    operation: 'ec2 DescribeVpcs, DescribeSubnets',
    name: 'a VPC is found with one subnet in a zone, or said what is wrong with it',
    run: async (target) => {
      const { Vpcs = [] } = await new EC2Client(clientOptions(target)).send(new DescribeVpcsCommand({}));
      const [{ VpcId: vpcId = '' } = {}] = Vpcs;
      const found = await findNetwork(target, { vpcId, subnetIds: [] });
      assert.ok(typeof found === 'string' || (found.vpcId === vpcId && found.subnets.length > 0));
      assert.equal(typeof (await findNetwork(target, { vpcId: 'vpc-0123456789abcdef0', subnetIds: [] })), 'string');
    },
  },
  {
    operation: 'sqs ChangeMessageVisibilityBatch',
    name: 'dead letters that were looked at are there again when they are given back',
    run: async (target, { name }) => {
      const dead = new DeadLetters(target, names.queue(name, 'ping'));
      await new SqsQueue(target, deadQueue(names.queue(name, 'ping'))).send(['lost']);
      const taken = await dead.take(1);
      assert.deepEqual(taken.map(({ body }) => body), ['lost']); // prettier-ignore
      await dead.giveBack(taken);
      const again = await dead.take(1);
      assert.deepEqual(again.map(({ id }) => id), taken.map(({ id }) => id)); // prettier-ignore
      await dead.remove(again);
    },
  },
  {
    operation: 'sns Subscribe, ConfirmSubscription, ListSubscriptionsByTopic, Unsubscribe',
    name: 'an endpoint waits for its confirmation, which a wrong token is not; what is not there is removed already',
    run: async (target, spec) => {
      const subscriptions = new SnsSubscriptions(target);
      const topic = arns.topic(spec);
      // A name that is for examples: nobody answers. The embedded SNS delivers to this machine only; nobody answers there.
      const endpoint = `https://${isOfThisMachine(target) ? '127.0.0.1:9' : 'cbas.example.com'}/push`;
      await subscriptions.subscribe(topic, endpoint);
      const mine = (await subscriptions.list(topic)).filter((one) => one.endpoint === endpoint);
      assert.deepEqual(mine, [{ endpoint, arn: undefined }]);
      await refused(subscriptions.confirm(topic, 'f'.repeat(64)));
      await subscriptions.remove(`${topic}:01234567-89ab-cdef-0123-456789abcdef`);
    },
  },
  {
    operation: 'fis GetExperiment, DeleteExperimentTemplate',
    name: 'what is not there is a fault',
    run: async (target) => {
      const fis = new FaultInjection(target);
      await refused(fis.state('EXP0000000000000000'));
      await refused(fis.remove('EXT0000000000000000'));
    },
  },
  {
    operation: 'fis CreateExperimentTemplate, StartExperiment',
    name: 'of an instance that is not there interrupts nothing, and leaves no template',
    run: async (target, spec) => {
      const instanceArn = arns.ec2(spec, 'instance', 'i-0123456789abcdef0');
      await refused(new FaultInjection(target).interrupt({ instanceArn, roleArn: arns.role(spec, 'drill'), tags: {} }));
    },
  },
];
