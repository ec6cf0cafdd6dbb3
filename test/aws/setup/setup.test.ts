import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallPolicy } from '../../../src/aws/call-policy.ts';
import { useCalls } from '../../../src/aws/calls.ts';
import { clientOptions } from '../../../src/aws/client-options.ts';
import { SetupError } from '../../../src/aws/setup/build.ts';
import { destroyDeployment } from '../../../src/aws/setup/destroy.ts';
import { surveyDeployment } from '../../../src/aws/setup/init.ts';
import { deploymentResources } from '../../../src/aws/setup/model/index.ts';
import type { DeploymentSpec } from '../../../src/aws/setup/model/resource.ts';
import { scanDeployment } from '../../../src/aws/setup/scan.ts';
import { FaultError } from '../../../src/engine/model/fault.ts';
import { names } from '../../../src/aws/setup/names.ts';
import { breakAtCalls, BreakingCalls, destroy, init } from './breaking.ts';
import { ACCOUNT, REGION, specNamed, type TestCloud, testCloud } from './fixture.ts';

let under: TestCloud;
beforeAll(async () => {
  under = await testCloud();
});
afterAll(() => under.close());

const standings = async (spec: DeploymentSpec): Promise<readonly string[]> => [
  ...new Set((await surveyDeployment(under.target(), spec)).map(({ standing }) => standing)),
];

describe('a deployment', () => {
  test('is made whole, and a second init finds it as it should be', async () => {
    const spec = specNamed('whole');
    expect(await standings(spec)).toEqual(['missing']);
    const { built } = await init(under.target(), spec);
    expect([...new Set(built.map(({ outcome }) => outcome))]).toEqual(['created']);
    expect(await standings(spec)).toEqual(['exists']);
    const again = await init(under.target(), spec);
    expect([...new Set(again.built.map(({ outcome }) => outcome))]).toEqual(['exists']);
  });

  test('that somebody changed is told by its properties, and mended', async () => {
    const spec = specNamed('drift');
    await init(under.target(), spec);
    const options = clientOptions(under.target());
    const QueueUrl = `${under.cloud.endpoint}/${ACCOUNT}/${names.queue('drift', 'ping')}`;
    await new SQSClient(options).send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { MessageRetentionPeriod: '86400' } }),
    );
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    await new IAMClient(options).send(
      new PutRolePolicyCommand({ RoleName: names.role(spec, 'worker'), PolicyName: 'more', PolicyDocument }),
    );
    const changed = { ...spec, owner: 'ben' };
    const drifted = (await surveyDeployment(under.target(), spec)).filter(({ standing }) => standing !== 'exists');
    expect(drifted.map(({ resource, changed: properties }) => [resource.id, properties])).toEqual([
      ['PingQueue', ['MessageRetentionPeriod']],
      ['WorkerRole', ['Policies']],
    ]);
    const { built } = await init(under.target(), changed);
    expect(built.find(({ resource }) => resource.id === 'WorkerTemplate')).toMatchObject({
      outcome: 'mended',
      changed: ['LaunchTemplateData', 'TagSpecifications'],
    });
    expect(await standings(changed)).toEqual(['exists']);
  });

  test('goes with its instances; data stays until it is asked for by name; a scan proves it', async () => {
    const spec = { ...specNamed('gone'), userData: '#!/bin/sh\nexec sleep 600\n' };
    await init(under.target(), spec);
    const target = under.target();
    await new EC2Client(clientOptions(target)).send(
      new RunInstancesCommand({
        LaunchTemplate: { LaunchTemplateName: names.template('gone') },
        InstanceType: 'c5.large',
        MinCount: 2,
        MaxCount: 2,
      }),
    );
    const kinds = async () => (await scanDeployment(target, spec)).left.map(({ kind }) => kind);
    expect((await kinds()).filter((kind) => kind === 'instance')).toHaveLength(2);
    const counted: number[] = [];
    await destroyDeployment(target, spec, {
      purge: false,
      by: 'ana',
      at: 2,
      onInstances: (left) => counted.push(left),
    });
    expect([counted[0], counted.at(-1)]).toEqual([2, 0]);
    expect([...new Set(await kinds())]).toEqual(['table', 'bucket', 'policy of bucket']);
    await destroy(target, spec);
    expect(await kinds()).toEqual([]);
    // And once more: there is nothing, and nothing is wrong with that.
    await destroy(target, spec);
  });

  test.each(['init', 'destroy'] as const)(
    '%s that broke at a call goes on from there',
    async (verb) => {
      // Every call in turn: npm run proof -- setup.
      const { broken, violations } = await breakAtCalls({ under, verb, everyNth: 16 });
      expect(violations).toEqual([]);
      expect(broken).toBeGreaterThan(2);
    },
    60_000,
  );

  test('a right that is missing is named, with what it is missing on; what was done is told', async () => {
    const spec = specNamed('denied');
    class Denied extends BreakingCalls {
      override run<T>(...[call, act]: Parameters<CallPolicy['run']>): Promise<T> {
        if (call.operation !== 's3 PutBucketEncryption') return super.run(call, act);
        throw new FaultError({
          kind: 'denied',
          operation: call.operation,
          target: call.target,
          detail: 'no',
          code: 'AccessDenied',
        });
      }
    }
    const target = under.target();
    useCalls(target, new Denied());
    const error = await init(target, spec).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SetupError);
    const { message, done } = error as SetupError;
    expect(message).toBe(
      `bucket ${names.bucket('denied', ACCOUNT, REGION)}: s3 PutBucketEncryption on ${names.bucket('denied', ACCOUNT, REGION)}: denied (no); the right that is missing: s3:PutEncryptionConfiguration`,
    );
    expect(done.length).toBeGreaterThan(5);
    expect(done.length).toBeLessThan(deploymentResources(spec).length);
  });
});
