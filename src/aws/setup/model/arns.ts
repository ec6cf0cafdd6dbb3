import { names } from '../names.ts';
import type { DeploymentSpec } from './resource.ts';

export type Place = Pick<DeploymentSpec, 'name' | 'partition' | 'accountId' | 'region' | 'network' | 'shell'>;

/** ARNs of a deployment's resources. Account and region are pinned, so all of them are known beforehand. */
export const arns = {
  table: (place: Place, table: string): string =>
    `arn:${place.partition}:dynamodb:${place.region}:${place.accountId}:table/${names.prefix(place.name)}${table}`,
  queue: (place: Place, queue: string): string =>
    `arn:${place.partition}:sqs:${place.region}:${place.accountId}:${names.queue(place.name, queue)}`,
  topic: (place: Place): string =>
    `arn:${place.partition}:sns:${place.region}:${place.accountId}:${names.topic(place.name)}`,
  rule: (place: Place, rule: string): string =>
    `arn:${place.partition}:events:${place.region}:${place.accountId}:rule/${names.rule(place.name, rule)}`,
  bucket: (place: Place): string =>
    `arn:${place.partition}:s3:::${names.bucket(place.name, place.accountId, place.region)}`,
  role: (place: Place, role: string): string =>
    `arn:${place.partition}:iam::${place.accountId}:role/${names.role(place, role)}`,
  /** Of EC2, by kind: `instance`, `launch-template`, ...; all of the account's unless an id is given. */
  ec2: (place: Place, kind: string, id = '*'): string =>
    `arn:${place.partition}:ec2:${place.region}:${place.accountId}:${kind}/${id}`,
  profile: (place: Place, role: string): string =>
    `arn:${place.partition}:iam::${place.accountId}:instance-profile/${names.role(place, role)}`,
} as const;

/** The partition of a region: China and GovCloud have their own. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
