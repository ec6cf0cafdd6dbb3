import { openLog } from './durable-log.ts';

export interface LoggedStateOptions<Entry> {
  readonly file: string;
  /** Makes a change in memory. Must be deterministic: it is also the replay. */
  readonly apply: (entry: Entry) => void;
  /** The entries that rebuild the memory as it is. */
  readonly entries: () => Iterable<Entry>;
}

/** State in memory whose every change is on disk before it is made. */
export interface LoggedState<Entry> {
  /** Throws DiskFull with nothing changed, in memory or on disk. */
  record(entry: Entry): void;
  close(): void;
}

/** Opens the log, replays it, and ties the two together. */
export function openState<Entry>({ file, apply, entries }: LoggedStateOptions<Entry>): LoggedState<Entry> {
  const log = openLog<Entry>({ file, replay: apply, compact: entries });
  return {
    record(entry) {
      log.append(entry);
      apply(entry);
    },
    close: () => log.close(),
  };
}
