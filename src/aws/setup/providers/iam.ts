import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { JsonObject } from '../../../engine/model/units.ts';
import { clientOptions } from '../../client-options.ts';
import type { Resource } from '../model/resource.ts';
import {
  type Found,
  ifThere,
  parsed,
  propertiesOf,
  type Provider,
  type ProviderContext,
  type TagPair,
  tagPairs,
  unlessThere,
} from './provider.ts';

interface RoleProperties {
  readonly AssumeRolePolicyDocument: JsonObject;
  readonly Policies: readonly { readonly PolicyName: string; readonly PolicyDocument: JsonObject }[];
  readonly Tags: TagPair[];
}

/** IAM gives documents percent-encoded. */
function document(text: string | undefined) {
  return parsed(text === undefined ? undefined : decodeURIComponent(text));
}

/** Roles with inline policies: these go with their role, and nobody else can bear them. */
export class RoleProvider implements Provider {
  readonly fixed = [];
  readonly #ask: ProviderContext['ask'];
  readonly #client: IAMClient;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#client = new IAMClient(clientOptions(target, 'IAM'));
  }

  async read({ name: RoleName }: Resource): Promise<Found | undefined> {
    const reply = await ifThere(
      this.#ask('iam GetRole', RoleName, (abortSignal) =>
        this.#client.send(new GetRoleCommand({ RoleName }), { abortSignal }),
      ),
    );
    if (reply === undefined) return undefined;
    const policies = await Promise.all(
      (await this.#policyNames(RoleName)).map(async (PolicyName) => {
        const policy = await this.#ask('iam GetRolePolicy', RoleName, (abortSignal) =>
          this.#client.send(new GetRolePolicyCommand({ RoleName, PolicyName }), { abortSignal }),
        );
        return { PolicyName, PolicyDocument: document(policy.PolicyDocument) };
      }),
    );
    return {
      attributes: {},
      properties: {
        RoleName,
        AssumeRolePolicyDocument: document(reply.Role?.AssumeRolePolicyDocument),
        Policies: policies as never,
        Tags: tagPairs(reply.Role?.Tags) as never,
      },
    };
  }

  async create(resource: Resource): Promise<void> {
    const RoleName = resource.name;
    const { AssumeRolePolicyDocument, Tags } = propertiesOf<RoleProperties>(resource);
    const command = new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify(AssumeRolePolicyDocument),
      Tags,
    });
    await unlessThere(
      this.#ask('iam CreateRole', RoleName, (abortSignal) => this.#client.send(command, { abortSignal })),
    );
    await this.mend(resource, ['Policies']);
  }

  async mend(resource: Resource, changed: readonly string[]): Promise<void> {
    const RoleName = resource.name;
    const { AssumeRolePolicyDocument, Policies, Tags } = propertiesOf<RoleProperties>(resource);
    if (changed.includes('AssumeRolePolicyDocument')) {
      const PolicyDocument = JSON.stringify(AssumeRolePolicyDocument);
      await this.#ask('iam UpdateAssumeRolePolicy', RoleName, (abortSignal) =>
        this.#client.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }), { abortSignal }),
      );
    }
    if (changed.includes('Policies')) {
      for (const { PolicyName, PolicyDocument } of Policies) {
        const put = { RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) };
        await this.#ask('iam PutRolePolicy', RoleName, (abortSignal) =>
          this.#client.send(new PutRolePolicyCommand(put), { abortSignal }),
        );
      }
      // Rights that nobody gave it here are no rights of it.
      const wanted = new Set(Policies.map(({ PolicyName }) => PolicyName));
      await this.#dropPolicies(
        RoleName,
        (await this.#policyNames(RoleName)).filter((policy) => !wanted.has(policy)),
      );
    }
    if (changed.includes('Tags'))
      await this.#ask('iam TagRole', RoleName, (abortSignal) =>
        this.#client.send(new TagRoleCommand({ RoleName, Tags }), { abortSignal }),
      );
  }

  async remove({ name: RoleName }: Resource): Promise<void> {
    const policies = await ifThere(this.#policyNames(RoleName));
    if (policies === undefined) return;
    await this.#dropPolicies(RoleName, policies);
    await ifThere(
      this.#ask('iam DeleteRole', RoleName, (abortSignal) =>
        this.#client.send(new DeleteRoleCommand({ RoleName }), { abortSignal }),
      ),
    );
  }

  async #policyNames(RoleName: string): Promise<readonly string[]> {
    const reply = await this.#ask('iam ListRolePolicies', RoleName, (abortSignal) =>
      this.#client.send(new ListRolePoliciesCommand({ RoleName }), { abortSignal }),
    );
    return reply.PolicyNames ?? [];
  }

  async #dropPolicies(RoleName: string, policies: readonly string[]): Promise<void> {
    for (const PolicyName of policies)
      await ifThere(
        this.#ask('iam DeleteRolePolicy', RoleName, (abortSignal) =>
          this.#client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }), { abortSignal }),
        ),
      );
  }
}

/** What carries a role to an instance; at most one role in each. */
export class InstanceProfileProvider implements Provider {
  readonly fixed = [];
  readonly #ask: ProviderContext['ask'];
  readonly #client: IAMClient;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#client = new IAMClient(clientOptions(target, 'IAM'));
  }

  async read({ name }: Resource): Promise<Found | undefined> {
    const roles = await this.#roles(name);
    if (roles === undefined) return undefined;
    return { attributes: {}, properties: { InstanceProfileName: name, Roles: roles } };
  }

  async create(resource: Resource): Promise<void> {
    const { name: InstanceProfileName } = resource;
    await unlessThere(
      this.#ask('iam CreateInstanceProfile', InstanceProfileName, (abortSignal) =>
        this.#client.send(new CreateInstanceProfileCommand({ InstanceProfileName }), { abortSignal }),
      ),
    );
    await this.mend(resource);
  }

  async mend(resource: Resource): Promise<void> {
    const { name } = resource;
    const { Roles } = propertiesOf<{ readonly Roles: readonly string[] }>(resource);
    const found = (await this.#roles(name)) ?? [];
    await this.#take(
      name,
      found.filter((role) => !Roles.includes(role)),
    );
    for (const RoleName of Roles.filter((role) => !found.includes(role)))
      await this.#ask('iam AddRoleToInstanceProfile', name, (abortSignal) =>
        this.#client.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName }), {
          abortSignal,
        }),
      );
  }

  async remove({ name }: Resource): Promise<void> {
    const found = await this.#roles(name);
    if (found === undefined) return;
    await this.#take(name, found);
    await ifThere(
      this.#ask('iam DeleteInstanceProfile', name, (abortSignal) =>
        this.#client.send(new DeleteInstanceProfileCommand({ InstanceProfileName: name }), { abortSignal }),
      ),
    );
  }

  async #roles(name: string): Promise<readonly string[] | undefined> {
    const reply = await ifThere(
      this.#ask('iam GetInstanceProfile', name, (abortSignal) =>
        this.#client.send(new GetInstanceProfileCommand({ InstanceProfileName: name }), { abortSignal }),
      ),
    );
    return reply?.InstanceProfile?.Roles?.map(({ RoleName = '' }) => RoleName);
  }

  async #take(name: string, roles: readonly string[]): Promise<void> {
    for (const RoleName of roles)
      await ifThere(
        this.#ask('iam RemoveRoleFromInstanceProfile', name, (abortSignal) =>
          this.#client.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: name, RoleName }), {
            abortSignal,
          }),
        ),
      );
  }
}
