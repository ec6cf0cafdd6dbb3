import type { Known } from '../../../src/engine/decide/deadline-policy.ts';
import { availabilityRecord, seeTick } from '../../../src/engine/market/availability-record.ts';

export const HOUR_S = 3600;

/** A 48-h job in 60 h, at its start, on a market of which `past` was seen; hours where the names say so. */
export function knownAt(
  fields: Partial<Known> & { workLeftH?: number; timeLeftH?: number; past?: readonly boolean[] } = {},
): Known {
  const { workLeftH = 48, timeLeftH = 60, past = [], ...rest } = fields;
  const available = rest.available ?? true;
  const seen = availabilityRecord();
  for (const up of [...past, available]) seeTick(seen, up, 600);
  return {
    mode: 'idle',
    workS: 48 * HOUR_S,
    deadlineS: 60 * HOUR_S,
    workLeftS: workLeftH * HOUR_S,
    timeLeftS: timeLeftH * HOUR_S,
    changeoverS: 0.2 * HOUR_S,
    changeoverLeftS: 0,
    tickS: 600,
    spotHoldsS: 600,
    available,
    onDemandUsdPerHour: 3.06,
    spotUsdPerHour: 0.9731,
    seen,
    ...rest,
  };
}
