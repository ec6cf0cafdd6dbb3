import { hash32, type Rng } from './rng.ts';
import type { EpochMs } from './units.ts';
import type { Lifecycle } from './worker.ts';

/**
 * UUID version 7 (RFC 9562 section 5.7): 48 bits of epoch ms, then chance. Sorts by time of creation, so that
 * "older first" needs no second key.
 */
export function uuidV7(at: EpochMs, rng: Rng): string {
  const time = Math.floor(at).toString(16).padStart(12, '0').slice(-12);
  const hex = (digits: number): string => Array.from({ length: digits }, () => rng.below(16).toString(16)).join('');
  const variant = (8 + rng.below(4)).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
}

/** Which of `shards` an id belongs to: even over the shards, the same in every process. */
export function shardOf(id: string, shards: number): number {
  return hash32(id) % shards;
}

/** An EC2 capacity pool: one instance type in one availability zone, written `c5.large/us-east-1a`. */
export function poolId(instanceType: string, zone: string): string {
  return `${instanceType}/${zone}`;
}

/**
 * What EC2 can run out of: a pool's spot instances and its on-demand ones are given, refused and limited apart. Spot is the
 * pool's own id; on-demand reads "c5.large/us-east-1a on-demand".
 */
export function capacityOf(pool: string, lifecycle: Lifecycle): string {
  return lifecycle === 'spot' ? pool : `${pool} on-demand`;
}

export function parsePoolId(id: string): { instanceType: string; zone: string } {
  const slash = id.indexOf('/');
  return { instanceType: id.slice(0, slash), zone: id.slice(slash + 1) };
}
