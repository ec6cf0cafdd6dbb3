import { isOnDemand, outlookOf, spanWords } from '../decide/deadline-outlook.ts';
import { dangerOf } from '../decide/rescue.ts';
import { isTerminal, type JobRow } from '../model/job.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';

/** How a job stands to its deadline. */
export interface DeadlineLine {
  readonly level: 'fine' | 'rescued' | 'at-risk';
  /** Without the job's name: "deadline in 3 h, needs 2 h 10 m: slack 50 m". */
  readonly sentence: string;
}

/**
 * Worked out from the same rule that the leader acts by; undefined for a job without a deadline, or that has ended. Needs are
 * those of a rescue: the work that no checkpoint holds, the way to on-demand, and the margins.
 */
export function deadlineLine(job: JobRow, snapshot: Snapshot, now: EpochMs): DeadlineLine | undefined {
  if (job.deadlineAt === 0 || isTerminal(job.state)) return undefined;
  const outlook = outlookOf(job, snapshot, now);
  const { timeLeftMs } = outlook;
  const when =
    timeLeftMs > 0 ? `deadline in ${spanWords(timeLeftMs)}` : `deadline missed ${spanWords(-timeLeftMs)} ago`;
  const danger = timeLeftMs > 0 ? dangerOf(job, snapshot, now) : '';
  const rescued = rescueWords(job, snapshot, now);
  const told = [when, danger ?? '', rescued].filter(Boolean);
  if (danger !== undefined) return { level: 'at-risk', sentence: told.join('; ') };
  if (rescued !== '') return { level: 'rescued', sentence: told.join('; ') };
  if (outlook.kind === 'unpromised')
    return {
      level: 'fine',
      sentence: `${when}; nothing is promised: it has no estimate and does not say how far it is`,
    };
  if (isOnDemand(job, snapshot)) return { level: 'fine', sentence: `${when}; runs on on-demand` };
  const needs = `${when}, needs ${spanWords(outlook.needsMs)}`;
  if (outlook.slackMs > 0) return { level: 'fine', sentence: `${needs}: slack ${spanWords(outlook.slackMs)}` };
  return { level: 'fine', sentence: `${needs}: its last moment has come` };
}

function rescueWords(job: JobRow, snapshot: Snapshot, now: EpochMs): string {
  const { rescue } = job;
  if (rescue === undefined) return '';
  const since = `rescued ${spanWords(now - rescue.at)} ago`;
  if (isOnDemand(job, snapshot)) return `${since}, runs on on-demand`;
  return rescue.goAt > 0 && job.leaseOwner !== ''
    ? `${since}, goes over to on-demand`
    : `${since}, an on-demand worker comes`;
}
