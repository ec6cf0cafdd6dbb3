import { mayHold, mayRelease, mayRetry } from '../../engine/decide/plan-jobs.ts';
import { isLeased, isTerminal, type JobRow } from '../../engine/model/job.ts';
import type { Snapshot } from '../../engine/model/snapshot.ts';
import { bytes } from '../../ui/format.ts';
import { safe } from '../../ui/safe-text.ts';
import { act, type ActOptions } from '../act.ts';
import { awaitJobs, type Wish } from '../await-jobs.ts';
import { CliError, EXIT } from '../exit.ts';
import { findOne } from '../find.ts';
import { statesOf } from '../job-states.ts';
import { namePattern } from '../name-pattern.ts';
import { findWorker } from './act-on-workers.ts';
import { killAll, type KillAllOptions } from './kill-all.ts';

/** Which jobs: ids, or all of a name and of states that the verb can be done to. */
export interface JobsChoice {
  readonly allMatching?: string;
  readonly state?: string;
}

export interface All {
  readonly all?: boolean;
}

function aloneIfAll(asked: readonly string[], { allMatching, state }: JobsChoice): void {
  if (asked.length > 0 || allMatching !== undefined || state !== undefined)
    throw new CliError('--all means everything: say no ids, no --all-matching and no --state with it', EXIT.usage);
}

/** What one verb needs to know of a job, to choose it among many. */
interface Choosing {
  readonly may: (job: JobRow) => boolean;
  /** For a person: "no job that has failed ...". */
  readonly which: string;
}

/** `cbas kill`: by ids, or all that have not ended and match, or with `--all` the whole deployment. */
export async function kill(
  asked: readonly string[],
  options: KillAllOptions & JobsChoice & All & { readonly checkpoint?: boolean },
): Promise<number> {
  if (options.all === true) {
    aloneIfAll(asked, options);
    if (options.checkpoint === true)
      throw new CliError('--checkpoint does not go with --all: hold the jobs first (cbas hold)', EXIT.usage);
    return killAll(options);
  }
  if (options.within !== undefined) throw new CliError('--within goes with --all', EXIT.usage);
  const rowsOf = choose(asked, options, { may: ({ state }) => !isTerminal(state), which: 'has not ended' });
  return act({
    options,
    sources: ['jobs', 'workers'],
    command: async (look) => {
      const rows = rowsOf(look.snapshot);
      await look.live(rows);
      const first = options.checkpoint === true ? ({ first: 'checkpoint' } as const) : {};
      return { kind: 'jobs.kill', jobIds: rows.map(({ id }) => id), ...first };
    },
  });
}

/** `cbas hold`: waiting jobs at once; those that run are waited for until their workers have handed them back. */
export async function hold(asked: readonly string[], options: ActOptions & JobsChoice): Promise<number> {
  const rowsOf = choose(asked, options, { may: mayHold, which: 'can be held' });
  return act({
    options,
    sources: ['jobs'],
    command: ({ snapshot }) => ({ kind: 'jobs.hold', jobIds: rowsOf(snapshot).map(({ id }) => id) }),
    granted: (wired, plan, outcomes) => awaitJobs(wired, { plan, outcomes }, HELD),
  });
}

const HELD: Wish = {
  // RUNNABLE with the wish: its worker had not heard of it; the leader holds it at its next look.
  isOpen: ({ state, desired }) => desired.hold !== undefined && state !== 'HELD' && !isTerminal(state),
  open: 'its worker has not handed it back yet; it will',
  settled: ({ state, checkpoint }) => {
    if (state === 'HELD') return checkpoint === undefined ? {} : { detail: `checkpoint ${checkpoint.generation} holds its work` }; // prettier-ignore
    if (isTerminal(state)) return { detail: `it has ended meanwhile: ${state}` };
    return { state: 'conflict', detail: 'somebody released it meanwhile' };
  },
};

/** `cbas release`: what is held may run again; with `--all` the deployment accepts jobs again, too. */
export async function release(asked: readonly string[], options: ActOptions & JobsChoice & All): Promise<number> {
  if (options.all === true) {
    aloneIfAll(asked, options);
    return act({ options, sources: ['jobs'], command: () => ({ kind: 'deployment.open' }) });
  }
  const rowsOf = choose(asked, options, { may: mayRelease, which: 'is held' });
  return act({
    options,
    sources: ['jobs'],
    command: ({ snapshot }) => ({ kind: 'jobs.release', jobIds: rowsOf(snapshot).map(({ id }) => id) }),
  });
}

/** `cbas retry`: failed jobs once more. Killed ones only by id or with `--state`: somebody meant to end them. */
export async function retry(asked: readonly string[], options: ActOptions & JobsChoice): Promise<number> {
  const may = (job: JobRow): boolean => mayRetry(job) && (options.state !== undefined || job.state === 'FAILED');
  const rowsOf = choose(asked, options, { may, which: options.state === undefined ? 'has failed' : 'can be retried' });
  return act({
    options,
    sources: ['jobs'],
    command: ({ snapshot }) => ({ kind: 'jobs.retry', jobIds: rowsOf(snapshot).map(({ id }) => id) }),
  });
}

export interface CheckpointOptions extends ActOptions {
  readonly worker?: string;
  readonly all?: boolean;
}

/** `cbas checkpoint`: wishes that running jobs save their work now; their workers grant it at the next heartbeat. */
export async function checkpoint(asked: readonly string[], options: CheckpointOptions): Promise<number> {
  const { worker, all = false } = options;
  if ([worker !== undefined, all, asked.length > 0].filter(Boolean).length !== 1)
    throw new CliError('say which: ids of jobs, or --worker ID, or --all', EXIT.usage);
  return act({
    options,
    sources: ['jobs', 'workers'],
    command: ({ snapshot }) =>
      worker === undefined
        ? { kind: 'jobs.checkpoint', jobIds: (all ? running(snapshot) : named(asked, snapshot)).map(({ id }) => id) }
        : { kind: 'workers.checkpoint', workerIds: [findWorker(worker, snapshot).id] },
    granted: (wired, plan, outcomes) => awaitJobs(wired, { plan, outcomes }, SAVED),
  });
}

/** All that can be asked. */
function running({ jobs }: Snapshot): readonly JobRow[] {
  const rows = [...jobs].filter(({ state }) => state === 'RUNNING');
  if (rows.length === 0) throw new CliError('no job runs', EXIT.notFound);
  return rows;
}

const SAVED: Wish = {
  isOpen: ({ state, desired }) => isLeased(state) && desired.checkpoint !== undefined,
  open: 'its worker has not saved it yet; it will',
  settled: ({ state, checkpoint }) => {
    if (!isLeased(state)) return { detail: `it is ${state} by now` };
    return checkpoint === undefined ? {} : { detail: `checkpoint ${checkpoint.generation}, ${bytes(checkpoint.sizeBytes)}` }; // prettier-ignore
  },
};

/** The jobs that were meant: checked for sense before anything is looked at. */
function choose(
  asked: readonly string[],
  { allMatching, state }: JobsChoice,
  { may, which }: Choosing,
): (snapshot: Snapshot) => readonly JobRow[] {
  const isMany = allMatching !== undefined || state !== undefined;
  if (isMany === asked.length > 0)
    throw new CliError('say which: ids of jobs, or --all-matching PATTERN, or --state STATES', EXIT.usage);
  const states = statesOf(state);
  const matches = allMatching === undefined ? () => true : namePattern(allMatching);
  if (!isMany) return (snapshot) => named(asked, snapshot);
  return ({ jobs }) => {
    const rows = [...jobs].filter((row) => may(row) && matches(row.name) && (states?.has(row.state) ?? true));
    if (rows.length > 0) return rows;
    const how = [
      ...(allMatching === undefined ? [] : [`has a name like ${safe(allMatching)}`]),
      ...(states === undefined ? [] : [`is ${[...states].join(' or ')}`]),
    ].join(' and ');
    throw new CliError(`no job that ${which} ${how}`, EXIT.notFound);
  };
}

/** All must be there: of a list with one wrong id, none is touched. */
export function named(asked: readonly string[], { jobs }: Snapshot): readonly JobRow[] {
  return [...new Set(asked.map((one) => findOne('job', one, jobs)))];
}
