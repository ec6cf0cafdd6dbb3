import { isTerminal } from '../../engine/model/job.ts';
import { LOG_STREAMS } from '../../engine/model/job-log.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { JOB_LOOKS, jobState } from '../job-words.ts';
import { BLANK, type Painted, paintEnds, paintLine, type Span, span } from '../line.ts';
import { whyLogIsOver } from '../log-over.ts';
import { type LogPane, topRow } from '../log-pane.ts';
import { type LogRow, logRows, searchOf } from '../log-text.ts';

/** The cursor of the search stands before the text. */
const LEAD_COLUMNS = 3;
/** "14:02:11 " */
const TIME_COLUMNS = 9;
/** The line that says whose log it is, and the one that says what is missing of it. */
const HEAD_ROWS = 2;

const STATE_FROM_COLUMNS = 72;

export function logTextRows(bodyRows: number): number {
  return Math.max(1, bodyRows - HEAD_ROWS);
}

/** Columns that are left for the text of a log. */
export function logTextColumns({ hasTimes }: LogPane, width: number): number {
  return width - LEAD_COLUMNS - (hasTimes ? TIME_COLUMNS : 0);
}

/** The log of one job: only the rows in the window are painted, however long it is. */
export function drawLog(frame: Frame, pane: LogPane, height: number): readonly Painted[] {
  const { theme, width } = frame;
  const head = [
    drawTitle(frame, pane),
    paintLine(theme, width, [span(` ${noteOf(frame, pane)}`, noteTone(frame, pane))]),
  ];
  const { shown } = pane;
  if (shown === undefined) return [...head, paintLine(theme, width, [span(`   ${emptyWord(frame, pane)}`, 'dim')])];
  const window = { rows: logTextRows(height), columns: logTextColumns(pane, width) };
  const first = topRow(pane, window);
  const search = searchOf(pane.search);
  const rows = logRows(shown.lines, window.columns).rows.slice(first, first + window.rows);
  return [...head, ...rows.map((row) => drawRow(frame, row, { search, match: pane.match, lead: timeOf(pane, row) }))];
}

function drawTitle({ snapshot, theme, width }: Frame, pane: LogPane): Painted {
  if (pane.title !== undefined) return paintLine(theme, width, [span(` ${pane.title}`, 'strong')]);
  const row = snapshot.jobs.get(pane.jobId);
  const left: Span[] = [span(` ${row === undefined || row.name === '' ? pane.jobId : row.name}`, 'strong'), span('  ')];
  // On a narrow screen it matters more where in the log one is.
  if (row !== undefined && width >= STATE_FROM_COLUMNS)
    left.push(span(`${jobState(theme.glyphs, row.state)}  `, JOB_LOOKS[row.state].tone));
  for (const stream of LOG_STREAMS) left.push(span(` ${stream} `, stream === pane.stream ? 'selected' : 'dim'));
  left.push(span(`  ${epochWord(pane)}`));
  const isOver = row !== undefined && isTerminal(row.state);
  const isAtEnd = pane.top === 'end';
  const end = isOver || pane.epoch !== undefined ? 'end' : 'following';
  const where = pane.shown === undefined ? '' : isAtEnd ? end : 'G to the end';
  return paintEnds(theme, width, { left, right: [span(`${where} `, isAtEnd ? 'plain' : 'strong')] });
}

function epochWord({ epoch, epochs, shown }: LogPane): string {
  const newest = epochs.at(-1);
  const at = shown?.epoch ?? epoch ?? newest;
  if (at === undefined || newest === undefined) return '';
  return epochs.length < 2 ? `epoch ${at}` : `epoch ${at}, newest ${newest}  [ ]`;
}

/** What is wrong, what was looked for, or what is missing: the first of them that is so. */
function noteOf(frame: Frame, pane: LogPane): string {
  const { state, why, shown, search, match } = pane;
  if (state === 'failed') return `the log cannot be read, and is asked for again: ${why}`;
  if (search !== '' && shown !== undefined)
    return match < 0
      ? `no line has "${search}"`
      : `"${search}" in line ${format.grouped(match + 1)} of ${format.grouped(shown.lines.length)}   n N others`;
  if (shown === undefined) return '';
  const over = whyOver(frame, pane) ?? '';
  const cut = `${format.bytes(shown.cutBytes)} before this are not shown: cbas logs prints them`;
  return [over, shown.cutBytes === 0 ? '' : cut].filter((part) => part !== '').join('   ');
}

/** Of a text nothing more is to come, nor is it missed. */
function whyOver(frame: Frame, { title, shown, jobId }: LogPane): string | undefined {
  return title === undefined && shown !== undefined ? whyLogIsOver(frame, { jobId, ...shown }) : undefined;
}

function noteTone(frame: Frame, pane: LogPane): 'broken' | 'attention' | 'dim' {
  const { state, search, match, shown } = pane;
  if (state === 'failed') return 'broken';
  if (shown === undefined) return 'dim';
  const isWrong = search === '' ? whyOver(frame, pane)?.startsWith('its worker') : match < 0;
  return isWrong === true ? 'attention' : 'dim';
}

function emptyWord({ snapshot }: Frame, { state, jobId, stream, epochs, epoch }: LogPane): string {
  if (state === 'reading') return 'reading the log';
  if (state === 'failed') return 'nothing of it was read yet';
  const job = snapshot.jobs.get(jobId);
  if (job !== undefined && job.epoch === 0) return 'it has not run yet: there is no log';
  const isOver = job === undefined || isTerminal(job.state);
  const where = epochs.length === 0 ? '' : ` in epoch ${epoch ?? epochs.at(-1)}`;
  return `it ${isOver ? 'wrote' : 'has written'} nothing to ${stream}${where}${isOver ? '' : ' yet'}`;
}

interface Search {
  readonly search: RegExp | undefined;
  readonly match: number;
  /** What stands before the text. */
  readonly lead: string;
}

/** A line that goes on below itself has its time once. */
function timeOf({ hasTimes, shown }: LogPane, { line, part }: LogRow): string {
  if (!hasTimes) return '';
  const at = part === 0 ? shown?.times[line] : undefined;
  return (at === undefined ? '' : format.clock(at)).padEnd(TIME_COLUMNS);
}

function drawRow({ theme, width }: Frame, row: LogRow, { search, match, lead }: Search): Painted {
  if (row.text === '' && row.line !== match && lead === '') return BLANK;
  const isMatch = row.line === match && row.part === 0;
  const spans: Span[] = [span(isMatch ? ` ${theme.glyphs.cursor} ` : '   ', 'strong'), span(lead, 'dim')];
  let at = 0;
  for (const found of search === undefined ? [] : row.text.matchAll(search)) {
    spans.push(span(row.text.slice(at, found.index)), span(found[0], 'selected'));
    at = found.index + found[0].length;
  }
  return paintLine(theme, width, [...spans, span(row.text.slice(at))]);
}
