import type {
  DescribeInstancesResult,
  DescribeTagsResult,
  Reservation,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ec2 } from '../../../src/aws/local/ec2/ec2.ts';
import { call, codeOf, ENDPOINT, type Ec2Fixture, ec2Fixture, ONE, script, SPOT } from './ec2-fixture.ts';
import { fakeClock } from './fake-clock.ts';

const NOW = Date.UTC(2026, 10, 1);

let fixture: Ec2Fixture;
let ec2: Ec2;
const clock = fakeClock(NOW);
beforeEach(async () => {
  fixture = ec2Fixture();
  ec2 = fixture.open({ clock, bootDelayMs: 1e9, quotaVcpus: { spot: 8 }, capacity: { 'm5.large/us-east-1a': 0 } });
  await ec2.start(ENDPOINT);
});
afterEach(() => fixture.cleanUp());

const run = (input: object = {}) => call<Reservation>(ec2, 'RunInstances', { ...ONE, ...input });
const idsOf = (reservation: Reservation) => reservation.Instances!.map((one) => one.InstanceId!);
const found = async (input: object): Promise<string[]> => {
  const reply = await call<DescribeInstancesResult>(ec2, 'DescribeInstances', input);
  return reply.Reservations!.flatMap(idsOf);
};
const placed = (AvailabilityZone: string) => ({ Placement: { AvailabilityZone } });
const tagged = (Key: string, Value: string) => ({
  TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key, Value }] }],
});
const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });

describe('RunInstances', () => {
  it('tells what it launched', async () => {
    const reply = await run({ ...SPOT, ...placed('us-east-1b'), ...tagged('a', 'b'), MaxCount: 3, ClientToken: 't' });
    expect(reply.Instances).toHaveLength(3);
    expect(reply.Instances![2]).toMatchObject({
      InstanceType: 'c5.large',
      InstanceLifecycle: 'spot',
      State: { Code: 0, Name: 'pending' },
      Placement: { AvailabilityZone: 'us-east-1b' },
      LaunchTime: new Date(NOW),
      AmiLaunchIndex: 2,
      ClientToken: 't',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(reply.Instances![0]!.InstanceId).toMatch(/^i-[0-9a-f]{17}$/);
  });

  it('does a thing once per client token, also over a restart', async () => {
    const first = await run({ ClientToken: 'x', MaxCount: 2 });
    expect(idsOf(await run({ ClientToken: 'x', MaxCount: 2 }))).toEqual(idsOf(first));
    expect(await codeOf(run({ ClientToken: 'x', MaxCount: 3 }))).toBe('IdempotentParameterMismatch');
    await ec2.stop({ endInstances: false });
    ec2 = fixture.open({ clock, bootDelayMs: 1e9 });
    await ec2.start(ENDPOINT);
    expect(idsOf(await run({ MaxCount: 2, ClientToken: 'x' }))).toEqual(idsOf(first));
    expect(await found({})).toHaveLength(2);
  });

  it('may be tried again with the token of a failure', async () => {
    const input = { InstanceType: 'm5.large', ...placed('us-east-1a'), ClientToken: 'y' };
    expect(await codeOf(run(input))).toBe('InsufficientInstanceCapacity');
    ec2.control.setCapacity('m5.large/us-east-1a', null);
    expect(await codeOf(run(input))).toBe('no error');
  });

  it.each([
    ['InvalidAMIID.NotFound', { ImageId: 'ami-1' }],
    ['InvalidParameterValue', { InstanceType: 'x9.huge' }],
    ['InvalidParameterValue', { MinCount: 2, MaxCount: 1 }],
    ['InvalidParameterValue', placed('eu-west-1a')],
    ['InvalidSubnetID.NotFound', { SubnetId: 'subnet-1' }],
    ['InvalidParameterValue', { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice: 'cheap' } } }],
    ['SpotMaxPriceTooLow', { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { MaxPrice: '0.001' } } }],
    ['UnsupportedOperation', { InstanceMarketOptions: { MarketType: 'capacity-block' } }],
    [
      'UnsupportedOperation',
      { InstanceMarketOptions: { MarketType: 'spot', SpotOptions: { SpotInstanceType: 'persistent' } } },
    ],
    ['UnsupportedOperation', { InstanceInitiatedShutdownBehavior: 'stop' }],
    ['UnsupportedOperation', { HibernationOptions: { Configured: true } }],
    ['UnsupportedOperation', { UserData: Buffer.from('#cloud-config').toString('base64') }],
    ['InvalidUserData.Malformed', { UserData: '***' }],
    ['InvalidParameterValue', { UserData: script('x'.repeat(20_000)) }],
    ['InvalidParameterValue', tagged('aws:mine', '1')],
    ['MaxSpotInstanceCountExceeded', { ...SPOT, MinCount: 5, MaxCount: 5 }],
    ['InsufficientInstanceCapacity', { InstanceType: 'm5.large', ...placed('us-east-1a') }],
    ['DryRunOperation', { DryRun: true }],
  ])('answers %s to %o', async (code, input) => {
    expect(await codeOf(run(input))).toBe(code);
    expect(await found({})).toEqual([]);
  });

  it('launches as many as quota and capacity allow, from MinCount up', async () => {
    expect(idsOf(await run({ ...SPOT, MaxCount: 9 }))).toHaveLength(4);
  });

  it('goes where there is capacity when no zone is named', async () => {
    const reply = await run({ InstanceType: 'm5.large' });
    expect(reply.Instances![0]!.Placement!.AvailabilityZone).toBe('us-east-1b');
  });
});

describe('DescribeInstances', () => {
  it('filters', async () => {
    const [a] = idsOf(await run({ ...tagged('job', 'one'), ...placed('us-east-1a') }));
    const [b] = idsOf(await run({ ...SPOT, ...tagged('job', 'two'), ...placed('us-east-1b') }));
    await call(ec2, 'TerminateInstances', { InstanceIds: [a] });
    expect(await found(filter('tag:job', 'one'))).toEqual([a]);
    expect(await found(filter('tag:job', 'o*', 't?o'))).toEqual([a, b]);
    expect(await found(filter('tag-key', 'job'))).toEqual([a, b]);
    expect(await found(filter('instance-state-name', 'pending', 'running'))).toEqual([b]);
    expect(await found(filter('instance-lifecycle', 'spot'))).toEqual([b]);
    expect(await found(filter('availability-zone', 'us-east-1a'))).toEqual([a]);
    expect(await found(filter('instance-type', 'c5.xlarge'))).toEqual([]);
    expect(await found({ InstanceIds: [b], ...filter('tag:job', 'one') })).toEqual([]);
    expect(await codeOf(found(filter('colour', 'red')))).toBe('InvalidParameterValue');
  });

  it('pages, in the order of launch', async () => {
    const ids = idsOf(await run({ MaxCount: 12 }));
    const pages: string[][] = [];
    let NextToken: string | undefined;
    do {
      const reply: DescribeInstancesResult = await call(ec2, 'DescribeInstances', { MaxResults: 5, NextToken });
      pages.push(reply.Reservations!.flatMap(idsOf));
      NextToken = reply.NextToken;
    } while (NextToken !== undefined);
    expect(pages.map((page) => page.length)).toEqual([5, 5, 2]);
    expect(pages.flat()).toEqual(ids);
    expect(await codeOf(found({ NextToken: 'bad' }))).toBe('InvalidPaginationToken');
    expect(await codeOf(found({ MaxResults: 5, InstanceIds: ids }))).toBe('InvalidParameterCombination');
  });

  it('knows no other ids', async () => {
    const [id] = idsOf(await run());
    expect(await codeOf(found({ InstanceIds: [id, 'i-0123456789abcdef0'] }))).toBe('InvalidInstanceID.NotFound');
    expect(await codeOf(found({ InstanceIds: ['x'] }))).toBe('InvalidInstanceID.Malformed');
  });
});

describe('TerminateInstances', () => {
  it('is all or nothing, and may be repeated', async () => {
    const [id] = idsOf(await run());
    const both = { InstanceIds: [id, 'i-0123456789abcdef0'] };
    expect(await codeOf(call(ec2, 'TerminateInstances', both))).toBe('InvalidInstanceID.NotFound');
    expect(await found(filter('instance-state-name', 'pending'))).toEqual([id]);
    const first = await call<TerminateInstancesResult>(ec2, 'TerminateInstances', { InstanceIds: [id] });
    expect(first.TerminatingInstances![0]).toMatchObject({
      PreviousState: { Name: 'pending' },
      CurrentState: { Name: 'shutting-down' },
    });
    await call(ec2, 'TerminateInstances', { InstanceIds: [id] });
    expect(await found({ InstanceIds: [id] })).toEqual([id]);
  });
});

describe('tags', () => {
  it('are added, replaced, found and removed', async () => {
    const [id] = idsOf(await run(tagged('a', '1')));
    await call(ec2, 'CreateTags', {
      Resources: [id],
      Tags: [
        { Key: 'a', Value: '2' },
        { Key: 'b', Value: '' },
      ],
    });
    const tags = async (input: object) =>
      (await call<DescribeTagsResult>(ec2, 'DescribeTags', input)).Tags!.map((tag) => `${tag.Key}=${tag.Value}`);
    expect(await tags(filter('resource-id', id!))).toEqual(['a=2', 'b=']);
    await call(ec2, 'DeleteTags', { Resources: [id], Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
    expect(await tags({})).toEqual(['a=2']);
  });

  it('of which one resource is unknown are not changed', async () => {
    const [id] = idsOf(await run());
    const input = { Resources: [id, 'i-0123456789abcdef0'], Tags: [{ Key: 'a', Value: '1' }] };
    expect(await codeOf(call(ec2, 'CreateTags', input))).toBe('InvalidInstanceID.NotFound');
    expect(await found(filter('tag-key', 'a'))).toEqual([]);
  });

  it('are at most fifty', async () => {
    const [id] = idsOf(await run());
    const Tags = Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' }));
    expect(await codeOf(call(ec2, 'CreateTags', { Resources: [id], Tags }))).toBe('TagLimitExceeded');
  });
});

describe('the catalogue', () => {
  it.each([
    ['DescribeAvailabilityZones', {}, 'AvailabilityZones', 2],
    ['DescribeRegions', {}, 'Regions', 1],
    ['DescribeInstanceTypes', { InstanceTypes: ['c5.large', 'm5.large'] }, 'InstanceTypes', 2],
    [
      'DescribeInstanceTypeOfferings',
      { LocationType: 'availability-zone', ...filter('instance-type', 'c5.large') },
      'InstanceTypeOfferings',
      2,
    ],
    ['DescribeInstanceTypeOfferings', filter('instance-type', 'c5.*'), 'InstanceTypeOfferings', 3],
    ['DescribeImages', { Owners: ['self'] }, 'Images', 1],
    ['DescribeSubnets', filter('availability-zone', 'us-east-1a'), 'Subnets', 1],
    ['DescribeVpcs', filter('is-default', 'true'), 'Vpcs', 1],
    ['DescribeSecurityGroups', { GroupNames: ['default'] }, 'SecurityGroups', 1],
    ['DescribeSpotInstanceRequests', {}, 'SpotInstanceRequests', 0],
  ])('%s %o', async (...[name, input, list, length]) =>
    expect((await call<Record<string, unknown[]>>(ec2, name, input))[list]).toHaveLength(length),
  );
});
