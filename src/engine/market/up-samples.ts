import type { PriceSeries } from './price-series.ts';

/** Grid on which up-time is sampled, and in which hazards are told. */
export const SAMPLE_MS = 5 * 60_000;

/** What a bid's holder could see of the market at an instant. */
export interface UpFeatures {
  /** Since the price last changed, ms. Where prices are set about hourly, nothing happens before an hour is over. */
  readonly sinceChangeMs: number;
  /** Since the price came down to the bid, ms. Young up-intervals die, old ones last. */
  readonly upMs: number;
  readonly usdPerHour: number;
  /** Whether the newest change was upward. */
  readonly rose: boolean;
}

/** A market at a bid, seen every `SAMPLE_MS` while the price was at or below it; in order of time, all alike long. */
export interface UpSamples {
  readonly atMs: Float64Array;
  readonly sinceChangeMs: Float64Array;
  readonly upMs: Float64Array;
  readonly usdPerHour: Float64Array;
  readonly rose: Uint8Array;
  /** When the price next rose above the bid; Infinity if it never did. Of no use before that instant is past. */
  readonly endMs: Float64Array;
  readonly firstMs: number;
}

export function upSamples({ atMs, usdPerHour }: PriceSeries, bidUsdPerHour: number): UpSamples {
  const firstMs = atMs[0] ?? 0;
  const lastMs = atMs.at(-1) ?? 0;
  const ends = endsAfter({ atMs, usdPerHour }, bidUsdPerHour);
  const room = Math.max(0, Math.floor((lastMs - firstMs) / SAMPLE_MS) + 1);
  const columns = Array.from({ length: 5 }, () => new Float64Array(room)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const rose = new Uint8Array(room);
  const [at, since, up, usd, end] = columns;
  let count = 0;
  let upSinceMs = firstMs;
  for (let t = Math.ceil(firstMs / SAMPLE_MS) * SAMPLE_MS, i = 0; t < lastMs; t += SAMPLE_MS) {
    for (; i + 1 < atMs.length && atMs[i + 1]! <= t; i++) if (usdPerHour[i]! > bidUsdPerHour) upSinceMs = atMs[i + 1]!;
    if (usdPerHour[i]! > bidUsdPerHour) continue;
    at[count] = t;
    since[count] = t - atMs[i]!;
    up[count] = t - upSinceMs;
    usd[count] = usdPerHour[i]!;
    rose[count] = i > 0 && usdPerHour[i]! > usdPerHour[i - 1]! ? 1 : 0;
    end[count++] = ends[i]!;
  }
  return {
    atMs: at.subarray(0, count),
    sinceChangeMs: since.subarray(0, count),
    upMs: up.subarray(0, count),
    usdPerHour: usd.subarray(0, count),
    rose: rose.subarray(0, count),
    endMs: end.subarray(0, count),
    firstMs,
  };
}

/** Per point the next instant at which the price exceeds the bid. */
function endsAfter({ atMs, usdPerHour }: PriceSeries, bidUsdPerHour: number): Float64Array {
  const ends = new Float64Array(atMs.length);
  let next = Infinity;
  for (let i = atMs.length - 1; i >= 0; i--) {
    if (usdPerHour[i]! > bidUsdPerHour) next = atMs[i]!;
    ends[i] = next;
  }
  return ends;
}
