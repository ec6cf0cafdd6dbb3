import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  type Tag,
} from '@aws-sdk/client-ec2';
import { type AwsTarget, clientOptions } from '../../../src/aws/client-options.ts';

export interface LaunchTemplateFacts {
  readonly id: string;
  readonly imageId: string;
  readonly roleArn: string;
  readonly securityGroupIds: readonly string[];
  /** By kind of resource. */
  readonly tags: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** EC2's kinds by how their ids begin. */
const KINDS: Readonly<Record<string, string>> = {
  i: 'instance',
  ami: 'image',
  snap: 'snapshot',
  lt: 'launch-template',
  sg: 'security-group',
  subnet: 'subnet',
  vpc: 'vpc',
};
/** Their ARNs name no account. */
const PUBLIC_KINDS = new Set(['image', 'snapshot']);

/** What is in the account, asked of the embedded AWS itself, past whoever records. */
export class Account {
  readonly id: string;
  readonly region: string;
  readonly #client: EC2Client;

  constructor(target: AwsTarget, id: string) {
    this.id = id;
    this.region = target.region;
    this.#client = new EC2Client(clientOptions(target));
  }

  arn(service: string, rest: string): string {
    return `arn:aws:${service}:${this.region}:${this.id}:${rest}`;
  }

  ec2Arn(id: string): string {
    const kind = KINDS[id.slice(0, id.indexOf('-'))];
    if (kind === undefined) throw new Error(`what is ${id}?`);
    return `arn:aws:ec2:${this.region}:${PUBLIC_KINDS.has(kind) ? '' : this.id}:${kind}/${id}`;
  }

  /** Of one that is not there yet. */
  newEc2Arn(kind: string): string {
    return `arn:aws:ec2:${this.region}:${PUBLIC_KINDS.has(kind) ? '' : this.id}:${kind}/new`;
  }

  async tagsOf(id: string): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await this.#tags(id).catch(() => [])).map(({ Key = '', Value = '' }) => [Key, Value]));
  }

  async templateId(name: string): Promise<string> {
    const { LaunchTemplates } = await this.#client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] })); // prettier-ignore
    return LaunchTemplates?.[0]?.LaunchTemplateId ?? '';
  }

  async template(name: string): Promise<LaunchTemplateFacts> {
    const command = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name, Versions: ['$Latest'] });
    const { LaunchTemplateVersions: [version] = [] } = await this.#client.send(command);
    const data = version?.LaunchTemplateData;
    return {
      id: version?.LaunchTemplateId ?? '',
      imageId: data?.ImageId ?? '',
      roleArn: `arn:aws:iam::${this.id}:role/${data?.IamInstanceProfile?.Name}`,
      securityGroupIds: data?.SecurityGroupIds ?? [],
      tags: Object.fromEntries(
        (data?.TagSpecifications ?? []).map(({ ResourceType = '', Tags = [] }) => [
          ResourceType,
          Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
        ]),
      ),
    };
  }

  async #tags(id: string): Promise<readonly Tag[]> {
    const client = this.#client;
    switch (id.slice(0, id.indexOf('-'))) {
      case 'i':
        return (await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }))).Reservations?.[0]?.Instances?.[0]?.Tags ?? []; // prettier-ignore
      case 'ami':
        return (await client.send(new DescribeImagesCommand({ ImageIds: [id] }))).Images?.[0]?.Tags ?? [];
      case 'snap':
        return (await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }))).Snapshots?.[0]?.Tags ?? [];
      case 'lt':
        return (await client.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] }))).LaunchTemplates?.[0]?.Tags ?? []; // prettier-ignore
      case 'sg':
        return (await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))).SecurityGroups?.[0]?.Tags ?? []; // prettier-ignore
      default:
        return [];
    }
  }
}
