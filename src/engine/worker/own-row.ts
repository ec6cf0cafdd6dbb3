import { describeFault, FaultError } from '../model/fault.ts';
import type { Clock, Item, TableStore } from '../model/ports.ts';
import type {
  DrainWish,
  InterruptionNotice,
  ToldByLeader,
  WorkerPhases,
  WorkerRow,
  WorkerSignals,
  WorkerState,
} from '../model/worker.ts';
import { changeWorker, type NewWorker, registerBooting, workerRowOf } from '../protocol/worker-item.ts';

/** A table that does not answer a new worker is asked again after this. */
const REGISTER_RETRY_MS = 1_000;

export interface OwnRowOptions {
  readonly store: TableStore;
  readonly clock: Clock;
  readonly shards: number;
  readonly who: Pick<
    NewWorker,
    'id' | 'pool' | 'slots' | 'lifecycle' | 'serves' | 'bidUsdPerHour' | 'intent' | 'version' | 'launchedAt'
  >;
  /** Ids of the jobs that it holds now. */
  readonly jobs: () => readonly string[];
  /** What it heard of EC2. */
  readonly heard: () => { readonly notice: InterruptionNotice | undefined; readonly signals: WorkerSignals };
  readonly say: (line: string) => void;
  /** Told of the item as it is read. */
  readonly onItem?: ((item: Item) => void) | undefined;
}

/** The worker's own row. It is for the eyes of others: the work itself is fenced by the jobs' items, and goes on without it. */
export class OwnRow {
  readonly #options: OwnRowOptions;
  #row: WorkerRow | undefined;
  #phases: WorkerPhases;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: OwnRowOptions) {
    this.#options = options;
    const bootingAt = options.clock.now();
    this.#phases = { requestedAt: 0, pendingAt: 0, bootingAt, readyAt: 0, firstJobAt: 0, endedAt: 0 };
  }

  /** As last read or written; BOOTING before. */
  get state(): WorkerState {
    return this.#row?.state ?? 'BOOTING';
  }

  /** An operator's wish that it goes, as last read or written. */
  get drain(): DrainWish | undefined {
    return this.#row?.drain;
  }

  /** What the leader heard of EventBridge about it. */
  get told(): ToldByLeader | undefined {
    return this.#row?.told;
  }

  /** The same state, with what has become known meanwhile. */
  tellAgain(): Promise<void> {
    const row = this.#row;
    return row === undefined ? Promise.resolve() : this.change(row.state, row.detail);
  }

  /** Reads what others wrote into it; after a write that is under way, so that nothing older overtakes that. */
  look(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#read());
    return this.#writing;
  }

  async #read(): Promise<void> {
    const { store, say } = this.#options;
    const id = this.#row?.id;
    if (id === undefined) return;
    try {
      const item = (await store.get('workers', id)) ?? {};
      const row = workerRowOf(item);
      if (row !== undefined) this.#row = row;
      this.#options.onItem?.(item);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      say(`cannot read its row: ${describeFault(error.fault)}`);
    }
  }

  beganJob(): void {
    if (this.#phases.firstJobAt === 0) this.#phases = { ...this.#phases, firstJobAt: this.#options.clock.now() };
  }

  /** BOOTING, whether or not the leader wrote the row first; until the table answers. */
  async register(): Promise<void> {
    const { store, clock, shards, who, say } = this.#options;
    const at = clock.now();
    for (;;) {
      try {
        const seen = workerRowOf((await store.get('workers', who.id)) ?? {});
        const isAnnounced = seen !== undefined && seen.state !== 'PENDING' && seen.state !== 'LOST';
        const booting = registerBooting({ ...who, shards, requestedAt: who.launchedAt, at }, seen);
        const row = isAnnounced ? seen : workerRowOf((await store.write(booting)) ?? {});
        if (row !== undefined) {
          this.#row = row;
          this.#phases = { ...row.phases, bootingAt: at, readyAt: clock.now() };
          return;
        }
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        say(`cannot register yet: ${describeFault(error.fault)}`);
      }
      await clock.sleep(REGISTER_RETRY_MS);
    }
  }

  /** One write after the other: a later state never overtakes an earlier one. */
  change(state: WorkerState, detail: string): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write(state, detail));
    return this.#writing;
  }

  async #write(state: WorkerState, detail: string): Promise<void> {
    const { store, clock, jobs, heard, say } = this.#options;
    const row = this.#row;
    if (row === undefined || row.state === 'TERMINATED') return;
    const at = clock.now();
    const phases = state === 'TERMINATED' ? { ...this.#phases, endedAt: at } : this.#phases;
    try {
      const change = { state, jobs: jobs(), phases, ...heard(), detail, at };
      const item = await store.write(changeWorker(row, change));
      const next = workerRowOf(item ?? (await store.get('workers', row.id)) ?? {});
      if (next !== undefined) this.#row = next;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      say(`cannot tell that it is ${state}: ${describeFault(error.fault)}`);
    }
  }
}
