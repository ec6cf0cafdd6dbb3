import type { CreateFleetRequest, TargetCapacitySpecificationRequest } from '@aws-sdk/client-ec2';
import { ServiceError } from '../service.ts';
import { invalid, missing, only } from './context.ts';
import type { Lifecycle } from './records.ts';

export interface FleetOptions {
  readonly spot: 'lowest-price' | 'price-capacity-optimized';
  readonly onDemand: 'lowest-price' | 'prioritized';
}

/** A fleet larger than this is a mistake on one machine; EC2 takes 10,000. */
const TARGET_MAX = 1000;

/** What of the two groups of options is obeyed; throws for the rest. */
export function checkOptions({
  SpotOptions: spot = {},
  OnDemandOptions: onDemand = {},
}: CreateFleetRequest): FleetOptions {
  only('SpotOptions', spot, ['AllocationStrategy', 'InstanceInterruptionBehavior']);
  only('OnDemandOptions', onDemand, ['AllocationStrategy']);
  const behavior = spot.InstanceInterruptionBehavior ?? 'terminate';
  if (behavior !== 'terminate') throw unsupported('InstanceInterruptionBehavior', behavior);
  return {
    spot: oneOf('SpotOptions', spot.AllocationStrategy, ['lowest-price', 'price-capacity-optimized']),
    onDemand: oneOf('OnDemandOptions', onDemand.AllocationStrategy, ['lowest-price', 'prioritized']),
  };
}

/** The first is the default. */
function oneOf<Strategy extends string>(
  group: string,
  given: string | undefined,
  known: readonly Strategy[],
): Strategy {
  const found = given === undefined ? known[0] : known.find((one) => one === given);
  if (found === undefined) throw unsupported(`${group}.AllocationStrategy`, given ?? '');
  return found;
}

function unsupported(what: string, value: string): ServiceError {
  return new ServiceError('UnsupportedOperation', `${what} ${value} is not supported by the embedded EC2.`);
}

/** How many units of each lifecycle; what the two targets leave open goes to the default one. */
export function targetsOf(specification: TargetCapacitySpecificationRequest | undefined): Record<Lifecycle, number> {
  if (specification === undefined) throw missing('TargetCapacitySpecification');
  only('TargetCapacitySpecification', specification, [
    'TotalTargetCapacity',
    'OnDemandTargetCapacity',
    'SpotTargetCapacity',
    'DefaultTargetCapacityType',
  ]);
  const { TotalTargetCapacity: total = 0, DefaultTargetCapacityType: byDefault = 'on-demand' } = specification;
  const { OnDemandTargetCapacity: onDemand = 0, SpotTargetCapacity: spot = 0 } = specification;
  if (!(total >= 1 && total <= TARGET_MAX))
    throw invalid(`TotalTargetCapacity ${total} must lie in 1 to ${TARGET_MAX}`);
  if (byDefault !== 'spot' && byDefault !== 'on-demand') throw unsupported('DefaultTargetCapacityType', byDefault);
  const open = total - onDemand - spot;
  if (open < 0 || onDemand < 0 || spot < 0)
    throw invalid(`Targets of ${onDemand} on-demand and ${spot} spot do not fit a total of ${total}`);
  const targets = { 'on-demand': onDemand, spot };
  targets[byDefault] += open;
  return targets;
}
