import type { Snapshot } from '../../engine/model/snapshot.ts';
import { type Check, checksOf } from '../../engine/select/doctor.ts';
import { paintItems } from '../components/flow.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { type Painted, span } from '../line.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import type { UiState } from '../state.ts';
import { drawTable, type TableSpec, tableParts } from '../table-screen.ts';
import type { Glyphs, Tone } from '../theme.ts';

const HEAD_ROWS = 1;

const LOOKS: Readonly<Record<Check['state'], { readonly glyph: keyof Pick<Glyphs, 'done' | 'failed' | 'leaving' | 'waiting'>; readonly word: string; readonly tone: Tone }>> = {
  ok: { glyph: 'done', word: 'well', tone: 'plain' },
  attention: { glyph: 'leaving', word: 'look', tone: 'attention' },
  broken: { glyph: 'failed', word: 'broken', tone: 'broken' },
  unknown: { glyph: 'waiting', word: 'unknown', tone: 'dim' },
}; // prettier-ignore

function checks(snapshot: Snapshot, ui: UiState): readonly Check[] {
  const own = ui.programFacts.map(([name, note]): Check => ({ id: `console:${name}`, area: 'console', name, state: 'ok', ageMs: undefined, note })); // prettier-ignore
  return [...checksOf(snapshot, ui.frozen?.now ?? Math.max(ui.now, snapshot.at)), ...own];
}

const CHECK_TABLE: TableSpec<Check> = {
  screen: 'doctor',
  rows: checks,
  idOf: ({ id }) => id,
  line: (row) => row,
  columns: checkColumns,
  values: {
    state: ({ state }) => LOOKS[state].word,
    area: ({ area }) => area,
    name: ({ name }) => name,
    age: ({ ageMs }) => ageMs,
    note: ({ note }) => note,
  },
  searched: ['state', 'area', 'name', 'note'],
  isFault: ({ state }) => state === 'attention' || state === 'broken',
  dropOrder: ['area', 'age'],
  lastMin: 30,
};

function checkColumns({ theme }: Frame): readonly Column<Check>[] {
  return [
    { id: 'state', title: 'state', width: 9, text: ({ state }) => `${theme.glyphs[LOOKS[state].glyph]} ${LOOKS[state].word}`, tone: ({ state }) => LOOKS[state].tone },
    { id: 'area', title: 'of', width: 8, text: ({ area }) => area },
    { id: 'name', title: 'what', width: 17, text: ({ name }) => name },
    { id: 'age', title: 'heard', width: 5, align: 'right', text: ({ ageMs }) => (ageMs === undefined ? '' : format.age(ageMs)) },
    { id: 'note', title: '', width: 1, text: ({ note }) => note, tone: ({ state }) => LOOKS[state].tone },
  ]; // prettier-ignore
}

/** All that this console can check by itself; `f`aults are what is filtered by `state:look`. */
function drawDoctor(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, theme, width, ui } = frame;
  const all = checks(snapshot, ui);
  const countOf = (state: Check['state']): number => all.filter((check) => check.state === state).length;
  const items = [
    [span(`${countOf('ok')} well`)],
    countOf('attention') === 0 ? [] : [span(`${countOf('attention')} to look at`, 'attention')],
    countOf('broken') === 0 ? [] : [span(`${countOf('broken')} broken`, 'broken')],
    countOf('unknown') === 0 ? [] : [span(`${countOf('unknown')} unknown`, 'dim')],
  ];
  const empty = 'nothing matches the filter; esc clears it';
  return [
    paintItems(theme, width, { label: 'Doctor', items }),
    ...drawTable(CHECK_TABLE, frame, { height: height - HEAD_ROWS, empty }),
  ];
}

function checkWhy({ snapshot, ui }: Frame, id: string): readonly string[] {
  const check = checks(snapshot, ui).find((one) => one.id === id);
  return check === undefined ? [] : [`${check.area} ${check.name}`, `${LOOKS[check.state].word}: ${check.note || 'it answers in time'}`]; // prettier-ignore
}

export const DOCTOR: ScreenSpec = {
  ...tableParts(CHECK_TABLE),
  pageRows: (_, bodyRows) => Math.max(1, bodyRows - HEAD_ROWS - 1),
  headRows: () => HEAD_ROWS + 1,
  draw: drawDoctor,
  why: checkWhy,
  hasMarks: false,
};
