import { JOB } from '../model/job-columns.ts';
import { JOB_STATES, type JobRow, type JobState, type JobTally } from '../model/job.ts';
import { emptyRows, type Rows, upsertRows } from '../model/rows.ts';
import type { BookEntry, Snapshot } from '../model/snapshot.ts';
import { note, plural } from './notables.ts';

interface News {
  readonly row: JobRow;
  /** Position of the row that we have, or -1. */
  readonly position: number;
}

/** Rows that are news: unknown, or of a larger rev than what we have. */
function newer({ jobs }: Snapshot, rows: readonly JobRow[]): readonly News[] {
  const newest = new Map<string, News>();
  const revOf = jobs.column(JOB.rev);
  for (const row of rows) {
    const before = newest.get(row.id);
    const position = before?.position ?? jobs.indexOf(row.id);
    const known = before?.row.rev ?? (position < 0 ? undefined : revOf(position));
    if (known === undefined || row.rev > known) newest.set(row.id, { row, position });
  }
  return [...newest.values()];
}

export function reduceJobs(snapshot: Snapshot, rows: readonly JobRow[], at: number): Snapshot {
  const news = newer(snapshot, rows);
  if (news.length === 0) return snapshot;
  const jobCounts: Record<JobState, number> = { ...snapshot.jobCounts };
  const jobSums = { ...snapshot.jobSums };
  const knownOf = countedColumns(snapshot.jobs);
  let next = snapshot;
  for (const { row, position } of news) {
    const known = position < 0 ? undefined : knownOf(position);
    if (known !== undefined) jobCounts[known.state] -= 1;
    jobCounts[row.state] += 1;
    jobSums.costUsd += row.tally.costUsd - (known?.costUsd ?? 0);
    jobSums.interruptions += row.tally.interruptions - (known?.interruptions ?? 0);
    jobSums.lostMs += row.tally.lostMs - (known?.lostMs ?? 0);
    jobSums.ranMs += row.tally.ranMs - (known?.ranMs ?? 0);
    if (known !== undefined && known.state !== row.state)
      next = noteTransition(next, row, { at, lostMs: row.tally.lostMs - known.lostMs });
  }
  const changes = news.map(({ row }) => row);
  return {
    ...next,
    jobs: upsertRows(snapshot.jobs, changes),
    jobCounts,
    jobSums,
    books: reduceBooks(snapshot.books, changes),
  };
}

type Counted = Pick<JobRow, 'state'> & JobTally;

/** What counts and sums hold of a known job, read without making its row. */
function countedColumns(jobs: Snapshot['jobs']): (position: number) => Counted {
  const stateOf = jobs.column(JOB.state);
  const costUsdOf = jobs.column(JOB.costUsd);
  const interruptionsOf = jobs.column(JOB.interruptions);
  const lostMsOf = jobs.column(JOB.lostMs);
  const ranMsOf = jobs.column(JOB.ranMs);
  return (at) => ({
    state: stateOf(at),
    costUsd: costUsdOf(at),
    interruptions: interruptionsOf(at),
    lostMs: lostMsOf(at),
    ranMs: ranMsOf(at),
  });
}

/**
 * One entry per (book, key): the set of SUCCEEDED jobs, so that no record counts twice. Where two jobs carry the same
 * key, the one with the smaller id (submitted first) stands, in whatever order they are seen.
 */
function reduceBooks(books: Snapshot['books'], rows: readonly JobRow[]): Snapshot['books'] {
  const changes = new Map<string, Map<string, BookEntry>>();
  for (const { id, state, record } of rows) {
    if (state !== 'SUCCEEDED' || record === undefined) continue;
    const { book, key, value } = record;
    const news = changes.get(book) ?? new Map<string, BookEntry>();
    const standing = news.get(key) ?? bookOf(books, book)?.get(key);
    if (standing !== undefined && standing.jobId <= id) continue;
    changes.set(book, news.set(key, { id: key, jobId: id, value }));
  }
  const changed = [...changes].map(
    ([book, entries]) =>
      [book, upsertRows(bookOf(books, book) ?? emptyRows<BookEntry>(), [...entries.values()])] as const,
  );
  return changed.length === 0 ? books : { ...books, ...Object.fromEntries(changed) };
}

/** A book may be called "constructor": what every object has by itself is none. */
function bookOf(books: Snapshot['books'], name: string): Rows<BookEntry> | undefined {
  return Object.hasOwn(books, name) ? books[name] : undefined;
}

function noteTransition(
  snapshot: Snapshot,
  row: JobRow,
  { at, lostMs }: { readonly at: number; readonly lostMs: number },
): Snapshot {
  const { code, detail } = row.reason;
  const about = row.id;
  if (row.state === 'FAILED') {
    return note(snapshot, {
      at,
      group: 'jobs.failed',
      about,
      lostMs,
      level: 'attention',
      say: (count) =>
        count === 1
          ? `${row.name || row.id} failed: ${detail}`
          : `${plural(count, 'job')} failed; last ${row.name || row.id}: ${detail}`,
    });
  }
  if (
    row.state === 'RUNNABLE' &&
    (code === 'interruption-notice' || code === 'worker-lost' || code === 'worker-terminated')
  ) {
    return note(snapshot, {
      at,
      group: `moved:${row.pool}:${code}`,
      about,
      // What its last heartbeat said was at risk is what is gone, where nobody saved it.
      lostMs: code === 'interruption-notice' ? lostMs : Math.max(lostMs, snapshot.live[row.id]?.atRiskMs ?? 0),
      level: 'handled',
      say: (count) =>
        code === 'interruption-notice'
          ? `${plural(count, 'job')} saved in time, to go on elsewhere`
          : `${plural(count, 'job')} of a lost worker made runnable again`,
    });
  }
  if (row.state === 'RUNNING' && code === 'restored') {
    return note(snapshot, {
      at,
      group: 'jobs.restored',
      about,
      lostMs,
      level: 'handled',
      say: (count) => `${plural(count, 'job goes', 'jobs go')} on from a checkpoint`,
    });
  }
  if (row.state === 'KILLED') {
    return note(snapshot, {
      at,
      group: 'jobs.killed',
      about,
      lostMs,
      level: 'act',
      say: (count) => `${plural(count, 'job')} killed ${detail}`,
    });
  }
  return snapshot;
}

/** The counts by a full walk: what `jobCounts` must equal at any time; for checks and for a journal that is trusted less. */
export function countJobs(snapshot: Snapshot): Readonly<Record<JobState, number>> {
  const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
  const stateOf = snapshot.jobs.column(JOB.state);
  for (let at = 0; at < snapshot.jobs.length; at++) counts[stateOf(at)] += 1;
  return counts;
}
