import {
  CreateTags$,
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeSpotPriceHistory$,
  DescribeSpotPriceHistoryCommand,
  EC2Client,
  paginateDescribeSpotPriceHistory,
  RunInstances$,
  RunInstancesCommand,
  type DescribeSpotPriceHistoryRequest,
  type DescribeSpotPriceHistoryResult,
  type Reservation,
  type RunInstancesRequest,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { operation, ServiceError, type LocalService } from '../../../src/aws/local/service.ts';
import { errorName, startLocal, type Local } from './support.ts';

/** A stand-in service: what matters here is the wire, in both directions. */
const seen: object[] = [];
const LAUNCHED = new Date('2026-01-02T03:04:05.678Z');

const service: LocalService = {
  scope: 'ec2',
  protocol: 'ec2Query',
  operations: [
    operation(RunInstances$, (input: RunInstancesRequest): Reservation => {
      seen.push(input);
      if (input.ImageId === 'ami-none') throw new ServiceError('InvalidAMIID.NotFound', 'no <such> image');
      const Tags = input.TagSpecifications?.[0]?.Tags;
      const State = { Name: 'pending' as const, Code: 0 };
      return {
        ReservationId: 'r-1',
        Instances: [{ InstanceId: 'i-1', LaunchTime: LAUNCHED, EbsOptimized: false, State, Tags }],
      };
    }),
    operation(CreateTags$, (input: object) => void seen.push(input)),
    operation(
      DescribeSpotPriceHistory$,
      ({ NextToken, StartTime }: DescribeSpotPriceHistoryRequest): DescribeSpotPriceHistoryResult => ({
        NextToken: NextToken === undefined ? 'more' : '',
        SpotPriceHistory: [{ SpotPrice: '0.031200', InstanceType: 'm5.large', Timestamp: StartTime }],
      }),
    ),
  ],
};

let local: Local;
let client: EC2Client;

beforeAll(async () => {
  local = await startLocal({ services: [service] });
  client = new EC2Client(local.config);
});
afterAll(() => local.close());

test('a launch is read and answered member by member', async () => {
  const input: RunInstancesRequest = {
    ImageId: 'ami-1',
    InstanceType: 'm5.large',
    MinCount: 1,
    MaxCount: 2,
    ClientToken: 'token',
    UserData: Buffer.from('#!/bin/sh').toString('base64'),
    SecurityGroupIds: ['sg-1', 'sg-2'],
    InstanceMarketOptions: {
      MarketType: 'spot',
      SpotOptions: { MaxPrice: '0.1', SpotInstanceType: 'one-time', ValidUntil: LAUNCHED },
    },
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'cbas:intent', Value: 'a&b=c +ü' }] }],
    EbsOptimized: true,
  };
  const { Instances } = await client.send(new RunInstancesCommand(input));
  const ValidUntil = new Date('2026-01-02T03:04:05.678Z');
  const SpotOptions = { ...input.InstanceMarketOptions?.SpotOptions, ValidUntil };
  expect(seen.at(-1)).toEqual({ ...input, InstanceMarketOptions: { MarketType: 'spot', SpotOptions } });
  expect(Instances).toHaveLength(1);
  expect(Instances?.[0]).toMatchObject({
    InstanceId: 'i-1',
    LaunchTime: LAUNCHED,
    EbsOptimized: false,
    State: { Name: 'pending', Code: 0 },
    Tags: [{ Key: 'cbas:intent', Value: 'a&b=c +ü' }],
  });
});

test('an operation without a reply, pages, and errors', async () => {
  await client.send(new CreateTagsCommand({ Resources: ['i-1', 'i-2'], Tags: [{ Key: 'k', Value: '' }] }));
  expect(seen.at(-1)).toEqual({ Resources: ['i-1', 'i-2'], Tags: [{ Key: 'k', Value: '' }] });
  let prices = 0;
  for await (const page of paginateDescribeSpotPriceHistory({ client }, { StartTime: LAUNCHED })) {
    prices += page.SpotPriceHistory?.length ?? 0;
    expect(page.SpotPriceHistory?.[0]?.Timestamp).toEqual(LAUNCHED);
  }
  expect(prices).toBe(2);
  const launch = client.send(new RunInstancesCommand({ ImageId: 'ami-none', MinCount: 1, MaxCount: 1 }));
  await expect(launch).rejects.toMatchObject({
    name: 'InvalidAMIID.NotFound',
    message: 'no <such> image',
    $metadata: { httpStatusCode: 400 },
  });
  expect(await errorName(client.send(new DescribeInstancesCommand({})))).toBe('InvalidAction');
  const bad = new DescribeSpotPriceHistoryCommand({ MaxResults: Number.NaN });
  expect(await errorName(client.send(bad))).toBe('InvalidParameterValue');
});
