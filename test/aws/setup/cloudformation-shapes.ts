import type { ResourceType } from '../../../src/aws/setup/model/resource.ts';
import { list, oneOf, shape, type Shape } from './shape.ts';

/**
 * From the resource and property types reference of the CloudFormation User Guide (docs.aws.amazon.com/AWSCloudFormation, one page a type,
 * "aws-resource-sqs-queue" and so on): names, which are required, kinds and allowed values, of what we could want to set. What AWS would
 * refuse is refused here; what it takes and is not listed must be looked up there and added.
 */
const tags = list(shape({ 'Key!': 'text', 'Value!': 'text' }));
const keySchema = list(shape({ 'AttributeName!': 'text', 'KeyType!': oneOf('HASH', 'RANGE') }));
const tagSpecifications = list(
  shape({ 'ResourceType!': oneOf('instance', 'volume', 'launch-template', 'spot-instances-request'), 'Tags!': tags }),
);

export const CLOUDFORMATION_SHAPES: Readonly<Record<ResourceType, Shape>> = {
  'AWS::DynamoDB::Table': shape({
    TableName: 'text',
    BillingMode: oneOf('PAY_PER_REQUEST', 'PROVISIONED'),
    'AttributeDefinitions!': list(shape({ 'AttributeName!': 'text', 'AttributeType!': oneOf('S', 'N', 'B') })),
    'KeySchema!': keySchema,
    GlobalSecondaryIndexes: list(
      shape({
        'IndexName!': 'text',
        'KeySchema!': keySchema,
        'Projection!': shape({
          ProjectionType: oneOf('ALL', 'KEYS_ONLY', 'INCLUDE'),
          NonKeyAttributes: list('text'),
        }),
      }),
    ),
    TimeToLiveSpecification: shape({ AttributeName: 'text', 'Enabled!': 'boolean' }),
    Tags: tags,
  }),
  'AWS::S3::Bucket': shape({
    BucketName: 'text',
    BucketEncryption: shape({
      'ServerSideEncryptionConfiguration!': list(
        shape({
          ServerSideEncryptionByDefault: shape({ 'SSEAlgorithm!': oneOf('AES256', 'aws:kms', 'aws:kms:dsse') }),
        }),
      ),
    }),
    PublicAccessBlockConfiguration: shape({
      BlockPublicAcls: 'boolean',
      BlockPublicPolicy: 'boolean',
      IgnorePublicAcls: 'boolean',
      RestrictPublicBuckets: 'boolean',
    }),
    LifecycleConfiguration: shape({
      'Rules!': list(
        shape({
          Id: 'text',
          'Status!': oneOf('Enabled', 'Disabled'),
          Prefix: 'text',
          ExpirationInDays: 'whole',
          AbortIncompleteMultipartUpload: shape({ 'DaysAfterInitiation!': 'whole' }),
        }),
      ),
    }),
    Tags: tags,
  }),
  'AWS::S3::BucketPolicy': shape({ 'Bucket!': 'text', 'PolicyDocument!': 'document' }),
  'AWS::SQS::Queue': shape({
    QueueName: 'text',
    MessageRetentionPeriod: 'whole',
    ReceiveMessageWaitTimeSeconds: 'whole',
    VisibilityTimeout: 'whole',
    RedrivePolicy: shape({ 'deadLetterTargetArn!': 'text', 'maxReceiveCount!': 'whole' }),
    SqsManagedSseEnabled: 'boolean',
    Tags: tags,
  }),
  'AWS::SQS::QueuePolicy': shape({ 'Queues!': list('text'), 'PolicyDocument!': 'document' }),
  'AWS::SNS::Topic': shape({ TopicName: 'text', SignatureVersion: oneOf('1', '2'), Tags: tags }),
  'AWS::Events::Rule': shape({
    Name: 'text',
    EventPattern: 'document',
    State: oneOf('ENABLED', 'DISABLED'),
    Targets: list(shape({ 'Id!': 'text', 'Arn!': 'text' })),
    Tags: tags,
  }),
  'AWS::IAM::Role': shape({
    RoleName: 'text',
    'AssumeRolePolicyDocument!': 'document',
    Policies: list(shape({ 'PolicyName!': 'text', 'PolicyDocument!': 'document' })),
    Tags: tags,
  }),
  'AWS::IAM::InstanceProfile': shape({ InstanceProfileName: 'text', 'Roles!': list('text') }),
  'AWS::EC2::SecurityGroup': shape({ 'GroupDescription!': 'text', GroupName: 'text', VpcId: 'text', Tags: tags }),
  'AWS::EC2::SecurityGroupIngress': shape({ 'IpProtocol!': 'text', GroupId: 'text', SourceSecurityGroupId: 'text' }),
  'AWS::EC2::LaunchTemplate': shape({
    LaunchTemplateName: 'text',
    TagSpecifications: list(shape({ 'ResourceType!': oneOf('launch-template'), 'Tags!': tags })),
    'LaunchTemplateData!': shape({
      ImageId: 'text',
      UserData: 'text',
      IamInstanceProfile: shape({ Name: 'text', Arn: 'text' }),
      SecurityGroupIds: list('text'),
      InstanceInitiatedShutdownBehavior: oneOf('stop', 'terminate'),
      MetadataOptions: shape({
        HttpTokens: oneOf('optional', 'required'),
        HttpPutResponseHopLimit: 'whole',
        HttpEndpoint: oneOf('enabled', 'disabled'),
        InstanceMetadataTags: oneOf('enabled', 'disabled'),
      }),
      BlockDeviceMappings: list(
        shape({
          DeviceName: 'text',
          Ebs: shape({
            DeleteOnTermination: 'boolean',
            Encrypted: 'boolean',
            VolumeSize: 'whole',
            VolumeType: oneOf('gp2', 'gp3', 'io1', 'io2', 'st1', 'sc1', 'standard'),
          }),
        }),
      ),
      TagSpecifications: tagSpecifications,
    }),
  }),
};
