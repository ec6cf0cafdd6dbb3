import {
  CreateImage$,
  type CreateImageRequest,
  type CreateImageResult,
  DeleteSnapshot$,
  type DeleteSnapshotRequest,
  DeregisterImage$,
  type DeregisterImageRequest,
  type DeregisterImageResult,
  DescribeImages$,
  type DescribeImagesRequest,
  type DescribeImagesResult,
  DescribeSnapshots$,
  type DescribeSnapshotsRequest,
  type DescribeSnapshotsResult,
  type Image,
} from '@aws-sdk/client-ec2';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context, missing, newId } from './context.ts';
import { fieldsOf, matches, pageOf } from './filters.ts';
import { IMAGE_ID, imageNotFound } from './image-check.ts';
import { type ImageRecord, isActive } from './records.ts';
import { specifiedTags, writeTags } from './tags.ts';

/** A volume as instances have it here: what it holds is a folder, but EC2 tells and charges by the volume. */
const VOLUME_GB = 8;
const NAME = /^[a-zA-Z0-9()[\] ./\-'@_]{3,128}$/;
const Architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';

/** The one image of the machine, and those that were made of instances: copies of their folders. */
export function imageOperations(context: Ec2Context): Operation[] {
  return [create(context), describe(context), deregister(context), describeSnapshots(context), deleteSnapshot(context)];
}

function create(context: Ec2Context): Operation {
  const { store, clock, instances } = context;
  return accepting<CreateImageRequest, CreateImageResult>(
    CreateImage$,
    ['InstanceId', 'Name', 'Description', 'NoReboot', 'TagSpecifications'],
    ({ InstanceId: instanceId = '', Name: name = '', NoReboot: noReboot = false, TagSpecifications }) => {
      const instance = store.instances.get(instanceId);
      if (instance === undefined)
        throw new ServiceError('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
      if (!isActive(instance))
        throw new ServiceError('IncorrectState', `The instance '${instanceId}' is ${instance.state}`);
      if (!NAME.test(name)) throw new ServiceError('InvalidAMIName.Malformed', `AMI name ${name} is not valid`);
      const same = [...store.images.values()].find((one) => one.name === name && one.state !== 'gone');
      if (same !== undefined)
        throw new ServiceError('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${same.id}`);
      if (!noReboot)
        throw new ServiceError('UnsupportedOperation', 'The embedded EC2 makes images without a reboot only: NoReboot.');
      const record: ImageRecord = {
        id: newId('ami'),
        name,
        snapshotId: newId('snap'),
        instanceId,
        createdAt: clock.now(),
        state: 'pending',
        tags: specifiedTags(TagSpecifications, 'image'),
      };
      store.putImage(record);
      const done = (state: 'available' | 'failed') => (): void => {
        const now = store.images.get(record.id);
        if (now?.state === 'pending') store.putImage({ ...now, state });
      };
      void instances.copyTo(instanceId, record.id).then(done('available'), done('failed'));
      return { ImageId: record.id };
    },
  );
} // prettier-ignore

function describe({ store, accountId }: Ec2Context): Operation {
  return accepting<DescribeImagesRequest, DescribeImagesResult>(
    DescribeImages$,
    ['ImageIds', 'Owners', 'Filters', 'MaxResults', 'NextToken', 'IncludeDeprecated'],
    (input) => {
      const own = [...store.images.values()].filter(({ state }) => state !== 'gone');
      const ids = new Set([IMAGE_ID, ...own.map(({ id }) => id)]);
      const unknown = input.ImageIds?.find((id) => !ids.has(id));
      if (unknown !== undefined) throw imageNotFound(unknown);
      const owners = input.Owners ?? [];
      const isOwned = owners.length === 0 || owners.some((owner) => ['self', 'amazon', accountId].includes(owner));
      const asked = (id: string): boolean => input.ImageIds === undefined || input.ImageIds.length === 0 || input.ImageIds.includes(id); // prettier-ignore
      const machine = { image: machineImage(accountId), tags: {} };
      const all = [machine, ...own.map((record) => ({ image: imageOf(record, accountId), tags: record.tags }))];
      const found = all.filter(({ image, tags }) => {
        const fields = { 'image-id': image.ImageId, name: image.Name, state: image.State, architecture: Architecture, 'owner-id': accountId }; // prettier-ignore
        return isOwned && asked(image.ImageId ?? '') && matches(input.Filters, fieldsOf(fields, tags));
      });
      const { items, ...next } = pageOf(found, input, ({ image }) => image.ImageId ?? '');
      return { Images: items.map(({ image }) => image), ...next };
    },
  );
}

function deregister({ store }: Ec2Context): Operation {
  return accepting<DeregisterImageRequest, DeregisterImageResult>(
    DeregisterImage$,
    ['ImageId'],
    ({ ImageId: id = '' }) => {
      const record = store.images.get(id);
      if (record === undefined || record.state === 'gone') throw imageNotFound(id);
      store.putImage({ ...record, state: 'gone' });
      return { Return: true };
    },
  );
}

function describeSnapshots({ store, accountId }: Ec2Context): Operation {
  return accepting<DescribeSnapshotsRequest, DescribeSnapshotsResult>(
    DescribeSnapshots$,
    ['SnapshotIds', 'OwnerIds', 'Filters', 'MaxResults', 'NextToken'],
    (input) => {
      const ids = input.SnapshotIds ?? [];
      const found = [...store.images.values()].filter(
        ({ snapshotId, tags }) =>
          (ids.length === 0 || ids.includes(snapshotId)) &&
          matches(input.Filters, fieldsOf({ 'snapshot-id': snapshotId, 'owner-id': accountId }, tags)),
      );
      const { items, ...next } = pageOf(found, input, ({ snapshotId }) => snapshotId);
      const snapshots = items.map(({ snapshotId, createdAt, tags }) => ({
        SnapshotId: snapshotId,
        OwnerId: accountId,
        State: 'completed' as const,
        VolumeSize: VOLUME_GB,
        StartTime: new Date(createdAt),
        Tags: writeTags(tags),
      }));
      return { Snapshots: snapshots, ...next };
    },
  );
}

/** Of an image that still is: refused, as EC2 does. */
function deleteSnapshot({ store, instances }: Ec2Context): Operation {
  return accepting<DeleteSnapshotRequest, object>(
    DeleteSnapshot$,
    ['SnapshotId'],
    async ({ SnapshotId: id }) => {
      if (id === undefined) throw missing('SnapshotId');
      const record = [...store.images.values()].find(({ snapshotId }) => snapshotId === id);
      if (record === undefined) throw new ServiceError('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
      if (record.state !== 'gone')
        throw new ServiceError('InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${record.id}`);
      await instances.removeCopy(record.id);
      store.dropImage(record.id);
      return {};
    },
  );
} // prettier-ignore

function shared(accountId: string): Image {
  return {
    Architecture,
    OwnerId: accountId,
    ImageType: 'machine',
    RootDeviceType: 'ebs',
    RootDeviceName: '/dev/xvda',
    VirtualizationType: 'hvm',
  };
}

function machineImage(accountId: string): Image {
  return {
    ...shared(accountId),
    ImageId: IMAGE_ID,
    Name: 'cbas-local',
    Description: 'The machine that the embedded AWS runs on',
    State: 'available',
    CreationDate: '2026-01-01T00:00:00.000Z',
    Public: true,
  };
}

function imageOf({ id, name, snapshotId, createdAt, state, tags }: ImageRecord, accountId: string): Image {
  return {
    ...shared(accountId),
    ImageId: id,
    Name: name,
    State: state === 'gone' ? 'deregistered' : state,
    CreationDate: new Date(createdAt).toISOString(),
    Public: false,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: snapshotId, VolumeSize: VOLUME_GB } }],
    Tags: writeTags(tags),
  };
}
