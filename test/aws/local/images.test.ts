import fs from 'node:fs';
import path from 'node:path';
import type { DescribeImagesResult, DescribeSnapshotsResult, Image, Reservation } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Ec2 } from '../../../src/aws/local/ec2/ec2.ts';
import { call, codeOf, ENDPOINT, type Ec2Fixture, ec2Fixture, eventually, ONE, readIfThere, script } from './ec2-fixture.ts'; // prettier-ignore

let fixture: Ec2Fixture;
let ec2: Ec2;
beforeEach(async () => {
  fixture = ec2Fixture();
  ec2 = fixture.open();
  await ec2.start(ENDPOINT);
});
afterEach(() => fixture.cleanUp());

const home = (id: string): string => path.join(fixture.dir, 'instances', id);

async function run(userData: string, more: object = {}): Promise<string> {
  const { Instances } = await call<Reservation>(ec2, 'RunInstances', { ...ONE, UserData: script(userData), ...more });
  return Instances![0]!.InstanceId!;
}

async function image(id: string): Promise<Image | undefined> {
  const { Images = [] } = await call<DescribeImagesResult>(ec2, 'DescribeImages', { Owners: ['self'] });
  return Images.find(({ ImageId }) => ImageId === id);
}

const made = new Map<string, Image>();
async function available(id: string): Promise<Image> {
  return eventually(`${id} is available`, () => {
    void image(id).then((found) => found !== undefined && made.set(id, found));
    return made.get(id)?.State === 'available' && made.get(id);
  });
}

const TAGS = { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'cbas:deployment', Value: 'lab' }] }] };

async function imageOf(instanceId: string, name: string): Promise<string> {
  const asked = { InstanceId: instanceId, Name: name, NoReboot: true, ...TAGS };
  return (await call<{ ImageId: string }>(ec2, 'CreateImage', asked)).ImageId;
}

test('an image holds what the instance’s disk held, and a new instance begins with it', async () => {
  const first = await run('mkdir -p work; echo saved > work/state; ln -s work link; echo ready; sleep 1000');
  await eventually('it wrote', () => readIfThere(path.join(home(first), 'console.log'))?.includes('ready'));
  const id = await imageOf(first, 'cbas-lab-j-1000001');
  const { BlockDeviceMappings, Name, Tags } = await available(id);
  expect(Name).toBe('cbas-lab-j-1000001');
  expect(Tags).toEqual([{ Key: 'cbas:deployment', Value: 'lab' }]);
  expect(BlockDeviceMappings?.[0]?.Ebs).toMatchObject({ VolumeSize: 8, SnapshotId: expect.stringMatching(/^snap-/) });
  fs.writeFileSync(path.join(home(first), 'work/state'), 'later\n');
  const second = await run('cat work/state; sleep 1000', { ImageId: id });
  await eventually('the new one reads it', () => readIfThere(path.join(home(second), 'console.log'))?.includes('saved'));
  expect(readIfThere(path.join(home(second), 'console.log'))).not.toContain('ready');
  expect(fs.readlinkSync(path.join(home(second), 'link'))).toBe('work');
  expect(readIfThere(path.join(home(first), 'work/state'))).toBe('later\n');
}); // prettier-ignore

test('one name is one image, and what cannot be is refused as EC2 does', async () => {
  const instance = await run('sleep 1000');
  const id = await imageOf(instance, 'once');
  expect(await codeOf(imageOf(instance, 'once'))).toBe('InvalidAMIName.Duplicate');
  expect(await codeOf(imageOf('i-0aaaaaaaaaaaaaaa9', 'two'))).toBe('InvalidInstanceID.NotFound');
  expect(await codeOf(imageOf(instance, '?'))).toBe('InvalidAMIName.Malformed');
  expect(await codeOf(call(ec2, 'CreateImage', { InstanceId: instance, Name: 'reboots' }))).toBe('UnsupportedOperation');
  expect(await codeOf(run('sleep 1', { ImageId: 'ami-0aaaaaaaaaaaaaaa9' }))).toBe('InvalidAMIID.NotFound');
  await available(id);
}); // prettier-ignore

test('it is retired in two steps, and leaves nothing', async () => {
  const instance = await run('echo x > file; sleep 1000');
  const id = await imageOf(instance, 'retired');
  const { BlockDeviceMappings } = await available(id);
  const SnapshotId = BlockDeviceMappings?.[0]?.Ebs?.SnapshotId;
  const copy = path.join(fixture.dir, 'images', id);
  expect(fs.existsSync(copy)).toBe(true);
  expect(await codeOf(call(ec2, 'DeleteSnapshot', { SnapshotId }))).toBe('InvalidSnapshot.InUse');
  await call(ec2, 'DeregisterImage', { ImageId: id });
  expect(await image(id)).toBeUndefined();
  const left = () => call<DescribeSnapshotsResult>(ec2, 'DescribeSnapshots', { OwnerIds: ['self'] });
  expect((await left()).Snapshots).toMatchObject([{ SnapshotId, VolumeSize: 8 }]);
  expect(await codeOf(call(ec2, 'DeregisterImage', { ImageId: id }))).toBe('InvalidAMIID.NotFound');
  expect(await codeOf(run('sleep 1', { ImageId: id }))).toBe('InvalidAMIID.NotFound');
  await call(ec2, 'DeleteSnapshot', { SnapshotId });
  expect(fs.existsSync(copy)).toBe(false);
  expect((await left()).Snapshots).toEqual([]);
  expect(await codeOf(call(ec2, 'DeleteSnapshot', { SnapshotId }))).toBe('InvalidSnapshot.NotFound');
});

test('images outlive the embedded AWS; one that was not finished has failed', async () => {
  const instance = await run('echo kept > file; sleep 1000');
  const id = await imageOf(instance, 'kept');
  await available(id);
  await ec2.stop({ endInstances: false });
  const log = path.join(fixture.dir, 'ec2.log');
  fs.writeFileSync(log, fs.readFileSync(log, 'utf8').replaceAll('"state":"available"', '"state":"pending"'));
  ec2 = fixture.open();
  await ec2.start(ENDPOINT);
  expect((await image(id))?.State).toBe('failed');
  expect(await codeOf(run('sleep 1', { ImageId: id }))).toBe('InvalidAMIID.Unavailable');
});
