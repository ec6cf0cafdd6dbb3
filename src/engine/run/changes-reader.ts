import type { Item, TableStore } from '../model/ports.ts';
import type { DurationMs, EpochMs, JsonObject } from '../model/units.ts';

/** Tables that have an index of changes, and the key of each. */
const TABLES = { jobs: 'jobId', workers: 'workerId' } as const;

/** One page of the index; DynamoDB cuts at 1 MB anyway. */
const PAGE_ITEMS = 500;

export interface ChangesReaderOptions {
  readonly store: TableStore;
  readonly table: keyof typeof TABLES;
  readonly shards: number;
  /** Clocks differ, indexes lag, writes take a while: each question begins this much before the newest row seen. */
  readonly marginMs: DurationMs;
  /** One shard is read again from its beginning this often: what an index lost is found. */
  readonly sweepMs: DurationMs;
}

/** What a reader knows of one shard. */
interface ShardMark {
  /** The newest `changedAt` seen. */
  newest: EpochMs;
  /** When it was last read to the end, by our clock; 0 = never. */
  readAt: EpochMs;
  /** Rows that the next question may answer with again: key -> changedAt and rev. */
  readonly seen: Map<string, { readonly changedAt: EpochMs; readonly rev: number }>;
}

/**
 * Reads what changed, shard by shard: from the newest `changedAt` seen, minus a margin. Its cost follows the changes,
 * never the size of the table. A row is handed on again only when it is another: the fold drops repetitions by `rev` too.
 */
export class ChangesReader {
  readonly #options: ChangesReaderOptions;
  readonly #marks: readonly ShardMark[];
  #sweepShard = 0;
  #sweptAt: EpochMs;

  constructor(options: ChangesReaderOptions, now: EpochMs) {
    this.#options = options;
    this.#marks = Array.from({ length: options.shards }, () => ({ newest: 0, readAt: 0, seen: new Map() }));
    this.#sweptAt = now;
  }

  /** Hands each page on as it comes, so that the first screen does not wait for the last row. */
  async read(now: EpochMs, onPage: (items: readonly Item[]) => void): Promise<void> {
    const sweep = now - this.#sweptAt >= this.#options.sweepMs;
    await Promise.all(
      this.#marks.map(async (mark, shard) => {
        if (sweep && shard === this.#sweepShard) mark.seen.clear();
        const since = sweep && shard === this.#sweepShard ? 0 : this.#since(mark);
        await this.#readShard(shard, since, onPage);
        mark.readAt = now;
      }),
    );
    if (!sweep) return;
    this.#sweptAt = now;
    this.#sweepShard = (this.#sweepShard + 1) % this.#options.shards;
  }

  /**
   * One margin before the newest row; in a quiet table that row comes for ever, so also no earlier than what the last read can
   * have missed: a row that it did not show was written at most one lag of the index before it, by a clock that may be one
   * margin behind, and ours may be one ahead.
   */
  #since({ newest, readAt }: ShardMark): EpochMs {
    const { marginMs } = this.#options;
    return Math.max(newest - marginMs, readAt - 3 * marginMs);
  }

  async #readShard(shard: number, since: EpochMs, onPage: (items: readonly Item[]) => void): Promise<void> {
    const mark = this.#marks[shard] as ShardMark;
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
      const news = page.items.filter((item) => this.#isNew(mark, item));
      if (news.length > 0) onPage(news);
      // At each page: at the end of a first read of a million rows all of them would be here.
      const from = this.#since(mark);
      for (const [key, { changedAt }] of mark.seen) if (changedAt < from) mark.seen.delete(key);
      after = page.next;
    } while (after !== undefined);
  }

  #isNew(mark: ShardMark, item: Item): boolean {
    const key = String(item[TABLES[this.#options.table]]);
    const [changedAt, rev] = [Number(item['changedAt']), Number(item['rev'])];
    if (!Number.isFinite(changedAt)) return true;
    mark.newest = Math.max(mark.newest, changedAt);
    const before = mark.seen.get(key);
    if (before?.changedAt === changedAt && before.rev === rev) return false;
    mark.seen.set(key, { changedAt, rev });
    return true;
  }
}
