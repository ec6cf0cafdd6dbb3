/**
 * What has been seen of one market's availability so far: how long its up-times and outages lasted, by age, the recent past
 * counting more. It is filled tick by tick, so that a decision cannot see what lies ahead. One record per market; the
 * simulator fills it from a trace, the leader from its own launches and interruptions.
 */

/**
 * Upper ends of the age bins, in minutes: a run that has lasted `a` minutes is in the first bin whose end exceeds `a`. They
 * double, for the hazard of a run falls with its age over three orders of magnitude; the last bin is open.
 */
export const AGE_BIN_ENDS_MIN = [10, 20, 40, 80, 160, 320, 640, Infinity] as const;
export const AGE_BINS = AGE_BIN_ENDS_MIN.length;

export interface AvailabilityRecord {
  /** Weighted hours that up-times (0..7) and outages (8..15) spent in each age bin, and how many ended there. */
  readonly exposureH: Float64Array;
  readonly endings: Float64Array;
  readonly halfLifeH: number;
  /** Present run: available or not, and since how long. */
  up: boolean;
  ageS: number;
  /** Hours seen in all, unweighted. */
  seenH: number;
}

/** @param halfLifeH after this time an observation counts half. */
export function availabilityRecord(halfLifeH: number): AvailabilityRecord {
  return {
    exposureH: new Float64Array(2 * AGE_BINS),
    endings: new Float64Array(2 * AGE_BINS),
    halfLifeH,
    up: false,
    ageS: 0,
    seenH: 0,
  };
}

/** Index into the record's arrays: up-times first. */
export function ageBin(up: boolean, ageS: number): number {
  let bin = 0;
  while (ageS >= (AGE_BIN_ENDS_MIN[bin] ?? Infinity) * 60) bin++;
  return up ? bin : AGE_BINS + bin;
}

/** One more tick was seen: available during it, or not. */
export function seeTick(record: AvailabilityRecord, up: boolean, tickS: number): void {
  const hours = tickS / 3600;
  const { exposureH, endings } = record;
  const keep = 2 ** (-hours / record.halfLifeH);
  for (let bin = 0; bin < exposureH.length; bin++) {
    exposureH[bin] = (exposureH[bin] ?? 0) * keep;
    endings[bin] = (endings[bin] ?? 0) * keep;
  }
  if (record.seenH > 0) {
    const bin = ageBin(record.up, Math.max(0, record.ageS - tickS));
    exposureH[bin] = (exposureH[bin] ?? 0) + hours;
    if (up !== record.up) endings[bin] = (endings[bin] ?? 0) + 1;
  }
  record.ageS = record.seenH > 0 && up === record.up ? record.ageS + tickS : tickS;
  record.up = up;
  record.seenH += hours;
}
