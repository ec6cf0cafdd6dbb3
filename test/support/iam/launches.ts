import type { Account } from './account.ts';
import type { AuthRequest } from './evaluate.ts';
import { requestTags, resourceTags, type TagContext, tagged } from './tag-context.ts';
import { type Members, membersOf } from './wire.ts';

/**
 * What CreateFleet of type `instant` asks for: itself and RunInstances, on everything that a launch makes or touches; the tags that the
 * request and the template give; the role that is passed on; and the parameter that names the image, where one does. Tags count for the
 * kind of resource that gets them, and for no other.
 */
export async function launchRequests(input: Members, account: Account): Promise<readonly AuthRequest[]> {
  const [config = {}] = membersOf(input['LaunchTemplateConfigs']);
  const [overrides = {}] = membersOf(config['Overrides']);
  const { LaunchTemplateName } = config['LaunchTemplateSpecification'] as Members;
  const template = await account.template(String(LaunchTemplateName));
  const imageId = String(overrides['ImageId'] ?? template.imageId);
  const isSpot = (input['TargetCapacitySpecification'] as Members)['DefaultTargetCapacityType'] === 'spot';
  const uses = await Promise.all([
    used(template.id, account),
    ...(imageId.startsWith('ami-')
      ? [used(imageId, account)]
      : [{ resource: account.newEc2Arn('image'), context: {} }]),
    ...template.securityGroupIds.map((id) => used(id, account)),
  ]);
  const subnet = { resource: overrides['SubnetId'] === undefined ? account.newEc2Arn('subnet') : account.ec2Arn(String(overrides['SubnetId'])), context: {} }; // prettier-ignore
  // They are made without tags of their own.
  const plain = ['network-interface', 'snapshot', ...(isSpot ? ['spot-instances-request'] : [])].map((kind) => ({ resource: account.newEc2Arn(kind), context: {} })); // prettier-ignore
  const byTemplate = (kind: string): TagContext => requestTags(Object.entries(template.tags[kind] ?? {}));
  return ['ec2:CreateFleet', 'ec2:RunInstances']
    .flatMap((action): AuthRequest[] => [
      ...[...uses, subnet, ...plain].map((one) => ({ action, ...one })),
      ...[...(action === 'ec2:CreateFleet' ? ['fleet'] : []), 'instance', 'volume'].flatMap((kind) => {
        const [launched, tagging] = tagged({ action, input, account }, [kind]) as [
          AuthRequest,
          AuthRequest | undefined,
        ];
        const context = { ...byTemplate(kind), ...launched.context };
        const hasTags = Object.keys(context).length > 0;
        const making = { 'ec2:CreateAction': [action.slice('ec2:'.length)] };
        return [
          { ...launched, context },
          ...(hasTags ? [{ action: 'ec2:CreateTags', resource: (tagging ?? launched).resource, context: { ...context, ...making } }] : []), // prettier-ignore
        ];
      }),
    ])
    .concat(
      { action: 'iam:PassRole', resource: template.roleArn, context: { 'iam:PassedToService': ['ec2.amazonaws.com'] } },
      imageId.startsWith('resolve:ssm:')
        ? {
            action: 'ssm:GetParameters',
            resource: `arn:aws:ssm:${account.region}::parameter${imageId.slice('resolve:ssm:'.length)}`,
          }
        : [],
    );
}

async function used(id: string, account: Account): Promise<Omit<AuthRequest, 'action'>> {
  return { resource: account.ec2Arn(id), context: resourceTags(await account.tagsOf(id)) };
}
