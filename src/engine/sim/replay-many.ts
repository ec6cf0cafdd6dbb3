import { hash32, type Rng } from '../model/rng.ts';
import { blockBootstrap, effectiveSamples, type Interval, quantile, wilson } from './intervals.ts';
import { Replay, type ReplaySetup } from './replay.ts';
import { DAY_MS } from '../model/units.ts';

/** Outcomes of a job from many starts, in order of the starts. */
export interface ReplayTable {
  readonly startMs: Float64Array;
  readonly costUsd: Float64Array;
  readonly makespanMs: Float64Array;
  readonly interruptions: Float64Array;
  readonly lostMs: Float64Array;
  readonly checkpoints: Float64Array;
  readonly onDemandMs: Float64Array;
  readonly missed: Float64Array;
  readonly finished: Float64Array;
}

export function replayMany(setup: ReplaySetup, startMs: Float64Array): ReplayTable {
  const replays = replaysOf(setup);
  const column = (): Float64Array => new Float64Array(startMs.length);
  const table = { startMs, costUsd: column(), makespanMs: column(), interruptions: column(), lostMs: column(), checkpoints: column(), onDemandMs: column(), missed: column(), finished: column() }; // prettier-ignore
  for (let i = 0; i < startMs.length; i++) {
    const outcome = replays[i % replays.length]!.run(startMs[i]!);
    table.costUsd[i] = outcome.costUsd;
    table.makespanMs[i] = outcome.makespanMs;
    table.interruptions[i] = outcome.interruptions;
    table.lostMs[i] = outcome.lostMs;
    table.checkpoints[i] = outcome.checkpoints;
    table.onDemandMs[i] = outcome.onDemandMs;
    table.missed[i] = outcome.missed ? 1 : 0;
    table.finished[i] = outcome.finished ? 1 : 0;
  }
  return table;
}

/** Capacity is a matter of chance: starts take turns at so many courses of it, lest all hang on a dozen losses. */
const COURSES = 16;

function replaysOf(setup: ReplaySetup): readonly Replay[] {
  const { capacity } = setup;
  if (capacity === undefined) return [new Replay(setup)];
  return Array.from({ length: COURSES }, (_, course) => {
    const seed = hash32(`course ${course}`, capacity.seed);
    return new Replay({ ...setup, capacity: { ...capacity, seed } });
  });
}

/**
 * `count` starts in [fromMs, toMs], whole ms, rising: one by chance in each of as many equal parts, so that no stretch of the
 * market is left out and no rhythm of it is met.
 */
export function spreadStarts(
  { fromMs, toMs }: { fromMs: number; toMs: number },
  count: number,
  rng: Rng,
): Float64Array {
  const part = (toMs - fromMs) / count;
  return Float64Array.from({ length: count }, (_, i) => Math.floor(fromMs + (i + rng.next()) * part));
}

/** One figure over all starts; the interval is of its mean. */
export interface Spread {
  readonly mean: number;
  readonly median: number;
  readonly p5: number;
  readonly p95: number;
  readonly meanInterval: Interval;
}

export interface ReplaySummary {
  readonly starts: number;
  readonly costUsd: Spread;
  readonly makespanH: Spread;
  readonly interruptions: Spread;
  readonly lostH: Spread;
  readonly checkpoints: Spread;
  readonly onDemandH: Spread;
  /** Share that missed the deadline, and share that ran through without an interruption; with what n they are worth. */
  readonly missed: Share;
  readonly uninterrupted: Share;
  readonly unfinished: number;
}

export interface Share {
  readonly share: number;
  readonly interval: Interval;
  readonly effectiveStarts: number;
}

/** Figures of all starts, those that never finished included: leaving them out would praise the bids that lose most. */
export function summarize(table: ReplayTable, rng: Rng): ReplaySummary {
  const block = Int32Array.from(table.startMs, (at) => Math.floor(at / DAY_MS));
  const spread = (values: Float64Array, unit = 1): Spread => spreadOf(unit === 1 ? values : values.map((v) => v / unit), block, rng); // prettier-ignore
  const hour = 3_600_000;
  // Jobs that would fit one after another: where all starts end alike, their correlation tells nothing, but they still overlap.
  const independent = 1 + (table.startMs.at(-1)! - table.startMs[0]!) / Math.max(1, mean(table.makespanMs));
  return {
    starts: table.startMs.length,
    costUsd: spread(table.costUsd),
    makespanH: spread(table.makespanMs, hour),
    interruptions: spread(table.interruptions),
    lostH: spread(table.lostMs, hour),
    checkpoints: spread(table.checkpoints),
    onDemandH: spread(table.onDemandMs, hour),
    missed: shareOf(table.missed, independent),
    uninterrupted: shareOf(
      table.interruptions.map((n, i) => (n === 0 && table.finished[i] === 1 ? 1 : 0)),
      independent,
    ),
    unfinished: table.finished.reduce((sum, done) => sum + 1 - done, 0),
  };
}

function spreadOf(values: Float64Array, block: Int32Array, rng: Rng): Spread {
  const sorted = values.slice().sort();
  return {
    mean: mean(values),
    median: quantile(sorted, 0.5),
    p5: quantile(sorted, 0.05),
    p95: quantile(sorted, 0.95),
    meanInterval: blockBootstrap(values, block, rng),
  };
}

function shareOf(hits: Float64Array, independent: number): Share {
  const effectiveStarts = Math.min(effectiveSamples(hits), independent);
  const share = mean(hits);
  return { share, interval: wilson(share, effectiveStarts), effectiveStarts };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
