import fs from 'node:fs';
import path from 'node:path';
import type { EngineEvent, EventKind } from '../model/event.ts';

/** Version of the line format. A reader of a later version reads this one; the first line of a file names it. */
export const JOURNAL_VERSION = 1;

/** A file is closed and a new one begun at this size, and this many are kept: a leader's disk is bounded by their product. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const FILES_MAX = 4;
/** Files of all processes that a folder keeps: some weeks of an operator's sessions. */
const FOLDER_FILES_MAX = 200;

/** What one process saw and did, in order. DynamoDB and EC2 are the truth; this is the memory of it. */
export interface Journal {
  append(events: readonly EngineEvent[]): void;
  close(): void;
}

export const NO_JOURNAL: Journal = { append: () => undefined, close: () => undefined };

/** Observations repeat what the tables hold: a console journals its operator's acts only. */
const ACTS: ReadonlySet<EventKind> = new Set<EventKind>(['plan.proposed', 'plan.confirmed', 'plan.settled']);

export interface JournalOptions {
  readonly folder: string;
  /** Names the files: `<folder>/<process>.<n>.jsonl`. */
  readonly process: string;
  readonly keep: 'everything' | 'acts';
  /** Told once when a line cannot be written; the process goes on. */
  readonly onFault: (error: Error) => void;
}

/** Appends to a file that is begun with the first line kept: a process that did nothing leaves none. */
export function openJournal(options: JournalOptions): Journal {
  const { folder, keep, onFault } = options;
  let number = -1;
  let file: OpenFile | undefined;
  let told = false;
  const next = (): OpenFile => {
    if (file !== undefined) fs.closeSync(file.descriptor);
    number += 1;
    if (number === 0) makeRoom(folder);
    fs.rmSync(journalFile(folder, options.process, number - FILES_MAX), { force: true });
    return beginFile(options, number);
  };
  return {
    append(events) {
      const kept = keep === 'everything' ? events : events.filter(({ kind }) => ACTS.has(kind));
      if (kept.length === 0) return;
      try {
        if (file === undefined || file.sizeBytes >= FILE_BYTES_MAX) file = next();
        const text = `${kept.map((event) => JSON.stringify(event)).join('\n')}\n`;
        fs.writeSync(file.descriptor, text);
        file.sizeBytes += Buffer.byteLength(text);
      } catch (error) {
        if (!told) onFault(error instanceof Error ? error : new Error(String(error)));
        told = true;
      }
    },
    close() {
      if (file !== undefined) fs.closeSync(file.descriptor);
      file = undefined;
    },
  };
}

interface OpenFile {
  readonly descriptor: number;
  sizeBytes: number;
}

function journalFile(folder: string, name: string, number: number): string {
  return path.join(folder, `${name}.${number}.jsonl`);
}

/** Journals of processes long gone are removed, oldest first. */
function makeRoom(folder: string): void {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const byAge = files.map((at) => ({ at, mtimeMs: fs.statSync(at).mtimeMs })).sort((a, b) => b.mtimeMs - a.mtimeMs);
  for (const { at } of byAge.slice(FOLDER_FILES_MAX)) fs.rmSync(at, { force: true });
}

function beginFile(options: JournalOptions, number: number): OpenFile {
  const descriptor = fs.openSync(journalFile(options.folder, options.process, number), 'a', 0o600);
  const header = `${JSON.stringify({ cbas: 'journal', v: JOURNAL_VERSION, process: options.process })}\n`;
  fs.writeSync(descriptor, header);
  return { descriptor, sizeBytes: header.length };
}

export interface ReadJournal {
  readonly events: readonly EngineEvent[];
  /** Lines that could not be read, by number from 1; a torn last line is not among them. */
  readonly damaged: readonly number[];
}

/** Reads a journal's text: a torn last line is tolerated, a damaged middle is reported and the rest is read. */
export function readJournal(text: string): ReadJournal {
  const events: EngineEvent[] = [];
  const damaged: number[] = [];
  const lines = text.split('\n');
  const torn = lines.pop();
  for (const [position, line] of [...lines, ...(torn === '' ? [] : [torn ?? ''])].entries()) {
    try {
      const value = JSON.parse(line) as { kind?: unknown; at?: unknown; cbas?: unknown };
      if (typeof value.kind === 'string' && typeof value.at === 'number') events.push(value as EngineEvent);
      else if (value.cbas !== 'journal') damaged.push(position + 1);
    } catch {
      // The last line without an end is a write that the process did not live to finish.
      if (position < lines.length) damaged.push(position + 1);
    }
  }
  return { events, damaged };
}
