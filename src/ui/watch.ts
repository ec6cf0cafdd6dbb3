import { isLeased } from '../engine/model/job.ts';
import { leasedJobIds } from '../engine/select/overview.ts';
import { type Frame, layoutOf } from './frame.ts';
import { viewport } from './list.ts';
import { jobList, jobListRows, jobView } from './screens/jobs.ts';

/** The engine reads the heartbeats of at most this many jobs. */
const WATCHED_MAX = 100;

/** Jobs whose heartbeat facts the frame shows: the leased ones in sight, or those that workers hold. */
export function watchedJobs(frame: Frame): readonly string[] {
  const { snapshot, ui } = frame;
  if (ui.screen !== 'jobs') return leasedJobIds(snapshot).slice(0, WATCHED_MAX);
  const view = jobView(snapshot, ui);
  const rows = jobListRows(layoutOf(ui).bodyRows);
  const { top } = viewport(jobList(snapshot, ui), ui.cursors.jobs, rows);
  const ids: string[] = [];
  for (let at = top; at < Math.min(view.length, top + rows); at++) {
    const row = view.at(at);
    if (isLeased(row.state)) ids.push(row.id);
  }
  return ids.slice(0, WATCHED_MAX);
}
