import { JOB_STATES, type JobState } from '../../engine/model/job.ts';
import type { Snapshot } from '../../engine/model/snapshot.ts';
import { type JobLine, jobLines } from '../../engine/select/jobs.ts';
import { jobFinder } from '../../engine/select/job-finder.ts';
import { JobOrder } from '../../engine/select/job-order.ts';
import {
  DEFAULT_JOB_SORT,
  firstUnfinished,
  isPlain,
  JOB_SORTS,
  type JobQuery,
  type JobSort,
  type JobView,
  orderJobs,
  parseJobFilter,
  viewJobs,
} from '../../engine/select/jobs-view.ts';
import { JOB_COLUMNS, JOB_NUMBERS } from '../../engine/select/job-values.ts';
import { bar } from '../components/gauge.ts';
import { type Column, fitColumns, paintHead, paintRow, type TableShape } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { highlightOf } from '../highlight.ts';
import { JOB_LOOKS, jobState } from '../job-words.ts';
import { cutSpans, type Painted, paintEnds, paintLine, type Span, span, spansWidth } from '../line.ts';
import { type List, viewport } from '../list.ts';
import { markedWords } from '../marked-words.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import type { UiState } from '../state.ts';
import type { Theme } from '../theme.ts';
import { type Cells, withParts } from '../cells.ts';
import { columnsInOrder, isNewSince } from '../table-screen.ts';
import { drawJobDetail } from './job-detail.ts';
import { extraColumns } from './job-extra-columns.ts';
import { jobLinks, jobWhy } from './job-why.ts';

/** Rows above the list: the counts and the column titles. */
const HEAD_ROWS = 2;

export function jobQuery(ui: UiState): JobQuery {
  const { order } = ui.tables.jobs;
  return {
    filter: ui.filters.jobs,
    order: order instanceof JobOrder ? order : undefined,
    faultsOnly: ui.faultsOnly.jobs,
  };
}

/** The jobs that the screen shows. */
export function jobView({ jobs, live, at }: Snapshot, ui: UiState): JobView {
  return viewJobs({ jobs, live, now: Math.max(ui.frozen?.now ?? ui.now, at) }, jobQuery(ui));
}

export function jobList(snapshot: Snapshot, ui: UiState): List {
  const query = jobQuery(ui);
  const view = jobView(snapshot, ui);
  const start = isPlain(query) ? Math.max(0, Math.min(firstUnfinished(snapshot), view.length - 1)) : 0;
  return { length: view.length, idAt: (index) => view.at(index).id, indexOf: (id) => view.indexOf(id), start };
}

export const JOBS: ScreenSpec = {
  list: jobList,
  pageRows: (_, bodyRows) => jobListRows(bodyRows),
  headRows: () => HEAD_ROWS,
  draw: drawJobs,
  detail: drawJobDetail,
  columns: ({ theme, width }) => jobTable(theme, width).columns,
  links: ({ snapshot }, id) => jobLinks(snapshot, id),
  why: jobWhy,
  describe: ({ snapshot }, id) => withParts(snapshot.jobs.get(id), { heartbeat: snapshot.live[id] }),
  cells: jobCells,
  hasMarks: true,
  hasFaults: true,
  tellsFilter: true,
  filter: { columns: JOB_COLUMNS, parse: parseJobFilter, isNumber: (column) => Object.hasOwn(JOB_NUMBERS, column) },
  finder: (snapshot, ui, text) => {
    const view = jobView(snapshot, ui);
    const has = jobFinder(snapshot, text);
    return (index) => has(view.positionAt(index));
  },
  sorts: JOB_SORTS,
  orderBy: ({ snapshot: { jobs, at } }, sort) => orderJobs(jobs, sort as JobSort, at),
};

/** How many rows of the list fit: what a page key moves by. */
export function jobListRows(bodyRows: number): number {
  return Math.max(1, bodyRows - HEAD_ROWS);
}

/** Counts first, then a window of rows; only that window is ever looked at. */
function drawJobs(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, ui, theme, width, now } = frame;
  const view = jobView(snapshot, ui);
  const rows = jobListRows(height);
  const { id, top } = viewport(jobList(snapshot, ui), ui.cursors.jobs, rows);
  const table = jobTable(theme, width);
  const columns = fitColumns({ ...table, columns: columnsInOrder(table.columns, ui.tables.jobs.columns) }, width);
  const lines = jobLines(snapshot, view, { top, count: rows, now });
  const highlight = highlightOf(ui, parseJobFilter(ui.filters.jobs));
  const body =
    lines.length === 0
      ? [paintLine(theme, width, [span(`   ${emptyWord(frame, view)}`, 'dim')])]
      : lines.map((row) =>
          paintRow(
            theme,
            { width, columns, highlight },
            {
              row,
              isSelected: row.id === id,
              isMarked: ui.marks.has(row.id),
              isNew: isNewSince(ui, 'jobs', row.row.changedAt),
            },
          ),
        );
  return [drawCounts(frame, view), paintHead(theme, width, { columns, sort: ui.tables.jobs.sort }), ...body];
}

function jobCells(frame: Frame): Cells {
  const { snapshot, ui, theme, width, now } = frame;
  const columns = columnsInOrder(jobTable(theme, width).columns, ui.tables.jobs.columns);
  const view = jobView(snapshot, ui);
  return {
    titles: columns.map(({ title }) => title),
    length: view.length,
    idAt: (index) => view.at(index).id,
    rows: (from, count) =>
      jobLines(snapshot, view, { top: from, count, now }).map((line) => columns.map(({ text }) => text(line))),
  };
}

function emptyWord({ snapshot, ui }: Frame, { isPartial }: JobView): string {
  if (isPartial) return 'searching';
  if (snapshot.jobs.length > 0) return ui.faultsOnly.jobs ? 'no faults' : 'no job matches the filter; esc clears it';
  return snapshot.deployment === undefined ? 'not connected yet' : 'no jobs yet: cbas submit job.json';
}

const COUNTED: readonly JobState[] = [
  'RUNNING',
  'STARTING',
  'INTERRUPTING',
  'RUNNABLE',
  'BLOCKED',
  'HELD',
  'FAILED',
  'KILLED',
  'SUCCEEDED',
];
const ALWAYS_COUNTED: ReadonlySet<JobState> = new Set(['RUNNING', 'RUNNABLE', 'SUCCEEDED']);

function drawCounts(frame: Frame, { length: shown, isPartial }: JobView): Painted {
  const { snapshot, ui, theme, width } = frame;
  const marked = markedWords(ui, jobList(snapshot, ui));
  // What an act is for must be seen, whatever has to give way for it.
  const left: Span[] = marked === '' ? [] : [span(` ${marked} `, 'strong')];
  for (const state of COUNTED) {
    const count = snapshot.jobCounts[state];
    if (count === 0 && !ALWAYS_COUNTED.has(state)) continue;
    const look = JOB_LOOKS[state];
    const tone = count > 0 && look.tone !== 'dim' ? look.tone : 'plain';
    left.push(span(left.length === 0 ? ' ' : '  '), span(`${look.word} ${format.grouped(count)}`, tone));
    const more = count - (ui.looked.jobs?.jobs[state] ?? count);
    if (more > 0) left.push(span(` (+${format.grouped(more)})`, tone));
  }
  const filters = [ui.faultsOnly.jobs ? 'faults' : '', ui.filters.jobs].filter((part) => part !== '').join(' ');
  const sort = ui.tables.jobs.sort ?? DEFAULT_JOB_SORT;
  const arrow = sort.direction === 'up' ? theme.glyphs.down : theme.glyphs.up;
  const total = JOB_STATES.reduce((sum, state) => sum + snapshot.jobCounts[state], 0);
  const more = isPartial ? theme.glyphs.ellipsis : '';
  const found = filters === '' ? '' : ` (${format.grouped(shown)}${more} of ${format.grouped(total)})`;
  const right = [
    span('filter: ', 'dim'),
    span(filters === '' ? 'none' : `${filters}${found}`, filters === '' ? 'dim' : 'strong'),
    span(`  sort: ${sort.column} ${arrow}${filters === '' ? more : ''} `, 'dim'),
  ];
  // What is left out of the list is told whatever the width: the counts give way.
  const fits = spansWidth(left) + spansWidth(right) < width;
  if (fits || filters === '') return paintEnds(theme, width, { left, right });
  const told = right.slice(0, -1);
  return paintEnds(theme, width, { left: cutSpans(left, Math.max(0, width - spansWidth(told) - 2), theme.glyphs.ellipsis), right: [...told, span(' ')] }); // prettier-ignore
}

const BAR_COLUMNS = 8;

function jobTable(theme: Theme, width: number): TableShape<JobLine> {
  const isWide = width >= 150;
  return {
    columns: jobColumns(theme, isWide),
    dropOrder: ['job', 'cost', 'doneBy', 'bar', 'age', 'risk', 'progress'],
    lastMin: 28,
  };
}

function jobColumns(theme: Theme, isWide: boolean): readonly Column<JobLine>[] {
  const { glyphs } = theme;
  return [
    {
      id: 'state',
      title: 'state',
      width: 10,
      text: ({ row }) => jobState(glyphs, row.state),
      tone: ({ row }) => JOB_LOOKS[row.state].tone,
    },
    { id: 'name', title: 'name', width: isWide ? 24 : 12, text: ({ row }) => row.name },
    { id: 'job', title: 'job', width: 7, text: ({ id }) => format.shortJobId(id, glyphs.ellipsis) },
    { id: 'age', title: 'age', width: 4, align: 'right', text: ({ ageMs }) => format.age(ageMs) },
    {
      id: 'bar',
      title: 'progress',
      width: BAR_COLUMNS,
      text: ({ progressPct }) => bar(glyphs, BAR_COLUMNS, progressPct),
    },
    {
      id: 'progress',
      title: '%',
      width: 4,
      align: 'right',
      text: ({ progressPct }) => (progressPct === undefined ? '' : format.percent(progressPct)),
    },
    { id: 'risk', title: 'at risk', width: 7, align: 'right', text: ({ atRiskMs }) => format.duration(atRiskMs) },
    {
      id: 'cost',
      title: 'cost',
      width: 8,
      align: 'right',
      text: ({ costUsd, row }) => (row.startedAt === 0 ? format.NONE : format.money(costUsd)),
    },
    {
      id: 'doneBy',
      title: 'done by',
      width: 7,
      align: 'right',
      text: ({ doneBy }) => (doneBy === undefined ? '' : format.clockMinute(doneBy)),
    },
    ...extraColumns(),
    {
      id: 'why',
      title: 'why',
      width: 1,
      text: ({ why }) => why,
      tone: ({ row }) => (row.state === 'FAILED' ? 'broken' : 'plain'),
    },
  ];
}
