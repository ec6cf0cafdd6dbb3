import type { JobItem, JobRow } from '../../engine/model/job.ts';
import { jobItemOf } from '../../engine/protocol/job-item.ts';
import { type Generation, knownGenerations } from '../../engine/run/read-generations.ts';
import { matchesFilter } from '../../engine/select/filter.ts';
import { dependsOn, filterRowOf } from '../../engine/select/job-values.ts';
import { parseJobFilter } from '../../engine/select/jobs-view.ts';
import { generationWords } from '../../ui/checkpoint-words.ts';
import { age, bytes, duration, grouped, NONE, shortJobId } from '../../ui/format.ts';
import type { CommonOptions } from '../choose.ts';
import { CliError, EXIT } from '../exit.ts';
import { findOne } from '../find.ts';
import { checkpointJson } from '../job-json.ts';
import { statesOf } from '../job-states.ts';
import { Look } from '../look.ts';
import { namePattern } from '../name-pattern.ts';
import { wholeNumber } from '../numbers.ts';
import { aside, note, printJson, printTable, type TextColumn } from '../output.ts';
import { openToLook } from '../session.ts';
import { checkJobFilter } from '../start-view.ts';
import type { Wired } from '../wire.ts';

export interface CheckpointsOptions extends CommonOptions {
  readonly state?: string;
  readonly name?: string;
  readonly filter?: string;
  readonly limit?: string;
}

/** A job's item is read for its older generations: so many jobs, unless more are asked for. */
const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 100_000;
const BATCH_MAX = 100;
const NAME_COLUMNS = 32;

/** One generation in a list of many jobs. */
interface Line extends Generation {
  readonly row: JobRow;
  readonly atRiskMs: number | undefined;
}

/** `cbas checkpoints [JOB...]`: the generations of all jobs that have saved anything, or of these; the newest checkpoint first. */
export async function checkpoints(asked: readonly string[], options: CheckpointsOptions): Promise<number> {
  const { filter = '', state, name } = options;
  if (asked.length > 0 && (filter !== '' || state !== undefined || name !== undefined))
    throw new CliError('say ids of jobs, or which by --state, --name or --filter, but not both', EXIT.usage);
  checkJobFilter('--filter', filter);
  const limit = wholeNumber('--limit', options.limit ?? String(LIMIT_DEFAULT), { min: 1, max: LIMIT_MAX });
  const states = statesOf(state);
  const matches = name === undefined ? () => true : namePattern(name);
  const parsed = parseJobFilter(filter);
  const wired = await openToLook(options);
  const look = await Look.at(wired, ['jobs']);
  const { jobs } = look.snapshot;
  if (dependsOn(parsed.terms).live) await look.live(jobs);
  const now = Date.now();
  const isWanted = (row: JobRow): boolean =>
    row.checkpoint !== undefined &&
    // Of a job that has succeeded they were removed at its commit.
    (states?.has(row.state) ?? row.state !== 'SUCCEEDED') &&
    matches(row.name) &&
    matchesFilter(parsed, filterRowOf(row, now, look.snapshot.live[row.id]));
  const found =
    asked.length > 0
      ? [...new Set(asked.map((one) => findOne<JobRow>('job', one, jobs)))]
      : [...jobs].filter(isWanted).sort((a, b) => (b.checkpoint?.at ?? 0) - (a.checkpoint?.at ?? 0));
  const shown = found.slice(0, limit);
  const [items] = await Promise.all([readItems(wired, shown), look.live(shown)]);
  const lines = items.flatMap((item) => linesOf(item, look.snapshot.live[item.row.id]));
  if (options.json === true) printJson(lines.map(jsonOf));
  else if (lines.length > 0) printTable(columns(now), lines);
  else aside('no job has saved anything; docs/checkpoints.md says how they do');
  if (found.length > shown.length)
    note(`of ${grouped(shown.length)} of ${grouped(found.length)} jobs; --limit shows more`);
  return EXIT.done;
}

/** In the order asked; a job that is gone meanwhile is left out. */
async function readItems({ store }: Wired, rows: readonly JobRow[]): Promise<readonly JobItem[]> {
  const items = new Map<string, JobItem>();
  for (let at = 0; at < rows.length; at += BATCH_MAX) {
    const ids = rows.slice(at, at + BATCH_MAX).map(({ id }) => id);
    for (const item of await store.batchGet('jobs', ids)) {
      const job = jobItemOf(item);
      if (job !== undefined) items.set(job.row.id, job);
    }
  }
  return rows.flatMap(({ id }) => items.get(id) ?? []);
}

function linesOf(
  item: JobItem,
  live: { readonly epoch: number; readonly atRiskMs: number } | undefined,
): readonly Line[] {
  const { row } = item;
  const isLive = live?.epoch === row.epoch && row.leaseOwner !== '';
  return knownGenerations(item).map((one) => ({
    ...one,
    row,
    // What would be lost is what the newest does not hold: of an older one it is not known.
    atRiskMs: isLive && one.standing === 'newest' ? live.atRiskMs : undefined,
  }));
}

function columns(now: number): readonly TextColumn<Line>[] {
  return [
    { title: 'job', text: ({ row }) => shortJobId(row.id) },
    { title: 'name', text: ({ row }) => row.name, max: NAME_COLUMNS },
    { title: 'state', text: ({ row }) => row.state },
    { title: 'checkpoint', text: ({ generation }) => generationWords(generation) },
    { title: 'is', text: ({ standing }) => standing },
    { title: 'driver', text: ({ pointer }) => (pointer === undefined ? NONE : (pointer.driver ?? 'app')) },
    { title: 'age', text: ({ pointer }) => (pointer === undefined ? NONE : age(now - pointer.at)), align: 'right' },
    { title: 'size', text: ({ pointer }) => (pointer === undefined ? NONE : bytes(pointer.sizeBytes)), align: 'right' },
    { title: 'stop', text: ({ pointer }) => (pointer === undefined ? NONE : `${pointer.stopMs}ms`), align: 'right' },
    { title: 'saved', text: ({ pointer }) => (pointer === undefined ? NONE : duration(pointer.workMs)), align: 'right' },
    { title: 'at risk', text: ({ atRiskMs }) => duration(atRiskMs), align: 'right' },
  ]; // prettier-ignore
}

function jsonOf({ row, generation, standing, pointer, atRiskMs }: Line) {
  return {
    job: row.id,
    name: row.name,
    state: row.state,
    generation,
    standing,
    valid: standing === 'newest' || standing === 'before',
    driver: pointer === undefined ? null : (pointer.driver ?? 'app'),
    checkpoint: checkpointJson(pointer),
    atRiskMs: atRiskMs ?? null,
  };
}
