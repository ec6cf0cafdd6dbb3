import { Box } from 'ink';
import type { ReactNode } from 'react';
import { countCells } from '../../engine/select/fleet.ts';
import { type WorkerLine, workerLine } from '../../engine/select/workers.ts';
import { CELL_WORDS, cellTone } from '../components/gauge.ts';
import { paintItems } from '../components/flow.ts';
import { Rows } from '../components/rows.tsx';
import { type Column, fitColumns, paintHead, paintRow, type TableShape } from '../components/table.ts';
import * as format from '../format.ts';
import { type Frame, layoutOf } from '../frame.ts';
import { type Painted, paintLine, span } from '../line.ts';
import { listOf, shownWorkers, viewport } from '../list.ts';
import type { Tone } from '../theme.ts';
import { drawWorkerDetail } from './worker-detail.ts';
import { drawGrid } from './worker-grid.ts';

const HEAD_ROWS = 2;

export function WorkersScreen({ frame, height }: { readonly frame: Frame; readonly height: number }): ReactNode {
  const { listColumns, detailColumns } = layoutOf(frame.ui);
  return (
    <Box flexDirection="row">
      {listColumns > 0 && (
        <Box width={listColumns} flexShrink={0}>
          <Rows lines={drawWorkers({ ...frame, width: listColumns }, height)} height={height} />
        </Box>
      )}
      {detailColumns > 0 && (
        <Box width={detailColumns} flexShrink={0}>
          <Rows lines={drawWorkerDetail({ ...frame, width: detailColumns })} height={height} />
        </Box>
      )}
    </Box>
  );
}

export function workerListRows(bodyRows: number): number {
  return Math.max(1, bodyRows - HEAD_ROWS);
}

export function drawWorkers(frame: Frame, height: number): readonly Painted[] {
  const counts = drawCounts(frame);
  if (shownWorkers(frame.snapshot, frame.ui).length === 0)
    return [counts, paintLine(frame.theme, frame.width, [span(`   ${emptyWord(frame)}`, 'dim')])];
  return [counts, ...(frame.ui.workersPane === 'grid' ? drawGrid(frame, height - 1) : drawTable(frame, height - 1))];
}

function emptyWord({ ui }: Frame): string {
  return ui.filters.workers === '' ? 'no workers: L launches some' : 'no worker matches the filter; esc clears it';
}

function drawCounts({ snapshot, ui, theme, width }: Frame): Painted {
  const counts = countCells(shownWorkers(snapshot, ui), snapshot);
  const item = (kind: keyof typeof counts, tone: Tone = 'plain') =>
    counts[kind] === 0 && kind !== 'busy' && kind !== 'idle'
      ? []
      : [span(`${CELL_WORDS[kind]} ${format.grouped(counts[kind])}`, counts[kind] > 0 ? tone : 'plain')];
  const filter = ui.filters.workers;
  const items = [
    item('busy'),
    item('idle'),
    item('booting'),
    item('leaving', 'attention'),
    item('lost', 'broken'),
    [span(`${format.grouped(snapshot.settings.targetWorkers)} asked for`, 'dim')],
    ui.marks.size === 0 ? [] : [span(`${ui.marks.size} marked`, 'strong')],
    filter === '' ? [] : [span('filter: ', 'dim'), span(filter, 'strong')],
  ];
  return paintItems(theme, width, { label: '', items, gap: '  ' });
}

function drawTable(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, ui, theme, width, now } = frame;
  const workers = shownWorkers(snapshot, ui);
  const rows = Math.max(1, height - 1);
  const { id, top } = viewport(listOf('workers', snapshot, ui), ui.cursors.workers, rows);
  const columns = fitColumns(workerTable(frame), width);
  const lines = workers.slice(top, top + rows).map((worker) => {
    const row = workerLine(snapshot, worker, now);
    return paintRow(theme, { width, columns }, { row, isSelected: row.id === id, isMarked: ui.marks.has(row.id) });
  });
  return [paintHead(theme, width, columns), ...lines];
}

function workerTable(frame: Frame): TableShape<WorkerLine> {
  return { columns: workerColumns(frame), dropOrder: ['bid', 'age', 'pool', 'notice', 'jobs'], lastMin: 24 };
}

/** A notice counts down to the taking; afterwards it says so. Before it, EC2 may have warned. */
export function noticeText({ takenInMs, rebalanceAt }: WorkerLine): string {
  if (takenInMs === undefined) return rebalanceAt === undefined ? '' : 'at risk';
  return takenInMs > 0 ? `in ${format.duration(takenInMs)}` : 'taken';
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
    { id: 'detail', title: 'why', width: 1, text: ({ row }) => row.detail },
  ];
}
