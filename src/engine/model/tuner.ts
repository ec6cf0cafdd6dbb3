import type { DurationMs, EpochMs, Usd, UsdPerHour } from './units.ts';

/** What a bid is judged for: a job, as far as it is known. */
export interface TunerJob {
  readonly workH: number;
  /** From now. */
  readonly deadlineH: number;
  readonly checkpointS: number;
  readonly restartS: number;
  readonly checkpoint: TunerPolicy;
}

/** When it saves: at the best period for the hazard, at the end of each hour, or never. */
export const TUNER_POLICIES = ['young', 'hour', 'none'] as const;
export type TunerPolicy = (typeof TUNER_POLICIES)[number];

/** How often capacity takes an instance back, whatever the price; 95 % range. */
export interface TunerCapacity {
  readonly perHour: number;
  readonly low: number;
  readonly high: number;
  /** How long there is none to give afterwards. */
  readonly outageMs: DurationMs;
  /** Where the figures are from, for a person. */
  readonly sentence: string;
}

export interface TunerMarket {
  /** The pool's id, "c5.large/us-east-1a". */
  readonly name: string;
  /** Oldest first; each price holds until the next. */
  readonly series: { readonly atMs: Float64Array; readonly usdPerHour: Float64Array };
  readonly onDemandUsdPerHour: UsdPerHour;
  /** Work per hour, 1 = that of the chosen market's type. */
  readonly speed: number;
  /** undefined where the price alone takes instances back. */
  readonly capacity: TunerCapacity | undefined;
}

export interface TunerQuestion {
  readonly job: TunerJob;
  readonly markets: readonly TunerMarket[];
  /** Number of the market whose bid is tuned. */
  readonly chosen: number;
  readonly nowMs: EpochMs;
  /** Whether a price above the bid takes an instance back; if not, a bid is a ceiling on the price and no more. */
  readonly bidBuysSafety: boolean;
}

/** A bid worth stopping at, or why its rule has none. */
export interface TunerMark {
  readonly rule: 'now' | 'persistent' | 'one-time' | 'p95' | 'guarantee' | 'on-demand';
  readonly bidUsdPerHour: UsdPerHour | undefined;
  readonly sentence: string;
}

/** What a bid would have met, and what would become of the job now. */
export interface TunerAnswer {
  readonly bidUsdPerHour: UsdPerHour;
  /** Share of the record in which the price was not above it, 0 to 1. */
  readonly availability: number;
  readonly replayed: {
    readonly starts: number;
    readonly medianUsd: Usd;
    readonly p5Usd: Usd;
    readonly p95Usd: Usd;
    readonly interruptions: number;
    /** Share of the starts that ended after the deadline. */
    readonly missed: number;
    /** From now; Infinity: later than the record tells. */
    readonly eta: { readonly p50Ms: DurationMs; readonly p95Ms: DurationMs };
  };
  readonly shareOfOnDemand: number;
  readonly meetsDeadline: boolean;
  /** Of not being taken back for the length of the work, by price and capacity; undefined while it is not known. */
  readonly noInterruption: { readonly probability: number; readonly atLeast: number } | undefined;
  /** Undefined until all stops are known. */
  readonly regret: { readonly bestBidUsdPerHour: UsdPerHour } | undefined;
  readonly sentence: string;
}

export interface TunerAlternative {
  readonly name: string;
  readonly isChosen: boolean;
  readonly bidUsdPerHour: UsdPerHour;
  readonly usdPerWorkHour: UsdPerHour;
  readonly availability: number;
  readonly medianUsd: Usd;
  readonly missed: number;
  readonly sentence: string;
}

/** A job begun in one hour of the past. */
export interface TunerStart {
  readonly startMs: EpochMs;
  readonly kind: 'done' | 'interrupted' | 'late' | 'running';
}

/**
 * What would this bid do? Prepared for one job and its markets. The first answer is there at once; `step` does a bounded
 * part of the rest, a few ms, and says whether more is left. All bids are USD per hour.
 */
export interface Tuner {
  /** bid where it decides who is taken back, max price where it does not. */
  readonly axis: 'bid' | 'max price';
  /** What the market in force makes of a higher bid. */
  readonly note: string;
  readonly isOpen: boolean;
  readonly marks: readonly TunerMark[];
  /** Bids at which arrows stop, rising. */
  readonly stops: Float64Array;
  step(): boolean;
  at(bidUsdPerHour: UsdPerHour): TunerAnswer;
  next(bidUsdPerHour: UsdPerHour, direction: 'up' | 'down', step?: number): UsdPerHour;
  /** Place on the log axis, 0 to 1. */
  place(bidUsdPerHour: UsdPerHour): number;
  /** Markets at the same rule, best first. */
  markets(bidUsdPerHour: UsdPerHour): readonly TunerAlternative[];
  /** The last 30 days, one for each start hour. */
  history(bidUsdPerHour: UsdPerHour): readonly TunerStart[];
  /** What the step from one bid to another changed, in one line. */
  changed(beforeUsdPerHour: UsdPerHour, afterUsdPerHour: UsdPerHour): string;
}

/** Makes a tuner; rejects with a RangeError that says what the question lacks. */
export type OpenTuner = (question: TunerQuestion) => Promise<Tuner>;
