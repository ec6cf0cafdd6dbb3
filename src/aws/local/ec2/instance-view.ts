import type { Instance, InstanceState as ShownState, InstanceStateName, Reservation } from '@aws-sdk/client-ec2';
import { instanceType } from './launch.ts';
import type { Ec2Context } from './context.ts';
import { type Fields, fieldsOf } from './filters.ts';
import { subnetIdOf, VPC_ID } from './network.ts';
import { SECURITY_GROUP_ID } from './security-groups.ts';
import { type InstanceRecord, type InstanceState, privateIpOf } from './records.ts';
import { writeTags } from './tags.ts';

const CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
};

export function shownState(state: InstanceState): ShownState {
  return { Code: CODES[state], Name: state as InstanceStateName };
}

/** An instance as DescribeInstances tells it. */
export function shownInstance({ market }: Ec2Context, record: InstanceRecord): Instance {
  const { endedAt, stateReason } = record;
  const ended = endedAt === undefined ? '' : ` (${new Date(endedAt).toISOString().slice(0, 19).replace('T', ' ')} GMT)`;
  return {
    InstanceId: record.id,
    ImageId: record.imageId,
    InstanceType: instanceType(record.type).type as NonNullable<Instance['InstanceType']>,
    Architecture: instanceType(record.type).arch,
    State: shownState(record.state),
    ...(stateReason === undefined ? {} : { StateReason: { Code: stateReason.code, Message: stateReason.message } }),
    StateTransitionReason: stateReason === undefined ? '' : `${stateReason.message.split(': ')[1] ?? ''}${ended}`,
    LaunchTime: new Date(record.launchAt),
    AmiLaunchIndex: record.launchIndex,
    Placement: { AvailabilityZone: record.zone, Tenancy: 'default' },
    PrivateIpAddress: privateIpOf(record),
    SubnetId: subnetIdOf(market.zones, record.zone),
    VpcId: VPC_ID,
    SecurityGroups: [{ GroupId: SECURITY_GROUP_ID, GroupName: 'default' }],
    Monitoring: { State: 'disabled' },
    ...(record.clientToken === undefined ? {} : { ClientToken: record.clientToken }),
    ...(record.keyName === undefined ? {} : { KeyName: record.keyName }),
    ...(record.profileArn === undefined ? {} : { IamInstanceProfile: { Arn: record.profileArn } }),
    ...(record.spot === undefined ? {} : { InstanceLifecycle: 'spot', SpotInstanceRequestId: record.spot.requestId }),
    Tags: writeTags(record.tags),
  };
}

/** Groups what was launched together, in the order given. */
export function reservations(context: Ec2Context, records: readonly InstanceRecord[]): Reservation[] {
  const groups = Map.groupBy(records, (record) => record.reservationId);
  return [...groups].map(([ReservationId, members]) => ({
    ReservationId,
    OwnerId: context.accountId,
    Instances: members.map((record) => shownInstance(context, record)),
  }));
}

export function instanceFields({ market }: Ec2Context, record: InstanceRecord): Fields {
  return fieldsOf(
    {
      'instance-id': record.id,
      'instance-state-name': record.state,
      'instance-state-code': String(CODES[record.state]),
      'instance-type': record.type,
      'availability-zone': record.zone,
      'instance-lifecycle': record.spot === undefined ? undefined : 'spot',
      'image-id': record.imageId,
      'client-token': record.clientToken,
      'reservation-id': record.reservationId,
      'spot-instance-request-id': record.spot?.requestId,
      'private-ip-address': privateIpOf(record),
      'subnet-id': subnetIdOf(market.zones, record.zone),
      'vpc-id': VPC_ID,
    },
    record.tags,
  );
}
