import { performance } from 'node:perf_hooks';
import { JOB_SCHEMA } from '../src/engine/model/job-columns.ts';
import { JOB_STATES, type JobRow } from '../src/engine/model/job.ts';
import { type Rows, rowsFrom, upsertRows } from '../src/engine/model/rows.ts';
import { matchesFilter } from '../src/engine/select/filter.ts';
import { type JobQuery, type JobSortColumn, orderJobs, parseJobFilter, searchOn, viewJobs } from '../src/engine/select/jobs-view.ts'; // prettier-ignore
import { filterRowOf } from '../src/engine/select/job-values.ts';
import { jobHits, hitsOn } from '../src/engine/select/job-hits.ts';
import { makeJob, NOW } from '../test/support/snapshots.ts';

/** As the console does it: a few ms, then the keys. */
const TURN_MS = 6;
const ROUNDS = 5;
const SIZES = [100_000, 1_000_000];
const PLAIN: JobQuery = { filter: '', order: undefined, faultsOnly: false };

/** Words that many have, few have and none has; numbers; an expression; a piece of an id, which is the dearest. */
const FILTERS = ['pi-01', 'pi-0912', 'nothing', 'cost>0.0195', 'state:failed age>10m', '/-9{2}\\d*7$/', '0912', '!pi-0 !state:run']; // prettier-ignore
const SORTS: readonly JobSortColumn[] = ['name', 'cost', 'state'];

interface Figures {
  readonly firstMs: number;
  readonly wholeMs: number;
  /** The longest time without a look at the keys. */
  readonly blockMs: number;
}

/** Filter and sort of many jobs: the first rows, all of them, the longest block; beside a scan of row objects in the same run. */
export function findBench(say: (line: string) => void): Promise<object> {
  const sizes = [];
  for (const jobs of SIZES) {
    const rows = collection(jobs);
    const objects = [...rows];
    const filters = [];
    for (const filter of FILTERS) {
      const own = best(() => run(rows, { ...PLAIN, filter }));
      const naiveMs = Math.min(...Array.from({ length: 2 }, () => naive(objects, filter)));
      filters.push({ filter, ...own, naiveMs: round(naiveMs) });
      say(`${jobs} jobs, ${filter}: first ${own.firstMs}, whole ${own.wholeMs}, block ${own.blockMs} ms; naive ${round(naiveMs)} ms`); // prettier-ignore
    }
    const sorts = [];
    for (const column of SORTS) {
      const sort = { column, direction: 'down' } as const;
      const own = best(() => run(rows, { ...PLAIN, order: orderJobs(rows, sort, NOW) }), 3);
      const naiveMs = naiveSort(objects, column);
      sorts.push({ column, ...own, naiveMs: round(naiveMs) });
      say(`${jobs} jobs by ${column}: first ${own.firstMs}, whole ${own.wholeMs}, block ${own.blockMs} ms; naive ${round(naiveMs)} ms`); // prettier-ignore
    }
    sizes.push({ jobs, filters, sorts, tick: ticks(rows, say), palette: palette(rows, say) });
  }
  return Promise.resolve({ sizes });
}

function best(round: () => Figures, rounds = ROUNDS): Figures {
  const all = Array.from({ length: rounds }, round);
  const least = (of: (figures: Figures) => number): number => Math.min(...all.map(of));
  return { firstMs: least((one) => one.firstMs), wholeMs: least((one) => one.wholeMs), blockMs: least((one) => one.blockMs) }; // prettier-ignore
}

/** A key, the frame that it asks for, and turns until all is found. */
function run(jobs: Rows<JobRow>, query: JobQuery): Figures {
  const source = { jobs, live: {}, now: NOW };
  // What was found before must not serve.
  viewJobs(source, { ...PLAIN, filter: `zz${Math.random()}` });
  while (searchOn());
  const began = performance.now();
  let view = viewJobs(source, query);
  let blockMs = performance.now() - began;
  let firstMs = view.length > 0 || !view.isPartial ? blockMs : 0;
  for (let more = view.isPartial; more;) {
    const turn = performance.now();
    while ((more = searchOn()) && performance.now() - turn < TURN_MS);
    view = viewJobs(source, query);
    blockMs = Math.max(blockMs, performance.now() - turn);
    if (firstMs === 0 && (view.length > 0 || !view.isPartial)) firstMs = performance.now() - began;
  }
  return { firstMs: round(firstMs), wholeMs: round(performance.now() - began), blockMs: round(blockMs) };
}

function naive(rows: readonly JobRow[], text: string): number {
  const began = performance.now();
  const filter = parseJobFilter(text);
  rows.filter((row) => matchesFilter(filter, filterRowOf(row, NOW, undefined)));
  return performance.now() - began;
}

function naiveSort(rows: readonly JobRow[], column: JobSortColumn): number {
  const keyOf = (row: JobRow): string | number => (column === 'cost' ? row.tally.costUsd : column === 'name' ? row.name : row.state); // prettier-ignore
  const began = performance.now();
  rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? 1 : keyOf(a) > keyOf(b) ? -1 : 0));
  return performance.now() - began;
}

/** 500 rows change ten times a second under a filter: what a frame has to do for it. */
function ticks(start: Rows<JobRow>, say: (line: string) => void): object {
  let rows = start;
  const query = { ...PLAIN, filter: 'state:failed pi-0' };
  const spent: number[] = [];
  let blockMs = 0;
  run(rows, query);
  for (let tick = 0; tick < 20; tick++) {
    const changed = Array.from({ length: 500 }, (_, at) => row((at * 7_919 + tick * 104_729) % start.length, tick));
    rows = upsertRows(rows, changed);
    const source = { jobs: rows, live: {}, now: NOW };
    const began = performance.now();
    viewJobs(source, query);
    blockMs = Math.max(blockMs, performance.now() - began);
    while (searchOn());
    viewJobs(source, query);
    spent.push(performance.now() - began);
  }
  const [medianMs, maxMs] = [spent.toSorted((a, b) => a - b)[10]!, Math.max(...spent)];
  say(`a tick of 500 changes under a filter: ${round(medianMs)} ms, at most ${round(maxMs)} ms, block ${round(blockMs)} ms`); // prettier-ignore
  return { medianMs: round(medianMs), maxMs: round(maxMs), blockMs: round(blockMs) };
}

/** A job by its name, after `:`. */
function palette(rows: Rows<JobRow>, say: (line: string) => void): object {
  let [firstMs, wholeMs] = [Infinity, Infinity];
  for (let number = 0; number < ROUNDS; number++) {
    const began = performance.now();
    jobHits(rows, `pi-0${number}`);
    firstMs = Math.min(firstMs, performance.now() - began);
    while (hitsOn());
    wholeMs = Math.min(wholeMs, performance.now() - began);
  }
  say(`palette: first ${round(firstMs)} ms, whole ${round(wholeMs)} ms`);
  return { firstMs: round(firstMs), wholeMs: round(wholeMs) };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

function collection(count: number): Rows<JobRow> {
  let rows = rowsFrom<JobRow>([], JOB_SCHEMA);
  const piece = 50_000;
  for (let from = 0; from < count; from += piece)
    rows = upsertRows(
      rows,
      Array.from({ length: Math.min(piece, count - from) }, (_, at) => row(from + at, 0)),
    );
  return rows;
}

/** Ids of version 7, a name of its own, and states of a deployment that has been at work for a while. */
function row(number: number, change: number): JobRow {
  const hex = ((number * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0');
  return makeJob(number, {
    id: `0192f0c4-${(number % 65_536).toString(16).padStart(4, '0')}-7000-8000-0000${hex}`,
    name: `pi-${String((number * 7_919) % 1_000_000).padStart(6, '0')}`,
    priority: number % 5,
    owner: number % 3 === 0 ? 'ana' : 'ben',
    state: JOB_STATES[(number * 31 + change) % 9]!,
    epoch: 1,
    attempt: number % 4,
    pool: `c5.large/us-east-1${'abc'[number % 3]}`,
    reason: { code: 'submitted', since: NOW - 60_000, detail: number % 50 === 0 ? 'exit 3: "out of memory"' : '', next: '' }, // prettier-ignore
    rev: 1 + change,
    changedAt: NOW - (number % 100_000),
    submittedAt: NOW - 3_600_000 + Math.floor(number / 1_000),
    tally: { costUsd: (number % 20_000) / 1_000_000, interruptions: 0, ranMs: 0, lostMs: 0 },
  });
}
