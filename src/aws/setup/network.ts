import { DescribeSubnetsCommand, DescribeVpcsCommand, EC2Client, type Subnet } from '@aws-sdk/client-ec2';
import type { Network } from '../../engine/protocol/manifest-item.ts';
import { type AwsTarget, clientOptions } from '../client-options.ts';
import { askerOf } from './ask.ts';
import { ifThere } from './providers/provider.ts';

/**
 * The VPC and its subnets, as far as launches can use them; what is wrong with them, in a sentence, otherwise. No subnets named: those
 * of the VPC, where there is one in a zone.
 */
export async function findNetwork(
  target: AwsTarget,
  wished: { readonly vpcId: string; readonly subnetIds: readonly string[] },
): Promise<Network | string> {
  const { vpcId, subnetIds } = wished;
  const client = new EC2Client(clientOptions(target, 'EC2'));
  const ask = askerOf(target);
  const vpcs = await ifThere(
    ask('ec2 DescribeVpcs', vpcId, (abortSignal) =>
      client.send(new DescribeVpcsCommand({ VpcIds: [vpcId] }), { abortSignal }),
    ),
  );
  if (vpcs?.Vpcs?.[0] === undefined) return `there is no VPC ${vpcId} in ${target.region}`;
  const { Subnets = [] } = await ask('ec2 DescribeSubnets', vpcId, (abortSignal) =>
    client.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }), { abortSignal }),
  );
  return usable(Subnets, wished) ?? { vpcId, subnets: chosen(Subnets, subnetIds) };
}

function chosen(subnets: readonly Subnet[], ids: readonly string[]): Network['subnets'] {
  return subnets
    .filter(({ SubnetId = '' }) => ids.length === 0 || ids.includes(SubnetId))
    .map(({ SubnetId = '', AvailabilityZone = '' }) => ({ id: SubnetId, zone: AvailabilityZone }))
    .sort((a, b) => (a.zone < b.zone ? -1 : 1));
}

/** Why they will not do; undefined when they will. */
function usable(
  there: readonly Subnet[],
  { vpcId, subnetIds }: { readonly vpcId: string; readonly subnetIds: readonly string[] },
): string | undefined {
  const foreign = subnetIds.find((id) => !there.some(({ SubnetId }) => SubnetId === id));
  if (foreign !== undefined)
    return `${foreign} is no subnet of ${vpcId}; it has ${there.map(({ SubnetId }) => SubnetId).join(', ') || 'none'}`;
  const subnets = chosen(there, subnetIds);
  if (subnets.length === 0) return `${vpcId} has no subnet`;
  const doubled = subnets.find(({ zone }, at) => subnets[at - 1]?.zone === zone);
  if (doubled !== undefined)
    return `there are several subnets in ${doubled.zone}: name one in a zone with --subnets (${subnets.map(({ id, zone }) => `${id} in ${zone}`).join(', ')})`;
  const away = there.find(({ SubnetId = '', State }) => subnetIds.includes(SubnetId) && State !== 'available');
  return away === undefined ? undefined : `${away.SubnetId} is ${away.State}, not available`;
}
