import {
  AuthorizeSecurityGroupIngress$,
  type AuthorizeSecurityGroupIngressRequest,
  type AuthorizeSecurityGroupIngressResult,
  CreateSecurityGroup$,
  type CreateSecurityGroupRequest,
  type CreateSecurityGroupResult,
  DeleteSecurityGroup$,
  type DeleteSecurityGroupRequest,
  type DeleteSecurityGroupResult,
  DescribeSecurityGroups$,
  type DescribeSecurityGroupsRequest,
  type DescribeSecurityGroupsResult,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context, invalid, missing, newId } from './context.ts';
import { fieldsOf, matches } from './filters.ts';
import { VPC_ID } from './network.ts';
import { isActive, type GroupRecord } from './records.ts';
import { specifiedTags, writeTags } from './tags.ts';

export const SECURITY_GROUP_ID = 'sg-0cba5000000000001';
/** Of the VPC, as AWS makes it. */
const DEFAULT: GroupRecord = {
  id: SECURITY_GROUP_ID,
  name: 'default',
  description: 'default VPC security group',
  vpcId: VPC_ID,
  tags: {},
  from: [SECURITY_GROUP_ID],
};

/** Security groups: kept and told, and filtering nothing, for instances here are processes of one machine. */
export function securityGroupOperations(context: Ec2Context): Operation[] {
  const { store } = context;
  const all = (): readonly GroupRecord[] => [DEFAULT, ...store.groups.values()];
  return [
    accepting<CreateSecurityGroupRequest, CreateSecurityGroupResult>(
      CreateSecurityGroup$,
      ['GroupName', 'Description', 'VpcId', 'TagSpecifications'],
      (input) => {
        const { GroupName: name, Description: description, VpcId: vpcId = VPC_ID } = input;
        if (name === undefined || !/^[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/.test(name) || name.startsWith('sg-'))
          throw invalid(`Invalid security group name: '${name ?? ''}'`);
        if (description === undefined) throw missing('GroupDescription');
        if (vpcId !== VPC_ID) throw new ServiceError('InvalidVpcID.NotFound', `The vpc ID '${vpcId}' does not exist`);
        if (all().some((one) => one.name === name))
          throw new ServiceError(
            'InvalidGroup.Duplicate',
            `The security group '${name}' already exists for VPC '${vpcId}'`,
          );
        const tags = specifiedTags(input.TagSpecifications, 'security-group');
        const record: GroupRecord = { id: newId('sg'), name, description, vpcId, tags, from: [] };
        store.putGroup(record);
        return { GroupId: record.id, Tags: writeTags(tags) };
      },
    ),
    accepting<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult>(
      AuthorizeSecurityGroupIngress$,
      ['GroupId', 'IpPermissions'],
      (input) => authorize(context, input),
    ),
    accepting<DeleteSecurityGroupRequest, DeleteSecurityGroupResult>(DeleteSecurityGroup$, ['GroupId'], (input) => {
      const { id } = groupOf(context, input.GroupId);
      if (isUsed(context, id)) throw new ServiceError('DependencyViolation', `resource ${id} has a dependent object`);
      store.dropGroup(id);
      return { Return: true, GroupId: id };
    }),
    accepting<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult>(
      DescribeSecurityGroups$,
      ['GroupIds', 'GroupNames', 'Filters'],
      ({ GroupIds = [], GroupNames = [], Filters }) => {
        const unknown =
          GroupIds.find((id) => !all().some((one) => one.id === id)) ??
          GroupNames.find((name) => !all().some((one) => one.name === name));
        if (unknown !== undefined)
          throw new ServiceError('InvalidGroup.NotFound', `The security group '${unknown}' does not exist`);
        const found = all().filter(
          (one) =>
            (GroupIds.length === 0 || GroupIds.includes(one.id)) &&
            (GroupNames.length === 0 || GroupNames.includes(one.name)) &&
            matches(Filters, fieldsOf({ 'group-id': one.id, 'group-name': one.name, 'vpc-id': one.vpcId }, one.tags)),
        );
        return { SecurityGroups: found.map((one) => shown(one, context.accountId)) };
      },
    ),
  ];
}

function groupOf({ store }: Ec2Context, id: string | undefined): GroupRecord {
  if (id === undefined) throw missing('GroupId');
  const found = store.groups.get(id);
  if (found !== undefined) return found;
  throw new ServiceError('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
}

/** Only "all traffic from that group": nothing else is asked for by us, and to keep a rule that says more would be to pretend. */
function authorize(
  context: Ec2Context,
  input: AuthorizeSecurityGroupIngressRequest,
): AuthorizeSecurityGroupIngressResult {
  const group = groupOf(context, input.GroupId);
  const from = (input.IpPermissions ?? []).flatMap(({ IpProtocol, UserIdGroupPairs = [], ...more }) => {
    const unknown = Object.entries(more).filter(([, value]) =>
      Array.isArray(value) ? value.length > 0 : value !== undefined,
    );
    if (IpProtocol !== '-1' || unknown.length > 0)
      throw new ServiceError('UnsupportedOperation', 'The embedded EC2 takes rules of all traffic from a group only.');
    return UserIdGroupPairs.map(({ GroupId }) =>
      GroupId === SECURITY_GROUP_ID ? GroupId : groupOf(context, GroupId).id,
    );
  });
  const known = from.find((id) => group.from.includes(id));
  if (known !== undefined)
    throw new ServiceError(
      'InvalidPermission.Duplicate',
      `the specified rule "peer: ${known}, ALL, ALLOW" already exists`,
    );
  context.store.putGroup({ ...group, from: [...group.from, ...from] });
  return { Return: true };
}

/** Instances keep no groups here: those that were launched from a template which names the group count. */
function isUsed({ store }: Ec2Context, id: string): boolean {
  const inTemplates = [...store.templates.values()].some(({ versions }) =>
    versions.some(({ data }) => data.SecurityGroupIds?.includes(id) === true),
  );
  return inTemplates && [...store.instances.values()].some(isActive);
}

function shown({ id, name, description, vpcId, tags, from }: GroupRecord, accountId: string): SecurityGroup {
  const UserIdGroupPairs = from.map((GroupId) => ({ GroupId, UserId: accountId }));
  return {
    OwnerId: accountId,
    VpcId: vpcId,
    GroupId: id,
    GroupName: name,
    Description: description,
    IpPermissions: UserIdGroupPairs.length === 0 ? [] : [{ IpProtocol: '-1', UserIdGroupPairs }],
    IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
    Tags: writeTags(tags),
  };
}
