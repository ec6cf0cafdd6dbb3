import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { ListQueuesCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describeFault, FaultError } from '../../engine/model/fault.ts';
import { type AwsTarget, clientOptions } from '../client-options.ts';
import { TAGS } from '../tags.ts';
import { type Ask, askerOf } from './ask.ts';
import { kindWord } from './build.ts';
import type { DeploymentSpec } from './model/resource.ts';
import { names } from './names.ts';
import { surveyDeployment } from './init.ts';

export interface Left {
  readonly kind: string;
  readonly name: string;
  /** It holds data, and goes with `--purge` only. */
  readonly isData: boolean;
}

export interface Scan {
  /** What is still there of a deployment. */
  readonly left: readonly Left[];
  /** What could not be asked for, and why: then nothing is known of it. */
  readonly unasked: readonly string[];
}

/** States of instances that cost nothing any more; EC2 shows them for an hour. */
const GONE = new Set(['terminated', 'shutting-down']);

/** Looks for everything that bears the deployment's names or its tag, whoever made it. */
export async function scanDeployment(target: AwsTarget, spec: DeploymentSpec): Promise<Scan> {
  const ask = askerOf(target);
  const findings = await surveyDeployment(target, spec);
  const known = findings.filter(({ standing }) => standing !== 'missing' && standing !== 'unsupported');
  const left: Left[] = known.map(({ resource }) => ({
    kind: kindWord(resource.type),
    name: resource.name,
    isData: resource.holdsData,
  }));
  const unasked = findings
    .filter(({ standing }) => standing === 'unsupported')
    .map(({ resource }) => `${kindWord(resource.type)} ${resource.name}: this server has no such thing`);
  const found = await Promise.all(
    [...ec2Searches(target, spec, ask), queueSearch(target, spec, ask)].map(async (search) => {
      try {
        return await search();
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        unasked.push(describeFault(error.fault));
        return [];
      }
    }),
  );
  for (const one of found.flat())
    if (!left.some(({ kind, name }) => kind === one.kind && name === one.name)) left.push({ ...one, isData: false });
  return { left, unasked };
}

type Search = () => Promise<readonly Pick<Left, 'kind' | 'name'>[]>;

/** Whatever of EC2 bears the tag: instances and their disks, and images that were made of them. */
function ec2Searches(target: AwsTarget, { name }: DeploymentSpec, ask: Ask): readonly Search[] {
  const client = new EC2Client(clientOptions(target, 'EC2'));
  const Filters = [{ Name: `tag:${TAGS.deployment}`, Values: [name] }];
  const of =
    (kind: string) =>
    (list: readonly (string | undefined)[]): readonly Pick<Left, 'kind' | 'name'>[] =>
      list.flatMap((one) => (one === undefined ? [] : [{ kind, name: one }]));
  return [
    async () => {
      const reply = await ask('ec2 DescribeInstances', name, (abortSignal) =>
        client.send(new DescribeInstancesCommand({ Filters }), { abortSignal }),
      );
      const instances = (reply.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
      return of('instance')(
        instances.filter(({ State }) => !GONE.has(State?.Name ?? '')).map(({ InstanceId }) => InstanceId),
      );
    },
    async () => {
      const reply = await ask('ec2 DescribeVolumes', name, (abortSignal) =>
        client.send(new DescribeVolumesCommand({ Filters }), { abortSignal }),
      );
      return of('volume')((reply.Volumes ?? []).map(({ VolumeId }) => VolumeId));
    },
    async () => {
      const reply = await ask('ec2 DescribeSnapshots', name, (abortSignal) =>
        client.send(new DescribeSnapshotsCommand({ Filters, OwnerIds: ['self'] }), { abortSignal }),
      );
      return of('snapshot')((reply.Snapshots ?? []).map(({ SnapshotId }) => SnapshotId));
    },
    async () => {
      const reply = await ask('ec2 DescribeImages', name, (abortSignal) =>
        client.send(new DescribeImagesCommand({ Filters, Owners: ['self'] }), { abortSignal }),
      );
      return of('image')((reply.Images ?? []).map(({ ImageId }) => ImageId));
    },
    async () => {
      const reply = await ask('ec2 DescribeLaunchTemplates', name, (abortSignal) =>
        client.send(new DescribeLaunchTemplatesCommand({ Filters }), { abortSignal }),
      );
      return of('launch template')((reply.LaunchTemplates ?? []).map(({ LaunchTemplateName }) => LaunchTemplateName));
    },
    async () => {
      const reply = await ask('ec2 DescribeSecurityGroups', name, (abortSignal) =>
        client.send(new DescribeSecurityGroupsCommand({ Filters }), { abortSignal }),
      );
      return of('security group')((reply.SecurityGroups ?? []).map(({ GroupName }) => GroupName));
    },
  ];
}

/** Queues of masters come and go: they are known by the beginning of their name, and by their tag. */
function queueSearch(target: AwsTarget, { name }: DeploymentSpec, ask: Ask): Search {
  const client = new SQSClient(clientOptions(target, 'SQS'));
  return async () => {
    const QueueNamePrefix = names.prefix(name);
    const { QueueUrls = [] } = await ask('sqs ListQueues', QueueNamePrefix, (abortSignal) =>
      client.send(new ListQueuesCommand({ QueueNamePrefix }), { abortSignal }),
    );
    const tagged = await Promise.all(
      QueueUrls.map(async (QueueUrl) => {
        const { Tags } = await ask('sqs ListQueueTags', QueueUrl, (abortSignal) =>
          client.send(new ListQueueTagsCommand({ QueueUrl }), { abortSignal }),
        );
        return Tags?.[TAGS.deployment] === name ? [QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1)] : [];
      }),
    );
    return tagged.flat().map((queue) => ({ kind: 'queue', name: queue }));
  };
}
