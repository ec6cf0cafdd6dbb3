import type { RequestLaunchTemplateData } from '@aws-sdk/client-ec2';
import type { Pool } from './price-source.ts';
import { ServiceError } from '../service.ts';
import { type Ec2Context, invalid, missing, only } from './context.ts';
import { checkImage } from './image-check.ts';
import { instanceType, type LaunchSpec } from './launch.ts';
import type { Lifecycle } from './records.ts';
import { specifiedTags } from './tags.ts';

/** EC2's limit, before base64. */
const USER_DATA_MAX_BYTES = 16_384;
const MAX_PRICE_MIN_USD = 0.001;

/** Obeyed, of a launch template's data and of RunInstances alike. */
const OBEYED = [
  'ImageId',
  'InstanceType',
  'KeyName',
  'UserData',
  'TagSpecifications',
  'InstanceMarketOptions',
  'IamInstanceProfile',
  'Placement',
  'InstanceInitiatedShutdownBehavior',
] as const;

/** Accepted without effect: network, disks and monitoring mean nothing to a local process. */
const IMMATERIAL = [
  'SecurityGroupIds',
  'SecurityGroups',
  'BlockDeviceMappings',
  'Monitoring',
  'EbsOptimized',
  'MetadataOptions',
  'NetworkInterfaces',
  'CreditSpecification',
] as const;

export const LAUNCH_KEYS = [...OBEYED, ...IMMATERIAL] as const;
export type LaunchData = Pick<RequestLaunchTemplateData, (typeof OBEYED)[number]>;

/** What a template says, overridden by what a request says; tags are joined. */
export function overridden(template: LaunchData, request: LaunchData): LaunchData {
  const given: LaunchData = Object.fromEntries(
    OBEYED.filter((key) => request[key] !== undefined).map((key) => [key, request[key]]),
  );
  const tags = [...(template.TagSpecifications ?? []), ...(request.TagSpecifications ?? [])];
  return { ...template, ...given, TagSpecifications: tags };
}

/** Throws what EC2 would for data that cannot be launched. Types and zones are settled by the caller. */
export function launchSpec(context: Ec2Context, data: LaunchData, type: string): LaunchSpec {
  checkPlacement(data);
  const behavior = data.InstanceInitiatedShutdownBehavior;
  if (behavior !== undefined && behavior !== 'terminate')
    throw new ServiceError('UnsupportedOperation', `InstanceInitiatedShutdownBehavior ${behavior} is not supported.`);
  const market = marketOf(data);
  return {
    type: instanceType(type).type,
    ...market,
    imageId: imageOf(context, data),
    userData: userDataOf(data),
    tags: specifiedTags(data.TagSpecifications, 'instance'),
    profileArn: profileOf(context, data),
    keyName: data.KeyName,
  };
}

function imageOf(context: Ec2Context, { ImageId: id }: LaunchData): string {
  if (id === undefined) throw missing('ImageId');
  return checkImage(context, id);
}

function marketOf({ InstanceMarketOptions: market }: LaunchData): {
  readonly lifecycle: Lifecycle;
  readonly maxUsdPerHour: number | undefined;
} {
  if (market === undefined) return { lifecycle: 'on-demand', maxUsdPerHour: undefined };
  if (market.MarketType !== undefined && market.MarketType !== 'spot')
    throw new ServiceError('UnsupportedOperation', `MarketType ${market.MarketType} is not supported.`);
  const options = market.SpotOptions ?? {};
  only('SpotOptions', options, ['MaxPrice', 'SpotInstanceType', 'InstanceInterruptionBehavior']);
  if (options.SpotInstanceType !== undefined && options.SpotInstanceType !== 'one-time')
    throw new ServiceError('UnsupportedOperation', `SpotInstanceType ${options.SpotInstanceType} is not supported.`);
  const behavior = options.InstanceInterruptionBehavior;
  if (behavior !== undefined && behavior !== 'terminate')
    throw new ServiceError('UnsupportedOperation', `InstanceInterruptionBehavior ${behavior} is not supported.`);
  return { lifecycle: 'spot', maxUsdPerHour: maxPrice(options.MaxPrice) };
}

export function maxPrice(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const usdPerHour = Number(text);
  if (!Number.isFinite(usdPerHour) || usdPerHour < MAX_PRICE_MIN_USD)
    throw invalid(`Invalid value '${text}' for MaxPrice: a number of USD per hour, at least ${MAX_PRICE_MIN_USD}`);
  return usdPerHour;
}

function userDataOf({ UserData: encoded }: LaunchData): string | undefined {
  if (encoded === undefined || encoded === '') return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const bare = (text: string): string => text.replace(/[\s=]/g, '');
  if (bare(bytes.toString('base64')) !== bare(encoded))
    throw new ServiceError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  if (bytes.length > USER_DATA_MAX_BYTES)
    throw invalid(`User data is limited to ${USER_DATA_MAX_BYTES} bytes; this has ${bytes.length}`);
  const text = bytes.toString('utf8');
  if (!text.startsWith('#!'))
    throw new ServiceError('UnsupportedOperation', 'User data must be a script: its first line begins with "#!".');
  return text;
}

function profileOf({ accountId }: Ec2Context, { IamInstanceProfile: profile }: LaunchData): string | undefined {
  if (profile?.Arn !== undefined) return profile.Arn;
  return profile?.Name === undefined ? undefined : `arn:aws:iam::${accountId}:instance-profile/${profile.Name}`;
}

function checkPlacement({ Placement: placement = {} }: LaunchData): void {
  only('Placement', placement, ['AvailabilityZone', 'Tenancy']);
  if (placement.Tenancy !== undefined && placement.Tenancy !== 'default')
    throw new ServiceError('UnsupportedOperation', `Tenancy ${placement.Tenancy} is not supported.`);
}

/** The pools of a type: of one zone, or of all. Throws where EC2 sells none. */
export function poolsFor({ market }: Ec2Context, type: string, zone: string | undefined): Pool[] {
  if (zone !== undefined && !market.zones.includes(zone)) throw invalid(`Invalid availability zone: [${zone}]`);
  const zones = zone === undefined ? market.zones : [zone];
  const pools = zones.flatMap((one) => market.pool(type, one) ?? []);
  if (pools.length === 0)
    throw new ServiceError(
      'Unsupported',
      `Your requested instance type (${type}) is not supported in ${zone ?? market.region}.`,
    );
  return pools;
}
