import { type AvailabilityTrace, countsOfRuns, type Runs } from './availability.ts';
import { parseTimestamp } from './parse-prices.ts';

/** What is wrong with a file of availability traces, and where. */
export class TraceFileError extends Error {
  constructor(where: string, wrong: string) {
    super(`${where}: ${wrong}`);
    this.name = 'TraceFileError';
  }
}

/** A year in ticks of six seconds: what is longer is taken for a mistake in a run length, before memory is asked for it. */
const TICKS_MAX = 5_000_000;

/**
 * Reads availability traces, one JSON object a line: {zone, device, count, kind, nodes, start, gap_seconds, ticks,
 * rle: [[value, ticks], ...]}, value = instances AVAILABLE. `gap_seconds` is the length of a tick. Only zone, gap_seconds
 * and rle are required; a line with neither zone nor rle is a note.
 */
export function parseTraces(text: string): AvailabilityTrace[] {
  const traces: AvailabilityTrace[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '') continue;
    const trace = traceOf(`line ${index + 1}`, line);
    if (trace !== undefined) traces.push(trace);
  }
  if (traces.length === 0)
    throw new TraceFileError('trace file', text.trim() === '' ? 'is empty' : 'holds no trace, only notes');
  return traces;
}

function traceOf(where: string, line: string): AvailabilityTrace | undefined {
  const entry = objectOf(where, line);
  const field = (name: string): unknown => Reflect.get(entry, name);
  if (field('rle') === undefined && field('zone') === undefined) return undefined;
  const counts = countsOfRuns(runsOf(where, field('rle')));
  const ticks = field('ticks');
  if (ticks !== undefined && ticks !== counts.length)
    throw new TraceFileError(where, `ticks says ${JSON.stringify(ticks)}, but the runs have ${counts.length}`);
  return {
    kind: textOf(field('kind')) || 'availability',
    zone: zoneOf(where, field('zone')),
    device: textOf(field('device')),
    count: textOf(field('count')),
    nodes: typeof field('nodes') === 'number' ? Number(field('nodes')) : 1,
    startMs: startOf(textOf(field('start'))),
    tickS: tickOf(where, field('gap_seconds')),
    counts,
  };
}

function objectOf(where: string, line: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new TraceFileError(where, `is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new TraceFileError(where, 'is not an object');
  return parsed;
}

function runsOf(where: string, rle: unknown): Runs {
  if (!Array.isArray(rle) || rle.length === 0) throw new TraceFileError(where, 'rle is missing or an empty list');
  let ticks = 0;
  for (const [index, run] of rle.entries()) {
    const at = `${where}: rle[${index}]`;
    if (!Array.isArray(run) || run.length !== 2) throw new TraceFileError(at, 'is not [value, ticks]');
    const [value, length] = run as unknown[];
    if (typeof value !== 'number' || !(value >= 0))
      throw new TraceFileError(at, `value ${JSON.stringify(value)} is not a number of instances`);
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 1)
      throw new TraceFileError(at, `ticks ${JSON.stringify(length)} is not a whole number from 1`);
    ticks += length;
    if (ticks > TICKS_MAX) throw new TraceFileError(at, `the trace has more than ${TICKS_MAX} ticks`);
  }
  return rle as Runs;
}

function zoneOf(where: string, zone: unknown): string {
  if (typeof zone !== 'string' || zone === '') throw new TraceFileError(where, 'zone is missing or not a string');
  return zone;
}

function tickOf(where: string, gap: unknown): number {
  if (typeof gap !== 'number' || !Number.isFinite(gap) || gap <= 0)
    throw new TraceFileError(where, `gap_seconds ${JSON.stringify(gap) ?? 'is missing: it'} is not a positive number`);
  return gap;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}

/** "2022-10-26", or an instant with or without a zone (then UTC); undefined where it says something else. */
function startOf(text: string): number | undefined {
  const instant = text.trim().replace(' ', 'T');
  return (
    parseTimestamp(instant) ??
    parseTimestamp(`${instant}Z`) ??
    parseTimestamp(`${instant}:00Z`) ??
    parseTimestamp(`${instant}T00:00:00Z`)
  );
}
