import { countCells } from '../../engine/select/fleet.ts';
import { paintItems } from '../components/flow.ts';
import { CELL_WORDS } from '../components/gauge.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, span } from '../line.ts';
import { markedWords } from '../marked-words.ts';
import { withParts } from '../cells.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import { drawTable, tableParts } from '../table-screen.ts';
import type { Tone } from '../theme.ts';
import { drawWorkerDetail } from './worker-detail.ts';
import { workerLinks, workerWhy } from './worker-why.ts';
import { drawGrid, gridTarget } from './worker-grid.ts';
import { shownWorkers, WORKER_TABLE, workerList } from './worker-table.ts';

const HEAD_ROWS = 2;

function drawWorkers(frame: Frame, height: number): readonly Painted[] {
  const counts = drawCounts(frame);
  if (frame.ui.workersPane === 'grid' && shownWorkers(frame.snapshot, frame.ui).length > 0)
    return [counts, ...drawGrid(frame, height - 1)];
  return [counts, ...drawTable(WORKER_TABLE, frame, { height: height - 1, empty: emptyWord(frame) })];
}

function isGrid({ ui }: Frame): boolean {
  return ui.workersPane === 'grid';
}

export const WORKERS: ScreenSpec = {
  ...tableParts(WORKER_TABLE),
  list: workerList,
  pageRows: (_, bodyRows) => Math.max(1, bodyRows - HEAD_ROWS),
  headRows: (ui) => (ui.workersPane === 'table' ? HEAD_ROWS : undefined),
  draw: drawWorkers,
  detail: drawWorkerDetail,
  links: ({ snapshot }, id) => workerLinks(snapshot, id),
  why: workerWhy,
  describe: ({ snapshot }, id) => withParts(snapshot.workers.get(id), { instance: snapshot.instances.get(id), notice: snapshot.notices[id], pingAt: snapshot.pingAt[id], rebalanceAt: snapshot.rebalanceAt[id] }), // prettier-ignore
  step: (frame, id, from) => (isGrid(frame) ? gridTarget(frame, id, from) : undefined),
  hasMarks: true,
  tellsFilter: true,
};

function emptyWord({ ui }: Frame): string {
  if (ui.filters.workers !== '') return 'no worker matches the filter; esc clears it';
  return ui.faultsOnly.workers ? 'no worker has a fault; esc shows all' : 'no workers: L launches some';
}

function drawCounts({ snapshot, ui, theme, width }: Frame): Painted {
  const counts = countCells(shownWorkers(snapshot, ui), snapshot);
  const item = (kind: keyof typeof counts, tone: Tone = 'plain') =>
    counts[kind] === 0 && kind !== 'busy' && kind !== 'idle'
      ? []
      : [span(`${CELL_WORDS[kind]} ${format.grouped(counts[kind])}`, counts[kind] > 0 ? tone : 'plain')];
  const filter = [ui.faultsOnly.workers ? 'faults' : '', ui.filters.workers].filter((part) => part !== '').join(' ');
  const items = [
    item('busy'),
    item('idle'),
    item('booting'),
    item('leaving', 'attention'),
    item('lost', 'broken'),
    [span(`${format.grouped(snapshot.settings.targetWorkers)} asked for`, 'dim')],
    ui.marks.size === 0 ? [] : [span(markedWords(ui, workerList(snapshot, ui)), 'strong')],
    filter === '' ? [] : [span('filter: ', 'dim'), span(filter, 'strong')],
  ];
  return paintItems(theme, width, { label: '', items, gap: '  ' });
}
