import type { TableName } from '../model/command.ts';
import type { Item, TableStore } from '../model/ports.ts';
import type { DurationMs, EpochMs, JsonObject } from '../model/units.ts';

/** One page of the index; DynamoDB cuts at 1 MB anyway. */
const PAGE_ITEMS = 500;
/** One shard is read again from its beginning this often: what an index lost is found. */
const SWEEP_EVERY_MS = 60_000;

export interface ChangesReaderOptions {
  readonly store: TableStore;
  readonly table: TableName;
  readonly shards: number;
  /** Clocks differ and indexes lag: each question begins this much before the newest row seen. */
  readonly marginMs: DurationMs;
}

/**
 * Reads what changed, shard by shard: from the newest `changedAt` seen, minus a margin. Its cost follows the changes,
 * never the size of the table. Rows come again; the fold drops them by `rev`.
 */
export class ChangesReader {
  readonly #options: ChangesReaderOptions;
  readonly #newest: EpochMs[];
  #sweepShard = 0;
  #sweptAt: EpochMs;

  constructor(options: ChangesReaderOptions, now: EpochMs) {
    this.#options = options;
    this.#newest = Array.from({ length: options.shards }, () => 0);
    this.#sweptAt = now;
  }

  /** Hands each page on as it comes, so that the first screen does not wait for the last row. */
  async read(now: EpochMs, onPage: (items: readonly Item[]) => void): Promise<void> {
    const sweep = now - this.#sweptAt >= SWEEP_EVERY_MS;
    await Promise.all(
      this.#newest.map((newest, shard) =>
        this.#readShard(shard, sweep && shard === this.#sweepShard ? 0 : newest - this.#options.marginMs, onPage),
      ),
    );
    if (!sweep) return;
    this.#sweptAt = now;
    this.#sweepShard = (this.#sweepShard + 1) % this.#options.shards;
  }

  async #readShard(shard: number, since: EpochMs, onPage: (items: readonly Item[]) => void): Promise<void> {
    let after: JsonObject | undefined;
    do {
      const page = await this.#options.store.query({
        table: this.#options.table,
        index: 'changes',
        hash: { attribute: 'shard', value: `s${shard}` },
        range: { attribute: 'changedAt', atLeast: Math.max(0, since) },
        limit: PAGE_ITEMS,
        ...(after !== undefined && { after }),
      });
      for (const { changedAt } of page.items) {
        if (typeof changedAt === 'number') this.#newest[shard] = Math.max(this.#newest[shard] ?? 0, changedAt);
      }
      if (page.items.length > 0) onPage(page.items);
      after = page.next;
    } while (after !== undefined);
  }
}
