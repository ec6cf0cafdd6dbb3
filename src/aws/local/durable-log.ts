import fs from 'node:fs';

/** A log grows at most to this many entries beyond its last compaction before it is rewritten: keeps restarts under a second. */
const COMPACT_AFTER_ENTRIES = 20_000;

/** The folder has no room (or cannot be written). The embedded AWS stops at once, so that it never acknowledges what it did not keep. */
export class DiskFull extends Error {
  constructor(file: string, cause: unknown) {
    super(`cannot write ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'DiskFull';
  }
}

export interface DurableLog<Entry> {
  /** Returns once the bytes are with the kernel: they survive kill -9. Throws DiskFull, with the file as it was before. */
  append(entry: Entry): void;
  close(): void;
}

export interface LogOptions<Entry> {
  readonly file: string;
  /** Called for each entry of the file, in order, before `openLog` returns. */
  readonly replay: (entry: Entry) => void;
  /** The entries that rebuild today's state; used to shorten the file. */
  readonly compact: () => Iterable<Entry>;
}

/**
 * An append-only file of JSON lines. A torn last line (the process died inside a write) is cut off; it was never
 * acknowledged. Rewriting goes through a temporary file and a rename, so there is always one whole file.
 */
export function openLog<Entry>(options: LogOptions<Entry>): DurableLog<Entry> {
  const { file, replay, compact } = options;
  let sizeBytes = replayFile(file, replay);
  let descriptor = fs.openSync(file, 'a');
  let appended = 0;

  const write = (text: string): void => {
    const bytes = Buffer.from(text);
    let written = 0;
    try {
      while (written < bytes.length) written += fs.writeSync(descriptor, bytes, written);
    } catch (error) {
      fs.ftruncateSync(descriptor, sizeBytes);
      throw new DiskFull(file, error);
    }
    sizeBytes += bytes.length;
  };

  const rewrite = (): void => {
    const next = `${file}.next`;
    let text = '';
    for (const entry of compact()) text += `${JSON.stringify(entry)}\n`;
    try {
      fs.writeFileSync(next, text);
      fs.renameSync(next, file);
    } catch (error) {
      fs.rmSync(next, { force: true });
      throw new DiskFull(file, error);
    }
    fs.closeSync(descriptor);
    descriptor = fs.openSync(file, 'a');
    sizeBytes = Buffer.byteLength(text);
    appended = 0;
  };

  return {
    append(entry) {
      // Before, not after: what was appended so far has been applied by now, so that `compact` knows all of it.
      if (appended >= COMPACT_AFTER_ENTRIES) rewrite();
      write(`${JSON.stringify(entry)}\n`);
      appended += 1;
    },
    close: () => fs.closeSync(descriptor),
  };
}

/** Replays whole lines, cuts a torn tail, and returns the size of what was kept, in bytes. */
function replayFile<Entry>(file: string, replay: (entry: Entry) => void): number {
  if (!fs.existsSync(file)) return 0;
  const text = fs.readFileSync(file, 'utf8');
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length) fs.truncateSync(file, Buffer.byteLength(text.slice(0, end)));
  const lines = text.slice(0, end).split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    let entry: Entry;
    try {
      entry = JSON.parse(line) as Entry;
    } catch (error) {
      throw new Error(`${file} line ${index + 1} is not JSON; move the file away to start anew`, { cause: error });
    }
    replay(entry);
  }
  return Buffer.byteLength(text.slice(0, end));
}
