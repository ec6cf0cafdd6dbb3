import type { DurationMs, EpochMs, Pct } from './units.ts';

/** Who knows how a job's work is saved: the program itself, a tool around it, or nobody. */
export const DRIVER_NAMES = ['app', 'dmtcp', 'criu', 'none'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/** How the job's work is saved where it runs, or last ran, and why that way: one sentence, without the name. */
export interface DriverChoice {
  readonly driver: DriverName;
  readonly why: string;
  /** How often; not there where nobody can ask for its state, and before it was reckoned. */
  readonly pace?: CheckpointPace;
}

export const PACE_BOUNDS = ['none', 'first', 'shortest', 'longest', 'stop', 'upload', 'notice'] as const;

/** The time between two checkpoints of a job, and what it comes from. */
export interface CheckpointPace {
  /** In force: what its document says, else what is advised. */
  readonly everyMs: DurationMs;
  /** By Daly's formula, within its bounds (`market/checkpoint-interval.ts`). */
  readonly advisedMs: DurationMs;
  /** What keeps the advice from the formula's optimum. */
  readonly bound: (typeof PACE_BOUNDS)[number];
  /** How long the job stands still for one, and its upload takes, as measured; 0 before. */
  readonly stopMs: DurationMs;
  readonly uploadMs: DurationMs;
  /** Mean time between interruptions where it runs; 0 = nobody takes it back. */
  readonly meanMs: DurationMs;
  /** Of the interruptions, those that lose work: without a notice, or all where the checkpoint does not fit into it. */
  readonly lossShare: number;
  readonly fitsNotice: boolean;
}

/** The newest committed checkpoint. `generation` = epoch * 10^6 + n, so a late writer can never name a newer one. */
export interface CheckpointPointer {
  readonly generation: number;
  readonly manifestKey: string;
  readonly sizeBytes: number;
  /** How long the job stood still for it. */
  readonly stopMs: DurationMs;
  /** How long its upload took, the manifest included; not there in those of before it was measured. */
  readonly uploadMs?: DurationMs;
  readonly at: EpochMs;
  /** Work saved in it: time the job has run, over all its workers, up to this point. */
  readonly workMs: DurationMs;
  /** How far the job said it was, just before it was saved; not there where it does not say. */
  readonly progressPct?: Pct;
  /** Who made it; not there in those of before there were several: then the program itself did. */
  readonly driver?: DriverName;
}

/** A checkpoint that is being made: said when it begins, gone when it is committed or given up. */
export interface PendingCheckpoint {
  readonly generation: number;
  readonly startedAt: EpochMs;
  /** `periodic`, `wish`, `rebalance`, `interrupt`...: why it is made. */
  readonly reason: string;
}
