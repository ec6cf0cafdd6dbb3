import { rightFor } from '../../../src/aws/iam-actions.ts';
import type { AuthRequest } from './evaluate.ts';
import { launchRequests } from './launches.ts';
import type { Account } from './account.ts';
import { formTags, jsonTags, pairTags, resourceTags, tagged } from './tag-context.ts';
import { type Members, membersOf, type WireCall } from './wire.ts';

/**
 * The rights that AWS asks for before it does a call, by the Service Authorization Reference: one call can need several, on several
 * resources, with the tags that each would get or has. Throws for a call that it does not know: nothing passes by being new.
 */
export async function authRequests(call: WireCall, account: Account): Promise<readonly AuthRequest[]> {
  const { service, operation, input } = call;
  const action = rightFor(`${service} ${operation}`);
  switch (service) {
    case 'dynamodb':
      return dynamo(action, input, account);
    case 's3':
      return s3(action, input);
    case 'sqs':
      if (operation === 'ListQueues') return [{ action, resource: '*' }];
      return sqs(action, input, account);
    case 'sns':
      return sns(action, input, account);
    case 'events':
      return events(action, input, account);
    case 'iam':
      return iam(action, input, account);
    case 'ec2':
      return ec2(operation, input, account);
    case 'pricing':
      return [{ action, resource: '*' }];
    case 'sts':
      // Everybody may ask who he is.
      return operation === 'GetCallerIdentity' ? [] : [{ action, resource: String(input['RoleArn']) }];
    default:
      throw new Error(`no rights are known for ${service} ${operation}`);
  }
}

function dynamo(action: string, input: Members, account: Account): readonly AuthRequest[] {
  if (action === 'dynamodb:ListTagsOfResource' || action === 'dynamodb:TagResource')
    return [{ action, resource: String(input['ResourceArn']), context: pairTags(input['Tags']) }];
  if (action === 'dynamodb:BatchGetItem')
    return Object.keys(input['RequestItems'] as Members).map((table) => ({
      action,
      resource: account.arn('dynamodb', `table/${table}`),
    }));
  const index = input['IndexName'] === undefined ? '' : `/index/${String(input['IndexName'])}`;
  const resource = account.arn('dynamodb', `table/${String(input['TableName'])}${index}`);
  const context = pairTags(input['Tags']);
  // A table that is made with tags needs both rights.
  const also =
    action === 'dynamodb:CreateTable' && input['Tags'] !== undefined
      ? [{ action: 'dynamodb:TagResource', resource, context }]
      : [];
  return [{ action, resource, context }, ...also];
}

function s3(action: string, input: Members): readonly AuthRequest[] {
  const { bucket, key, query, keys } = input as {
    bucket: string;
    key: string;
    query: Record<string, string>;
    keys: readonly string[];
  };
  const base = `arn:aws:s3:::${bucket}`;
  if (action === 's3:DeleteObject' && key === '') return keys.map((one) => ({ action, resource: `${base}/${one}` }));
  const { prefix } = query;
  return [
    {
      action,
      resource: key === '' ? base : `${base}/${key}`,
      context: prefix === undefined ? {} : { 's3:prefix': [prefix] },
    },
  ];
}

function sqs(action: string, input: Members, account: Account): readonly AuthRequest[] {
  const request = { action, resource: account.arn('sqs', queueName(input)), context: jsonTags(input['tags']) };
  const isTagged = action === 'sqs:CreateQueue' && input['tags'] !== undefined;
  return isTagged ? [request, { ...request, action: 'sqs:TagQueue' }] : [request];
}

function sns(action: string, input: Members, account: Account): readonly AuthRequest[] {
  const named = input['TopicArn'] ?? input['ResourceArn'] ?? input['SubscriptionArn'];
  const resource = named === undefined ? account.arn('sns', String(input['Name'])) : String(named);
  const context = formTags(input['Tags']);
  const also = action === 'sns:CreateTopic' && input['Tags'] !== undefined ? [{ action: 'sns:TagResource', resource, context }] : []; // prettier-ignore
  return [{ action, resource, context }, ...also];
}

function events(action: string, input: Members, account: Account): readonly AuthRequest[] {
  const named = input['ResourceARN'] ?? account.arn('events', `rule/${String(input['Rule'] ?? input['Name'])}`);
  const context = pairTags(input['Tags']);
  const request = { action, resource: String(named), context };
  return action === 'events:PutRule' && input['Tags'] !== undefined
    ? [request, { ...request, action: 'events:TagResource' }]
    : [request];
}

function iam(action: string, input: Members, account: Account): readonly AuthRequest[] {
  const role = `arn:aws:iam::${account.id}:role/${String(input['RoleName'])}`;
  const profile = `arn:aws:iam::${account.id}:instance-profile/${String(input['InstanceProfileName'])}`;
  const resource = input['InstanceProfileName'] === undefined ? role : profile;
  const context = formTags(input['Tags']);
  const request = { action, resource, context };
  if (action === 'iam:CreateRole' && input['Tags'] !== undefined)
    return [request, { ...request, action: 'iam:TagRole' }];
  // Whoever puts a role into a profile passes it on.
  if (action === 'iam:AddRoleToInstanceProfile')
    return [
      request,
      { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': ['ec2.amazonaws.com'] } },
    ];
  return [request];
}

async function ec2(operation: string, input: Members, account: Account): Promise<readonly AuthRequest[]> {
  const action = `ec2:${operation}`;
  const on = async (id: string): Promise<AuthRequest> => ({
    action,
    resource: account.ec2Arn(id),
    context: resourceTags(await account.tagsOf(id)),
  });
  if (operation.startsWith('Describe')) return [{ action, resource: '*' }];
  switch (operation) {
    case 'CreateFleet':
      return launchRequests(input, account);
    case 'TerminateInstances':
      return Promise.all(membersOf(input['InstanceId']).map(({ value }) => on(String(value))));
    case 'DeregisterImage':
      return [await on(String(input['ImageId']))];
    case 'DeleteSnapshot':
      return [await on(String(input['SnapshotId']))];
    case 'AuthorizeSecurityGroupIngress':
    case 'DeleteSecurityGroup':
      return [await on(String(input['GroupId']))];
    case 'CreateLaunchTemplateVersion':
    case 'DeleteLaunchTemplate': {
      const id = input['LaunchTemplateId'] ?? (await account.templateId(String(input['LaunchTemplateName'])));
      return [await on(String(id))];
    }
    case 'CreateTags':
      return Promise.all(
        membersOf(input['ResourceId']).map(async ({ value }) => {
          const request = await on(String(value));
          return { ...request, context: { ...request.context, ...formTags(input['Tag']) } };
        }),
      );
    case 'CreateImage':
      return [await on(String(input['InstanceId'])), ...tagged({ action, input, account }, ['image', 'snapshot'])];
    case 'CreateSecurityGroup': {
      const vpc = {
        action,
        resource: account.ec2Arn(`vpc-${String(input['VpcId'] ?? 'default')}`.replace('vpc-vpc-', 'vpc-')),
      };
      return [vpc, ...tagged({ action, input, account }, ['security-group'])];
    }
    case 'CreateLaunchTemplate':
      return tagged({ action, input, account }, ['launch-template']);
    default:
      throw new Error(`no rights are known for ec2 ${operation}`);
  }
}

const queueName = (input: Members): string =>
  String(input['QueueName'] ?? String(input['QueueUrl']).split('/').at(-1) ?? '*');
