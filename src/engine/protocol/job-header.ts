import type { JobRow } from '../model/job.ts';
import type { JsonObject } from '../model/units.ts';

/** What a submission fixes, from a row: for a write that changes the deadline, which lies in it. */
export function headerOf(row: JobRow): JsonObject {
  return {
    name: row.name,
    queue: row.queue,
    owner: row.owner,
    submittedAt: row.submittedAt,
    ...(row.turn > 0 && { turn: row.turn }),
    ...(row.maxUsdPerHour > 0 && { maxUsdPerHour: row.maxUsdPerHour }),
    ...(row.workS > 0 && { workS: row.workS }),
    ...(row.deadlineAt > 0 && { deadlineAt: row.deadlineAt }),
    ...(row.deadlineAt > 0 && row.needs !== undefined && { needs: { ...row.needs } }),
    ...(row.after.length > 0 && { after: row.after }),
  };
}
