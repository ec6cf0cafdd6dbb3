import { LOG_BYTES_MAX, type LogAnswer, type LogQuery, type LogStream } from '../engine/model/job-log.ts';
import type { EpochMs } from '../engine/model/units.ts';
import { findLine, linesGone, lineTimes, logLines, logRows, searchOf } from './log-text.ts';
import type { Safe } from './safe-text.ts';

/**
 * The log that is open, or another text to be read in the same way. Changed by keys and by answers, drawn by `screens/log.ts`; each
 * function gives a new one.
 */
export interface LogPane {
  /** What a text is that is whole as it stands; undefined: the log of a job, which is read. */
  readonly title: string | undefined;
  /** The job; of a text, the row that it is about. */
  readonly jobId: string;
  readonly stream: LogStream;
  /** The run that was asked for; undefined = the newest. */
  readonly epoch: number | undefined;
  /** Runs that wrote anything, the oldest first. */
  readonly epochs: readonly number[];
  readonly shown: ShownLog | undefined;
  /** `reading` until the first answer for this run and stream; with `failed`, what was read before stays. */
  readonly state: 'reading' | 'read' | 'nothing' | 'failed';
  readonly why: string;
  /** The row at the top, or the end, which follows what comes. */
  readonly top: LogPosition | 'end';
  /** Each line begins with the time by which it had come. */
  readonly hasTimes: boolean;
  readonly search: string;
  /** The matching line that n and N go on from; -1 when none does. */
  readonly match: number;
}

export interface LogPosition {
  readonly line: number;
  readonly part: number;
}

interface ShownLog {
  readonly epoch: number;
  readonly tag: string;
  readonly cutBytes: number;
  readonly newestAt: EpochMs;
  readonly lines: readonly Safe[];
  /** By line: when it had come; none of a text that is whole as it stands. */
  readonly times: readonly EpochMs[];
}

/** Rows and columns that the text has. */
export interface LogWindow {
  readonly rows: number;
  readonly columns: number;
}

export function openedLog(jobId: string): LogPane {
  return {
    title: undefined,
    jobId,
    stream: 'stdout',
    epoch: undefined,
    epochs: [],
    shown: undefined,
    state: 'reading',
    why: '',
    top: 'end',
    hasTimes: false,
    search: '',
    match: -1,
  };
}

/** A text in the place of a log: it scrolls and is searched like one, and nothing of it is asked for. */
export function openedText(title: string, id: string, lines: readonly string[]): LogPane {
  const shown: ShownLog = { epoch: 0, tag: '', cutBytes: 0, newestAt: 0, lines: logLines(lines.join('\n')), times: [] };
  return { ...openedLog(id), title, shown, state: 'read', top: { line: 0, part: 0 } };
}

const UNREAD = { shown: undefined, state: 'reading', why: '', top: 'end', match: -1 } as const;

export function otherStream(pane: LogPane): LogPane {
  return { ...pane, ...UNREAD, stream: pane.stream === 'stdout' ? 'stderr' : 'stdout' };
}

/** The run before or after; the newest is followed again when it is reached. undefined when there is none. */
export function otherEpoch(pane: LogPane, step: 1 | -1): LogPane | undefined {
  const { epochs } = pane;
  const at = epochs.indexOf(pane.epoch ?? epochs.at(-1) ?? 0);
  const epoch = epochs[at + step];
  if (at < 0 || epoch === undefined) return undefined;
  return { ...pane, ...UNREAD, epoch: epoch === epochs.at(-1) ? undefined : epoch };
}

export function queryOf({ jobId, stream, epoch, shown }: LogPane): LogQuery {
  return { jobId, stream, epoch, known: shown?.tag ?? '', bytesMax: LOG_BYTES_MAX };
}

/** What was read takes its place; whoever has scrolled up keeps the lines that he reads under his eyes. */
export function answered(pane: LogPane, answer: LogAnswer): LogPane {
  if (answer.kind === 'failed') return { ...pane, state: 'failed', why: answer.why };
  const { epochs } = answer;
  if (answer.kind === 'same') return { ...pane, epochs, state: 'read', why: '' };
  if (answer.kind === 'nothing') return { ...pane, ...UNREAD, epochs, state: 'nothing' };
  const { epoch, tag, cutBytes, newestAt, text, parts } = answer.tail;
  const shown: ShownLog = { epoch, tag, cutBytes, newestAt, lines: logLines(text), times: lineTimes(text, parts) };
  const next: LogPane = { ...pane, epochs, shown, state: 'read', why: '' };
  // Another run began meanwhile: its log is read from its end.
  if (pane.shown === undefined || pane.shown.epoch !== epoch) return { ...next, top: 'end', match: -1 };
  const gone = linesGone(pane.shown.lines, shown.lines);
  const { top, match } = pane;
  return {
    ...next,
    top: top === 'end' ? top : { line: Math.max(0, top.line - gone), part: top.line < gone ? 0 : top.part },
    match: match < gone ? -1 : match - gone,
  };
}

/** The first row to show. */
export function topRow({ shown, top }: LogPane, { rows, columns }: LogWindow): number {
  const all = logRows(shown?.lines ?? [], columns);
  const last = Math.max(0, all.rows.length - rows);
  if (top === 'end') return last;
  return Math.min(last, (all.starts[top.line] ?? last) + top.part);
}

/** Up and down by rows. Going up stops following; only `atEnd` follows again. */
export function scrolled(pane: LogPane, by: number, window: LogWindow): LogPane {
  if (pane.top === 'end' && by >= 0) return pane;
  const { rows } = logRows(pane.shown?.lines ?? [], window.columns);
  const last = Math.max(0, rows.length - window.rows);
  const from = topRow(pane, window);
  const to = Math.min(last, Math.max(0, from + by));
  const row = rows[to];
  if (row === undefined || (pane.top === 'end' && to === from)) return pane;
  return { ...pane, top: { line: row.line, part: row.part } };
}

export function atStart(pane: LogPane): LogPane {
  return { ...pane, top: { line: 0, part: 0 } };
}

export function atEnd(pane: LogPane): LogPane {
  return { ...pane, top: 'end' };
}

/** While it is typed: the first match from the top of the window on. */
export function searched(pane: LogPane, text: string, window: LogWindow): LogPane {
  const next = { ...pane, search: text, match: -1 };
  const { rows } = logRows(pane.shown?.lines ?? [], window.columns);
  return matched(next, { from: rows[topRow(pane, window)]?.line ?? 0, step: 1 }, window);
}

/** The next matching line below, or above; around the end. */
export function nextMatch(pane: LogPane, step: 1 | -1, window: LogWindow): LogPane {
  const { rows } = logRows(pane.shown?.lines ?? [], window.columns);
  const from = pane.match < 0 ? (rows[topRow(pane, window)]?.line ?? 0) : pane.match + step;
  return matched(pane, { from, step }, window);
}

function matched(pane: LogPane, walk: { readonly from: number; readonly step: 1 | -1 }, window: LogWindow): LogPane {
  const search = searchOf(pane.search);
  const lines = pane.shown?.lines ?? [];
  const match = search === undefined ? -1 : findLine(lines, search, walk);
  if (match < 0) return { ...pane, match };
  const first = topRow(pane, window);
  const row = logRows(lines, window.columns).starts[match] ?? 0;
  if (row >= first && row < first + window.rows) return { ...pane, match };
  // A third from the top: what led there stands above it.
  return scrolledTo({ ...pane, match }, Math.max(0, row - Math.floor(window.rows / 3)), window);
}

function scrolledTo(pane: LogPane, row: number, window: LogWindow): LogPane {
  const at = logRows(pane.shown?.lines ?? [], window.columns).rows[row];
  return at === undefined ? pane : { ...pane, top: { line: at.line, part: at.part } };
}
