import { type Chunk, CHUNK_ROWS } from '../model/chunk.ts';
import { JOB } from '../model/job-columns.ts';
import type { CheckpointPointer } from '../model/checkpoint.ts';
import type { JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { AWS_TIMINGS } from '../model/timings.ts';
import { type DurationMs, type EpochMs, MINUTE_MS, SECOND_MS } from '../model/units.ts';
import type { WorkerRow } from '../model/worker.ts';

/** Whether what a worker holds can be saved between a notice and the taking. */
export interface NoticeFit {
  readonly fits: boolean;
  /** "fits: 9 s of 72 s", or why not. */
  readonly sentence: string;
}

/** What a worker surely uploads to S3, where its job's upload was not measured: as much as a restore is reckoned with. */
const UPLOAD_BYTES_PER_MS = 10_000;

/**
 * The newest checkpoints of the jobs that it holds say how long another takes: the stop, and the upload. Jobs of one worker are
 * saved through one road. undefined for a worker without jobs.
 */
export function noticeFit(snapshot: Snapshot, worker: WorkerRow, now: EpochMs): NoticeFit | undefined {
  if (worker.jobs.length === 0) return undefined;
  const { noticeReserveMs, noticeMs } = snapshot.deployment?.timings ?? AWS_TIMINGS;
  const notice = worker.notice ?? snapshot.notices[worker.id];
  const windowMs = notice === undefined ? noticeMs : Math.max(0, notice.takeAt - now);
  const checkpoints = worker.jobs.map((id) => snapshot.jobs.get(id)?.checkpoint);
  const unsaved = checkpoints.filter((checkpoint) => checkpoint === undefined).length;
  if (unsaved > 0)
    return { fits: false, sentence: `not known to fit: ${unsaved === 1 ? 'a job' : `${unsaved} jobs`} has never saved a checkpoint` }; // prettier-ignore
  const needs = sumOf(checkpoints.filter((checkpoint) => checkpoint !== undefined));
  const roomMs = windowMs - noticeReserveMs;
  const gives = notice === undefined ? ' that a notice gives' : '';
  if (needs.ms <= roomMs) return { fits: true, sentence: `fits: ${seconds(needs.ms)} of ${seconds(windowMs)}${gives}` };
  const keeps = needs.ms <= windowMs ? `, and ${seconds(noticeReserveMs)} of them are kept free` : '';
  return { fits: false, sentence: `${unfitSentence(needs)} of ${seconds(windowMs)}${gives}${keeps}` };
}

/** A job that could not be saved if its notice came now; undefined where it could, or where that is not known. */
export function unfitJob(snapshot: Snapshot, { checkpoint, saving }: JobRow): string | undefined {
  if (checkpoint === undefined) return undefined;
  const { noticeReserveMs, noticeMs } = snapshot.deployment?.timings ?? AWS_TIMINGS;
  const needs = sumOf([checkpoint]);
  if (needs.ms <= noticeMs - noticeReserveMs && saving?.pace?.fitsNotice !== false) return undefined;
  return unfitSentence(needs);
}

interface Unfit {
  readonly roomMs: DurationMs;
  /** Ascending. */
  readonly slots: readonly number[];
}

/** Of a chunk that never changes, and of its packed rows, which most changes leave as they are: most of both stay from one snapshot to the next. */
const unfitSlots = new WeakMap<object, Unfit>();
const unfitPacked = new WeakMap<object, Unfit>();

/** Slots of a chunk's rows that do not fit into a window. */
function unfitIn(chunk: Chunk<JobRow>, roomMs: DurationMs): readonly number[] {
  const known = unfitSlots.get(chunk);
  if (known?.roomMs === roomMs) return known.slots;
  const packed = unfitOfVersion(chunk, roomMs);
  const { looseSlots, looseRows } = chunk;
  const loose: number[] = [];
  for (let at = 0; at < looseRows.length; at++) {
    const { checkpoint, saving } = looseRows[at]!;
    if (isTooLong(checkpoint, roomMs) || saving?.pace?.fitsNotice === false) loose.push(looseSlots[at]!);
  }
  const slots =
    packed.length === 0
      ? loose
      : [...packed.filter((slot) => chunk.held(slot) === undefined), ...loose].sort((a, b) => a - b);
  unfitSlots.set(chunk, { roomMs, slots });
  return slots;
}

function unfitOfVersion(chunk: Chunk<JobRow>, roomMs: DurationMs): readonly number[] {
  if (chunk.looseSlots.length === chunk.length) return [];
  const known = unfitPacked.get(chunk.version);
  if (known?.roomMs === roomMs) return known.slots;
  const packed = chunk.asPacked();
  const marks = new Uint8Array(chunk.length);
  packed.markWhere(JOB.checkpoint, (one) => isTooLong(one, roomMs), marks);
  packed.markWhere(JOB.saving, (one) => one?.pace?.fitsNotice === false, marks);
  const slots: number[] = [];
  for (let slot = marks.indexOf(1); slot >= 0; slot = marks.indexOf(1, slot + 1)) slots.push(slot);
  unfitPacked.set(chunk.version, { roomMs, slots });
  return slots;
}

function isTooLong(checkpoint: CheckpointPointer | undefined, roomMs: DurationMs): boolean {
  return checkpoint !== undefined && sumOf([checkpoint]).ms > roomMs;
}

/**
 * All jobs of which that is so, whatever their state. The columns are looked through, of which most chunks have nothing to find: to
 * make a row for each of ten thousand running jobs took 30 ms of every frame.
 */
export function unfitJobs(snapshot: Snapshot): readonly JobRow[] {
  const { jobs } = snapshot;
  const { noticeReserveMs, noticeMs } = snapshot.deployment?.timings ?? AWS_TIMINGS;
  return jobs.chunks.flatMap((chunk, number) =>
    unfitIn(chunk, noticeMs - noticeReserveMs)
      .map((slot) => jobs.at(number * CHUNK_ROWS + slot))
      .filter((row) => unfitJob(snapshot, row) !== undefined),
  );
}

interface Needs {
  readonly bytes: number;
  readonly uploadMs: DurationMs;
  readonly ms: DurationMs;
}

function sumOf(checkpoints: readonly CheckpointPointer[]): Needs {
  let [bytes, uploadMs, stopMs] = [0, 0, 0];
  for (const checkpoint of checkpoints) {
    bytes += checkpoint.sizeBytes;
    uploadMs += checkpoint.uploadMs ?? checkpoint.sizeBytes / UPLOAD_BYTES_PER_MS;
    stopMs += checkpoint.stopMs;
  }
  return { bytes, uploadMs, ms: stopMs + uploadMs };
}

/** "does not fit: 41 GB at 1 Gbps needs 5.4 min" */
function unfitSentence({ bytes, uploadMs, ms }: Needs): string {
  const rate = uploadMs > 0 ? ` at ${scaled((8_000 * bytes) / uploadMs, ['bps', 'kbps', 'Mbps', 'Gbps'])}` : '';
  return `does not fit: ${scaled(bytes, ['B', 'kB', 'MB', 'GB', 'TB'])}${rate} needs ${needed(ms)}`;
}

function scaled(value: number, units: readonly string[]): string {
  let [left, unit] = [value, 0];
  while (left >= 1_000 && unit < units.length - 1) [left, unit] = [left / 1_000, unit + 1];
  return `${left >= 10 ? Math.round(left) : Number(left.toFixed(1))} ${units[unit]}`;
}

function needed(ms: DurationMs): string {
  return ms < 2 * MINUTE_MS ? seconds(ms) : `${(ms / MINUTE_MS).toFixed(1)} min`;
}

/** Rounded up: who has nine and a half seconds left has not ten. */
function seconds(ms: DurationMs): string {
  return `${Math.ceil(ms / SECOND_MS)} s`;
}
