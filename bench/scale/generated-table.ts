import { FaultError } from '../../src/engine/model/fault.ts';
import type { IndexQuery, Item, Page, TableStore } from '../../src/engine/model/ports.ts';
import type { JsonObject } from '../../src/engine/model/units.ts';

/** As setup makes a deployment on AWS. */
export const SHARDS = 16;
/** What an answer of DynamoDB takes within a region. */
const LATENCY_MS = 5;
/** A page of DynamoDB ends here. */
const PAGE_BYTES = 1_000_000;
/** A read of up to 4 KB that may be a little late is half a unit. */
const BYTES_PER_UNIT = 8_192;

/**
 * The job table of a deployment in which nothing happens any more, made as it is read: what it would take to hold a million
 * items is not to be counted as the console's. Everything that is asked is counted.
 */
export class GeneratedTable implements TableStore {
  readonly jobs: number;
  readonly #from: number;
  requests = 0;

  /** The last job changed at `lastAt`; one changed each ms before. */
  constructor(jobs: number, lastAt: number) {
    this.jobs = jobs;
    this.#from = lastAt - jobs;
  }

  async query({ table, index, hash, range, limit, after }: IndexQuery): Promise<Page<Item>> {
    await this.#answer();
    if (table !== 'jobs' || index !== 'changes') return { items: [], next: undefined };
    const shard = Number(hash.value.slice(1));
    const atLeast = Math.max(0, Math.ceil((Number(range?.atLeast ?? 0) - this.#from - shard) / SHARDS));
    const first = after === undefined ? atLeast : Number(after['at']);
    const items: Item[] = [];
    let at = first;
    for (; items.length < limit && shard + at * SHARDS < this.jobs; at++) items.push(this.item(shard + at * SHARDS));
    return { items, next: shard + at * SHARDS < this.jobs ? { at } : undefined };
  }

  async batchGet(): Promise<readonly Item[]> {
    await this.#answer();
    return [];
  }

  async get(): Promise<undefined> {
    await this.#answer();
  }

  async scan(): Promise<Page<Item>> {
    await this.#answer();
    return { items: [], next: undefined };
  }

  write(): Promise<undefined> {
    return Promise.reject(new FaultError({ kind: 'denied', operation: 'write', target: '', detail: 'a table to be read', code: '' })); // prettier-ignore
  }

  delete(): Promise<void> {
    return this.write();
  }

  /** Of the table's whole items. */
  naiveScan(): { readonly pages: number; readonly readUnits: number } {
    const bytes = JSON.stringify(this.item(this.jobs >> 1)).length * this.jobs;
    return { pages: Math.ceil(bytes / PAGE_BYTES), readUnits: Math.ceil(bytes / BYTES_PER_UNIT) };
  }

  /** Of twenty jobs one failed, one in a hundred runs or waits, and the others are done. */
  item(number: number): JsonObject {
    const changedAt = this.#from + number;
    const startedAt = changedAt - 720_000;
    const kind = number % 100;
    const state = kind === 0 ? 'RUNNING' : kind === 1 ? 'RUNNABLE' : kind % 20 === 7 ? 'FAILED' : 'SUCCEEDED';
    const hasEnded = kind > 1;
    const worker = `i-0a41bb02c7d${(number % 9_973).toString(16).padStart(5, '0')}`;
    return {
      jobId: `0192f0c4-0000-7000-8000-${(0xc40000 + number * 40_503).toString(16).padStart(12, '0')}`,
      shard: `s${number % SHARDS}`,
      header: { name: `pi-${String(number).padStart(7, '0')}`, queue: 'default', owner: 'ana', submittedAt: startedAt - 60_000 }, // prettier-ignore
      priority: 0,
      state,
      epoch: 1,
      attempt: 1,
      rev: 4,
      changedAt,
      ...(state !== 'RUNNABLE' && { startedAt, pool: `c5.large/us-east-1${'abc'[number % 3]}` }),
      ...(state === 'RUNNING' && { leaseOwner: worker }),
      ...(hasEnded && { endedAt: changedAt, result: { exitCode: state === 'FAILED' ? 3 : 0, manifestKey: `out/${number}` } }), // prettier-ignore
      reason: {
        code: hasEnded ? 'succeeded' : 'running',
        since: changedAt,
        detail: hasEnded ? 'exit 0' : '',
        next: '',
      },
      tally: {
        costUsd: 0.007 + (number % 97) / 10_000,
        interruptions: number % 9 === 0 ? 1 : 0,
        ranMs: 720_000,
        lostMs: 0,
      },
    };
  }

  #answer(): Promise<void> {
    this.requests++;
    return new Promise((resolve) => void setTimeout(resolve, LATENCY_MS));
  }
}
