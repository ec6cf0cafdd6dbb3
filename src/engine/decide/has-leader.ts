import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';

/** false: nobody leads, for no lease is known, or the last one ran out. */
export function hasLeader(snapshot: Snapshot, now: EpochMs): boolean {
  const skewMs = snapshot.deployment?.timings.skewMarginMs ?? 0;
  return snapshot.leader !== undefined && snapshot.leader.until + skewMs >= now;
}
