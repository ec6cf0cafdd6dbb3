import {
  CreateImageCommand,
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  type EC2Client,
  type Image,
} from '@aws-sdk/client-ec2';
import type { ImageRequest, ImageRow } from '../engine/model/image.ts';
import type { CallPolicy } from './call-policy.ts';
import { hasKind } from './errors.ts';
import { TAGS } from './tags.ts';

const PAGE_MAX = 1_000;

export interface ImagesPort {
  readonly client: EC2Client;
  readonly calls: CallPolicy;
  readonly deployment: string;
}

/** CreateImage without a reboot; image and snapshots bear the deployment's tags, by which they are found, priced and retired. */
export async function createImage({ client, calls, deployment }: ImagesPort, request: ImageRequest): Promise<string> {
  const { name, instanceId, intentId, jobId, generation } = request;
  const tags = {
    [TAGS.deployment]: deployment,
    [TAGS.role]: 'image',
    [TAGS.intent]: intentId,
    [TAGS.job]: jobId,
    [TAGS.generation]: String(generation),
    [TAGS.instance]: instanceId,
  };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const command = new CreateImageCommand({
    InstanceId: instanceId,
    Name: name,
    NoReboot: true,
    TagSpecifications: (['image', 'snapshot'] as const).map((ResourceType) => ({ ResourceType, Tags })),
  });
  // EC2 has no token for it, but one image of a name: a second try of ours is told that there is one, and the caller looks.
  const { ImageId = '' } = await calls.run(
    { operation: 'ec2 CreateImage', target: instanceId, kind: 'list', repeat: 'unsent' },
    ({ signal }) => client.send(command, { abortSignal: signal }),
  );
  return ImageId;
}

export async function listImages({ client, calls, deployment }: ImagesPort): Promise<readonly ImageRow[]> {
  const Filters = [{ Name: `tag:${TAGS.deployment}`, Values: [deployment] }];
  const rows: ImageRow[] = [];
  let NextToken: string | undefined;
  do {
    const command = new DescribeImagesCommand({ Owners: ['self'], Filters, MaxResults: PAGE_MAX, NextToken });
    const page = await calls.run({ operation: 'ec2 DescribeImages', target: deployment, kind: 'list' }, ({ signal }) =>
      client.send(command, { abortSignal: signal }),
    );
    rows.push(...(page.Images ?? []).map(rowOf));
    NextToken = page.NextToken === '' ? undefined : page.NextToken;
  } while (NextToken !== undefined);
  return rows;
}

/** The image first: EC2 keeps a snapshot that an image is made of. */
export async function retireImage(port: ImagesPort, imageId: string): Promise<void> {
  const { client, calls } = port;
  const image = (await listImages(port)).find(({ id }) => id === imageId);
  if (image === undefined) return;
  await gone(() =>
    calls.run({ operation: 'ec2 DeregisterImage', target: imageId, kind: 'list' }, ({ signal }) =>
      client.send(new DeregisterImageCommand({ ImageId: imageId }), { abortSignal: signal }),
    ),
  );
  for (const SnapshotId of image.snapshotIds)
    await gone(() =>
      calls.run({ operation: 'ec2 DeleteSnapshot', target: SnapshotId, kind: 'list' }, ({ signal }) =>
        client.send(new DeleteSnapshotCommand({ SnapshotId }), { abortSignal: signal }),
      ),
    );
} // prettier-ignore

async function gone(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!hasKind(error, 'not-found')) throw error;
  }
}

function rowOf(image: Image): ImageRow {
  const tag = (key: string): string => image.Tags?.find(({ Key }) => Key === key)?.Value ?? '';
  const disks = (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => (Ebs === undefined ? [] : [Ebs]));
  const state = image.State ?? 'pending';
  return {
    id: image.ImageId ?? '',
    name: image.Name ?? '',
    state: state === 'available' || state === 'pending' ? state : 'failed',
    jobId: tag(TAGS.job),
    generation: Number(tag(TAGS.generation)) || 0,
    instanceId: tag(TAGS.instance),
    intent: tag(TAGS.intent),
    createdAt: Date.parse(image.CreationDate ?? '') || 0,
    sizeGb: disks.reduce((sum, { VolumeSize = 0 }) => sum + VolumeSize, 0),
    snapshotIds: disks.flatMap(({ SnapshotId }) => SnapshotId ?? []),
  };
}
