import { isTerminal, type JobRow } from '../engine/model/job.ts';
import { jobRowOf } from '../engine/protocol/job-item.ts';
import { systemClock } from './clock.ts';
import { CliError, EXIT } from './exit.ts';
import { untilTold } from './signals.ts';
import type { Wired } from './wire.ts';

/** One BatchGetItem. */
const BATCH_MAX = 100;
const SIGNAL_EXIT: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** Until all of the jobs have ended; each change of state is told. Stopping it stops no job. */
export async function waitForJobs(
  { store, deployment }: Wired,
  ids: readonly string[],
  onChange: (row: JobRow) => void,
): Promise<readonly JobRow[]> {
  const told = untilTold();
  const rows = new Map<string, JobRow>();
  for (;;) {
    const open = ids.filter((id) => !isTerminal(rows.get(id)?.state ?? 'RUNNABLE'));
    for (let start = 0; start < open.length; start += BATCH_MAX) {
      for (const item of await store.batchGet('jobs', open.slice(start, start + BATCH_MAX))) {
        const row = jobRowOf(item);
        if (row === undefined) continue;
        if (rows.get(row.id)?.state !== row.state) onChange(row);
        rows.set(row.id, row);
      }
    }
    if (ids.every((id) => isTerminal(rows.get(id)?.state ?? 'RUNNABLE')))
      return ids.map((id) => rows.get(id)).filter((row) => row !== undefined);
    await systemClock.sleep(deployment.timings.changesPollMs, told);
    if (told.aborted)
      throw new CliError('no longer waiting; the jobs go on', SIGNAL_EXIT[String(told.reason)] ?? EXIT.failed);
  }
}
