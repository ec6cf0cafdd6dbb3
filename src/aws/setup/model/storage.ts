import type { TableName } from '../../../engine/model/command.ts';
import type { JsonObject } from '../../../engine/model/units.ts';
import { type IndexShape, TABLES, type TableShape } from '../../tables.ts';
import { names } from '../names.ts';
import { arns } from './arns.ts';
import { type DeploymentSpec, type Resource, tagsOf } from './resource.ts';

/** A checkpoint that its job has not removed after this is nobody's. */
const CHECKPOINT_DAYS = 7;
/** Uploads that were never ended. */
const UPLOAD_DAYS = 1;
/** Attribute by which DynamoDB removes items of the `events` table; epoch seconds. */
const EXPIRES = 'expiresAt';

/** The tables and the bucket: what is in them cannot be made again. */
export function storageResources(spec: DeploymentSpec): readonly Resource[] {
  const tables = (Object.keys(TABLES) as TableName[]).map((table) => tableResource(spec, table));
  return [...tables, ...bucketResources(spec)];
}

function tableResource(spec: DeploymentSpec, table: TableName): Resource {
  const shape = TABLES[table];
  const name = `${names.prefix(spec.name)}${table}`;
  const indexes = shape.indexes.map(indexOf);
  return {
    id: `${table[0]?.toUpperCase()}${table.slice(1)}Table`,
    type: 'AWS::DynamoDB::Table',
    name,
    after: [],
    holdsData: true,
    properties: {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributesOf(shape),
      KeySchema: keysOf(shape.key, shape.range),
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
      ...(table === 'events' && { TimeToLiveSpecification: { AttributeName: EXPIRES, Enabled: true } }),
      Tags: tagsOf(spec, 'table'),
    },
  };
}

/** Attributes of keys, by name. */
function attributesOf({ key, range, indexes }: TableShape): readonly JsonObject[] {
  const types = new Map<string, 'S' | 'N'>([[key, 'S']]);
  if (range !== undefined) types.set(range, 'S');
  for (const index of indexes) {
    types.set(index.hash, 'S');
    if (index.range !== undefined) types.set(index.range.name, index.range.type);
  }
  return [...types]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

function indexOf({ name, hash, range, projection }: IndexShape): JsonObject {
  return {
    IndexName: name,
    KeySchema: keysOf(hash, range?.name),
    Projection:
      projection === 'all'
        ? { ProjectionType: 'ALL' }
        : projection === 'keys'
          ? { ProjectionType: 'KEYS_ONLY' }
          : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...projection].sort() },
  };
}

function keysOf(hash: string, range: string | undefined): readonly JsonObject[] {
  return [
    { AttributeName: hash, KeyType: 'HASH' },
    ...(range === undefined ? [] : [{ AttributeName: range, KeyType: 'RANGE' }]),
  ];
}

function bucketResources(spec: DeploymentSpec): readonly Resource[] {
  const name = names.bucket(spec.name, spec.accountId, spec.region);
  const bucket: Resource = {
    id: 'Bucket',
    type: 'AWS::S3::Bucket',
    name,
    after: [],
    holdsData: true,
    properties: {
      BucketName: name,
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: {
        Rules: [
          { Id: 'checkpoints', Status: 'Enabled', Prefix: 'ckpt/', ExpirationInDays: CHECKPOINT_DAYS },
          {
            Id: 'uploads',
            Status: 'Enabled',
            Prefix: '',
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: UPLOAD_DAYS },
          },
        ],
      },
      Tags: tagsOf(spec, 'bucket'),
    },
  };
  const arn = arns.bucket(spec);
  const policy: Resource = {
    id: 'BucketPolicy',
    type: 'AWS::S3::BucketPolicy',
    name,
    after: ['Bucket'],
    // It goes with its bucket, and not before: the bucket is never open.
    holdsData: true,
    properties: {
      Bucket: name,
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  };
  return [bucket, policy];
}
