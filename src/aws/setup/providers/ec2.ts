import {
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  type CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DeleteSecurityGroupCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
  type LaunchTemplate,
  type SecurityGroup,
} from '@aws-sdk/client-ec2';
import type { JsonObject } from '../../../engine/model/units.ts';
import { clientOptions } from '../../client-options.ts';
import type { Resource } from '../model/resource.ts';
import {
  type Found,
  ifThere,
  propertiesOf,
  type Provider,
  type ProviderContext,
  type TagPair,
  tagPairs,
  unlessThere,
} from './provider.ts';

/** Security groups by name, in the deployment's VPC where it has one of its own. */
abstract class Groups {
  protected readonly ask: ProviderContext['ask'];
  protected readonly client: EC2Client;

  constructor({ target, ask }: ProviderContext) {
    this.ask = ask;
    this.client = new EC2Client(clientOptions(target, 'EC2'));
  }

  protected async group({
    name,
    properties,
  }: Pick<Resource, 'name' | 'properties'>): Promise<SecurityGroup | undefined> {
    const vpcId = properties['VpcId'];
    const Filters = [
      { Name: 'group-name', Values: [name] },
      ...(typeof vpcId === 'string' ? [{ Name: 'vpc-id', Values: [vpcId] }] : []),
    ];
    const { SecurityGroups = [] } = await this.ask('ec2 DescribeSecurityGroups', name, (abortSignal) =>
      this.client.send(new DescribeSecurityGroupsCommand({ Filters }), { abortSignal }),
    );
    return SecurityGroups[0];
  }

  protected async groupWithId(id: string): Promise<SecurityGroup | undefined> {
    const reply = await ifThere(
      this.ask('ec2 DescribeSecurityGroups', id, (abortSignal) =>
        this.client.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }), { abortSignal }),
      ),
    );
    return reply?.SecurityGroups?.[0];
  }
}

export class SecurityGroupProvider extends Groups implements Provider {
  readonly fixed = ['GroupDescription', 'VpcId'];

  async read(resource: Resource): Promise<Found | undefined> {
    const group = await this.group(resource);
    if (group === undefined) return undefined;
    return {
      attributes: { GroupId: group.GroupId },
      properties: {
        GroupName: resource.name,
        GroupDescription: group.Description,
        VpcId: group.VpcId,
        Tags: tagPairs(group.Tags) as never,
      },
    };
  }

  async create(resource: Resource): Promise<void> {
    const { GroupDescription, VpcId, Tags } = propertiesOf<{
      GroupDescription: string;
      VpcId?: string;
      Tags: TagPair[];
    }>(resource);
    const command = new CreateSecurityGroupCommand({
      GroupName: resource.name,
      Description: GroupDescription,
      ...(VpcId !== undefined && { VpcId }),
      TagSpecifications: [{ ResourceType: 'security-group', Tags }],
    });
    await unlessThere(
      this.ask('ec2 CreateSecurityGroup', resource.name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
  }

  async mend(resource: Resource, changed: readonly string[]): Promise<void> {
    if (!changed.includes('Tags')) return;
    const { GroupId = '' } = (await this.group(resource)) ?? {};
    const { Tags } = propertiesOf<{ Tags: TagPair[] }>(resource);
    await this.ask('ec2 CreateTags', resource.name, (abortSignal) =>
      this.client.send(new CreateTagsCommand({ Resources: [GroupId], Tags }), { abortSignal }),
    );
  }

  async remove(resource: Resource): Promise<void> {
    const group = await this.group(resource);
    if (group === undefined) return;
    await ifThere(
      this.ask('ec2 DeleteSecurityGroup', resource.name, (abortSignal) =>
        this.client.send(new DeleteSecurityGroupCommand({ GroupId: group.GroupId }), { abortSignal }),
      ),
    );
  }
}

/** "All traffic from that group", the one rule that we make. It goes with its group. */
export class IngressProvider extends Groups implements Provider {
  readonly fixed = ['SourceSecurityGroupId'];

  async read({ properties }: Resource): Promise<Found | undefined> {
    const group = await this.groupWithId(String(properties['GroupId']));
    const isThere = (group?.IpPermissions ?? []).some(
      ({ IpProtocol, UserIdGroupPairs }) =>
        IpProtocol === '-1' &&
        UserIdGroupPairs?.some(({ GroupId }) => GroupId === properties['SourceSecurityGroupId']) === true,
    );
    return isThere ? { attributes: {}, properties } : undefined;
  }

  async create({ name, properties }: Resource): Promise<void> {
    const { GroupId, SourceSecurityGroupId } = properties as Readonly<Record<string, string>>;
    const IpPermissions = [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: SourceSecurityGroupId }] }];
    await unlessThere(
      this.ask('ec2 AuthorizeSecurityGroupIngress', name, (abortSignal) =>
        this.client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }), { abortSignal }),
      ),
    );
  }

  async mend(): Promise<void> {
    // It is there or it is not.
  }

  async remove(): Promise<void> {
    // It goes with its group.
  }
}

interface TemplateProperties {
  readonly LaunchTemplateData: CreateLaunchTemplateCommandInput['LaunchTemplateData'];
  readonly TagSpecifications: [{ readonly Tags: TagPair[] }];
}

/** Launch templates: a change is a new version, and launches take the latest. */
export class LaunchTemplateProvider implements Provider {
  readonly fixed = [];
  readonly #ask: ProviderContext['ask'];
  readonly #client: EC2Client;

  constructor({ target, ask }: ProviderContext) {
    this.#ask = ask;
    this.#client = new EC2Client(clientOptions(target, 'EC2'));
  }

  async read(resource: Resource): Promise<Found | undefined> {
    const { name } = resource;
    const template = await this.#template(name);
    if (template === undefined) return undefined;
    const { LaunchTemplateVersions = [] } = await this.#ask('ec2 DescribeLaunchTemplateVersions', name, (abortSignal) =>
      this.#client.send(
        new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: ['$Latest'] }),
        { abortSignal },
      ),
    );
    return {
      attributes: {},
      properties: {
        LaunchTemplateName: name,
        LaunchTemplateData: onlyAsked(
          LaunchTemplateVersions[0]?.LaunchTemplateData as never,
          resource.properties['LaunchTemplateData'] as never,
        ),
        TagSpecifications: [{ ResourceType: 'launch-template', Tags: tagPairs(template.Tags) }] as never,
      },
    };
  }

  async create(resource: Resource): Promise<void> {
    const { LaunchTemplateData, TagSpecifications } = propertiesOf<TemplateProperties>(resource);
    const command = new CreateLaunchTemplateCommand({
      LaunchTemplateName: resource.name,
      LaunchTemplateData,
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: TagSpecifications[0].Tags }],
    });
    await unlessThere(
      this.#ask('ec2 CreateLaunchTemplate', resource.name, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      ),
    );
  }

  async mend(resource: Resource, changed: readonly string[]): Promise<void> {
    const { name } = resource;
    const { LaunchTemplateData, TagSpecifications } = propertiesOf<TemplateProperties>(resource);
    if (changed.includes('LaunchTemplateData')) {
      const command = new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: name, LaunchTemplateData });
      await this.#ask('ec2 CreateLaunchTemplateVersion', name, (abortSignal) =>
        this.#client.send(command, { abortSignal }),
      );
    }
    if (changed.includes('TagSpecifications')) {
      const Resources = [(await this.#template(name))?.LaunchTemplateId ?? ''];
      const command = new CreateTagsCommand({ Resources, Tags: TagSpecifications[0].Tags });
      await this.#ask('ec2 CreateTags', name, (abortSignal) => this.#client.send(command, { abortSignal }));
    }
  }

  async remove({ name }: Resource): Promise<void> {
    await ifThere(
      this.#ask('ec2 DeleteLaunchTemplate', name, (abortSignal) =>
        this.#client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName: name }), { abortSignal }),
      ),
    );
  }

  async #template(name: string): Promise<LaunchTemplate | undefined> {
    const Filters = [{ Name: 'launch-template-name', Values: [name] }];
    const { LaunchTemplates = [] } = await this.#ask('ec2 DescribeLaunchTemplates', name, (abortSignal) =>
      this.#client.send(new DescribeLaunchTemplatesCommand({ Filters }), { abortSignal }),
    );
    return LaunchTemplates[0];
  }
}

/** EC2 adds defaults to what it was given: of them only what was asked for is compared. */
function onlyAsked(found: JsonObject | undefined, asked: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(asked).map(([key, value]) => {
      const there = found?.[key];
      const isRecord = (one: unknown): one is JsonObject =>
        typeof one === 'object' && one !== null && !Array.isArray(one);
      return [key, isRecord(value) && isRecord(there) ? onlyAsked(there, value) : there];
    }),
  );
}
