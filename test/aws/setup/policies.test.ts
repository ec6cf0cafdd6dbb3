import { describe, expect, it, test } from 'vitest';
import { policyOf, type Role, ROLES } from '../../../src/aws/setup/model/policies.ts';
import { type AuthRequest, evaluate, type IamDocument } from '../../support/iam/evaluate.ts';

const ACCOUNT = '123456789012';
const PLACE = { name: 'lab', partition: 'aws', accountId: ACCOUNT, region: 'us-east-1' };
const BUCKET = `arn:aws:s3:::cbas-lab-${ACCOUNT}-us-east-1`;
const table = (name: string): string => `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/${name}`;
const queue = (name: string): string => `arn:aws:sqs:us-east-1:${ACCOUNT}:${name}`;
const ec2 = (kind: string, id = 'x'): string => `arn:aws:ec2:us-east-1:${ACCOUNT}:${kind}/${id}`;
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const INSTANCE = ec2('instance', 'i-0123456789abcdef0');
const has = (name: string) => ({ 'aws:ResourceTag/cbas:deployment': [name] });
const gives = (name: string) => ({ 'aws:RequestTag/cbas:deployment': [name] });
const passedTo = (service: string) => ({ 'iam:PassedToService': [service] });

const documentOf = (who: Role, place: Parameters<typeof policyOf>[1] = PLACE): IamDocument =>
  policyOf(who, place) as unknown as IamDocument;
const judge = (who: Role, request: AuthRequest): string => evaluate(documentOf(who), request);

describe('what must be refused', () => {
  const DENIED: readonly (readonly [Role, string, string, AuthRequest['context']?])[] = [
    // A worker runs the programs of others: of all roles it is the likeliest to be stolen.
    ['worker', 's3:GetObject', 'arn:aws:s3:::cbas-other-123456789012-us-east-1/in/a'],
    ['worker', 's3:ListBucket', 'arn:aws:s3:::cbas-other-123456789012-us-east-1', { 's3:prefix': ['ckpt/'] }],
    ['worker', 's3:ListBucket', BUCKET, { 's3:prefix': ['in/'] }],
    ['worker', 's3:ListBucket', BUCKET],
    ['worker', 's3:PutObject', `${BUCKET}/in/a`],
    ['worker', 's3:PutObject', `${BUCKET}/bundle/cbas-1.tar.gz`],
    ['worker', 's3:DeleteObject', `${BUCKET}/bundle/cbas-1.tar.gz`],
    ['worker', 's3:PutBucketPolicy', BUCKET],
    ['worker', 'ec2:TerminateInstances', INSTANCE, has('lab')],
    ['worker', 'ec2:RunInstances', ec2('instance', 'new'), gives('lab')],
    ['worker', 'ec2:CreateFleet', ec2('fleet', 'new'), gives('lab')],
    ['worker', 'ec2:CreateTags', INSTANCE],
    ['worker', 'iam:PassRole', role('cbas-lab-us-east-1-worker'), passedTo('ec2.amazonaws.com')],
    ['worker', 'iam:CreateUser', '*'],
    ['worker', 'iam:PutRolePolicy', role('cbas-lab-us-east-1-worker')],
    ['worker', 'sts:AssumeRole', role('cbas-lab-us-east-1-master')],
    ['worker', 'dynamodb:UpdateItem', table('cbas-lab-intents')],
    ['worker', 'dynamodb:UpdateItem', table('cbas-lab-misc')],
    ['worker', 'dynamodb:DeleteItem', table('cbas-lab-jobs')],
    ['worker', 'dynamodb:DeleteTable', table('cbas-lab-jobs')],
    ['worker', 'dynamodb:UpdateItem', table('cbas-lab2-jobs')],
    ['worker', 'dynamodb:Scan', table('cbas-lab-jobs')],
    ['worker', 'sqs:ReceiveMessage', queue('cbas-lab-ping')],
    ['worker', 'sqs:SendMessage', queue('cbas-lab-events')],
    ['worker', 'sns:Publish', `arn:aws:sns:us-east-1:${ACCOUNT}:cbas-lab-nudge`],
    ['worker', 'ssm:UpdateInstanceInformation', '*'],
    ['worker', 'ssm:GetParameter', `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/secret`],
    // A viewer changes nothing.
    ['viewer', 'dynamodb:UpdateItem', table('cbas-lab-jobs')],
    ['viewer', 'dynamodb:PutItem', table('cbas-lab-misc')],
    ['viewer', 's3:PutObject', `${BUCKET}/in/a`],
    ['viewer', 's3:DeleteObject', `${BUCKET}/out/a`],
    ['viewer', 'dynamodb:Scan', table('cbas-lab-jobs')],
    ['viewer', 'ec2:DescribeInstances', '*'],
    ['viewer', 'sqs:SendMessage', queue('cbas-lab-events')],
    // To receive is to hide for a while: dead letters are for operators.
    ['viewer', 'sqs:ReceiveMessage', queue('cbas-lab-events-dead')],
    ['viewer', 'sqs:DeleteMessage', queue('cbas-lab-events-dead')],
    ['viewer', 'sqs:PurgeQueue', queue('cbas-lab-events')],
    ['viewer', 'ec2:TerminateInstances', INSTANCE, has('lab')],
    ['viewer', 'ec2:CreateFleet', ec2('fleet', 'new'), gives('lab')],
    ['viewer', 's3:GetObject', 'arn:aws:s3:::somebody-elses/secret'],
    // An operator asks; the leader acts.
    ['operator', 'ec2:TerminateInstances', INSTANCE, has('lab')],
    ['operator', 'ec2:RunInstances', ec2('instance', 'new'), gives('lab')],
    ['operator', 'iam:PassRole', role('cbas-lab-us-east-1-worker'), passedTo('ec2.amazonaws.com')],
    ['operator', 's3:PutObject', `${BUCKET}/ckpt/a`],
    ['operator', 's3:PutObject', `${BUCKET}/bundle/cbas-1.tar.gz`],
    ['operator', 's3:DeleteObject', `${BUCKET}/out/a`],
    ['operator', 'dynamodb:DeleteItem', table('cbas-lab-jobs')],
    ['operator', 'ssm:StartSession', INSTANCE, has('lab')],
    // A master acts on what is this deployment's.
    ['master', 'ec2:TerminateInstances', INSTANCE],
    ['master', 'ec2:TerminateInstances', INSTANCE, has('prod')],
    ['master', 'ec2:RunInstances', ec2('instance', 'new')],
    ['master', 'ec2:RunInstances', ec2('instance', 'new'), gives('prod')],
    ['master', 'ec2:CreateFleet', ec2('launch-template', 'lt-1'), has('prod')],
    ['master', 'ec2:CreateTags', INSTANCE, gives('lab')],
    ['master', 'ec2:CreateTags', INSTANCE, { ...gives('lab'), 'ec2:CreateAction': ['CreateVolume'] }],
    ['master', 'ec2:DeregisterImage', 'arn:aws:ec2:us-east-1::image/ami-1', has('prod')],
    ['master', 'ec2:CreateImage', INSTANCE, has('prod')],
    ['master', 'iam:PassRole', role('cbas-lab-us-east-1-master'), passedTo('ec2.amazonaws.com')],
    ['master', 'iam:PassRole', role('cbas-lab-us-east-1-worker'), passedTo('lambda.amazonaws.com')],
    ['master', 'iam:PassRole', role('admin'), passedTo('ec2.amazonaws.com')],
    ['master', 's3:DeleteObject', `${BUCKET}/in/a`],
    ['master', 's3:PutObject', `${BUCKET}/bundle/cbas-1.tar.gz`],
    ['master', 'dynamodb:DeleteTable', table('cbas-lab-jobs')],
    ['master', 'ssm:GetParameters', `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/secret`],
    // Whoever hands out sessions does nothing else.
    ['signer', 'sts:AssumeRole', role('cbas-lab-us-east-1-master')],
    ['signer', 'sts:AssumeRole', role('cbas-lab-us-east-1-worker')],
    ['signer', 's3:GetObject', `${BUCKET}/in/a`],
    // Whoever makes deployments makes no other rights, and touches nothing else.
    ['setup', 'iam:CreateRole', role('admin')],
    ['setup', 'iam:AttachRolePolicy', role('cbas-lab-us-east-1-worker')],
    ['setup', 'iam:PutUserPolicy', `arn:aws:iam::${ACCOUNT}:user/me`],
    ['setup', 'iam:PassRole', role('admin'), passedTo('ec2.amazonaws.com')],
    ['setup', 'ec2:TerminateInstances', INSTANCE, has('prod')],
    ['setup', 'ec2:DeleteSecurityGroup', ec2('security-group', 'sg-1'), has('prod')],
    ['setup', 'ec2:RunInstances', ec2('instance', 'new'), gives('lab')],
    ['setup', 's3:DeleteBucket', 'arn:aws:s3:::somebody-elses'],
    ['setup', 'dynamodb:DeleteTable', table('customers')],
    ['setup', 'fis:StartExperiment', `arn:aws:fis:us-east-1:${ACCOUNT}:experiment-template/EXT1`, has('prod')],
  ];

  const cases = DENIED.map(([who, action, resource, context]) => ({ who, request: { action, resource, context } }));
  test.each(cases)('$who: $request.action on $request.resource $request.context', ({ who, request }) => {
    expect(judge(who, request)).not.toBe('allowed');
  });

  it('for every role there is something in the table', () => {
    expect(new Set(DENIED.map(([who]) => who))).toEqual(new Set(ROLES));
  });

  it.each(['viewer', 'operator', 'worker', 'signer', 'master'] as const)('%s has no right that makes rights', (who) => {
    const actions = policyOf(who, PLACE).Statement.flatMap(({ Action }) => Action);
    expect(actions.filter((one) => /^iam:(?!PassRole$)|\*/.test(one))).toEqual([]);
  });
});

describe('what is done outside our processes, and must be allowed', () => {
  const shell = { ...PLACE, shell: true };
  const ALLOWED: readonly (readonly [string, Role, typeof PLACE, AuthRequest])[] = [
    ['user data fetches the program', 'worker', PLACE, { action: 's3:GetObject', resource: `${BUCKET}/bundle/node` }],
    ['user data tells why it fails', 'worker', PLACE, { action: 'dynamodb:UpdateItem', resource: table('cbas-lab-workers') }],
    ['an image by its public parameter', 'master', PLACE, { action: 'ssm:GetParameters', resource: 'arn:aws:ssm:us-east-1::parameter/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' }],
    ['the agent of a master’s machine', 'master', PLACE, { action: 'ssmmessages:OpenDataChannel', resource: '*' }],
    ['the agent of a worker that lets people in', 'worker', shell, { action: 'ssmmessages:CreateControlChannel', resource: '*' }],
    ['a shell on such a worker', 'operator', shell, { action: 'ssm:StartSession', resource: INSTANCE, context: has('lab') }],
    ['the document of a shell', 'operator', shell, { action: 'ssm:StartSession', resource: 'arn:aws:ssm:us-east-1::document/SSM-SessionManagerRunShell' }],
    ['a drill', 'setup', PLACE, { action: 'fis:CreateExperimentTemplate', resource: `arn:aws:fis:us-east-1:${ACCOUNT}:experiment-template/new`, context: gives('lab') }],
    ['as what a drill acts', 'setup', PLACE, { action: 'iam:PassRole', resource: role('cbas-lab-us-east-1-drill'), context: passedTo('fis.amazonaws.com') }],
    ['the program is put', 'setup', PLACE, { action: 's3:PutObject', resource: `${BUCKET}/bundle/node` }],
  ]; // prettier-ignore
  test.each(ALLOWED)('%s', (_, who, ...[place, request]) => {
    expect(evaluate(documentOf(who, place), request)).toBe('allowed');
  });

  it.each([
    ['another deployment’s worker', { action: 'ssm:StartSession', resource: INSTANCE, context: has('prod') }],
    ['a document that runs commands', { action: 'ssm:StartSession', resource: 'arn:aws:ssm:us-east-1::document/AWS-RunShellScript' }],
    ['somebody else’s session', { action: 'ssm:TerminateSession', resource: `arn:aws:ssm:us-east-1:${ACCOUNT}:session/bob-1`, context: { 'aws:userid': ['ana'] } }],
    ['parameters', { action: 'ssm:GetParameter', resource: '*' }],
  ] as const)('but not %s', (_, request) => {
    for (const who of ['operator', 'worker'] as const)
      expect(evaluate(documentOf(who, shell), request)).not.toBe('allowed');
  }); // prettier-ignore
});

describe('the evaluator', () => {
  const document = (...Statement: IamDocument['Statement']): IamDocument => ({ Statement });
  const all = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
  const get = { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' };

  it.each([
    ['nothing allows it', document(), get, 'not allowed'],
    ['an explicit deny wins', document(all, { Effect: 'Deny', Action: 's3:Get*', Resource: '*' }), get, 'explicitly denied'],
    ['actions have no case', document({ ...all, Action: 'S3:getobject' }), get, 'allowed'],
    ['resources have', document({ ...all, Resource: 'arn:aws:s3:::B/k' }), get, 'not allowed'],
    ['NotAction', document({ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }), get, 'not allowed'],
    ['NotResource', document({ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:s3:::b/*' }), get, 'not allowed'],
    ['a question mark is one character', document({ ...all, Resource: 'arn:aws:s3:::?/k' }), get, 'allowed'],
    ['a dot is a dot', document({ ...all, Resource: 'arn.aws:s3:::b/k' }), get, 'not allowed'],
    ['a star crosses slashes', document({ ...all, Resource: 'arn:aws:s3:::*' }), get, 'allowed'],
    ['a key that is missing', document({ ...all, Condition: { StringEquals: { x: 'a' } } }), get, 'not allowed'],
    ['...IfExists', document({ ...all, Condition: { StringEqualsIfExists: { x: 'a' } } }), get, 'allowed'],
    ['Not... of a missing key', document({ ...all, Condition: { StringNotEquals: { x: 'a' } } }), get, 'allowed'],
    ['Null', document({ ...all, Condition: { Null: { x: 'true' } } }), get, 'allowed'],
    ['one of the values', document({ ...all, Condition: { StringLike: { X: ['b', 'a*'] } } }), { ...get, context: { x: ['abc'] } }, 'allowed'],
    ['all of the keys', document({ ...all, Condition: { StringEquals: { x: 'a', y: 'b' } } }), { ...get, context: { x: ['a'] } }, 'not allowed'],
    ['a variable', document({ ...all, Resource: 'arn:aws:s3:::b/${aws:userid}' }), { ...get, context: { 'aws:userid': ['k'] } }, 'allowed'],
    ['a variable without a value', document({ ...all, Resource: 'arn:aws:s3:::b/${aws:userid}' }), get, 'not allowed'],
  ] as const)('%s', (_, policy, ...[request, expected]) => {
    expect(evaluate(policy, request as AuthRequest)).toBe(expected);
  }); // prettier-ignore

  it('takes nothing as allowed that it does not understand', () => {
    const odd =
      (more: object): (() => string) =>
      () =>
        evaluate(document({ ...all, ...more }), get);
    expect(odd({ Condition: { NumericLessThan: { x: '1' } } })).toThrow(/unknown condition operator/);
    expect(odd({ Effect: 'Maybe' })).toThrow(/unknown Effect/);
    expect(odd({ NotResource: '*' })).toThrow(/either the element or its Not/);
  });
});
