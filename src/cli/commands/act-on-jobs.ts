import { isTerminal, type JobRow } from '../../engine/model/job.ts';
import type { Snapshot } from '../../engine/model/snapshot.ts';
import { safe } from '../../ui/safe-text.ts';
import { act, type ActOptions } from '../act.ts';
import { awaitCheckpoints } from '../await-checkpoints.ts';
import { CliError, EXIT } from '../exit.ts';
import { findOne } from '../find.ts';
import { namePattern } from '../name-pattern.ts';
import { findWorker } from './act-on-workers.ts';

export interface KillOptions extends ActOptions {
  readonly allMatching?: string;
}

/** `cbas kill`: by ids, or all that have not ended and match a pattern. */
export async function kill(asked: readonly string[], options: KillOptions): Promise<number> {
  const pattern = options.allMatching;
  if ((pattern === undefined) === (asked.length === 0))
    throw new CliError('say which: ids of jobs, or --all-matching PATTERN', EXIT.usage);
  return act({
    options,
    sources: ['jobs', 'workers'],
    command: async (look) => {
      const rows = pattern === undefined ? named(asked, look.snapshot) : matching(pattern, look.snapshot);
      await look.live(rows);
      return { kind: 'jobs.kill', jobIds: rows.map(({ id }) => id) };
    },
  });
}

export interface CheckpointOptions extends ActOptions {
  readonly worker?: string;
}

/** `cbas checkpoint`: wishes that running jobs save their work now; their workers grant it at the next heartbeat. */
export async function checkpoint(asked: readonly string[], options: CheckpointOptions): Promise<number> {
  const { worker } = options;
  if ((worker === undefined) === (asked.length === 0))
    throw new CliError('say which: ids of jobs, or --worker ID', EXIT.usage);
  return act({
    options,
    sources: ['jobs', 'workers'],
    command: ({ snapshot }) =>
      worker === undefined
        ? { kind: 'jobs.checkpoint', jobIds: named(asked, snapshot).map(({ id }) => id) }
        : { kind: 'workers.checkpoint', workerIds: [findWorker(worker, snapshot).id] },
    granted: awaitCheckpoints,
  });
}

/** All must be there: of a list with one wrong id, none is touched. */
function named(asked: readonly string[], { jobs }: Snapshot): readonly JobRow[] {
  return [...new Set(asked.map((one) => findOne('job', one, jobs)))];
}

function matching(pattern: string, { jobs }: Snapshot): readonly JobRow[] {
  const matches = namePattern(pattern);
  const rows = [...jobs].filter(({ name, state }) => matches(name) && !isTerminal(state));
  if (rows.length === 0)
    throw new CliError(`no job that has not ended has a name like ${safe(pattern)}`, EXIT.notFound);
  return rows;
}
