import type { Snapshot } from '../model/snapshot.ts';
import { AWS_TIMINGS } from '../model/timings.ts';
import { type DurationMs, type EpochMs, SECOND_MS } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';

/** Whether what a worker holds can be saved between a notice and the taking. */
export interface NoticeFit {
  readonly fits: boolean;
  /** "fits: 9 s of 72 s", or why not. */
  readonly sentence: string;
}

/** What a worker surely uploads to S3: as much as a restore is reckoned with. */
const UPLOAD_BYTES_PER_MS = 10_000;
/** EC2 gives two minutes; where there is no notice yet, this is the window that there would be. */
const NOTICE_WINDOW_MS = 120 * SECOND_MS;

/**
 * The newest checkpoints of the jobs that it holds say how long another takes: the stop, and the bytes. Jobs of one worker are
 * saved one after another. undefined for a worker without jobs.
 */
export function noticeFit(snapshot: Snapshot, worker: WorkerRow, now: EpochMs): NoticeFit | undefined {
  if (worker.jobs.length === 0) return undefined;
  const { noticeReserveMs } = snapshot.deployment?.timings ?? AWS_TIMINGS;
  const notice = worker.notice ?? snapshot.notices[worker.id];
  const whole = snapshot.deployment?.mode === 'local' && notice === undefined ? 12 * SECOND_MS : NOTICE_WINDOW_MS;
  const windowMs = notice === undefined ? whole : Math.max(0, notice.takeAt - now);
  const unsaved = worker.jobs.filter((id) => snapshot.jobs.get(id)?.checkpoint === undefined).length;
  if (unsaved > 0)
    return { fits: false, sentence: `not known to fit: ${unsaved === 1 ? 'a job' : `${unsaved} jobs`} has never saved a checkpoint` }; // prettier-ignore
  const needsMs = worker.jobs.reduce((sum, id) => sum + saveMs(snapshot.jobs.get(id)?.checkpoint), 0);
  const roomMs = windowMs - noticeReserveMs;
  const of = `${seconds(needsMs)} of ${seconds(windowMs)}${notice === undefined ? ' that a notice gives' : ''}`;
  if (needsMs <= roomMs) return { fits: true, sentence: `fits: ${of}` };
  const keeps = roomMs < windowMs && needsMs <= windowMs ? `, and ${seconds(noticeReserveMs)} are kept free` : '';
  return { fits: false, sentence: `does not fit: ${of}${keeps}` };
}

function saveMs(checkpoint: { readonly stopMs: DurationMs; readonly sizeBytes: number } | undefined): DurationMs {
  return checkpoint === undefined ? 0 : checkpoint.stopMs + checkpoint.sizeBytes / UPLOAD_BYTES_PER_MS;
}

/** Rounded up: who has nine and a half seconds left has not ten. */
function seconds(ms: DurationMs): string {
  return `${Math.ceil(ms / SECOND_MS)} s`;
}
