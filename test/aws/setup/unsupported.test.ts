import { afterAll, beforeAll, expect, test } from 'vitest';
import { SetupError } from '../../../src/aws/setup/build.ts';
import { surveyDeployment } from '../../../src/aws/setup/init.ts';
import { scanDeployment } from '../../../src/aws/setup/scan.ts';
import type { AwsTarget } from '../../../src/aws/client-options.ts';
import { REFUSALS, type Refusal, refusingProxy } from '../../support/refusing-proxy.ts';
import { destroy, init } from './breaking.ts';
import { REGION, specNamed, type TestCloud, testCloud } from './fixture.ts';

let under: TestCloud;
beforeAll(async () => {
  under = await testCloud();
});
afterAll(() => under.close());

const targetAt = (endpoint: string): AwsTarget => ({ region: REGION, endpoint, mode: 'local', credentials: 'dummy' });

test.each(Object.keys(REFUSALS) as Refusal[])(
  'without rules, topic and roles it goes on, and names them: %s',
  async (refusal) => {
    const proxy = await refusingProxy(under.cloud.endpoint, ['events', 'sns', 'iam'], refusal);
    try {
      const spec = specNamed(`less-${Object.keys(REFUSALS).indexOf(refusal)}`);
      const { built } = await init(targetAt(proxy.endpoint), spec);
      const wanting = built.filter(({ outcome }) => outcome === 'unsupported').map(({ resource }) => resource.type);
      expect([...new Set(wanting)].toSorted()).toEqual(['AWS::Events::Rule', 'AWS::IAM::InstanceProfile', 'AWS::IAM::Role', 'AWS::SNS::Topic']); // prettier-ignore
      const stands = built.filter(({ outcome }) => outcome === 'created').length;
      expect(stands + wanting.length).toBe(built.length);
      // The same again, and as `doctor` sees it.
      const findings = await surveyDeployment(targetAt(proxy.endpoint), spec);
      expect(findings.filter(({ standing }) => standing === 'unsupported')).toHaveLength(wanting.length);
      expect(findings.filter(({ standing }) => standing === 'exists')).toHaveLength(stands);
      const again = await init(targetAt(proxy.endpoint), spec);
      expect([...new Set(again.built.map(({ outcome }) => outcome))].toSorted()).toEqual(['exists', 'unsupported']);
      // What it cannot ask for it says, and everything else goes.
      await destroy(targetAt(proxy.endpoint), spec);
      const { left, unasked } = await scanDeployment(targetAt(proxy.endpoint), spec);
      expect(left).toEqual([]);
      const unnamed = built.filter(
        ({ outcome, resource }) => outcome === 'unsupported' && !unasked.some((one) => one.includes(resource.name)),
      );
      expect(unnamed).toEqual([]);
      // The embedded AWS has no list of disks, which is said as well.
      const others = unasked.filter((one) => !one.includes('no such thing'));
      expect(others.filter((one) => !one.startsWith('ec2 DescribeVolumes'))).toEqual([]);
    } finally {
      await proxy.close();
    }
  },
);

test('without EC2 there is a deployment that launches nothing', async () => {
  const proxy = await refusingProxy(under.cloud.endpoint, ['ec2'], 'a bare 501');
  try {
    const spec = specNamed('no-ec2');
    const { built } = await init(targetAt(proxy.endpoint), spec);
    const wanting = built.filter(({ outcome }) => outcome === 'unsupported').map(({ resource }) => resource.id);
    // A rule of a group and a template with it cannot be where the group cannot.
    expect(wanting).toEqual(['WorkerGroup', 'WorkerGroupToItself', 'WorkerTemplate']);
    await destroy(targetAt(proxy.endpoint), spec);
    expect((await scanDeployment(under.target(), spec)).left).toEqual([]);
  } finally {
    await proxy.close();
  }
});

test('without tables nothing works: that is said, with what it is about', async () => {
  const proxy = await refusingProxy(under.cloud.endpoint, ['dynamodb'], 'a code');
  try {
    const failed = await init(targetAt(proxy.endpoint), specNamed('no-tables')).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SetupError);
    expect(String(failed)).toContain(
      'table cbas-no-tables-jobs: this server does not have it, and nothing works without it',
    );
  } finally {
    await proxy.close();
  }
});
