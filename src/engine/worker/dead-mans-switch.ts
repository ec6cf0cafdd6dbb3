import type { Clock } from '../model/ports.ts';
import type { Timings } from '../model/timings.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';

export interface DeadMansSwitchOptions {
  readonly clock: Clock;
  readonly timings: Timings;
  /** No master leads any more, since then; undefined: one leads again. Once at each change. */
  readonly onAutonomous: (since: EpochMs | undefined) => Promise<void>;
  /** It has been alone for too long. Once. */
  readonly onAlone: (why: string) => void;
  /** It is too old. Once. */
  readonly onOld: (why: string) => void;
}

/**
 * Sees to it that no worker runs on unseen for ever, whatever became of its masters. Observed at every look at the leader's
 * lease; a look that failed is none, so a worker that is merely cut off from its tables is judged by its lifetime only.
 */
export class DeadMansSwitch {
  readonly #options: DeadMansSwitchOptions;
  readonly #bornMs: DurationMs;
  #aloneSinceMs: DurationMs | undefined;
  #isOver = false;

  constructor(options: DeadMansSwitchOptions) {
    this.#options = options;
    this.#bornMs = options.clock.monotonicMs();
  }

  async observe(isLed: boolean): Promise<void> {
    const { clock, timings, onAutonomous, onAlone, onOld } = this.#options;
    const now = clock.monotonicMs();
    if (this.#isOver) return;
    if (now - this.#bornMs > timings.lifetimeMs) {
      this.#isOver = true;
      onOld(`at the end of its lifetime of ${hours(timings.lifetimeMs)}`);
    } else if (isLed) {
      if (this.#aloneSinceMs === undefined) return;
      this.#aloneSinceMs = undefined;
      await onAutonomous(undefined);
    } else if (this.#aloneSinceMs === undefined) {
      this.#aloneSinceMs = now;
      await onAutonomous(clock.now());
    } else if (now - this.#aloneSinceMs > timings.lostMasterMs) {
      this.#isOver = true;
      onAlone(`no master for ${hours(timings.lostMasterMs)}`);
    }
  }
}

function hours(ms: DurationMs): string {
  return ms >= 3_600_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 60_000)} min`;
}
