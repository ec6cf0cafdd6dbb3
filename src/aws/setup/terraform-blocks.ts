import type { JsonObject } from '../../engine/model/units.ts';
import type { ResourceType } from './model/resource.ts';
import type { TagPair } from './providers/provider.ts';

/** One block of Terraform's JSON syntax: `resource.<type>.<name>`. */
export interface Block {
  readonly type: string;
  readonly body: JsonObject;
}

/** Properties of which a map knows the shape, for it knows their type. */
export interface Properties {
  readonly [name: string | number]: Properties;
}

function as<Shape>(value: unknown): Shape {
  return value as Shape;
}

function tags(pairs: readonly TagPair[] | undefined): JsonObject {
  return Object.fromEntries((pairs ?? []).map(({ Key, Value }) => [Key, Value]));
}

const one = (type: string, body: JsonObject): readonly Block[] => [{ type, body }];

/** CloudFormation's properties of each type in Terraform's words; the first block is the resource itself. */
export const BLOCKS: Readonly<Record<ResourceType, (properties: Properties) => readonly Block[]>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::EC2::LaunchTemplate': launchTemplate,
  'AWS::EC2::SecurityGroup': (p) =>
    one('aws_security_group', {
      name: p['GroupName'],
      description: p['GroupDescription'],
      ...(p['VpcId'] !== undefined && { vpc_id: p['VpcId'] }),
      // Terraform takes away the rule that AWS makes by itself.
      egress: [{ ...NO_RULE, from_port: 0, to_port: 0, protocol: '-1', cidr_blocks: ['0.0.0.0/0'] }],
      tags: tags(as(p['Tags'])),
    }),
  'AWS::EC2::SecurityGroupIngress': (p) =>
    one('aws_vpc_security_group_ingress_rule', {
      security_group_id: p['GroupId'],
      referenced_security_group_id: p['SourceSecurityGroupId'],
      ip_protocol: p['IpProtocol'],
    }),
  'AWS::Events::Rule': (p) => [
    {
      type: 'aws_cloudwatch_event_rule',
      body: {
        name: p['Name'],
        event_pattern: JSON.stringify(p['EventPattern']),
        state: p['State'],
        tags: tags(as(p['Tags'])),
      },
    },
    {
      type: 'aws_cloudwatch_event_target',
      body: { rule: p['Name'], target_id: p['Targets']?.[0]?.['Id'], arn: p['Targets']?.[0]?.['Arn'] },
    },
  ],
  'AWS::IAM::InstanceProfile': (p) =>
    one('aws_iam_instance_profile', { name: p['InstanceProfileName'], role: p['Roles']?.[0] }),
  'AWS::IAM::Role': role,
  'AWS::S3::Bucket': bucket,
  'AWS::S3::BucketPolicy': (p) =>
    one('aws_s3_bucket_policy', { bucket: p['Bucket'], policy: JSON.stringify(p['PolicyDocument']) }),
  'AWS::SNS::Topic': (p) =>
    one('aws_sns_topic', {
      name: p['TopicName'],
      signature_version: Number(p['SignatureVersion']),
      tags: tags(as(p['Tags'])),
    }),
  'AWS::SQS::Queue': (p) =>
    one('aws_sqs_queue', {
      name: p['QueueName'],
      message_retention_seconds: p['MessageRetentionPeriod'],
      ...(p['ReceiveMessageWaitTimeSeconds'] !== undefined && {
        receive_wait_time_seconds: p['ReceiveMessageWaitTimeSeconds'],
      }),
      ...(p['RedrivePolicy'] !== undefined && { redrive_policy: JSON.stringify(p['RedrivePolicy']) }),
      sqs_managed_sse_enabled: p['SqsManagedSseEnabled'],
      tags: tags(as(p['Tags'])),
    }),
  'AWS::SQS::QueuePolicy': (p) =>
    one('aws_sqs_queue_policy', { queue_url: p['Queues']?.[0], policy: JSON.stringify(p['PolicyDocument']) }),
};

/** The members that the syntax of attributes as blocks wants, all of them. */
const NO_RULE = {
  description: '',
  ipv6_cidr_blocks: [],
  prefix_list_ids: [],
  security_groups: [],
  self: false,
};

interface Key {
  readonly AttributeName: string;
  readonly KeyType: string;
}

function keys(schema: readonly Key[]): JsonObject {
  const of = (type: string): string | undefined => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  const range = of('RANGE');
  return { hash_key: of('HASH'), ...(range !== undefined && { range_key: range }) };
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: readonly Key[];
  readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
}

interface Attribute {
  readonly AttributeName: string;
  readonly AttributeType: string;
}

interface TimeToLive {
  readonly AttributeName: string;
  readonly Enabled: boolean;
}

function table(p: Properties): readonly Block[] {
  const attributes = as<readonly Attribute[]>(p['AttributeDefinitions']);
  const indexes = as<readonly Index[]>(p['GlobalSecondaryIndexes'] ?? []);
  const ttl = as<TimeToLive | undefined>(p['TimeToLiveSpecification']);
  return one('aws_dynamodb_table', {
    name: p['TableName'],
    billing_mode: p['BillingMode'],
    ...keys(as(p['KeySchema'])),
    attribute: attributes.map(({ AttributeName, AttributeType }) => ({ name: AttributeName, type: AttributeType })),
    ...(indexes.length > 0 && {
      global_secondary_index: indexes.map(({ IndexName, KeySchema, Projection }) => ({
        name: IndexName,
        ...keys(KeySchema),
        projection_type: Projection.ProjectionType,
        ...(Projection.NonKeyAttributes !== undefined && { non_key_attributes: Projection.NonKeyAttributes }),
      })),
    }),
    ...(ttl !== undefined && { ttl: { attribute_name: ttl.AttributeName, enabled: ttl.Enabled } }),
    tags: tags(as(p['Tags'])),
    lifecycle: { prevent_destroy: true },
  });
}

interface Policy {
  readonly PolicyName: string;
  readonly PolicyDocument: JsonObject;
}

function role(p: Properties): readonly Block[] {
  const [policy] = as<readonly Policy[]>(p['Policies']);
  return [
    {
      type: 'aws_iam_role',
      body: {
        name: p['RoleName'],
        assume_role_policy: JSON.stringify(p['AssumeRolePolicyDocument']),
        tags: tags(as(p['Tags'])),
      },
    },
    {
      type: 'aws_iam_role_policy',
      body: { name: policy?.PolicyName, role: p['RoleName'], policy: JSON.stringify(policy?.PolicyDocument) },
    },
  ];
}

function bucket(p: Properties): readonly Block[] {
  const name = p['BucketName'];
  const access = as<Readonly<Record<string, boolean>>>(p['PublicAccessBlockConfiguration']);
  const { Rules } = as<{ readonly Rules: readonly Properties[] }>(p['LifecycleConfiguration']);
  return [
    { type: 'aws_s3_bucket', body: { bucket: name, tags: tags(as(p['Tags'])), lifecycle: { prevent_destroy: true } } },
    {
      type: 'aws_s3_bucket_server_side_encryption_configuration',
      body: { bucket: name, rule: { apply_server_side_encryption_by_default: { sse_algorithm: 'AES256' } } },
    },
    {
      type: 'aws_s3_bucket_public_access_block',
      body: {
        bucket: name,
        block_public_acls: access['BlockPublicAcls'],
        block_public_policy: access['BlockPublicPolicy'],
        ignore_public_acls: access['IgnorePublicAcls'],
        restrict_public_buckets: access['RestrictPublicBuckets'],
      },
    },
    {
      type: 'aws_s3_bucket_lifecycle_configuration',
      body: {
        bucket: name,
        rule: Rules.map((rule) => ({
          id: rule['Id'],
          status: rule['Status'],
          filter: { prefix: rule['Prefix'] },
          ...(rule['ExpirationInDays'] !== undefined && { expiration: { days: rule['ExpirationInDays'] } }),
          ...(rule['AbortIncompleteMultipartUpload'] !== undefined && {
            abort_incomplete_multipart_upload: {
              days_after_initiation: rule['AbortIncompleteMultipartUpload']['DaysAfterInitiation'],
            },
          }),
        })),
      },
    },
  ];
}

interface Disk {
  readonly DeviceName: string;
  readonly Ebs: Properties;
}

interface Specified {
  readonly ResourceType: string;
  readonly Tags: readonly TagPair[];
}

function launchTemplate(p: Properties): readonly Block[] {
  const data = as<Properties>(p['LaunchTemplateData']);
  const metadata = as<Properties>(data['MetadataOptions']);
  const disks = as<readonly Disk[]>(data['BlockDeviceMappings']);
  const specified = as<readonly Specified[]>(data['TagSpecifications']);
  const [own] = as<readonly Specified[]>(p['TagSpecifications']);
  return one('aws_launch_template', {
    name: p['LaunchTemplateName'],
    image_id: data['ImageId'],
    user_data: data['UserData'],
    iam_instance_profile: { name: data['IamInstanceProfile']?.['Name'] },
    vpc_security_group_ids: data['SecurityGroupIds'],
    instance_initiated_shutdown_behavior: data['InstanceInitiatedShutdownBehavior'],
    metadata_options: {
      http_tokens: metadata['HttpTokens'],
      http_put_response_hop_limit: metadata['HttpPutResponseHopLimit'],
      instance_metadata_tags: metadata['InstanceMetadataTags'],
    },
    block_device_mappings: disks.map(({ DeviceName, Ebs }) => ({
      device_name: DeviceName,
      ebs: {
        encrypted: Ebs['Encrypted'],
        volume_type: Ebs['VolumeType'],
        delete_on_termination: Ebs['DeleteOnTermination'],
      },
    })),
    tag_specifications: specified.map(({ ResourceType, Tags }) => ({ resource_type: ResourceType, tags: tags(Tags) })),
    tags: tags(own?.Tags),
  });
}
