import { type DurationMs, SECOND_MS } from '../../engine/model/units.ts';
import type { JobLine } from '../../engine/select/jobs.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';

/** Columns of Jobs that are there for whoever asks for them. */
export function extraColumns(): readonly Column<JobLine>[] {
  const column = (id: string, width: number, text: (line: JobLine) => string): Column<JobLine> => ({ id, title: id, width, text, isExtra: true }); // prettier-ignore
  const count = (id: string, text: (line: JobLine) => number): Column<JobLine> => ({ ...column(id, Math.max(5, id.length), (line) => format.grouped(text(line))), align: 'right' }); // prettier-ignore
  const right = (id: string, width: number, text: (line: JobLine) => string): Column<JobLine> => ({ ...column(id, width, text), align: 'right' }); // prettier-ignore
  return [
    column('owner', 10, ({ row }) => row.owner),
    column('queue', 10, ({ row }) => row.queue),
    column('pool', 20, ({ row }) => row.pool),
    column('worker', 19, ({ row }) => row.leaseOwner),
    count('priority', ({ row }) => row.priority),
    count('attempt', ({ row }) => row.attempt),
    count('epoch', ({ row }) => row.epoch),
    count('interruptions', ({ row }) => row.tally.interruptions),
    column('code', 12, ({ reason }) => reason.code),
    right('saved', 6, ({ savedMs }) => format.age(savedMs)),
    right('size', 8, ({ row }) =>
      row.checkpoint === undefined ? format.NONE : format.bytes(row.checkpoint.sizeBytes),
    ),
    right('stop', 7, ({ row }) => stopped(row.checkpoint?.stopMs)),
    column('driver', 6, ({ row }) => row.checkpoint?.driver ?? row.saving?.driver ?? ''),
    column('deadline', 9, ({ row }) => (row.deadlineAt === 0 ? '' : format.clockMinute(row.deadlineAt))),
  ];
}

/** "40ms", "2.5s": for most programs it is far below a second. */
function stopped(ms: DurationMs | undefined): string {
  if (ms === undefined) return format.NONE;
  return ms < SECOND_MS ? `${Math.round(ms)}ms` : `${(ms / SECOND_MS).toFixed(1)}s`;
}
