import { arns, type Place } from '../model/arns.ts';
import { RESOURCE_TYPES, type ResourceType } from '../model/resource.ts';
import { TableProvider } from './dynamodb.ts';
import { IngressProvider, LaunchTemplateProvider, SecurityGroupProvider } from './ec2.ts';
import { RuleProvider } from './events.ts';
import { InstanceProfileProvider, RoleProvider } from './iam.ts';
import type { Provider, ProviderContext } from './provider.ts';
import { BucketPolicyProvider, BucketProvider } from './s3.ts';
import { TopicProvider } from './sns.ts';
import { QueuePolicyProvider, QueueProvider } from './sqs.ts';

export type Providers = Readonly<Record<ResourceType, Provider>>;

const MAKERS: Readonly<Record<ResourceType, (context: ProviderContext, place: Place) => Provider>> = {
  'AWS::DynamoDB::Table': (context) => new TableProvider(context),
  'AWS::EC2::LaunchTemplate': (context) => new LaunchTemplateProvider(context),
  'AWS::EC2::SecurityGroup': (context) => new SecurityGroupProvider(context),
  'AWS::EC2::SecurityGroupIngress': (context) => new IngressProvider(context),
  'AWS::Events::Rule': (context) => new RuleProvider(context),
  'AWS::IAM::InstanceProfile': (context) => new InstanceProfileProvider(context),
  'AWS::IAM::Role': (context) => new RoleProvider(context),
  'AWS::S3::Bucket': (context) => new BucketProvider(context),
  'AWS::S3::BucketPolicy': (context) => new BucketPolicyProvider(context),
  'AWS::SNS::Topic': (context, place) => new TopicProvider(context, () => arns.topic(place)),
  'AWS::SQS::Queue': (context) => new QueueProvider(context),
  'AWS::SQS::QueuePolicy': (context) => new QueuePolicyProvider(context),
};

export function providersOf(context: ProviderContext, place: Place): Providers {
  return Object.fromEntries(RESOURCE_TYPES.map((type) => [type, MAKERS[type](context, place)])) as never;
}
