import type { AuditState } from '../../engine/model/audit.ts';
import { type AuditLine, auditLines, whatCame, whereFrom, whoDid } from '../../engine/select/audit.ts';
import { deniedBy, deniedSentence } from '../../engine/select/denied.ts';
import { paintFields } from '../components/fields.ts';
import { paintItems } from '../components/flow.ts';
import { withParts } from '../cells.ts';
import type { Column } from '../components/table.ts';
import { HOUR_MS } from '../../engine/model/units.ts';
import { AUDIT_SINCE_MS } from '../reading-audit.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintLine, type Span, span } from '../line.ts';
import type { Link, ScreenSpec } from '../screen-spec.ts';
import type { UiState } from '../state.ts';
import { drawTable, type TableSpec, tableParts } from '../table-screen.ts';
import type { Glyphs, Tone } from '../theme.ts';

const HEAD_ROWS = 1;

interface Look {
  readonly glyph: keyof Pick<Glyphs, 'done' | 'failed' | 'starting' | 'held'>;
  readonly tone: Tone;
  readonly isFault: boolean;
}
const WELL: Look = { glyph: 'done', tone: 'plain', isFault: false };
const OPEN: Look = { glyph: 'starting', tone: 'plain', isFault: false };
const BROKEN: Look = { glyph: 'failed', tone: 'broken', isFault: true };
const REFUSED: Look = { glyph: 'held', tone: 'attention', isFault: true };
const LOOKS: Readonly<Record<AuditState, Look>> = {
  confirmed: OPEN,
  asked: OPEN,
  done: WELL,
  'dry-run': { ...WELL, tone: 'dim' },
  partly: { ...BROKEN, tone: 'attention' },
  conflict: REFUSED,
  refused: REFUSED,
  failed: BROKEN,
};

const known = new WeakMap<object, readonly AuditLine[]>();

/** Folded once for what was read. */
function linesOf({ audit: { entries } }: UiState): readonly AuditLine[] {
  let lines = known.get(entries);
  if (lines === undefined) {
    lines = auditLines(entries);
    known.set(entries, lines);
  }
  return lines;
}

function lineAt(ui: UiState, key: string): AuditLine | undefined {
  return linesOf(ui).find((one) => one.key === key);
}

const AUDIT_TABLE: TableSpec<AuditLine> = {
  screen: 'audit',
  rows: (_, ui) => linesOf(ui),
  idOf: ({ key }) => key,
  line: (row) => row,
  columns: auditColumns,
  values: {
    state: ({ state }) => state,
    age: ({ at }) => at,
    who: whoDid,
    by: ({ by }) => by,
    from: whereFrom,
    what: ({ title }) => title,
    verb: ({ verb }) => verb,
    reason: ({ reason }) => reason,
    outcome: whatCame,
    about: ({ targets }) => targets.map(({ id }) => id).join(' '),
  },
  searched: ['state', 'who', 'from', 'what', 'reason', 'outcome', 'about'],
  isFault: ({ state }) => LOOKS[state].isFault,
  dropOrder: ['from', 'outcome'],
  lastMin: 24,
  changedAt: ({ at }) => at,
};

function auditColumns({ theme, now, width }: Frame): readonly Column<AuditLine>[] {
  return [
    { id: 'state', title: 'state', width: 11, text: ({ state }) => `${theme.glyphs[LOOKS[state].glyph]} ${state}`, tone: ({ state }) => LOOKS[state].tone },
    { id: 'age', title: 'age', width: 4, align: 'right', text: ({ at }) => format.age(now - at) },
    { id: 'who', title: 'who', width: 12, text: whoDid },
    { id: 'from', title: 'from', width: 16, text: whereFrom },
    { id: 'outcome', title: 'outcome', width: width >= 150 ? 50 : 24, text: whatCame, tone: ({ state }) => LOOKS[state].tone },
    { id: 'what', title: 'what', width: 1, text: ({ title }) => title },
  ]; // prettier-ignore
}

/** Who did what, from where, and what came of it, as it stands in the tables: the newest first. */
function drawAudit(frame: Frame, height: number): readonly Painted[] {
  const { theme, width, ui } = frame;
  const acts = linesOf(ui);
  const countOf = (...states: readonly AuditState[]): number =>
    acts.filter(({ state }) => states.includes(state)).length;
  const counted = (count: number, word: string, tone: Tone): readonly Span[] => (count === 0 ? [] : [span(`${count} ${word}`, tone)]); // prettier-ignore
  const items = [
    [span(ui.audit.readAt === 0 ? 'not read' : `${format.grouped(acts.length)} ${acts.length === 1 ? 'act' : 'acts'} in ${spanShown(ui.audit)}`)], // prettier-ignore
    isReadingBack(ui.audit) ? [span('reading further back', 'dim')] : [],
    counted(countOf('confirmed', 'asked'), 'under way', 'plain'),
    counted(countOf('failed'), 'failed', 'broken'),
    counted(countOf('partly'), 'in part', 'attention'),
    counted(countOf('refused', 'conflict'), 'refused', 'attention'),
    ui.audit.isCut ? [span('the newest only: cbas audit tells all', 'dim')] : [],
  ];
  const trouble = troubleLines(frame);
  return [
    paintItems(theme, width, { label: 'Audit', items }),
    ...trouble,
    ...drawTable(AUDIT_TABLE, frame, { height: height - HEAD_ROWS - trouble.length, empty: emptyWord(ui) }),
  ];
}

/** The days before the newest hours are still being read. */
function isReadingBack({ readAt, since, failed, isCut }: UiState['audit']): boolean {
  return readAt > 0 && failed === undefined && !isCut && readAt - since < AUDIT_SINCE_MS - HOUR_MS;
}

/** "7 days", or how far back has been read. */
function spanShown({ readAt, since }: UiState['audit']): string {
  const hours = Math.round((readAt - since) / HOUR_MS);
  return hours > 48 ? `${Math.round(hours / 24)} days` : `${hours} hours`;
}

function emptyWord({ audit, filters }: UiState): string {
  if (audit.entries.length > 0) return filters.audit === '' ? 'no faults' : 'no act matches the filter; esc clears it';
  if (isReadingBack(audit)) return 'reading';
  if (audit.readAt > 0) return 'nobody has done anything in these days; cbas audit --since goes further back';
  return audit.failed === undefined ? 'reading' : '';
}

/** What is shown stays; that it grows old is told, and the right that is missing is named. */
function troubleLines({ snapshot, ui, theme, width, now }: Frame): readonly Painted[] {
  const { failed, readAt } = ui.audit;
  if (failed === undefined) return [];
  const denied = deniedBy(failed.fault, snapshot.deployment);
  const old = readAt === 0 ? 'it was never read' : `it is ${format.age(now - readAt)} old`;
  const why = denied === undefined ? failed.why : deniedSentence(denied);
  return [paintLine(theme, width, [span(` ! ${why}`, 'attention'), span(`   ${old}`, 'dim')])];
}

/** So many ids are told; the rest are counted. */
const TARGETS_SHOWN = 20;

function drawAct(frame: Frame, key: string, height: number): readonly Painted[] {
  const { ui, theme, width, now } = frame;
  const act = lineAt(ui, key);
  if (act === undefined) return [paintLine(theme, width, [span(' no act under the cursor', 'dim')])];
  const { state, title, at, id, usdPerHour, losesMs } = act;
  const { glyph, tone } = LOOKS[state];
  const costs = [usdPerHour === 0 ? '' : format.rate(usdPerHour), losesMs === 0 ? '' : `${format.duration(losesMs)} of work`]; // prettier-ignore
  return [
    paintLine(theme, width, [span(` ${title}`, 'strong'), span(`  ${theme.glyphs[glyph]} ${state}`, tone)]),
    BLANK,
    ...paintFields(theme, width, [
      { label: 'who', text: whoDid(act) },
      { label: 'from', text: whereFrom(act) || format.NONE },
      { label: 'when', text: `${format.duration(now - at)} ago, at ${format.clock(at)} UTC` },
      ...(act.reason === '' ? [] : [{ label: 'reason', text: act.reason }]),
      { label: 'outcome', text: whatCame(act) || format.NONE, tone },
      { label: 'cost', text: costs.filter((part) => part !== '').join(', ') || format.NONE },
      { label: 'act', text: `${act.verb} ${id}` },
    ]),
    BLANK,
    ...targetLines(frame, act),
  ].slice(0, height);
}

/** What it was bound to, id by id: the rev that was seen, and what came of it. */
function targetLines({ snapshot, theme, width }: Frame, { targets, targetCount }: AuditLine): readonly Painted[] {
  const lines = targets.slice(0, TARGETS_SHOWN).map(({ id, rev, outcome }) =>
    paintLine(theme, width, [span(`  ${snapshot.jobs.get(id)?.name || id}`), span(rev === 0 ? '' : `  rev ${rev}`, 'dim'), span(`  ${outcome}`, outcome === 'done' || outcome === '' ? 'dim' : 'attention')]),
  ); // prettier-ignore
  const more = targetCount - lines.length;
  return more > 0 ? [...lines, paintLine(theme, width, [span(`  and ${more} more`, 'dim')])] : lines;
}

function actLinks({ snapshot, ui }: Frame, key: string): readonly Link[] {
  const about = lineAt(ui, key)?.targets[0]?.id ?? '';
  if (snapshot.workers.get(about) !== undefined) return [{ screen: 'workers', id: about, label: 'the worker' }];
  if (snapshot.jobs.get(about) !== undefined) return [{ screen: 'jobs', id: about, label: 'the job' }];
  return snapshot.markets[about] === undefined ? [] : [{ screen: 'capacity', id: about, label: 'the pool' }];
}

function actWhy({ ui }: Frame, key: string): readonly string[] {
  const act = lineAt(ui, key);
  if (act === undefined) return [];
  const { title, state, leader, by } = act;
  const where = whereFrom(act);
  const did = leader === '' ? 'asked for it' : leader === by ? 'decided it' : 'carried it out';
  const asked = `${whoDid(act)} ${did}${where === '' ? '' : leader === '' ? ` from ${where}` : ` ${where}`}`;
  const came = whatCame(act);
  return [title, asked, ...(came === '' ? [] : [`${state}: ${came}`])];
}

export const AUDIT: ScreenSpec = {
  ...tableParts(AUDIT_TABLE),
  pageRows: ({ ui }, bodyRows) => Math.max(1, bodyRows - headRows(ui)),
  headRows,
  draw: drawAudit,
  detail: drawAct,
  links: actLinks,
  why: actWhy,
  describe: ({ ui }, key) => withParts(lineAt(ui, key), { lines: ui.audit.entries.filter(({ actId }) => actId === lineAt(ui, key)?.id) }), // prettier-ignore
  hasMarks: false,
};

function headRows({ audit }: UiState): number {
  return HEAD_ROWS + 1 + (audit.failed === undefined ? 0 : 1);
}
