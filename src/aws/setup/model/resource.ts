import type { Json, JsonObject } from '../../../engine/model/units.ts';
import type { Network } from '../../../engine/protocol/manifest-item.ts';

/** Kinds of resource that a deployment stands on, as CloudFormation names them. */
export const RESOURCE_TYPES = [
  'AWS::DynamoDB::Table',
  'AWS::EC2::LaunchTemplate',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::Events::Rule',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::Role',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

/**
 * One resource, as it should be. `properties` are CloudFormation's for its type, with all that we set and nothing else: they are what
 * `init` makes and compares, and what `export` prints.
 */
export interface Resource {
  /** CloudFormation's logical id: unique within the deployment. */
  readonly id: string;
  readonly type: ResourceType;
  /** Its name in the account; for what has none (a policy of a queue), the name of what it belongs to. */
  readonly name: string;
  readonly properties: JsonObject;
  /** Logical ids of what must be there before it. */
  readonly after: readonly string[];
  /** Holds what cannot be made again: it goes only with `destroy --purge`. */
  readonly holdsData: boolean;
}

/** A value that only AWS knows, once the resource exists: the id of a security group, the address of a queue. */
export interface Ref {
  readonly ref: string;
  readonly attribute: 'GroupId' | 'QueueUrl';
}

export function ref(id: string, attribute: Ref['attribute']): JsonObject {
  return { ref: id, attribute } satisfies Ref as unknown as JsonObject;
}

export function isRef(value: unknown): value is Ref {
  return typeof value === 'object' && value !== null && 'ref' in value && 'attribute' in value;
}

/** The value with each reference replaced by what `resolve` makes of it. */
export function withRefs(value: Json, resolve: (one: Ref) => Json): Json {
  if (isRef(value)) return resolve(value);
  if (Array.isArray(value)) return value.map((one) => withRefs(one, resolve));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (one === undefined ? [] : [[key, withRefs(one, resolve)]])),
  );
}

/** Logical ids that the value refers to. */
export function refsOf(value: Json): readonly string[] {
  const found: string[] = [];
  withRefs(value, (one) => {
    found.push(one.ref);
    return null;
  });
  return [...new Set(found)];
}

/** What the rest of the model needs to know of a deployment. */
export interface DeploymentSpec {
  readonly name: string;
  /** `aws`, `aws-cn`, `aws-us-gov`: the first part of each ARN. */
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
  /** Who answers for it: a tag, for the bill. */
  readonly owner: string;
  readonly imageId: string;
  /** Of workers, as text; at most 16 KB. */
  readonly userData: string;
  /** Not there: the region's default VPC. */
  readonly network?: Network;
  /** People may come to workers by the Session Manager. */
  readonly shell?: boolean;
}

/** On everything that can be tagged: the bill is divided by them, and `destroy` looks for them. */
export function tagsOf({ name, owner }: DeploymentSpec, role: string): readonly JsonObject[] {
  return [
    { Key: 'cbas:deployment', Value: name },
    { Key: 'cbas:owner', Value: owner },
    { Key: 'cbas:role', Value: role },
  ];
}
