import { CreateSecurityGroupCommand, DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clientOptions } from '../../../src/aws/client-options.ts';
import { Ec2Compute } from '../../../src/aws/ec2-compute.ts';
import { subnetIdOf, VPC_ID } from '../../../src/aws/local/ec2/network.ts';
import { cloudFormation } from '../../../src/aws/setup/export-cloudformation.ts';
import { terraform } from '../../../src/aws/setup/export-terraform.ts';
import { surveyDeployment } from '../../../src/aws/setup/init.ts';
import { policyOf } from '../../../src/aws/setup/model/policies.ts';
import { findNetwork } from '../../../src/aws/setup/network.ts';
import { destroy, init } from './breaking.ts';
import { specNamed, type TestCloud, testCloud } from './fixture.ts';

let under: TestCloud;
beforeAll(async () => {
  under = await testCloud();
});
afterAll(() => under.close());

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];
const subnet = (zone: string): string => subnetIdOf(ZONES, zone);

test('a network is what is there: its zones are asked for, and what will not do is told', async () => {
  const target = under.target();
  const found = (vpcId: string, ...subnetIds: readonly string[]) => findNetwork(target, { vpcId, subnetIds });
  expect(await found(VPC_ID, subnet('us-east-1b'), subnet('us-east-1a'))).toEqual({
    vpcId: VPC_ID,
    subnets: [
      { id: subnet('us-east-1a'), zone: 'us-east-1a' },
      { id: subnet('us-east-1b'), zone: 'us-east-1b' },
    ],
  });
  expect(await found(VPC_ID)).toMatchObject({ subnets: { length: 3 } });
  expect(await found('vpc-0123456789')).toBe('there is no VPC vpc-0123456789 in us-east-1');
  expect(await found(VPC_ID, 'subnet-0123456789')).toMatch(
    /^subnet-0123456789 is no subnet of vpc-\S+; it has subnet-/,
  );
});

test('the security group is made in it and compared with it; launches, rights and exports name it', async () => {
  const target = under.target();
  const network = { vpcId: VPC_ID, subnets: [{ id: subnet('us-east-1b'), zone: 'us-east-1b' }] };
  const spec = { ...specNamed('inside'), network };
  await init(target, spec);
  const standing = async (of: typeof spec) =>
    (await surveyDeployment(target, of)).find(({ resource }) => resource.id === 'WorkerGroup')?.standing;
  expect(await standing(spec)).toBe('exists');
  expect(await standing({ ...spec, network: { ...network, vpcId: 'vpc-0123456789' } })).toBe('missing');

  const compute = new Ec2Compute(target, 'inside', { 'us-east-1b': subnet('us-east-1b') });
  const launch = (zone: string) =>
    compute.launch({
      intentId: zone,
      token: zone,
      pool: `c5.large/${zone}`,
      count: 1,
      slots: 1,
      maxUsdPerHour: undefined,
      machine: undefined,
    });
  expect((await launch('us-east-1b')).instanceIds).toHaveLength(1);
  expect((await compute.instances()).map(({ pool }) => pool)).toEqual(['c5.large/us-east-1b']);
  await expect(launch('us-east-1a')).rejects.toThrow('the deployment has no subnet in us-east-1a');

  expect(JSON.stringify(policyOf('master', spec))).toContain(`subnet/${subnet('us-east-1b')}`);
  expect(JSON.stringify(policyOf('master', spec))).not.toContain('subnet/*');
  expect(cloudFormation(spec)).toMatchObject({ Resources: { WorkerGroup: { Properties: { VpcId: VPC_ID } } } });
  expect(terraform(spec)).toMatchObject({ resource: { aws_security_group: { worker_group: { vpc_id: VPC_ID } } } });
  await destroy(target, spec);
  const { SecurityGroups = [] } = await new EC2Client(clientOptions(target)).send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['cbas-inside-worker'] }] }),
  );
  expect(SecurityGroups).toEqual([]);
});

test('a group of the same name that is none of the VPC’s is not taken for it', async () => {
  const target = under.target();
  const client = new EC2Client(clientOptions(target));
  await client.send(new CreateSecurityGroupCommand({ GroupName: 'cbas-other-worker', Description: 'somebody’s' }));
  const spec = { ...specNamed('other'), network: { vpcId: 'vpc-0123456789', subnets: [] } };
  const finding = (await surveyDeployment(target, spec)).find(({ resource }) => resource.id === 'WorkerGroup');
  expect(finding?.standing).toBe('missing');
});
