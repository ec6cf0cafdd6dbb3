import { type ActLine, actLines } from '../../engine/select/acts.ts';
import { paintFields } from '../components/fields.ts';
import { paintItems } from '../components/flow.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintLine, span } from '../line.ts';
import type { Link, ScreenSpec } from '../screen-spec.ts';
import { drawTable, type TableSpec, tableParts } from '../table-screen.ts';
import type { Glyphs, Tone } from '../theme.ts';

const HEAD_ROWS = 1;

const LOOKS: Readonly<Record<ActLine['state'], { readonly glyph: keyof Pick<Glyphs, 'done' | 'failed' | 'starting' | 'held'>; readonly tone: Tone }>> = {
  open: { glyph: 'starting', tone: 'plain' },
  done: { glyph: 'done', tone: 'plain' },
  failed: { glyph: 'failed', tone: 'broken' },
  refused: { glyph: 'held', tone: 'attention' },
}; // prettier-ignore

const AUDIT_TABLE: TableSpec<ActLine> = {
  screen: 'audit',
  rows: actLines,
  idOf: ({ id }) => id,
  line: (row) => row,
  columns: auditColumns,
  values: {
    state: ({ state }) => state,
    age: ({ at }) => at,
    who: ({ who }) => who,
    from: ({ from }) => from,
    what: ({ what }) => what,
    outcome: ({ outcome }) => outcome,
    about: ({ about }) => about,
  },
  searched: ['state', 'who', 'from', 'what', 'outcome', 'about'],
  isFault: ({ state }) => state === 'failed' || state === 'refused',
  dropOrder: ['from', 'outcome'],
  lastMin: 24,
  changedAt: ({ at }) => at,
};

function auditColumns({ theme, now, width }: Frame): readonly Column<ActLine>[] {
  return [
    { id: 'state', title: 'state', width: 9, text: ({ state }) => `${theme.glyphs[LOOKS[state].glyph]} ${state}`, tone: ({ state }) => LOOKS[state].tone },
    { id: 'age', title: 'age', width: 4, align: 'right', text: ({ at }) => format.age(now - at) },
    { id: 'who', title: 'who', width: 12, text: ({ who }) => who || format.NONE },
    { id: 'from', title: 'from', width: 16, text: ({ from }) => from },
    { id: 'outcome', title: 'outcome', width: width >= 150 ? 50 : 24, text: ({ outcome }) => outcome, tone: ({ state }) => LOOKS[state].tone },
    { id: 'what', title: 'what', width: 1, text: ({ what }) => what },
  ]; // prettier-ignore
}

/** Who did what, from where, and what came of it: the newest first. */
function drawAudit(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, theme, width, ui } = frame;
  const acts = actLines(snapshot);
  const countOf = (state: ActLine['state']): number => acts.filter((act) => act.state === state).length;
  const items = [
    [span(`${format.grouped(acts.length)} ${acts.length === 1 ? 'act' : 'acts'}`)],
    countOf('open') === 0 ? [] : [span(`${countOf('open')} under way`)],
    countOf('failed') === 0 ? [] : [span(`${countOf('failed')} failed`, 'broken')],
    countOf('refused') === 0 ? [] : [span(`${countOf('refused')} refused`, 'attention')],
  ];
  const empty = ui.filters.audit === '' ? 'nobody has done anything yet' : 'no act matches the filter; esc clears it';
  return [
    paintItems(theme, width, { label: 'Audit', items }),
    ...drawTable(AUDIT_TABLE, frame, { height: height - HEAD_ROWS, empty }),
  ];
}

function drawAct(frame: Frame, id: string, height: number): readonly Painted[] {
  const { snapshot, theme, width, now } = frame;
  const act = actLines(snapshot).find((one) => one.id === id);
  if (act === undefined) return [paintLine(theme, width, [span(' no act under the cursor', 'dim')])];
  const { state, what, who, from, at, outcome, about } = act;
  const { glyph, tone } = LOOKS[state];
  return [
    paintLine(theme, width, [span(` ${what}`, 'strong'), span(`  ${theme.glyphs[glyph]} ${state}`, tone)]),
    BLANK,
    ...paintFields(theme, width, [
      { label: 'who', text: who || 'not known' },
      { label: 'from', text: from || 'not known' },
      { label: 'when', text: `${format.duration(now - at)} ago, at ${format.clock(at)} UTC` },
      { label: 'outcome', text: outcome || format.NONE, tone },
      { label: 'about', text: about || format.NONE },
      { label: 'id', text: id },
    ]),
  ].slice(0, height);
}

function actLinks({ snapshot }: Frame, id: string): readonly Link[] {
  const about = actLines(snapshot).find((one) => one.id === id)?.about ?? '';
  if (snapshot.workers.get(about) !== undefined) return [{ screen: 'workers', id: about, label: 'the worker' }];
  if (snapshot.jobs.get(about) !== undefined) return [{ screen: 'jobs', id: about, label: 'the job' }];
  return snapshot.markets[about] === undefined ? [] : [{ screen: 'capacity', id: about, label: 'the pool' }];
}

function actWhy({ snapshot }: Frame, id: string): readonly string[] {
  const act = actLines(snapshot).find((one) => one.id === id);
  if (act === undefined) return [];
  const asked = `${act.who || 'somebody'} asked for it${act.from === '' ? '' : ` from ${act.from}`}`;
  return [act.what, asked, ...(act.outcome === '' ? [] : [`${act.state}: ${act.outcome}`])];
}

export const AUDIT: ScreenSpec = {
  ...tableParts(AUDIT_TABLE),
  pageRows: (_, bodyRows) => Math.max(1, bodyRows - HEAD_ROWS - 1),
  headRows: () => HEAD_ROWS + 1,
  draw: drawAudit,
  detail: drawAct,
  links: actLinks,
  why: actWhy,
  hasMarks: false,
};
