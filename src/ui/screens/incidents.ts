import type { Snapshot } from '../../engine/model/snapshot.ts';
import { type Incident, incidentsOf } from '../../engine/select/incidents.ts';
import { type Field, paintFields } from '../components/fields.ts';
import { paintItems } from '../components/flow.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintLine, span } from '../line.ts';
import type { Link, ScreenSpec } from '../screen-spec.ts';
import { drawTable, type TableSpec, tableParts } from '../table-screen.ts';
import type { Glyphs, Tone } from '../theme.ts';
import { jobState } from '../job-words.ts';

const HEAD_ROWS = 2;
/** Rows of what it touched that a detail lists; more are counted. */
const ABOUT_MAX = 12;

const WORDS: Readonly<Record<Incident['kind'], string>> = { needs: 'needs you', handled: 'handled', act: 'act', past: 'was loud' }; // prettier-ignore
const GLYPHS: Readonly<Record<Incident['kind'], keyof Pick<Glyphs, 'failed' | 'done' | 'dot' | 'waiting'>>> = { needs: 'failed', handled: 'done', act: 'dot', past: 'waiting' }; // prettier-ignore

const known = new WeakMap<Snapshot, readonly Incident[]>();
function incidentsNow(snapshot: Snapshot): readonly Incident[] {
  let lines = known.get(snapshot);
  if (lines === undefined) known.set(snapshot, (lines = incidentsOf(snapshot, snapshot.at)));
  return lines;
}

const INCIDENT_TABLE: TableSpec<Incident> = {
  screen: 'incidents',
  rows: incidentsNow,
  idOf: ({ id }) => id,
  line: (row) => row,
  columns: incidentColumns,
  values: {
    state: ({ kind }) => WORDS[kind],
    age: ({ at }) => (at === 0 ? undefined : at),
    count: ({ count }) => count,
    lost: ({ lostMs }) => lostMs,
    key: ({ key }) => key,
    what: ({ sentence }) => sentence,
    about: ({ about }) => about.join(' '),
  },
  searched: ['state', 'what', 'about'],
  isFault: ({ kind }) => kind === 'needs',
  dropOrder: ['lost', 'count', 'key'],
  lastMin: 34,
  changedAt: ({ at }) => at,
};

function incidentColumns({ theme, now, ui, keymap, snapshot }: Frame): readonly Column<Incident>[] {
  const region = snapshot.deployment?.region ?? '';
  const isKnown = ({ id }: Incident): boolean => ui.acknowledged.has(id);
  const tone = (incident: Incident): Tone => (isKnown(incident) ? 'dim' : incident.level);
  return [
    {
      id: 'state',
      title: 'state',
      width: 11,
      text: (one) => (isKnown(one) ? `${theme.glyphs.held} known` : `${theme.glyphs[GLYPHS[one.kind]]} ${WORDS[one.kind]}`),
      tone,
    },
    { id: 'age', title: 'age', width: 4, align: 'right', text: ({ at }) => (at === 0 ? format.NONE : format.age(now - at)) },
    { id: 'count', title: 'rows', width: 5, align: 'right', text: ({ count }) => (count <= 1 ? '' : format.grouped(count)) },
    { id: 'lost', title: 'lost', width: 6, align: 'right', text: ({ lostMs }) => (lostMs < 1_000 ? '' : format.duration(lostMs)) },
    { id: 'key', title: 'press', width: 11, text: ({ key }) => keyText(key, keymap.shown) },
    { id: 'what', title: 'what', width: 1, text: ({ sentence }) => format.shortPools(sentence, region), tone },
  ]; // prettier-ignore
}

/** "R retry" with the key in force. */
function keyText(told: string, shown: (key: string) => string): string {
  const [key = '', ...words] = told.split(' ');
  return key === '' ? '' : [shown(key), ...words].join(' ');
}

/** What needs somebody first, and how many; what handled itself is told quietly below it. */
function drawIncidents(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, theme, width, ui } = frame;
  const all = incidentsNow(snapshot);
  const countOf = (kind: Incident['kind']): number => all.filter((one) => one.kind === kind && !(kind === 'needs' && ui.acknowledged.has(one.id))).length; // prettier-ignore
  const needs = countOf('needs');
  const items = [
    needs === 0 ? [span('nothing needs you')] : [span(`${needs} need${needs === 1 ? 's' : ''} you`, 'broken')],
    [span(`${countOf('handled')} handled without you`)],
    [span(`${countOf('act')} ${countOf('act') === 1 ? 'act' : 'acts'}`)],
    countOf('past') === 0 ? [] : [span(`${countOf('past')} loud before`)],
  ];
  const empty = ui.filters.incidents === '' ? 'nothing has happened since this console began' : 'nothing matches the filter; esc clears it'; // prettier-ignore
  return [
    paintItems(theme, width, { label: 'Incidents', items }),
    BLANK,
    ...drawTable(INCIDENT_TABLE, frame, { height: height - HEAD_ROWS, empty }),
  ];
}

/** All of one incident: when, what it was made of, what it touched, what that cost and lost. */
function drawIncident(frame: Frame, id: string, height: number): readonly Painted[] {
  const { snapshot, theme, width, now, ui } = frame;
  const incident = incidentsNow(snapshot).find((one) => one.id === id);
  if (incident === undefined) return [paintLine(theme, width, [span(' nothing under the cursor', 'dim')])];
  const { kind, sentence, since, at, count, lostMs, about, parts, key, level } = incident;
  const paid = about.reduce((sum, one) => sum + (snapshot.workers.get(one)?.paid?.usd ?? 0), 0);
  const began = since === 0 ? 'not known' : `${format.duration(now - since)} ago, at ${format.clock(since)}`;
  const fields: (Field | undefined)[] = [
    { label: 'what', text: sentence, tone: level },
    { label: 'began', text: began },
    ...(at > since && since > 0 ? [{ label: 'newest', text: `${format.duration(now - at)} ago` }] : []),
    ...(key === '' ? [] : [{ label: 'press', text: keyText(key, frame.keymap.shown), tone: 'strong' as const }]),
    ...(ui.acknowledged.has(id) ? [{ label: 'known', text: 'you acknowledged it; A takes that back' }] : []),
    { label: 'touched', text: count === 1 ? '1 row' : `${format.grouped(count)} rows` },
    { label: 'lost', text: lostMs < 1_000 ? 'no work that is known of' : `${format.duration(lostMs)} of work, to be done again` },
    ...(paid === 0 ? [] : [{ label: 'cost', text: `${format.money(paid)} for the workers that are gone` }]),
    ...(parts.length < 2 ? [] : [undefined, ...parts.map((part) => ({ label: format.clock(part.at), text: part.sentence }))]),
    ...(about.length === 0 ? [] : [undefined, ...aboutFields(frame, about)]),
  ]; // prettier-ignore
  return [
    paintLine(theme, width, [span(` ${theme.glyphs[GLYPHS[kind]]} ${WORDS[kind]}`, level)]),
    BLANK,
    ...paintFields(theme, width, fields),
  ].slice(0, height);
}

function aboutFields({ snapshot, theme }: Frame, about: readonly string[]): readonly Field[] {
  const told = about.slice(0, ABOUT_MAX).map((id, at): Field => {
    const worker = snapshot.workers.get(id);
    const job = snapshot.jobs.get(id);
    const text =
      worker !== undefined
        ? `${id}  ${worker.state.toLowerCase()}, ${worker.pool}`
        : job !== undefined
          ? `${job.name}  ${jobState(theme.glyphs, job.state)}`
          : id;
    return { label: at === 0 ? 'which' : '', text };
  });
  const more = about.length - told.length;
  return more > 0 ? [...told, { label: '', text: `and ${format.grouped(more)} more` }] : told;
}

function incidentLinks({ snapshot }: Frame, id: string): readonly Link[] {
  const { about = [], sentence = '' } = incidentsNow(snapshot).find((one) => one.id === id) ?? {};
  const job = about.find((one) => snapshot.jobs.get(one) !== undefined);
  const worker = about.find((one) => snapshot.workers.get(one) !== undefined);
  const pool = Object.keys(snapshot.markets).find((one) => sentence.includes(one));
  return [
    ...(job === undefined ? [] : [{ screen: 'jobs', id: job, label: 'the job' } as const]),
    ...(worker === undefined ? [] : [{ screen: 'workers', id: worker, label: 'the worker' } as const]),
    ...(pool === undefined ? [] : [{ screen: 'capacity', id: pool, label: 'the pool' } as const]),
  ];
}

function incidentWhy({ snapshot, now }: Frame, id: string): readonly string[] {
  const incident = incidentsNow(snapshot).find((one) => one.id === id);
  if (incident === undefined) return [];
  const { kind, sentence, lostMs, key, about } = incident;
  const subjects = new Set(about.map((one) => snapshot.jobs.get(one)?.pool).filter((pool) => pool !== undefined));
  const decided = Object.values(snapshot.decisions).filter(
    ({ about: one }) => about.includes(one) || subjects.has(one),
  );
  const does = {
    needs: key === '' ? 'it does not get better by itself' : `it does not get better by itself: press ${key}`,
    handled: 'it was handled without anybody: work goes on from what was saved',
    act: 'somebody did this; Audit (9) has who and from where',
    past: 'it needed somebody, and is over, or is told by another line now',
  };
  return [
    sentence,
    does[kind],
    ...(lostMs === 0 ? [] : [`${format.duration(lostMs)} of work had no checkpoint and is done again`]),
    ...decided.map(({ sentence: why, at }) => `${format.age(now - at)} ago: ${why}`),
  ];
}

export const INCIDENTS: ScreenSpec = {
  ...tableParts(INCIDENT_TABLE),
  pageRows: (_, bodyRows) => Math.max(1, bodyRows - HEAD_ROWS - 1),
  headRows: () => HEAD_ROWS + 1,
  draw: drawIncidents,
  detail: drawIncident,
  links: incidentLinks,
  why: incidentWhy,
  describe: ({ snapshot }, id) => incidentsNow(snapshot).find((one) => one.id === id),
  hasMarks: false,
};
