import type { Tuner, TunerCapacity, TunerMarket, TunerPolicy } from '../engine/model/tuner.ts';
import type { EpochMs } from '../engine/model/units.ts';

/** The what-if of the bid that is being tuned. */
export interface Tuning {
  readonly pool: string;
  readonly policy: TunerPolicy;
  readonly about: string;
  readonly assumed: readonly string[];
  readonly workH: number;
  readonly deadlineH: number;
  readonly checkpointS: number;
  readonly capacity: TunerCapacity | undefined;
  /** The market that capacity takes back least, where that is another. */
  readonly seldomest: TunerMarket | undefined;
  readonly preparedAt: EpochMs;
  /** Prices of the pool that it knows, and when the newest came into force. */
  readonly prices: number;
  readonly newestAt: EpochMs;
  /** undefined while it is prepared. */
  readonly tuner: Tuner | undefined;
  /** Why there is none, for a person. */
  readonly failed: string;
  /** Counts up with each part of the opening: the same tuner knows more. */
  readonly parts: number;
}
