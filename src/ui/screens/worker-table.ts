import type { Snapshot } from '../../engine/model/snapshot.ts';
import type { WorkerRow } from '../../engine/model/worker.ts';
import { cellKind } from '../../engine/select/fleet.ts';
import { type WorkerLine, workerLine, workersInOrder } from '../../engine/select/workers.ts';
import { CELL_WORDS, cellTone } from '../components/gauge.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import type { List } from '../list.ts';
import { NO_CHOICE, type UiState } from '../state.ts';
import { shownRows, tableList, type TableSpec } from '../table-screen.ts';
import type { Tone } from '../theme.ts';

/** Workers that match the filter, in the order of the pane: a grid is always in order of pools. */
export function shownWorkers(snapshot: Snapshot, ui: UiState): readonly WorkerRow[] {
  return shownRows(WORKER_TABLE, snapshot, inOrder(ui));
}

export function workerList(snapshot: Snapshot, ui: UiState): List {
  return tableList(WORKER_TABLE, snapshot, inOrder(ui));
}

function inOrder(ui: UiState): UiState {
  return ui.workersPane === 'table' ? ui : { ...ui, tables: { ...ui.tables, workers: NO_CHOICE } };
}

const pingOf = (row: WorkerRow, snapshot: Snapshot): number | undefined =>
  workerLine(snapshot, row, snapshot.at).silentMs;

export const WORKER_TABLE: TableSpec<WorkerRow, WorkerLine> = {
  screen: 'workers',
  rows: workersInOrder,
  idOf: ({ id }) => id,
  line: (row, { snapshot, now }) => workerLine(snapshot, row, now),
  columns: workerColumns,
  values: {
    state: (row, snapshot) => cellKind(row, snapshot) ?? 'lost',
    worker: ({ id }) => id,
    pool: ({ pool }) => pool,
    jobs: ({ jobs }, snapshot) => jobs.map((id) => snapshot.jobs.get(id)?.name ?? id).join(' '),
    ping: pingOf,
    notice: (row, snapshot) => workerLine(snapshot, row, snapshot.at).takenInMs,
    bid: ({ bidUsdPerHour }) => bidUsdPerHour,
    age: (row, snapshot) => workerLine(snapshot, row, snapshot.at).sinceMs,
    detail: ({ detail }) => detail,
    slots: ({ slots }) => slots,
  },
  isFault: isFaultyWorker,
  searched: ['worker', 'pool', 'state', 'jobs', 'detail'],
  dropOrder: ['bid', 'age', 'pool', 'notice', 'jobs'],
  lastMin: 24,
  changedAt: ({ changedAt }) => changedAt,
};

/** It is leaving or lost, EC2 warned of it, or nothing has been heard of it for long. */
function isFaultyWorker(row: WorkerRow, snapshot: Snapshot): boolean {
  const line = workerLine(snapshot, row, snapshot.at);
  const isOdd = line.kind === 'leaving' || line.kind === 'lost' || (line.isSilent && line.kind !== 'booting');
  return isOdd || line.notice !== undefined || line.rebalanceAt !== undefined;
}

/** A notice counts down to the taking; afterwards it says so. Before it, EC2 may have warned. */
export function noticeText({ takenInMs, rebalanceAt }: WorkerLine): string {
  if (takenInMs === undefined) return rebalanceAt === undefined ? '' : 'at risk';
  return takenInMs > 0 ? `in ${format.duration(takenInMs)}` : 'taken';
}

/** What somebody asked of it comes first: whoever acts on the row as well must see it. */
export function whyText({ row, pending }: Pick<WorkerLine, 'row' | 'pending'>): string {
  return [pending, row.detail].filter(Boolean).join('; ');
}

export function pingTone(line: WorkerLine): Tone {
  return line.isSilent && line.kind !== 'booting' ? 'attention' : 'plain';
}

function workerColumns({ theme, snapshot, width }: Frame): readonly Column<WorkerLine>[] {
  const { glyphs } = theme;
  const region = snapshot.deployment?.region ?? '';
  const idColumns = width >= 100 ? 19 : 11;
  return [
    {
      id: 'state',
      title: 'state',
      width: 9,
      text: ({ kind }) => `${glyphs[kind]} ${CELL_WORDS[kind]}`,
      tone: ({ kind }) => cellTone(kind),
    },
    {
      id: 'worker',
      title: 'worker',
      width: idColumns,
      text: ({ id }) => format.shortId(id, idColumns, glyphs.ellipsis),
    },
    { id: 'pool', title: 'pool', width: 14, text: ({ row }) => format.shortPool(row.pool, region) },
    { id: 'jobs', title: 'jobs', width: 12, text: ({ jobNames }) => jobNames.join(' ') },
    {
      id: 'ping',
      title: 'ping',
      width: 4,
      align: 'right',
      text: ({ silentMs }) => format.age(silentMs),
      tone: pingTone,
    },
    { id: 'notice', title: 'taken', width: 8, align: 'right', text: noticeText, tone: () => 'attention' },
    {
      id: 'bid',
      title: 'bid',
      width: 9,
      align: 'right',
      text: ({ row }) => (row.bidUsdPerHour === 0 ? 'on-demand' : format.price(row.bidUsdPerHour)),
    },
    { id: 'age', title: 'age', width: 4, align: 'right', text: ({ sinceMs }) => format.age(sinceMs) },
    {
      id: 'detail',
      title: 'why',
      width: 1,
      text: whyText,
      tone: ({ pending }) => (pending === '' ? 'plain' : 'attention'),
    },
  ];
}
