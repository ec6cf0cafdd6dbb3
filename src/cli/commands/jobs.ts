import type { JobRow } from '../../engine/model/job.ts';
import { matchesFilter } from '../../engine/select/filter.ts';
import { dependsOn, filterRowOf } from '../../engine/select/job-values.ts';
import { parseJobFilter } from '../../engine/select/jobs-view.ts';
import { type JobLine, jobLine } from '../../engine/select/jobs.ts';
import { waitingOf } from '../../engine/select/reason.ts';
import { age, duration, grouped, money, percent, shortJobId } from '../../ui/format.ts';
import type { CommonOptions } from '../choose.ts';
import { EXIT } from '../exit.ts';
import { jobJson } from '../job-json.ts';
import { statesOf } from '../job-states.ts';
import { Look } from '../look.ts';
import { namePattern } from '../name-pattern.ts';
import { aside, note, printJson, printTable, type TextColumn } from '../output.ts';
import { openToLook } from '../session.ts';
import { checkJobFilter } from '../start-view.ts';
import { terminalAbilities } from '../terminal.ts';
import { wholeNumber } from '../numbers.ts';

export interface JobsOptions extends CommonOptions {
  readonly state?: string;
  readonly name?: string;
  /** In the language of the console's `/`. */
  readonly filter?: string;
  readonly limit?: string;
}

/** More lines are no longer read, but searched: then a pattern or JSON serves better. */
const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 10_000_000;
const NAME_COLUMNS = 40;

/** `cbas jobs`: the newest that match, oldest first, so that the newest stand above the prompt. */
export async function jobs(options: JobsOptions): Promise<number> {
  const states = statesOf(options.state);
  const matches = options.name === undefined ? () => true : namePattern(options.name);
  const isJson = options.json === true;
  const limit =
    options.limit === undefined
      ? isJson
        ? LIMIT_MAX
        : LIMIT_DEFAULT
      : wholeNumber('--limit', options.limit, { min: 1, max: LIMIT_MAX });
  const { filter = '' } = options;
  checkJobFilter('--filter', filter);
  const parsed = parseJobFilter(filter);
  const look = await Look.at(await openToLook(options), ['jobs', 'workers']);
  // Progress and work at risk are known of jobs whose heartbeats were read: here of all that run.
  if (dependsOn(parsed.terms).live) await look.live(look.snapshot.jobs);
  const now = Date.now();
  const isWanted = (row: JobRow): boolean =>
    (states === undefined || states.has(row.state)) &&
    matches(row.name) &&
    matchesFilter(parsed, filterRowOf(row, now, look.snapshot.live[row.id]));
  const found = [...look.snapshot.jobs].filter(isWanted).sort(bySubmission);
  const shown = found.slice(-limit);
  await look.live(shown);
  if (shown.some(({ state }) => state === 'RUNNABLE')) await look.more(['prices']);
  const waiting = waitingOf(look.snapshot, Date.now());
  const lines = shown.map((row) => jobLine(look.snapshot, row, waiting));
  if (isJson) {
    printJson(lines.map(jobJson));
    return EXIT.done;
  }
  if (lines.length > 0) printTable(columns(), lines);
  else aside(look.snapshot.jobs.length === 0 ? 'no jobs yet; submit one: cbas submit -- echo hello' : 'no job matches');
  if (found.length > shown.length)
    note(`the newest ${grouped(shown.length)} of ${grouped(found.length)}; --limit shows more`);
  return EXIT.done;
}

function bySubmission(a: JobRow, b: JobRow): number {
  return a.submittedAt - b.submittedAt || (a.id < b.id ? -1 : 1);
}

function columns(): readonly TextColumn<JobLine>[] {
  const { ascii } = terminalAbilities(process.env, process);
  return [
    { title: 'state', text: ({ row }) => row.state },
    { title: 'name', text: ({ row }) => row.name, max: NAME_COLUMNS },
    { title: 'job', text: ({ id }) => shortJobId(id, ascii ? '...' : '…') },
    { title: 'age', text: ({ ageMs }) => age(ageMs), align: 'right' },
    { title: 'done', text: ({ progressPct }) => percent(progressPct), align: 'right' },
    { title: 'at risk', text: ({ atRiskMs }) => duration(atRiskMs), align: 'right' },
    { title: 'cost', text: ({ costUsd }) => money(costUsd), align: 'right' },
    { title: 'worker', text: ({ row }) => row.leaseOwner || '-' },
    { title: 'why', text: ({ why }) => why },
  ];
}
