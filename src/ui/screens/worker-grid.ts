import type { WorkerRow } from '../../engine/model/worker.ts';
import { cellKind } from '../../engine/select/fleet.ts';
import { workerLine } from '../../engine/select/workers.ts';
import { CELL_WORDS, cellLegend, cellSpans } from '../components/gauge.ts';
import * as format from '../format.ts';
import { type Frame, layoutOf } from '../frame.ts';
import { BLANK, cell, type Painted, paintLine, type Span, span } from '../line.ts';
import { cursorStep } from '../cursor-step.ts';
import type { KeyId } from '../keymap.ts';
import { current, scrollTop } from '../list.ts';
import { shownWorkers, workerList } from './worker-table.ts';

/** One row of the grid: workers `start` to `end` of the list, all of one pool. */
export interface GridRow {
  readonly pool: string;
  readonly start: number;
  readonly end: number;
  /** Workers of the whole pool, on its first row; 0 on the others. */
  readonly poolSize: number;
}

/** Pool and count, before the cells. */
const LABEL_COLUMNS = 26;

export function cellsPerRow(width: number): number {
  return Math.max(8, width - LABEL_COLUMNS - 2);
}

/** The list of workers, which is in order of pools, broken into rows. */
export function gridRows(workers: readonly WorkerRow[], width: number): readonly GridRow[] {
  const perRow = cellsPerRow(width);
  const rows: GridRow[] = [];
  let start = 0;
  while (start < workers.length) {
    const pool = workers[start]?.pool ?? '';
    let end = start;
    while (end < workers.length && workers[end]?.pool === pool) end++;
    for (let at = start; at < end; at += perRow) {
      rows.push({ pool, start: at, end: Math.min(end, at + perRow), poolSize: at === start ? end - start : 0 });
    }
    start = end;
  }
  return rows;
}

/** The index one row up or down, as straight as the rows allow. */
export function gridStep(rows: readonly GridRow[], index: number, step: number): number {
  const at = rows.findIndex((row) => index >= row.start && index < row.end);
  const from = rows[at];
  const to = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (from === undefined || to === undefined) return index;
  return Math.min(to.end - 1, to.start + index - from.start);
}

/** Where a key leads in the grid; undefined where it does not move the cursor. */
export function gridTarget(
  frame: Frame,
  id: KeyId,
  { index, page }: { readonly index: number; readonly page: number },
): number | undefined {
  const workers = shownWorkers(frame.snapshot, frame.ui);
  if (id === 'left') return index - 1;
  if (id === 'right') return index + 1;
  if (id === 'top') return 0;
  if (id === 'bottom') return workers.length - 1;
  const rows = gridRows(workers, layoutOf(frame.ui).listColumns || frame.width);
  const steps = cursorStep(id, { index: 0, length: 0, page });
  return steps === undefined ? undefined : gridStep(rows, index, steps);
}

/** Rows under the cells: a blank one, the worker under the cursor, the legend. */
const FOOT_ROWS = 3;

export function drawGrid(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, ui, theme, width } = frame;
  const workers = shownWorkers(snapshot, ui);
  const { index, id } = current(workerList(snapshot, ui), ui.cursors.workers);
  const rows = gridRows(workers, width);
  const rowOfCursor = Math.max(
    0,
    rows.findIndex((row) => index >= row.start && index < row.end),
  );
  const room = Math.max(1, height - FOOT_ROWS);
  const top = scrollTop(0, rowOfCursor, { rows: room, length: rows.length });
  const region = snapshot.deployment?.region ?? '';
  const lines = rows.slice(top, top + room).map((row) => {
    const kinds = workers.slice(row.start, row.end).map((worker) => cellKind(worker, snapshot) ?? 'lost');
    const label = row.poolSize === 0 ? ['', ''] : [format.shortPool(row.pool, region), format.grouped(row.poolSize)];
    return paintLine(theme, width, [
      span(` ${cell(label[0] ?? '', LABEL_COLUMNS - 8)} ${cell(label[1] ?? '', 5, 'right')}  `),
      ...cellSpans(theme, kinds, index >= row.start && index < row.end ? index - row.start : -1),
    ]);
  });
  const selected = snapshot.workers.get(id);
  return [
    ...lines,
    BLANK,
    selected === undefined ? BLANK : paintLine(theme, width, workerSentence(frame, selected)),
    paintLine(theme, width, [span(' '.repeat(LABEL_COLUMNS)), ...cellLegend(theme)]),
  ];
}

function workerSentence({ snapshot, theme, now }: Frame, worker: WorkerRow): readonly Span[] {
  const line = workerLine(snapshot, worker, now);
  const parts = [
    CELL_WORDS[line.kind],
    line.jobNames.length === 0 ? '' : `runs ${line.jobNames.join(', ')}`,
    line.silentMs === undefined ? 'no ping yet' : `ping ${format.age(line.silentMs)} ago`,
    line.takenInMs === undefined ? '' : `taken in ${format.duration(line.takenInMs)}`,
    line.rebalanceAt === undefined ? '' : 'EC2 recommends to leave it',
    worker.bidUsdPerHour === 0 ? 'on-demand' : `bid ${format.price(worker.bidUsdPerHour)}`,
    `up ${format.duration(line.sinceMs)}`,
    worker.detail,
  ].filter((part) => part !== '');
  return [
    span(` ${theme.glyphs.cursor} `),
    span(worker.id, 'strong'),
    span(`  ${parts.join(` ${theme.glyphs.dot} `)}`),
  ];
}
