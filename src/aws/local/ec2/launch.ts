import { type InstanceType, INSTANCE_TYPES } from '../instance-types.ts';
import type { Pool } from './price-source.ts';
import { ServiceError } from '../service.ts';
import { type Ec2Context, invalid, newId } from './context.ts';
import { type InstanceRecord, isActive, type Lifecycle, poolNameOf, type Tags } from './records.ts';

/** What may be launched, whatever asked for it. */
export interface LaunchSpec {
  readonly type: string;
  readonly lifecycle: Lifecycle;
  /** Spot only; absent: up to the on-demand price. */
  readonly maxUsdPerHour: number | undefined;
  readonly imageId: string;
  readonly userData: string | undefined;
  readonly tags: Tags;
  readonly profileArn: string | undefined;
  readonly keyName: string | undefined;
}

export interface Placement {
  readonly spec: LaunchSpec;
  readonly pool: Pool;
}

export interface Count {
  readonly min: number;
  readonly max: number;
}

export function instanceType(name: string): InstanceType {
  const found = INSTANCE_TYPES.find((type) => type.type === name);
  if (found === undefined) throw invalid(`Invalid value '${name}' for InstanceType.`);
  return found;
}

export const bidOf = ({ maxUsdPerHour, type }: LaunchSpec): number =>
  maxUsdPerHour ?? instanceType(type).onDemandUsdPerHour;

/** How many of `count` EC2 would launch now: at least `count.min`, or it throws why not. */
export function admitted(context: Ec2Context, { spec, pool }: Placement, count: Count): number {
  if (spec.lifecycle === 'spot') {
    const price = context.market.priceAt(pool, context.clock.now());
    if (bidOf(spec) < price) throw priceTooLow(bidOf(spec), price);
  }
  const active = [...context.store.instances.values()].filter(isActive);
  const room =
    (context.market.capacityOf(pool.name) ?? Infinity) - active.filter((one) => poolNameOf(one) === pool.name).length;
  if (room < count.min) throw noCapacity(pool);
  const used = active
    .filter((one) => one.lifecycle === spec.lifecycle)
    .reduce((sum, one) => sum + instanceType(one.type).vcpus, 0);
  const quota = Math.floor((context.quotaVcpus[spec.lifecycle] - used) / pool.type.vcpus);
  if (quota < count.min) throw overQuota(context, spec.lifecycle);
  return Math.min(count.max, room, quota);
}

export interface Batch {
  readonly count: number;
  readonly clientToken?: string | undefined;
}

/** Launches; the caller has asked `admitted`. One reservation. */
export function launch(context: Ec2Context, { spec, pool }: Placement, batch: Batch): InstanceRecord[] {
  const reservationId = newId('r');
  const launchAt = context.clock.now();
  return Array.from({ length: batch.count }, (_, launchIndex) => {
    const record: InstanceRecord = {
      id: newId('i'),
      sequence: context.store.nextSequence(),
      reservationId,
      launchIndex,
      type: spec.type,
      zone: pool.zone,
      lifecycle: spec.lifecycle,
      ...(spec.lifecycle === 'spot' ? { spot: { requestId: newId('sir'), maxUsdPerHour: bidOf(spec) } } : {}),
      imageId: spec.imageId,
      launchAt,
      ...(batch.clientToken === undefined ? {} : { clientToken: batch.clientToken }),
      ...(spec.profileArn === undefined ? {} : { profileArn: spec.profileArn }),
      ...(spec.keyName === undefined ? {} : { keyName: spec.keyName }),
      tags: spec.tags,
      state: 'pending',
    };
    context.instances.launch(record, spec.userData);
    return record;
  });
}

function priceTooLow(bid: number, price: number): ServiceError {
  return new ServiceError(
    'SpotMaxPriceTooLow',
    `Your Spot request price of ${bid} is lower than the minimum required Spot request fulfillment price of ${price}.`,
  );
}

function noCapacity({ type, zone }: Pool): ServiceError {
  return new ServiceError(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${type.type} capacity in the Availability Zone you requested (${zone}).`,
    500,
  );
}

function overQuota({ quotaVcpus }: Ec2Context, lifecycle: Lifecycle): ServiceError {
  return lifecycle === 'spot'
    ? new ServiceError('MaxSpotInstanceCountExceeded', `Max spot instance count exceeded (${quotaVcpus.spot} vCPUs)`)
    : new ServiceError(
        'VcpuLimitExceeded',
        `You have requested more vCPU capacity than your current vCPU limit of ${quotaVcpus['on-demand']} allows.`,
      );
}
