import type {
  CreateFleetResult,
  CreateLaunchTemplateResult,
  DescribeInstancesResult,
  DescribeLaunchTemplateVersionsResult,
  Reservation,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ec2 } from '../../../src/aws/local/ec2/ec2.ts';
import { IMAGE_ID } from '../../../src/aws/local/ec2/image-check.ts';
import { recordedSource } from '../../../src/aws/local/ec2/price-source.ts';
import { parsePrices } from '../../../src/engine/market/parse-prices.ts';
import { call, codeOf, ENDPOINT, type Ec2Fixture, ec2Fixture, script } from './ec2-fixture.ts';
import { fakeClock } from './fake-clock.ts';

/** m5.xlarge is the dearest per instance and the cheapest per vCPU; c5.large in 1b is above its on-demand price. */
const PRICES = [
  'us-east-1a,c5.large,Linux/UNIX,0.030',
  'us-east-1b,c5.large,Linux/UNIX,0.090',
  'us-east-1a,m5.large,Linux/UNIX,0.040',
  'us-east-1b,m5.large,Linux/UNIX,0.035',
  'us-east-1a,m5.xlarge,Linux/UNIX,0.050',
]
  .map((row) => `0,${row}`)
  .join('\n');

let fixture: Ec2Fixture;
let ec2: Ec2;
let template: string;
beforeEach(async () => {
  fixture = ec2Fixture();
  const source = recordedSource(parsePrices(PRICES));
  ec2 = fixture.open({ source, clock: fakeClock(Date.UTC(2026, 10, 1)), bootDelayMs: 1e9 });
  await ec2.start(ENDPOINT);
  const LaunchTemplateData = {
    ImageId: IMAGE_ID,
    UserData: script('sleep 1000'),
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'from', Value: 'template' }] }],
  };
  const made = await call<CreateLaunchTemplateResult>(ec2, 'CreateLaunchTemplate', {
    LaunchTemplateName: 'workers',
    LaunchTemplateData,
  });
  template = made.LaunchTemplate!.LaunchTemplateId!;
});
afterEach(() => fixture.cleanUp());

interface Wish {
  readonly overrides: readonly object[];
  readonly count?: number;
  readonly more?: object;
}

function fleet({ overrides, count = 1, more = {} }: Wish): Promise<CreateFleetResult> {
  return call(ec2, 'CreateFleet', {
    Type: 'instant',
    LaunchTemplateConfigs: [
      { LaunchTemplateSpecification: { LaunchTemplateName: 'workers', Version: '$Latest' }, Overrides: overrides },
    ],
    TargetCapacitySpecification: { TotalTargetCapacity: count, DefaultTargetCapacityType: 'spot' },
    ...more,
  });
}

const type = (InstanceType: string, more: object = {}) => ({ InstanceType, ...more });
const launched = (result: CreateFleetResult): string[] =>
  result.Instances!.map(
    (one) =>
      `${one.InstanceIds!.length} ${one.Lifecycle} ${one.InstanceType}/${one.LaunchTemplateAndOverrides!.Overrides!.AvailabilityZone}`,
  );
const errors = (result: CreateFleetResult): string[] =>
  result.Errors!.map((one) => {
    const { InstanceType, AvailabilityZone = '' } = one.LaunchTemplateAndOverrides!.Overrides!;
    return `${one.ErrorCode} ${InstanceType}/${AvailabilityZone}`;
  });

describe('CreateFleet', () => {
  it('launches in the cheapest pool of all zones', async () => {
    const result = await fleet({ overrides: [type('m5.large'), type('c5.large')], count: 3 });
    expect(launched(result)).toEqual(['3 spot c5.large/us-east-1a']);
    expect(result.Errors).toEqual([]);
    const reply = await call<DescribeInstancesResult>(ec2, 'DescribeInstances');
    expect(reply.Reservations![0]!.Instances![0]!.Tags).toEqual([
      { Key: 'from', Value: 'template' },
      { Key: 'aws:ec2:fleet-id', Value: result.FleetId },
    ]);
  });

  it('tells the error of each override, and goes on to the next', async () => {
    ec2.control.setCapacity('c5.large/us-east-1a', 1);
    ec2.control.setCapacity('m5.large/us-east-1b', 0);
    const overrides = [type('c5.large'), type('m5.large', { MaxPrice: '0.038' }), type('x9.huge')];
    const result = await fleet({ overrides, count: 4 });
    expect(launched(result)).toEqual(['1 spot c5.large/us-east-1a']);
    expect(errors(result)).toEqual([
      'InvalidParameterValue x9.huge/',
      'InsufficientInstanceCapacity m5.large/us-east-1b',
      'SpotMaxPriceTooLow m5.large/us-east-1a',
      'SpotMaxPriceTooLow c5.large/us-east-1b',
    ]);
  });

  it('puts pools that hold the whole target first, when asked to mind capacity', async () => {
    ec2.control.setCapacity('c5.large/us-east-1a', 1);
    const wish = { overrides: [type('m5.large'), type('c5.large')], count: 2 };
    const mindful = await fleet({
      ...wish,
      more: { SpotOptions: { AllocationStrategy: 'price-capacity-optimized' } },
    });
    expect(launched(mindful)).toEqual(['2 spot m5.large/us-east-1b']);
    const cheapest = await fleet({ ...wish, more: { SpotOptions: { AllocationStrategy: 'lowest-price' } } });
    expect(launched(cheapest)).toEqual(['1 spot c5.large/us-east-1a', '1 spot m5.large/us-east-1b']);
  });

  it('counts in weights', async () => {
    const overrides = [type('m5.large', { WeightedCapacity: 2 }), type('m5.xlarge', { WeightedCapacity: 4 })];
    expect(launched(await fleet({ overrides, count: 6 }))).toEqual(['2 spot m5.xlarge/us-east-1a']);
  });

  it('takes both lifecycles at once', async () => {
    const TargetCapacitySpecification = {
      TotalTargetCapacity: 3,
      OnDemandTargetCapacity: 1,
      SpotTargetCapacity: 2,
    };
    const overrides = [type('c5.large', { AvailabilityZone: 'us-east-1a' })];
    const result = await fleet({ overrides, more: { TargetCapacitySpecification } });
    expect(launched(result)).toEqual(['1 on-demand c5.large/us-east-1a', '2 spot c5.large/us-east-1a']);
  });

  it('does a thing once per client token', async () => {
    const wish = { overrides: [type('c5.large')], more: { ClientToken: 'f' } };
    const first = await fleet(wish);
    expect(await fleet(wish)).toEqual(first);
    expect(await codeOf(fleet({ ...wish, count: 2 }))).toBe('IdempotentParameterMismatch');
    const reply = await call<DescribeInstancesResult>(ec2, 'DescribeInstances');
    expect(reply.Reservations).toHaveLength(1);
  });

  it.each([
    ['UnsupportedOperation', { Type: 'maintain' }],
    ['UnsupportedOperation', { SpotOptions: { AllocationStrategy: 'diversified' } }],
    ['UnsupportedOperation', { SpotOptions: { MaxTotalPrice: '1' } }],
    ['InvalidParameterValue', { TargetCapacitySpecification: { TotalTargetCapacity: 0 } }],
    ['InvalidParameterValue', { TargetCapacitySpecification: { TotalTargetCapacity: 1, SpotTargetCapacity: 2 } }],
    ['MissingParameter', { LaunchTemplateConfigs: [] }],
  ])('answers %s to %o', async (code, more) =>
    expect(await codeOf(fleet({ overrides: [type('c5.large')], more }))).toBe(code),
  );
});

describe('launch templates', () => {
  it('have versions, of which $Default and $Latest are two', async () => {
    const LaunchTemplateData = { InstanceType: 'm5.large' };
    await call(ec2, 'CreateLaunchTemplateVersion', {
      LaunchTemplateId: template,
      SourceVersion: '1',
      LaunchTemplateData,
    });
    const described = await call<DescribeLaunchTemplateVersionsResult>(ec2, 'DescribeLaunchTemplateVersions', {
      LaunchTemplateName: 'workers',
    });
    expect(described.LaunchTemplateVersions!.map((one) => one.VersionNumber)).toEqual([2, 1]);
    expect(described.LaunchTemplateVersions![0]!.LaunchTemplateData).toMatchObject({
      ImageId: IMAGE_ID,
      InstanceType: 'm5.large',
    });
    const run = (Version?: string) =>
      call<Reservation>(ec2, 'RunInstances', {
        MinCount: 1,
        MaxCount: 1,
        LaunchTemplate: { LaunchTemplateId: template, Version },
      });
    expect((await run('$Latest')).Instances![0]).toMatchObject({
      InstanceType: 'm5.large',
      Tags: [{ Key: 'from', Value: 'template' }],
    });
    expect(await codeOf(run())).toBe('MissingParameter');
    expect(await codeOf(run('3'))).toBe('InvalidLaunchTemplateId.VersionNotFound');
  });

  it('have one name each, and can be deleted', async () => {
    const again = { LaunchTemplateName: 'workers', LaunchTemplateData: { ImageId: IMAGE_ID } };
    expect(await codeOf(call(ec2, 'CreateLaunchTemplate', again))).toBe(
      'InvalidLaunchTemplateName.AlreadyExistsException',
    );
    await call(ec2, 'DeleteLaunchTemplate', { LaunchTemplateName: 'workers' });
    expect(await codeOf(call(ec2, 'DescribeLaunchTemplates', { LaunchTemplateIds: [template] }))).toBe(
      'InvalidLaunchTemplateId.NotFound',
    );
    expect(await codeOf(call(ec2, 'CreateLaunchTemplate', again))).toBe('no error');
  });

  it('refuse what the embedded EC2 would not obey', async () => {
    const data = { LaunchTemplateName: 'other', LaunchTemplateData: { InstanceRequirements: {} } };
    expect(await codeOf(call(ec2, 'CreateLaunchTemplate', data))).toBe('UnsupportedOperation');
  });
});
