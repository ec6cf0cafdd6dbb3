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
  /** Copies of the two, made now and then (`DIGEST_H`), so that what is computed from them stands for a while. */
  readonly digestExposureH: Float64Array;
  readonly digestEndings: Float64Array;
  /** Counts the digests; the next is due at `digestDueH` hours seen. */
  digest: number;
  digestDueH: number;
  /** Present run: available or not, and since how long. */
  up: boolean;
  ageS: number;
  /** Hours seen in all, unweighted. */
  seenH: number;
}

/** Hours between two digests. At first they come at 1.5 h, 3 h, 6 h, while little has been seen. */
const DIGEST_H = 12;
const FIRST_DIGEST_H = 1.5;

/** After this time an observation counts half. Half as much or twice as much changes a job's cost by less than 0.2 points. */
export const HALF_LIFE_H = 120;

/** A market of which nothing was seen yet. */
export function availabilityRecord(halfLifeH = HALF_LIFE_H): AvailabilityRecord {
  return {
    exposureH: new Float64Array(2 * AGE_BINS),
    endings: new Float64Array(2 * AGE_BINS),
    halfLifeH,
    digestExposureH: new Float64Array(2 * AGE_BINS),
    digestEndings: new Float64Array(2 * AGE_BINS),
    digest: 0,
    digestDueH: FIRST_DIGEST_H,
    up: false,
    ageS: 0,
    seenH: 0,
  };
}

/** A record that goes on from the same past. */
export function forkRecord(record: AvailabilityRecord): AvailabilityRecord {
  return {
    ...record,
    exposureH: record.exposureH.slice(),
    endings: record.endings.slice(),
    digestExposureH: record.digestExposureH.slice(),
    digestEndings: record.digestEndings.slice(),
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
    // A run that ended within the tick was there for half of it, on average: else short runs would look longer than they are.
    exposureH[bin] = (exposureH[bin] ?? 0) + (up === record.up ? hours : hours / 2);
    if (up !== record.up) endings[bin] = (endings[bin] ?? 0) + 1;
  }
  record.ageS = record.seenH > 0 && up === record.up ? record.ageS + tickS : tickS;
  record.up = up;
  record.seenH += hours;
  if (record.seenH < record.digestDueH) return;
  record.digestExposureH.set(exposureH);
  record.digestEndings.set(endings);
  record.digest++;
  record.digestDueH = Math.min(2 * record.seenH, record.seenH + DIGEST_H);
}
