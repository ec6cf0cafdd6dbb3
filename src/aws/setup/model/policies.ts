import { arns, type Place } from './arns.ts';
import { names } from '../names.ts';
import { settingUp } from './policy-setup.ts';
import { allow, byTag, type PolicyDocument, type Statement } from './statement.ts';

/**
 * Who may do what. `viewer` and `operator` are people, and so is `setup`, who makes and takes away deployments; `master` and `worker` are
 * instances; `signer` hands out sessions to nodes without keys.
 */
export const ROLES = ['viewer', 'operator', 'master', 'worker', 'signer', 'setup'] as const;
export type Role = (typeof ROLES)[number];

/** Least rights of a role in one deployment: what its processes call, on what is this deployment's, and nothing else. */
export function policyOf(role: Role, place: Place): PolicyDocument {
  return { Version: '2012-10-17', Statement: STATEMENTS[role](place) };
}

const STATEMENTS: Readonly<Record<Role, (place: Place) => readonly Statement[]>> = {
  viewer: (place) => [...looking(place)],
  operator: (place) => [
    ...looking(place),
    ...operating(place),
    ...(place.shell === true ? comingToWorkers(place) : []),
  ],
  master: (place) => [...looking(place), ...leading(place), ...launching(place)],
  worker: working,
  signer: signing,
  setup: settingUp,
};

function allTables(place: Place): readonly string[] {
  return [arns.table(place, '*')];
}

/** What every screen and every report reads. Prices and descriptions of EC2 know no resources: they are the account's. */
function looking(place: Place): readonly Statement[] {
  return [
    allow('ReadTables', ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], [allTables(place)]),
    allow('ReadFiles', ['s3:GetObject'], [[`${arns.bucket(place)}/*`]]),
    allow('ListFiles', ['s3:ListBucket'], [[arns.bucket(place)]]),
    allow(
      'ReadPrices',
      ['ec2:DescribeSpotPriceHistory', 'ec2:DescribeInstanceTypes', 'ec2:DescribeImages', 'pricing:GetProducts'],
      [['*']],
    ),
  ];
}

/** Operators write wishes and jobs into the tables; the leader carries them out. They have no right in EC2. */
function operating(place: Place): readonly Statement[] {
  return [
    allow(
      'WriteWishes',
      ['dynamodb:UpdateItem'],
      [['jobs', 'workers', 'intents', 'misc', 'events'].map((table) => arns.table(place, table))],
    ),
    allow(
      'PutInputs',
      ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      [[`${arns.bucket(place)}/in/*`]],
    ),
    allow('GoOnWithUploads', ['s3:ListBucketMultipartUploads'], [[arns.bucket(place)]]),
    allow(
      'RedriveDeadLetters',
      ['sqs:GetQueueUrl', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:SendMessage', 'sqs:ChangeMessageVisibility'],
      [[arns.queue(place, '*')]],
    ),
  ];
}

/**
 * What the agent of the Session Manager asks on a machine that people may come to without an open port: of AmazonSSMManagedInstanceCore
 * what a session needs, and neither its parameters nor its commands.
 */
function beReached(): Statement {
  return allow(
    'BeReached',
    [
      'ssm:UpdateInstanceInformation',
      'ssmmessages:CreateControlChannel',
      'ssmmessages:CreateDataChannel',
      'ssmmessages:OpenControlChannel',
      'ssmmessages:OpenDataChannel',
    ],
    [['*']],
  );
}

/** Shells on instances of this deployment only; sessions are ended by whoever began them. */
function comingToWorkers(place: Place): readonly Statement[] {
  const document = `arn:${place.partition}:ssm:${place.region}::document/SSM-SessionManagerRunShell`;
  const sessions = `arn:${place.partition}:ssm:${place.region}:${place.accountId}:session/\${aws:userid}-*`;
  return [
    allow('ComeToWorkers', ['ssm:StartSession'], [[arns.ec2(place, 'instance')], byTag(place).owned]),
    allow('ByShell', ['ssm:StartSession'], [[document]]),
    allow('EndOwnSessions', ['ssm:TerminateSession', 'ssm:ResumeSession'], [[sessions]]),
  ];
}

function leading(place: Place): readonly Statement[] {
  return [
    allow('LeadInTables', ['dynamodb:UpdateItem', 'dynamodb:DeleteItem'], [allTables(place)]),
    allow('FindMasters', ['dynamodb:Scan'], [[arns.table(place, 'misc')]]),
    allow('CountInstances', ['ec2:DescribeInstances'], [['*']]),
    allow(
      'Sweep',
      ['s3:DeleteObject', 's3:AbortMultipartUpload'],
      [['ckpt', 'out'].map((folder) => `${arns.bucket(place)}/${folder}/*`)],
    ),
    allow('FindAbandonedUploads', ['s3:ListBucketMultipartUploads'], [[arns.bucket(place)]]),
    allow(
      'BePushedTo',
      ['sns:Subscribe', 'sns:ConfirmSubscription', 'sns:ListSubscriptionsByTopic'],
      [[arns.topic(place)]],
    ),
    // A subscription is asked for by its own ARN, which is its topic's and an id.
    allow('NoLonger', ['sns:Unsubscribe'], [[arns.topic(place), `${arns.topic(place)}:*`]]),
    beReached(),
    allow(
      'HearWorkers',
      ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'],
      [[arns.queue(place, '*')]],
    ),
  ];
}

/** Launches of this deployment's template only, and only with its tag; ends of what bears the tag only. */
function launching(place: Place): readonly Statement[] {
  const { owned, ownTag } = byTag(place);
  const regional = `arn:${place.partition}:ec2:${place.region}`;
  return [
    allow(
      'LaunchFrom',
      ['ec2:CreateFleet', 'ec2:RunInstances'],
      [
        [
          `${regional}::image/*`,
          `${regional}::snapshot/*`,
          arns.ec2(place, 'security-group'),
          ...(place.network?.subnets.map(({ id }) => arns.ec2(place, 'subnet', id)) ?? [arns.ec2(place, 'subnet')]),
          arns.ec2(place, 'network-interface'),
          arns.ec2(place, 'volume'),
          // It is made without tags of its own, and is nothing without the instance, which has them.
          arns.ec2(place, 'spot-instances-request'),
        ],
      ],
    ),
    allow(
      'LaunchByOurTemplate',
      ['ec2:CreateFleet', 'ec2:RunInstances'],
      [[arns.ec2(place, 'launch-template')], owned],
    ),
    allow(
      'LaunchTagged',
      ['ec2:CreateFleet', 'ec2:RunInstances'],
      [[arns.ec2(place, 'fleet'), arns.ec2(place, 'instance')], ownTag],
    ),
    allow(
      'TagLaunches',
      ['ec2:CreateTags'],
      [
        [arns.ec2(place, 'fleet'), arns.ec2(place, 'instance'), arns.ec2(place, 'volume')],
        { StringEquals: { 'ec2:CreateAction': ['CreateFleet', 'RunInstances'] } },
      ],
    ),
    allow('EndOurs', ['ec2:TerminateInstances'], [[arns.ec2(place, 'instance')], owned]),
    // Images of our instances only, and only with our tag; ends of what bears it only.
    allow('ImageOurs', ['ec2:CreateImage'], [[arns.ec2(place, 'instance')], owned]),
    allow('ImageTagged', ['ec2:CreateImage'], [[`${regional}::image/*`, `${regional}::snapshot/*`], ownTag]),
    allow(
      'TagImages',
      ['ec2:CreateTags'],
      [[`${regional}::image/*`, `${regional}::snapshot/*`], { StringEquals: { 'ec2:CreateAction': 'CreateImage' } }],
    ),
    allow(
      'RetireImages',
      ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'],
      [[`${regional}::image/*`, `${regional}::snapshot/*`], owned],
    ),
    // An image may be named by a public parameter of AWS's, which is resolved at the launch.
    allow(
      'ResolveImage',
      ['ssm:GetParameters'],
      [[`arn:${place.partition}:ssm:${place.region}::parameter/aws/service/*`]],
    ),
    allow(
      'GiveWorkersTheirRole',
      ['iam:PassRole'],
      [
        [arns.role(place, 'worker')],
        {
          StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
        },
      ],
    ),
  ];
}

/**
 * A worker claims and writes its jobs, and nothing else: no right in EC2, IAM or STS. Epoch and lease in each condition keep it from
 * the jobs of others as long as it plays fair; a program in a job has none of these rights, for it gets no credentials.
 */
function working(place: Place): readonly Statement[] {
  const bucket = arns.bucket(place);
  return [
    allow(
      'ReadTables',
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
      [['jobs', 'jobs/index/ready', 'workers', 'misc'].map((table) => arns.table(place, table))],
    ),
    allow(
      'WriteJobsAndItself',
      ['dynamodb:UpdateItem'],
      [['jobs', 'workers'].map((table) => arns.table(place, table))],
    ),
    allow('GetFiles', ['s3:GetObject'], [[`${bucket}/in/*`, `${bucket}/ckpt/*`, `${bucket}/bundle/*`]]),
    allow(
      'PutFiles',
      ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      [['out', 'ckpt', 'logs'].map((folder) => `${bucket}/${folder}/*`)],
    ),
    allow('GoOnWithUploads', ['s3:ListBucketMultipartUploads'], [[bucket]]),
    allow('SweepOwn', ['s3:DeleteObject'], [['out', 'ckpt', 'logs'].map((folder) => `${bucket}/${folder}/*`)]),
    allow('ListOwn', ['s3:ListBucket'], [[bucket], { StringLike: { 's3:prefix': ['ckpt/*', 'out/*'] } }]),
    allow('Ping', ['sqs:SendMessage', 'sqs:GetQueueUrl'], [[arns.queue(place, 'ping'), arns.queue(place, 'results')]]),
    ...(place.shell === true ? [beReached()] : []),
  ];
}

/** The signer may become what nodes may be, and nothing else. */
function signing(place: Place): readonly Statement[] {
  return [
    allow(
      'HandOutSessions',
      ['sts:AssumeRole'],
      [[`arn:${place.partition}:iam::${place.accountId}:role/${names.role(place, 'node')}-*`]],
    ),
  ];
}
