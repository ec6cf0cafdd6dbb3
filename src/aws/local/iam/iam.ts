import {
  AddRoleToInstanceProfile$,
  type AddRoleToInstanceProfileRequest,
  CreateInstanceProfile$,
  type CreateInstanceProfileRequest,
  type CreateInstanceProfileResponse,
  DeleteInstanceProfile$,
  type DeleteInstanceProfileRequest,
  GetInstanceProfile$,
  type GetInstanceProfileRequest,
  type GetInstanceProfileResponse,
  type InstanceProfile,
  ListInstanceProfiles$,
  type ListInstanceProfilesRequest,
  type ListInstanceProfilesResponse,
  RemoveRoleFromInstanceProfile$,
  type RemoveRoleFromInstanceProfileRequest,
} from '@aws-sdk/client-iam';
import { only } from '../only.ts';
import { paginate } from '../paginate.ts';
import { type Call, type LocalService, type Operation, operation, ServiceError } from '../service.ts';
import { newIamId, PAGE_SIZE, roleOperations, shownRole, tagList, tagsFrom } from './roles.ts';
import { checkedName, IamState, noSuchEntity, type ProfileRecord } from './state.ts';

/** The embedded IAM: roles and instance profiles are kept and told; nobody is kept out by them, for there is one account and one person. */
export function createIam({ folder }: { readonly folder: string }): LocalService {
  const state = new IamState(folder);
  return {
    scope: 'iam',
    protocol: 'awsQuery',
    operations: [...roleOperations(state), ...profileOperations(state)],
    close: () => state.close(),
  };
}

function profileOperations(state: IamState): Operation[] {
  const put = (profile: ProfileRecord): object => {
    state.record({ op: 'profile', profile });
    return {};
  };
  return [
    operation(CreateInstanceProfile$, createProfile.bind(undefined, state)),
    operation(GetInstanceProfile$, (input: GetInstanceProfileRequest, { accountId }): GetInstanceProfileResponse => ({
      InstanceProfile: shown(state, state.profile(only(input, ['InstanceProfileName']).InstanceProfileName), accountId),
    })),
    operation(
      ListInstanceProfiles$,
      (input: ListInstanceProfilesRequest, { accountId }): ListInstanceProfilesResponse => {
        const { Marker, MaxItems = PAGE_SIZE } = only(input, ['Marker', 'MaxItems']);
        const page = paginate([...state.profiles.values()], { size: MaxItems, token: Marker });
        return {
          InstanceProfiles: page.items.map((profile) => shown(state, profile, accountId)),
          IsTruncated: page.nextToken !== undefined,
          Marker: page.nextToken,
        };
      },
    ),
    operation(AddRoleToInstanceProfile$, (input: AddRoleToInstanceProfileRequest): object => {
      const { InstanceProfileName, RoleName } = only(input, ['InstanceProfileName', 'RoleName']);
      const profile = state.profile(InstanceProfileName);
      if (profile.roles.length > 0)
        throw new ServiceError('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1', 409);
      return put({ ...profile, roles: [state.role(RoleName).name] });
    }),
    operation(RemoveRoleFromInstanceProfile$, (input: RemoveRoleFromInstanceProfileRequest): object => {
      const { InstanceProfileName, RoleName = '' } = only(input, ['InstanceProfileName', 'RoleName']);
      const profile = state.profile(InstanceProfileName);
      if (!profile.roles.includes(RoleName)) throw noSuchEntity(`The role ${RoleName} is not in the instance profile.`);
      return put({ ...profile, roles: [] });
    }),
    operation(DeleteInstanceProfile$, (input: DeleteInstanceProfileRequest): object => {
      const profile = state.profile(only(input, ['InstanceProfileName']).InstanceProfileName);
      if (profile.roles.length > 0)
        throw new ServiceError(
          'DeleteConflict',
          'Cannot delete entity, must remove roles from instance profile first.',
          409,
        );
      state.record({ op: 'drop-profile', name: profile.name });
      return {};
    }),
  ];
}

function createProfile(
  state: IamState,
  input: CreateInstanceProfileRequest,
  { at, accountId }: Call,
): CreateInstanceProfileResponse {
  const given = only(input, ['InstanceProfileName', 'Tags']);
  const name = checkedName('instanceProfileName', given.InstanceProfileName);
  if (state.profiles.has(name))
    throw new ServiceError('EntityAlreadyExists', `Instance Profile ${name} already exists.`, 409);
  const profile = { name, id: newIamId('AIPA'), createdAt: at, roles: [], tags: tagsFrom(given.Tags) };
  state.record({ op: 'profile', profile });
  return { InstanceProfile: shown(state, profile, accountId) };
}

function shown(state: IamState, profile: ProfileRecord, accountId: string): InstanceProfile {
  return {
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Path: '/',
    Arn: `arn:aws:iam::${accountId}:instance-profile/${profile.name}`,
    CreateDate: new Date(profile.createdAt),
    Roles: profile.roles.flatMap((name) => {
      const role = state.roles.get(name);
      return role === undefined ? [] : [shownRole(role, accountId)];
    }),
    Tags: tagList(profile.tags),
  };
}
