import { activeJobs } from '../engine/decide/capacity.ts';
import { isTerminal } from '../engine/model/job.ts';
import type { OperatorEngine } from '../engine/run/operator-engine.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import { bookSummaries } from '../engine/select/book.ts';
import { systemClock } from './clock.ts';

/** A line at least this often, so that a log shows that it lives. */
const LINE_EVERY_MS = 5_000;
const LOOK_EVERY_MS = 200;
/** A grouped line is told when it has not grown for this long. */
const SETTLED_MS = 1_500;

export interface FollowOptions {
  readonly say: (line: string) => void;
  /** Throws when something that the work needs has died. */
  readonly check: () => void;
  readonly signal: AbortSignal;
}

/** Plain lines until every job has ended, then a summary. true: all of them succeeded. */
export async function followToTheEnd(engine: OperatorEngine, options: FollowOptions): Promise<boolean> {
  const { say, check, signal } = options;
  const began = systemClock.monotonicMs();
  const told = new Set<string>();
  let lastLine = -LINE_EVERY_MS;
  let sawWork = false;
  while (!signal.aborted) {
    check();
    const snapshot = engine.snapshot();
    const active = activeJobs(snapshot) + snapshot.jobCounts.BLOCKED + snapshot.jobCounts.HELD;
    sawWork ||= snapshot.jobs.length > 0;
    const isOver = sawWork && active === 0;
    for (const { at, group, count, sentence } of snapshot.notables) {
      // What belongs together comes within a second: told once, with its count. At the end nothing is waited for any more.
      const key = `${group}#${count}`;
      if (told.has(key) || (!isOver && systemClock.now() - at < SETTLED_MS)) continue;
      told.add(key);
      say(`${stamp(began)}  ${sentence}`);
    }
    if (systemClock.monotonicMs() - lastLine >= LINE_EVERY_MS) {
      lastLine = systemClock.monotonicMs();
      say(`${stamp(began)}  ${progressLine(snapshot)}`);
    }
    if (isOver) {
      for (const line of summary(snapshot)) say(line);
      return snapshot.jobCounts.FAILED + snapshot.jobCounts.KILLED === 0;
    }
    await systemClock.sleep(LOOK_EVERY_MS, signal);
  }
  return false;
}

function stamp(began: number): string {
  return `${((systemClock.monotonicMs() - began) / 1_000).toFixed(0).padStart(4)}s`;
}

function progressLine(snapshot: Snapshot): string {
  const { jobCounts, workers, pulse, settings } = snapshot;
  const serving = [...workers].filter(({ state }) => state === 'IDLE' || state === 'BUSY').length;
  const done = jobCounts.SUCCEEDED + jobCounts.FAILED + jobCounts.KILLED;
  const running = jobCounts.STARTING + jobCounts.RUNNING + jobCounts.INTERRUPTING;
  const price = pulse === undefined ? '' : `, $${pulse.spendUsdPerHour.toFixed(3)}/h`;
  return `${done} of ${snapshot.jobs.length} jobs done, ${running} running on ${serving} of ${settings.targetWorkers} workers${price}`;
}

function summary(snapshot: Snapshot): readonly string[] {
  const { jobCounts, jobSums, pulse } = snapshot;
  const ended = [...snapshot.jobs].filter(({ state }) => isTerminal(state)).length;
  const spent = pulse?.spentUsd ?? 0;
  const onDemand = pulse?.onDemandUsd ?? 0;
  const share =
    onDemand > 0 ? ` (${Math.round((100 * spent) / onDemand)} % of on-demand, $${onDemand.toFixed(4)})` : '';
  const lostShare = jobSums.ranMs > 0 ? (100 * jobSums.lostMs) / jobSums.ranMs : 0;
  return [
    '',
    `jobs           ${ended} ended: ${jobCounts.SUCCEEDED} succeeded, ${jobCounts.FAILED} failed, ${jobCounts.KILLED} killed`,
    `interruptions  ${jobSums.interruptions}`,
    `work lost      ${(jobSums.lostMs / 1_000).toFixed(1)} s of ${(jobSums.ranMs / 1_000).toFixed(0)} s (${lostShare.toFixed(1)} %)`,
    `cost           $${spent.toFixed(4)}${share}`,
    ...bookSummaries(snapshot).flatMap(({ name, entries, estimates }) =>
      estimates.map(
        ({ mean, standardError, samples }) =>
          `book ${name.padEnd(9)} ${mean.toFixed(6)} ± ${standardError?.toExponential(1) ?? '-'} from ${samples} samples of ${entries.length} jobs`,
      ),
    ),
  ];
}
