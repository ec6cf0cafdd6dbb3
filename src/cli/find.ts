import { type JobItem, type JobRow } from '../engine/model/job.ts';
import { jobItemOf } from '../engine/protocol/job-item.ts';
import { safe } from '../ui/safe-text.ts';
import { CliError, EXIT } from './exit.ts';
import { Look } from './look.ts';
import type { Wired } from './wire.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Shorter pieces of an id would match by chance, and the next thing may be a kill. */
const PIECE_MIN = 4;
const CANDIDATES_SHOWN = 8;
/** Tables cut ids in front: the cut may be copied with the rest. */
const CUT = /^(…|\.\.\.?)/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The one that a person means: by id, by name, or by the beginning or end of an id. */
export function findOne<Row extends Named>(what: string, asked: string, rows: Iterable<Row>): Row {
  const piece = asked.replace(CUT, '').toLowerCase();
  const named: Row[] = [];
  const pieced: Row[] = [];
  for (const row of rows) {
    if (row.id === asked) return row;
    if (row.name !== '' && row.name === asked) named.push(row);
    const isPiece = piece.length >= PIECE_MIN && (row.id.startsWith(piece) || row.id.endsWith(piece));
    if (isPiece) pieced.push(row);
  }
  const found = named.length > 0 ? named : pieced;
  const [only] = found;
  if (only === undefined) throw new CliError(`there is no ${what} ${safe(asked)}`, EXIT.notFound);
  if (found.length === 1) return only;
  const shown = found.slice(0, CANDIDATES_SHOWN).map(({ id, name }) => `  ${id}  ${safe(name)}`.trimEnd());
  const more = found.length > shown.length ? [`  and ${found.length - shown.length} more`] : [];
  throw new CliError(
    [`${safe(asked)} could be ${found.length} ${what}s; give an id of these:`, ...shown, ...more].join('\n'),
    EXIT.usage,
  );
}

/** One job with all that its item holds. A whole id costs one read; anything else a look at all jobs. */
export async function findJob(wired: Wired, asked: string): Promise<JobItem> {
  const id = UUID.test(asked) ? asked : '';
  const item = await readJob(wired, id);
  if (item !== undefined) return item;
  const { snapshot } = await Look.at(wired, ['jobs']);
  const row = findOne<JobRow>('job', asked, snapshot.jobs);
  const found = await readJob(wired, row.id);
  if (found === undefined) throw new CliError(`there is no job ${safe(asked)}`, EXIT.notFound);
  return found;
}

export async function readJob({ store }: Wired, id: string): Promise<JobItem | undefined> {
  const item = id === '' ? undefined : await store.get('jobs', id);
  return item === undefined ? undefined : jobItemOf(item);
}
