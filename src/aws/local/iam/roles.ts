import { randomBytes } from 'node:crypto';
import {
  CreateRole$,
  type CreateRoleRequest,
  type CreateRoleResponse,
  CreateServiceLinkedRole$,
  type CreateServiceLinkedRoleRequest,
  type CreateServiceLinkedRoleResponse,
  DeleteRole$,
  DeleteRolePolicy$,
  type DeleteRolePolicyRequest,
  type DeleteRoleRequest,
  GetRole$,
  GetRolePolicy$,
  type GetRolePolicyRequest,
  type GetRolePolicyResponse,
  type GetRoleRequest,
  type GetRoleResponse,
  ListRolePolicies$,
  type ListRolePoliciesRequest,
  type ListRolePoliciesResponse,
  ListRoles$,
  type ListRolesRequest,
  type ListRolesResponse,
  PutRolePolicy$,
  type PutRolePolicyRequest,
  type Role,
  type Tag,
  TagRole$,
  type TagRoleRequest,
  UpdateAssumeRolePolicy$,
  type UpdateAssumeRolePolicyRequest,
} from '@aws-sdk/client-iam';
import { only } from '../only.ts';
import { paginate } from '../paginate.ts';
import { type Call, type Operation, operation, ServiceError } from '../service.ts';
import { checkedName, checkedPolicy, type IamState, noSuchEntity, type RoleRecord } from './state.ts';

/** IAM's pages. */
export const PAGE_SIZE = 100;
/** IAM's limit of all inline policies of a role together, without white space. */
const INLINE_CHARS_MAX = 10_240;

export const newIamId = (prefix: string): string =>
  `${prefix}${randomBytes(9).toString('hex').slice(0, 17).toUpperCase()}`;

export const tagsFrom = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
export const tagList = (tags: Readonly<Record<string, string>>): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export function shownRole(role: RoleRecord, accountId: string): Role {
  return {
    RoleName: role.name,
    RoleId: role.id,
    Path: role.path,
    Arn: `arn:aws:iam::${accountId}:role${role.path}${role.name}`,
    CreateDate: new Date(role.createdAt),
    // IAM gives documents percent-encoded.
    AssumeRolePolicyDocument: encodeURIComponent(role.trust),
    Tags: tagList(role.tags),
  };
}

export function roleOperations(state: IamState): Operation[] {
  return [
    operation(CreateRole$, createRole.bind(undefined, state)),
    operation(CreateServiceLinkedRole$, createLinkedRole.bind(undefined, state)),
    operation(GetRole$, (input: GetRoleRequest, { accountId }): GetRoleResponse => ({
      Role: shownRole(state.role(only(input, ['RoleName']).RoleName), accountId),
    })),
    operation(ListRoles$, listRoles.bind(undefined, state)),
    operation(UpdateAssumeRolePolicy$, (input: UpdateAssumeRolePolicyRequest): object => {
      const { RoleName, PolicyDocument } = only(input, ['RoleName', 'PolicyDocument']);
      state.record({ op: 'role', role: { ...state.role(RoleName), trust: checkedPolicy(PolicyDocument) } });
      return {};
    }),
    operation(TagRole$, (input: TagRoleRequest): object => {
      const role = state.role(only(input, ['RoleName', 'Tags']).RoleName);
      state.record({ op: 'role', role: { ...role, tags: { ...role.tags, ...tagsFrom(input.Tags) } } });
      return {};
    }),
    operation(DeleteRole$, deleteRole.bind(undefined, state)),
    ...policyOperations(state),
  ];
}

function createRole(state: IamState, input: CreateRoleRequest, { at, accountId }: Call): CreateRoleResponse {
  const given = only(input, ['RoleName', 'AssumeRolePolicyDocument', 'Description', 'Tags', 'MaxSessionDuration']);
  const name = checkedName('roleName', given.RoleName);
  if (state.roles.has(name))
    throw new ServiceError('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
  const role: RoleRecord = {
    name,
    id: newIamId('AROA'),
    path: '/',
    createdAt: at,
    trust: checkedPolicy(given.AssumeRolePolicyDocument),
    policies: {},
    tags: tagsFrom(given.Tags),
  };
  state.record({ op: 'role', role });
  return { Role: shownRole(role, accountId) };
}

/** The role under which EC2 itself acts for Spot and for fleets. */
function createLinkedRole(
  state: IamState,
  input: CreateServiceLinkedRoleRequest,
  { at, accountId }: Call,
): CreateServiceLinkedRoleResponse {
  const { AWSServiceName: service = '' } = only(input, ['AWSServiceName']);
  const name = {
    'spot.amazonaws.com': 'AWSServiceRoleForEC2Spot',
    'ec2fleet.amazonaws.com': 'AWSServiceRoleForEC2Fleet',
  }[service];
  if (name === undefined)
    throw new ServiceError('InvalidInput', `The embedded IAM knows no service-linked role of ${service}.`);
  if (state.roles.has(name))
    throw new ServiceError(
      'InvalidInput',
      `Service role name ${name} has been taken in this account, please try a different suffix.`,
    );
  const statement = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const role: RoleRecord = {
    name,
    id: newIamId('AROA'),
    path: `/aws-service-role/${service}/`,
    createdAt: at,
    trust: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    policies: {},
    tags: {},
  };
  state.record({ op: 'role', role });
  return { Role: shownRole(role, accountId) };
}

function listRoles(state: IamState, input: ListRolesRequest, { accountId }: Call): ListRolesResponse {
  const { Marker, MaxItems = PAGE_SIZE } = only(input, ['Marker', 'MaxItems', 'PathPrefix']);
  const roles = [...state.roles.values()].filter((role) => role.path.startsWith(input.PathPrefix ?? '/'));
  const page = paginate(roles, { size: MaxItems, token: Marker });
  // As IAM does: a list carries no tags.
  const Roles = page.items.map((role) => ({ ...shownRole(role, accountId), Tags: undefined }));
  return { Roles, IsTruncated: page.nextToken !== undefined, Marker: page.nextToken };
}

function deleteRole(state: IamState, input: DeleteRoleRequest): object {
  const role = state.role(only(input, ['RoleName']).RoleName);
  const conflict = (what: string): ServiceError =>
    new ServiceError('DeleteConflict', `Cannot delete entity, must ${what} first.`, 409);
  if (Object.keys(role.policies).length > 0) throw conflict('delete policies');
  if ([...state.profiles.values()].some(({ roles }) => roles.includes(role.name)))
    throw conflict('remove roles from instance profile');
  state.record({ op: 'drop-role', name: role.name });
  return {};
}

function policyOperations(state: IamState): Operation[] {
  return [
    operation(PutRolePolicy$, (input: PutRolePolicyRequest): object => {
      const { RoleName, PolicyName, PolicyDocument } = only(input, ['RoleName', 'PolicyName', 'PolicyDocument']);
      const role = state.role(RoleName);
      const policies = { ...role.policies, [checkedName('policyName', PolicyName)]: checkedPolicy(PolicyDocument) };
      const chars = Object.values(policies).reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0);
      if (chars > INLINE_CHARS_MAX)
        throw new ServiceError(
          'LimitExceeded',
          `Maximum policy size of ${INLINE_CHARS_MAX} bytes exceeded for role ${role.name}`,
          409,
        );
      state.record({ op: 'role', role: { ...role, policies } });
      return {};
    }),
    operation(GetRolePolicy$, (input: GetRolePolicyRequest): GetRolePolicyResponse => {
      const { RoleName, PolicyName = '' } = only(input, ['RoleName', 'PolicyName']);
      const document = state.role(RoleName).policies[PolicyName];
      if (document === undefined) throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      return { RoleName, PolicyName, PolicyDocument: encodeURIComponent(document) };
    }),
    operation(ListRolePolicies$, (input: ListRolePoliciesRequest): ListRolePoliciesResponse => ({
      PolicyNames: Object.keys(state.role(only(input, ['RoleName']).RoleName).policies),
      IsTruncated: false,
    })),
    operation(DeleteRolePolicy$, (input: DeleteRolePolicyRequest): object => {
      const { RoleName, PolicyName = '' } = only(input, ['RoleName', 'PolicyName']);
      const role = state.role(RoleName);
      if (role.policies[PolicyName] === undefined)
        throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      const policies = Object.fromEntries(Object.entries(role.policies).filter(([name]) => name !== PolicyName));
      state.record({ op: 'role', role: { ...role, policies } });
      return {};
    }),
  ];
}
