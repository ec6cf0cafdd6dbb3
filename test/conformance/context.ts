import type { BlobStore } from '../../src/engine/model/blob-store.ts';
import type { Compute, Prices, Queue, TableStore } from '../../src/engine/model/ports.ts';

/** One implementation of the ports, empty, with what a case needs to know of it. */
export interface ConformanceContext {
  readonly store: TableStore;
  /** A queue whose letters come back after about a second. */
  readonly queue: Queue;
  readonly blobs: BlobStore;
  readonly compute: Compute;
  readonly prices: Prices;
  /** A pool that can be launched in and has prices. */
  readonly pool: string;
  /** The highest price that a spot instance may have. */
  readonly bidUsdPerHour: number;
  /** A folder of the case's own. */
  readonly folder: string;
  /** Names that no other case has, so that cases may share one implementation. */
  readonly unique: (name: string) => string;
  /** Creates or retrieves everything; only where there is a service behind it. */
  readonly setup: (() => Promise<readonly { readonly what: string; readonly outcome: string }[]>) | undefined;
}

export interface ConformanceCase {
  readonly port: 'table' | 'queue' | 'blobs' | 'compute' | 'prices' | 'setup';
  /** The service's own name of what is used, e.g. "UpdateItem". */
  readonly operation: string;
  readonly name: string;
  readonly run: (context: ConformanceContext) => Promise<void>;
}

/** What is promised only in the end is asked until it holds; it fails when this is over. An image takes EC2 minutes. */
const EVENTUALLY_MS = process.env['LIVE_AWS'] === '1' ? 600_000 : 15_000;
const ASK_EVERY_MS = process.env['LIVE_AWS'] === '1' ? 2_000 : 50;

export async function eventually<T>(ask: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + EVENTUALLY_MS;
  for (;;) {
    const value = await ask();
    if (holds(value) || performance.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
