import type { JobNeeds } from '../model/job.ts';
import type { InstanceType } from '../model/market.ts';
import type { UsdPerHour } from '../model/units.ts';

/** What one slot of a worker offers, where it is, and what it costs. */
export interface Offer {
  readonly slot: Pick<InstanceType, 'type' | 'vcpus' | 'memoryMb' | 'arch' | 'gpus'>;
  readonly region: string;
  /** Of the whole instance; 0 while unknown: then a job with a price limit does not fit. */
  readonly usdPerHour: UsdPerHour;
}

/**
 * Why a job may not run there; undefined when it may. `maxUsdPerHour` is the job's own limit, 0 = none. Workers claim by this
 * rule, and the leader launches by it.
 */
export function misfitOf(needs: JobNeeds, maxUsdPerHour: UsdPerHour, offer: Offer): string | undefined {
  const { slot, region, usdPerHour } = offer;
  if (needs.vcpus > slot.vcpus) return `needs ${needs.vcpus} vCPUs`;
  if (needs.memoryMb > slot.memoryMb) return `needs ${needs.memoryMb} MB`;
  if (needs.gpus > slot.gpus) return `needs ${needs.gpus} GPUs`;
  if (needs.arch !== 'any' && needs.arch !== slot.arch) return `needs ${needs.arch}`;
  if (needs.types.length > 0 && !needs.types.includes(slot.type)) return `needs one of ${needs.types.join(', ')}`;
  if (needs.regions.length > 0 && !needs.regions.includes(region)) return `needs one of ${needs.regions.join(', ')}`;
  if (maxUsdPerHour > 0 && (usdPerHour === 0 || usdPerHour > maxUsdPerHour))
    return `its price limit is ${maxUsdPerHour}`;
  return undefined;
}
