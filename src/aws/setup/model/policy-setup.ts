import { arns, type Place } from './arns.ts';
import { allow, byTag, type Statement } from './statement.ts';

/**
 * What `init`, `doctor`, `destroy` and `drill` need. It makes roles, so whoever has it can give rights: but only to roles of this
 * deployment's name, and it can pass these to nobody but EC2 and the Fault Injection Service.
 */
export function settingUp(place: Place): readonly Statement[] {
  return [...keeping(place), ...messaging(place), ...rights(place), ...machines(place), ...drilling(place)];
}

function keeping(place: Place): readonly Statement[] {
  const bucket = arns.bucket(place);
  return [
    allow(
      'Tables',
      [
        ...['CreateTable', 'DescribeTable', 'DeleteTable', 'DescribeTimeToLive', 'UpdateTimeToLive'],
        ...['ListTagsOfResource', 'TagResource', 'GetItem', 'Scan', 'UpdateItem'],
      ].map((action) => `dynamodb:${action}`),
      [[arns.table(place, '*')]],
    ),
    allow(
      'Bucket',
      [
        ...['CreateBucket', 'DeleteBucket', 'ListBucket', 'GetEncryptionConfiguration', 'PutEncryptionConfiguration'],
        ...['GetBucketPublicAccessBlock', 'PutBucketPublicAccessBlock', 'GetLifecycleConfiguration'],
        ...['PutLifecycleConfiguration', 'GetBucketTagging', 'PutBucketTagging', 'GetBucketPolicy', 'PutBucketPolicy'],
        ...['DeleteBucketPolicy', 'ListBucketMultipartUploads'],
      ].map((action) => `s3:${action}`),
      [[bucket]],
    ),
    allow(
      'Program',
      ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      [[`${bucket}/bundle/*`]],
    ),
    allow('Purge', ['s3:DeleteObject'], [[`${bucket}/*`]]),
  ];
}

function messaging(place: Place): readonly Statement[] {
  return [
    allow(
      'Queues',
      [
        ...['CreateQueue', 'DeleteQueue', 'GetQueueUrl', 'GetQueueAttributes', 'SetQueueAttributes'],
        ...['ListQueueTags', 'TagQueue'],
      ].map((action) => `sqs:${action}`),
      [[arns.queue(place, '*')]],
    ),
    // Queues of an account are listed without a resource.
    allow('FindQueues', ['sqs:ListQueues'], [['*']]),
    allow(
      'Topic',
      [
        ...['CreateTopic', 'DeleteTopic', 'GetTopicAttributes', 'SetTopicAttributes', 'ListTagsForResource'],
        'TagResource',
      ].map((action) => `sns:${action}`),
      [[arns.topic(place)]],
    ),
    allow(
      'Rules',
      [
        ...['PutRule', 'DeleteRule', 'DescribeRule', 'PutTargets', 'RemoveTargets', 'ListTargetsByRule'],
        ...['ListTagsForResource', 'TagResource'],
      ].map((action) => `events:${action}`),
      [[arns.rule(place, '*')]],
    ),
  ];
}

function rights(place: Place): readonly Statement[] {
  return [
    allow(
      'Roles',
      [
        ...['CreateRole', 'DeleteRole', 'GetRole', 'TagRole', 'UpdateAssumeRolePolicy', 'PutRolePolicy'],
        ...['DeleteRolePolicy', 'GetRolePolicy', 'ListRolePolicies'],
      ].map((action) => `iam:${action}`),
      [[arns.role(place, '*')]],
    ),
    allow(
      'Profiles',
      [
        ...['CreateInstanceProfile', 'DeleteInstanceProfile', 'GetInstanceProfile'],
        ...['AddRoleToInstanceProfile', 'RemoveRoleFromInstanceProfile'],
      ].map((action) => `iam:${action}`),
      [[arns.profile(place, '*')]],
    ),
    allow(
      'RolesIntoProfiles',
      ['iam:PassRole'],
      [
        ['worker', 'master'].map((role) => arns.role(place, role)),
        { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
      ],
    ),
  ];
}

function machines(place: Place): readonly Statement[] {
  const { owned, ownTag } = byTag(place);
  const group = arns.ec2(place, 'security-group');
  const template = arns.ec2(place, 'launch-template');
  return [
    allow(
      'Look',
      [
        ...['Images', 'Instances', 'LaunchTemplates', 'LaunchTemplateVersions', 'SecurityGroups', 'Snapshots'],
        ...['Subnets', 'Volumes', 'Vpcs'],
      ].map((kind) => `ec2:Describe${kind}`),
      [['*']],
    ),
    allow('GroupSomewhere', ['ec2:CreateSecurityGroup'], [[arns.ec2(place, 'vpc')]]),
    allow('MakeTagged', ['ec2:CreateSecurityGroup', 'ec2:CreateLaunchTemplate'], [[group, template], ownTag]),
    allow(
      'TagInTheMaking',
      ['ec2:CreateTags'],
      [[group, template], { StringEquals: { 'ec2:CreateAction': ['CreateSecurityGroup', 'CreateLaunchTemplate'] } }],
    ),
    allow(
      'ChangeOurs',
      [
        ...['AuthorizeSecurityGroupIngress', 'DeleteSecurityGroup', 'CreateLaunchTemplateVersion'],
        ...['DeleteLaunchTemplate', 'CreateTags'],
      ].map((action) => `ec2:${action}`),
      [[group, template], owned],
    ),
    allow('EndOurs', ['ec2:TerminateInstances'], [[arns.ec2(place, 'instance')], owned]),
  ];
}

/** An experiment takes back one instance of ours, as a role that can do nothing else. */
function drilling(place: Place): readonly Statement[] {
  const { owned, ownTag } = byTag(place);
  const fis = (kind: string): string => `arn:${place.partition}:fis:${place.region}:${place.accountId}:${kind}/*`;
  const [template, experiment] = [fis('experiment-template'), fis('experiment')];
  return [
    allow(
      'DrillAction',
      ['fis:CreateExperimentTemplate'],
      [[`arn:${place.partition}:fis:${place.region}:*:action/aws:ec2:send-spot-instance-interruptions`]],
    ),
    allow('DrillTagged', ['fis:CreateExperimentTemplate', 'fis:StartExperiment', 'fis:TagResource'], [[template, experiment], ownTag]), // prettier-ignore
    allow('DrillOurs', ['fis:StartExperiment', 'fis:GetExperiment', 'fis:DeleteExperimentTemplate'], [[template, experiment], owned]), // prettier-ignore
    allow(
      'DrillAs',
      ['iam:PassRole'],
      [[arns.role(place, 'drill')], { StringEquals: { 'iam:PassedToService': 'fis.amazonaws.com' } }],
    ),
  ];
}
