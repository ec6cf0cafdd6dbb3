import { failovers, type MasterLine, masterLines } from '../../engine/select/masters.ts';
import type { Snapshot } from '../../engine/model/snapshot.ts';
import { paintItems } from '../components/flow.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, span } from '../line.ts';
import type { ScreenSpec } from '../screen-spec.ts';
import type { UiState } from '../state.ts';
import { drawTable, type TableSpec, tableParts } from '../table-screen.ts';
import type { Glyphs, Tone } from '../theme.ts';

const HEAD_ROWS = 3;

const LOOKS: Readonly<Record<MasterLine['state'], { readonly glyph: keyof Pick<Glyphs, 'running' | 'failed' | 'dot' | 'waiting'>; readonly word: string; readonly tone: Tone }>> = {
  leads: { glyph: 'running', word: 'leads', tone: 'plain' },
  gone: { glyph: 'failed', word: 'gone', tone: 'broken' },
  led: { glyph: 'dot', word: 'led', tone: 'dim' },
  runs: { glyph: 'waiting', word: 'stands by', tone: 'plain' },
}; // prettier-ignore

function linesOf(snapshot: Snapshot, ui: UiState): readonly MasterLine[] {
  return masterLines(snapshot, ui.ownMaster, ui.frozen?.now ?? Math.max(ui.now, snapshot.at));
}

const MASTER_TABLE: TableSpec<MasterLine> = {
  screen: 'masters',
  rows: linesOf,
  idOf: ({ id, epoch }) => `${id}@${epoch}`,
  line: (row) => row,
  columns: masterColumns,
  values: {
    state: ({ state }) => LOOKS[state].word,
    master: ({ id }) => id,
    epoch: ({ epoch }) => epoch,
    lease: ({ leaseLeftMs }) => leaseLeftMs,
    since: ({ since }) => since,
    pulse: ({ pulseMs }) => pulseMs,
    note: noteOf,
  },
  searched: ['master', 'state', 'note'],
  dropOrder: ['pulse', 'since', 'epoch'],
  lastMin: 34,
};

function noteOf({ own, state, about }: MasterLine): string {
  if (own !== undefined)
    return `started from here: process ${own.pid}${own.logFile === '' ? '' : `, log ${own.logFile}`}`;
  if (state === 'gone') return 'its lease ran out: nothing is launched or recovered';
  if (about === undefined) return '';
  const { host, instanceId, publicIp, privateIp, version } = about;
  return [`on ${host}`, instanceId, publicIp ?? privateIp, `cbas ${version}`]
    .filter((one) => one !== undefined)
    .join(', ');
}

function masterColumns({ theme, now }: Frame): readonly Column<MasterLine>[] {
  return [
    {
      id: 'state',
      title: 'state',
      width: 11,
      text: ({ state }) => `${theme.glyphs[LOOKS[state].glyph]} ${LOOKS[state].word}`,
      tone: ({ state }) => LOOKS[state].tone,
    },
    { id: 'master', title: 'master', width: 16, text: ({ id }) => format.shortId(id, 16, theme.glyphs.ellipsis) },
    { id: 'epoch', title: 'epoch', width: 5, align: 'right', text: ({ epoch }) => (epoch === 0 ? format.NONE : String(epoch)) },
    { id: 'lease', title: 'lease', width: 11, align: 'right', text: leaseText, tone: ({ leaseLeftMs }) => ((leaseLeftMs ?? 0) < 0 ? 'broken' : 'plain') },
    { id: 'since', title: 'since', width: 5, align: 'right', text: ({ since }) => (since === 0 ? format.NONE : format.age(now - since)) },
    { id: 'pulse', title: 'pulse', width: 5, align: 'right', text: ({ pulseMs }) => format.age(pulseMs) },
    { id: 'note', title: '', width: 1, text: noteOf, tone: ({ state }) => LOOKS[state].tone },
  ]; // prettier-ignore
}

function leaseText({ leaseLeftMs }: MasterLine): string {
  if (leaseLeftMs === undefined) return format.NONE;
  return leaseLeftMs >= 0 ? `${format.duration(leaseLeftMs)} left` : `${format.age(-leaseLeftMs)} over`;
}

function drawMasters(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, theme, width, ui, now } = frame;
  const [first] = linesOf(snapshot, ui);
  const changes = failovers(snapshot);
  const leads =
    first === undefined || first.state === 'runs'
      ? [[span('nobody leads', 'broken')], [span('M', 'strong'), span(' starts a master')]]
      : first.state === 'gone'
        ? [[span(`${first.id} is gone`, 'broken'), span(`, its lease ran out ${format.age(-(first.leaseLeftMs ?? 0))} ago`)], [span('M', 'strong'), span(' starts a master')]]
        : [[span(first.id, 'strong'), span(` leads with epoch ${first.epoch}`)], [span(`lease ${leaseText(first)}`)], first.pulseMs === undefined ? [] : [span(`pulse ${format.age(first.pulseMs)} ago`, 'dim')]]; // prettier-ignore
  const newest = snapshot.notables.findLast(({ group }) => group.startsWith('leader:'));
  const changed =
    changes === 0 || newest === undefined
      ? 'none since this console began'
      : `${changes} since this console began, the last ${format.age(now - newest.at)} ago`;
  return [
    paintItems(theme, width, { label: 'Leader', items: leads }),
    paintItems(theme, width, { label: 'Changes', items: [[span(changed)], [span('masters that stand by elsewhere write nothing, and are not listed', 'dim')]] }),
    BLANK,
    ...drawTable(MASTER_TABLE, frame, { height: height - HEAD_ROWS, empty: ui.filters.masters === '' ? 'no master has ever led: M starts one' : 'no master matches the filter; esc clears it' }),
  ]; // prettier-ignore
}

function mastersWhy({ snapshot, ui }: Frame, id: string): readonly string[] {
  const line = linesOf(snapshot, ui).find(({ id: name, epoch }) => `${name}@${epoch}` === id);
  if (line === undefined) return ['masters', 'no master has led since this deployment was made'];
  const { state, epoch } = line;
  const told: Readonly<Record<MasterLine['state'], string>> = {
    leads: `it holds the lease with epoch ${epoch}: ${leaseText(line)}; only it calls EC2, and its writes carry that epoch`,
    gone: `it did not renew its lease: ${leaseText(line)}; workers go on, but nothing is launched or recovered until another leads`,
    led: `it led with epoch ${epoch}, until another took the lease with a larger one; what it still writes is refused`,
    runs: 'it was started from here and does not hold the lease: it takes it when the leader lets go',
  };
  return [line.id, told[state]];
}

export const MASTERS: ScreenSpec = {
  ...tableParts(MASTER_TABLE),
  pageRows: (_, bodyRows) => Math.max(1, bodyRows - HEAD_ROWS - 1),
  headRows: () => HEAD_ROWS + 1,
  draw: drawMasters,
  copies: (id) => id.slice(0, id.lastIndexOf('@')),
  why: mastersWhy,
  hasMarks: false,
};
