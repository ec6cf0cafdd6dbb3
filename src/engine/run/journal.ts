import fs from 'node:fs';
import path from 'node:path';
import type { EngineEvent, EventKind } from '../model/event.ts';

/** Version of the line format. A reader of a later version reads this one; the first line of a file names it. */
export const JOURNAL_VERSION = 1;

/** A file is closed and a new one begun at this size, and this many are kept: a leader's disk is bounded by their product. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const FILES_MAX = 4;

/** What one process saw and did, in order. DynamoDB and EC2 are the truth; this is the memory of it. */
export interface Journal {
  append(events: readonly EngineEvent[]): void;
  close(): void;
}

export const NO_JOURNAL: Journal = { append: () => undefined, close: () => undefined };

/** Observations repeat what the tables hold: a console journals its own acts only. */
const OBSERVATIONS: ReadonlySet<EventKind> = new Set<EventKind>([
  'jobs.observed',
  'live.observed',
  'workers.observed',
  'instances.observed',
  'intents.observed',
  'prices.observed',
  'pulse.observed',
  'leader.observed',
  'pings.received',
  'poll.answered',
]);

/** Appends to `<folder>/<process>.<n>.jsonl`. A write that fails is told once through `onFault`; the process goes on. */
export function openJournal(options: {
  readonly folder: string;
  readonly process: string;
  readonly keep: 'everything' | 'acts';
  readonly onFault: (error: Error) => void;
}): Journal {
  const { folder, keep, onFault } = options;
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  let number = 0;
  let file = beginFile(options, number);
  let told = false;
  return {
    append(events) {
      const kept = keep === 'everything' ? events : events.filter(({ kind }) => !OBSERVATIONS.has(kind));
      if (kept.length === 0) return;
      try {
        const text = `${kept.map((event) => JSON.stringify(event)).join('\n')}\n`;
        fs.writeSync(file.descriptor, text);
        file.sizeBytes += text.length;
        if (file.sizeBytes < FILE_BYTES_MAX) return;
        fs.closeSync(file.descriptor);
        number += 1;
        file = beginFile(options, number);
        fs.rmSync(journalFile(folder, options.process, number - FILES_MAX), { force: true });
      } catch (error) {
        if (!told) onFault(error instanceof Error ? error : new Error(String(error)));
        told = true;
      }
    },
    close: () => fs.closeSync(file.descriptor),
  };
}

function journalFile(folder: string, name: string, number: number): string {
  return path.join(folder, `${name}.${number}.jsonl`);
}

function beginFile(
  options: { readonly folder: string; readonly process: string },
  number: number,
): { readonly descriptor: number; sizeBytes: number } {
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
