import type { DurationMs, EpochMs } from '../model/units.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';

/** How often is asked whether somebody else could take the job: what it waits for too long is lost twice. */
const LOOK_MS: DurationMs = 1_000;
/** A checkpoint may take longer than the one before: so much longer at most, or the older one stands. */
const LONGER_THAN_BEFORE = 1.5;
/** Of a job that was never saved this share of the window is kept for it. */
const UNKNOWN_SHARE = 0.5;

export interface NoticeWindow {
  readonly ports: Pick<AttemptPorts, 'clock'>;
  readonly place: Pick<AttemptPlace, 'deployment' | 'spareSlots' | 'jobsHere'>;
  /** When EC2 takes the instance; may become known better. */
  readonly takeAt: () => EpochMs;
  /** How long it takes to save the job, by its own checkpoints: it stands still, and then it is uploaded; undefined: never measured. */
  readonly takes: () => { readonly stopMs: DurationMs; readonly uploadMs: DurationMs } | undefined;
  /** Called once, where it stays for a while. */
  readonly onStay: () => void;
  /** Aborts when there is nothing more to wait for. */
  readonly signal: AbortSignal;
}

/**
 * Waits as long as a job may run on after its notice. Where somebody else has nothing to do it goes at once, and goes on there; otherwise it
 * works until just enough time is left to save it, while its replacement starts: a job that waits for a worker does nothing.
 */
export async function untilItMustGo(window: NoticeWindow): Promise<void> {
  const { ports, place, signal } = window;
  const { clock } = ports;
  const { noticeReserveMs } = place.deployment.timings;
  const beganMs: EpochMs = clock.now();
  for (let stays = false; ; stays = true) {
    const endAt = window.takeAt() - noticeReserveMs;
    const takes = window.takes();
    const keptMs = takes === undefined ? (endAt - beganMs) * UNKNOWN_SHARE : needMs(takes, place);
    const leftMs = endAt - keptMs - clock.now();
    if (signal.aborted || leftMs <= 0 || (await place.spareSlots()) > 0) return;
    if (!stays) window.onStay();
    await clock.sleep(Math.min(leftMs, LOOK_MS), signal);
  }
}

/** All jobs of a worker leave at once, through one road: each upload takes as many times as long. */
export function needMs(
  takes: { readonly stopMs: DurationMs; readonly uploadMs: DurationMs },
  place: Pick<AttemptPlace, 'jobsHere'>,
): DurationMs {
  return LONGER_THAN_BEFORE * (takes.stopMs + takes.uploadMs * Math.max(1, place.jobsHere()));
}
