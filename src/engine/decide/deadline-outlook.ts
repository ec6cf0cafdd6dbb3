import { JOB } from '../model/job-columns.ts';
import { isLeased, isTerminal, type JobLive, type JobRow } from '../model/job.ts';
import type { Rows } from '../model/rows.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { AWS_TIMINGS, type Timings } from '../model/timings.ts';
import { type DurationMs, type EpochMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '../model/units.ts';
import { lastMomentMs } from './safety-net.ts';

/** Workers whose start is looked at: the newest, for boots change with images and types. */
const MEASURED_MAX = 20;
/** So many starts must have been seen before they overrule the default. */
const MEASURED_MIN = 3;
/** The slowest start seen so far is not the slowest there will be. */
const START_MARGIN = 1.5;
/** A checkpoint comes from S3 at least so fast. */
const RESTORE_BYTES_PER_MS = 10_000;
/** Looks of the leader between a last moment and a launch, and between a ready worker and the word to go: mark, launch, send. */
const LOOKS = 3;

/** What it takes from "only on-demand can still do it" to a program that runs there. */
export interface Changeover {
  /** From the wish to launch to a worker that is ready. */
  readonly readyMs: DurationMs;
  /** Starts that were measured; below MEASURED_MIN the default stands. */
  readonly starts: number;
  /** From a ready worker to a program that goes on from its checkpoint. */
  readonly restoreMs: DurationMs;
  /** Their sum. */
  readonly changeoverMs: DurationMs;
  /**
   * How late a leader may be: its looks, a change of leader, and then either a silent worker that must be given up on or a
   * running job that must hear of it and save.
   */
  readonly everyMs: DurationMs;
}

interface Start {
  readonly readyMs: DurationMs;
  readonly starts: number;
}

let measured: (Pick<Snapshot, 'workers' | 'deployment'> & { readonly start: Start }) | undefined;

/** Launch to ready of this deployment's newest workers, the slowest of them with a margin; the default while few were seen. */
export function measuredStart({ workers, deployment }: Pick<Snapshot, 'workers' | 'deployment'>): Start {
  // Asked for each of many jobs with a deadline.
  if (measured?.workers !== workers || measured.deployment !== deployment)
    measured = { workers, deployment, start: startOf(workers, deployment?.timings ?? AWS_TIMINGS) };
  return measured.start;
}

function startOf(workers: Snapshot['workers'], { launchToReadyMs }: Timings): Start {
  const tookMs: DurationMs[] = [];
  for (let at = workers.length - 1; at >= 0 && tookMs.length < MEASURED_MAX; at--) {
    const { requestedAt, pendingAt, readyAt } = workers.at(at).phases;
    const from = requestedAt > 0 ? requestedAt : pendingAt;
    if (from > 0 && readyAt > from) tookMs.push(readyAt - from);
  }
  tookMs.sort((a, b) => a - b);
  // Of twenty the slowest may have been an accident; of fewer it is what there is to go by.
  const slowMs = tookMs[Math.ceil(0.95 * tookMs.length) - 1] ?? launchToReadyMs;
  const isMeasured = tookMs.length >= MEASURED_MIN;
  return { readyMs: isMeasured ? START_MARGIN * slowMs : launchToReadyMs, starts: tookMs.length };
}

export function changeoverOf(
  job: Pick<JobRow, 'checkpoint'>,
  snapshot: Pick<Snapshot, 'workers' | 'deployment'>,
): Changeover {
  const timings = snapshot.deployment?.timings ?? AWS_TIMINGS;
  const { readyMs, starts } = measuredStart(snapshot);
  // A worker looks for work at up to one and a half times its period.
  const fetchMs = (job.checkpoint?.sizeBytes ?? 0) / RESTORE_BYTES_PER_MS;
  const restoreMs = 1.5 * timings.claimPollMs + timings.restoreMs + fetchMs;
  const { decideMs, changesPollMs, leaderLeaseMs, leaderRenewMs, leaseMs, heartbeatMs, checkpointAckMs, skewMarginMs } =
    timings;
  const everyMs =
    LOOKS * (decideMs + changesPollMs) +
    (leaderLeaseMs + leaderRenewMs + skewMarginMs) +
    Math.max(leaseMs + skewMarginMs, heartbeatMs + checkpointAckMs);
  return { readyMs, starts, restoreMs, changeoverMs: readyMs + restoreMs, everyMs };
}

/** How a job with a deadline stands. Times of work count only what is saved: the rest can be lost at any moment. */
export type Outlook =
  | { readonly kind: 'unpromised'; readonly timeLeftMs: DurationMs }
  | {
      readonly kind: 'known';
      readonly timeLeftMs: DurationMs;
      /** Of the work, what no checkpoint holds. */
      readonly workLeftMs: DurationMs;
      /** The same without what the present run has done since its newest checkpoint. */
      readonly unfinishedMs: DurationMs;
      /** What it needs if all must be done on on-demand: the work, the way there, and the margins. */
      readonly needsMs: DurationMs;
      /** Time until its last moment; below 0 that is over. */
      readonly slackMs: DurationMs;
      readonly changeover: Changeover;
    };

/**
 * The last moment by the safety net of `safety-net.ts`: deadline - work left - 2 changeovers - how late a leader may be. One
 * changeover is the way to on-demand, the other pays for a worker that is lost on the way. Example: 2 h of work, ready in
 * 90 s, 33 s to restore, a leader 94 s late at most: the last moment is 2 h 5 m 40 s before the deadline.
 */
export function outlookOf(job: JobRow, snapshot: Snapshot, now: EpochMs): Outlook {
  const timeLeftMs = job.deadlineAt - now;
  const totalMs = totalWorkMs(job, snapshot.live[job.id]);
  if (totalMs === undefined) return { kind: 'unpromised', timeLeftMs };
  const changeover = changeoverOf(job, snapshot);
  const workLeftMs = Math.max(0, totalMs - (job.checkpoint?.workMs ?? 0));
  const { changeoverMs, everyMs } = changeover;
  const slackMs = lastMomentMs({ deadlineAtMs: job.deadlineAt, workMs: workLeftMs, changeoverMs, everyMs }) - now;
  const runSince = Math.max(job.reason.since, job.checkpoint?.at ?? 0);
  const unsavedMs = job.state === 'RUNNING' ? Math.max(0, now - runSince) : 0;
  return {
    kind: 'known',
    timeLeftMs,
    workLeftMs,
    unfinishedMs: Math.max(0, workLeftMs - unsavedMs),
    needsMs: timeLeftMs - slackMs,
    slackMs,
    changeover,
  };
}

/** All of its work: as its owner estimates it, else from how long it took to get as far as it says; undefined when neither is known. */
function totalWorkMs({ workS, checkpoint, epoch }: JobRow, live: JobLive | undefined): DurationMs | undefined {
  if (workS > 0) return workS * SECOND_MS;
  const savedMs = checkpoint?.workMs ?? 0;
  if (live?.epoch === epoch && (live.progressPct ?? 0) > 0 && savedMs + live.atRiskMs > 0)
    return ((savedMs + live.atRiskMs) * 100) / (live.progressPct ?? 100);
  const savedPct = checkpoint?.progressPct ?? 0;
  return savedPct > 0 && savedMs > 0 ? (savedMs * 100) / savedPct : undefined;
}

let walked: { readonly jobs: Rows<JobRow>; readonly open: readonly JobRow[] } | undefined;

/** Jobs with a deadline that have not ended and could run: neither blocked nor held. Walked once per collection, for it may hold a million. */
export function openDeadlines({ jobs }: Pick<Snapshot, 'jobs'>): readonly JobRow[] {
  if (walked?.jobs === jobs) return walked.open;
  const open: JobRow[] = [];
  const [deadlineAt, state] = [jobs.column(JOB.deadlineAt), jobs.column(JOB.state)];
  for (let at = 0; at < jobs.length; at++) {
    if (deadlineAt(at) === 0 || isTerminal(state(at)) || state(at) === 'BLOCKED' || state(at) === 'HELD') continue;
    open.push(jobs.at(at));
  }
  walked = { jobs, open };
  return open;
}

/** Whether an on-demand worker holds it: nobody takes that away. */
export function isOnDemand(job: JobRow, { workers }: Pick<Snapshot, 'workers'>): boolean {
  return isLeased(job.state) && workers.get(job.leaseOwner)?.lifecycle === 'on-demand';
}

/** A length of time for a sentence, in its two largest units: "2 h 10 m", "50 m", "45 s". */
export function spanWords(ms: DurationMs): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE_MS) return `${Math.round(whole / SECOND_MS)} s`;
  const minutes = Math.round(whole / MINUTE_MS);
  if (whole < HOUR_MS) return `${minutes} m`;
  const rest = minutes % 60;
  return rest === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} m`;
}
