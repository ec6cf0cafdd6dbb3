import type { ConditionalWrite } from '../model/command.ts';
import type { Decision } from '../model/event.ts';
import type { JobRow, RecoveryCause } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';

/** One thing that the leader should do, with the reason for it. */
export type Repair =
  | {
      readonly kind: 'job.reap';
      readonly jobId: string;
      readonly cause: RecoveryCause;
      readonly from: string;
      readonly write: ConditionalWrite;
    }
  | {
      readonly kind: 'job.write';
      readonly jobId: string;
      readonly write: ConditionalWrite;
      /** Told when the write was accepted. */
      readonly decision?: Decision;
    }
  | {
      readonly kind: 'worker.write';
      readonly workerId: string;
      readonly write: ConditionalWrite;
      readonly decision: Decision | undefined;
    }
  | { readonly kind: 'instance.end'; readonly instanceIds: readonly string[]; readonly decision: Decision };

export interface LeaderView {
  readonly snapshot: Snapshot;
  readonly now: number;
  readonly leaderEpoch: number;
  /** When this leader began to listen: silence before that is its own, not the worker's. */
  readonly listeningSince: number;
  /** Jobs whose reaping the table refused, for their lease was not over, and when. */
  readonly refusedAt: ReadonlyMap<string, EpochMs>;
  /** Turns for jobs that no longer wait for others; not there = they keep their own. */
  readonly turnFor?: (job: JobRow) => number;
}
