import {
  DescribeSubnets$,
  type DescribeSubnetsRequest,
  type DescribeSubnetsResult,
  DescribeVpcs$,
  type DescribeVpcsRequest,
  type DescribeVpcsResult,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { type Operation, ServiceError } from '../service.ts';
import { accepting, type Ec2Context } from './context.ts';
import { fieldsOf, matches } from './filters.ts';

/** The account's default VPC: one subnet per zone. */
export const VPC_ID = 'vpc-0cba5000000000001';
const VPC_CIDR = '172.31.0.0/16';

export function subnetIdOf(zones: readonly string[], zone: string): string {
  return `subnet-0cba50000000000${String(zones.indexOf(zone) + 1).padStart(2, '0')}`;
}

/** The zone of a subnet. Throws for one that does not exist. */
export function zoneOfSubnet(zones: readonly string[], subnetId: string): string {
  const zone = zones.find((one) => subnetIdOf(zones, one) === subnetId);
  if (zone === undefined) throw noSubnet(subnetId);
  return zone;
}

function noSubnet(subnetId: string): ServiceError {
  return new ServiceError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
}

export function networkOperations(context: Ec2Context): Operation[] {
  const { zones } = context.market;
  const owner = { OwnerId: context.accountId, VpcId: VPC_ID };
  const subnets = zones.map((zone, index): Subnet => {
    return {
      ...owner,
      SubnetId: subnetIdOf(zones, zone),
      AvailabilityZone: zone,
      CidrBlock: `172.31.${index * 16}.0/20`,
      AvailableIpAddressCount: 4091,
      DefaultForAz: true,
      MapPublicIpOnLaunch: false,
      State: 'available',
    };
  });
  return [
    accepting<DescribeSubnetsRequest, DescribeSubnetsResult>(DescribeSubnets$, ['SubnetIds', 'Filters'], (input) => {
      const ids = input.SubnetIds ?? [];
      for (const id of ids) zoneOfSubnet(zones, id);
      const found = subnets.filter((one) => ids.length === 0 || ids.includes(one.SubnetId ?? ''));
      return { Subnets: found.filter((one) => matches(input.Filters, subnetFields(one))) };
    }),
    accepting<DescribeVpcsRequest, DescribeVpcsResult>(DescribeVpcs$, ['VpcIds', 'Filters'], (input) => {
      const unknown = input.VpcIds?.find((id) => id !== VPC_ID);
      if (unknown !== undefined)
        throw new ServiceError('InvalidVpcID.NotFound', `The vpc ID '${unknown}' does not exist`);
      const vpc = { ...owner, IsDefault: true, CidrBlock: VPC_CIDR, State: 'available' as const };
      const fields = fieldsOf({ 'vpc-id': VPC_ID, 'is-default': 'true', isDefault: 'true', state: 'available' }, {});
      return { Vpcs: matches(input.Filters, fields) ? [vpc] : [] };
    }),
  ];
}

function subnetFields(subnet: Subnet) {
  return fieldsOf(
    {
      'subnet-id': subnet.SubnetId,
      'availability-zone': subnet.AvailabilityZone,
      availabilityZone: subnet.AvailabilityZone,
      'vpc-id': subnet.VpcId,
      'default-for-az': 'true',
      defaultForAz: 'true',
      state: 'available',
    },
    {},
  );
}
