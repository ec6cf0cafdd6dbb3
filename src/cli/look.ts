import type { Source } from '../engine/model/event.ts';
import { isLeased, type JobRow } from '../engine/model/job.ts';
import type { Item, Prices } from '../engine/model/ports.ts';
import type { Snapshot } from '../engine/model/snapshot.ts';
import { NO_JOURNAL } from '../engine/run/journal.ts';
import {
  observeIntents,
  observeJobs,
  observeLive,
  observeMisc,
  observePrices,
  observeWorkers,
  type Observer,
  type ObserverContext,
  WATCHED_MAX,
} from '../engine/run/observers.ts';
import { createSnapshotStore, type SnapshotStore } from '../engine/run/store.ts';
import type { Wired } from './wire.ts';

const OBSERVERS = { jobs: observeJobs, workers: observeWorkers, intents: observeIntents } as const;
export type Looked = keyof typeof OBSERVERS | 'prices';

/** One look at the deployment: each source is asked once, a fault is thrown. What a verb that prints and ends needs. */
export class Look {
  readonly #context: ObserverContext;
  readonly #snapshots: SnapshotStore;

  private constructor(context: ObserverContext, snapshots: SnapshotStore) {
    this.#context = context;
    this.#snapshots = snapshots;
  }

  /** Settings, leader and pulse are always read, and before the others: which pools there are decides what prices are asked. */
  static async at(
    wired: Wired,
    sources: readonly Looked[],
    snapshots: SnapshotStore = createSnapshotStore(NO_JOURNAL),
  ): Promise<Look> {
    const { deployment, store, choice } = wired;
    // EC2's client is the heaviest to load: only a look at prices does.
    const ec2 = async (): Promise<Prices> => new (await import('./aws-ec2.ts')).Ec2Prices(choice.target);
    const context: ObserverContext = {
      store,
      deployment,
      prices: {
        history: async (pools, since) => (await ec2()).history(pools, since),
        types: async (types) => (await ec2()).types(types),
      },
      snapshot: snapshots.snapshot,
      now: Date.now,
      dispatch: snapshots.dispatch,
    };
    const look = new Look(context, snapshots);
    snapshots.dispatch([{ kind: 'deployment.observed', at: Date.now(), deployment, types: [] }]);
    await look.#ask(observeMisc(context));
    await look.more(sources);
    return look;
  }

  get snapshot(): Snapshot {
    return this.#snapshots.snapshot();
  }

  async more(sources: readonly Looked[]): Promise<void> {
    await Promise.all(
      sources.map((source) =>
        this.#ask(source === 'prices' ? observePrices(this.#context) : OBSERVERS[source](this.#context)),
      ),
    );
  }

  /** Heartbeat facts of those of the jobs that run. */
  async live(jobs: Iterable<JobRow>): Promise<void> {
    const ids = [...jobs].filter(({ state }) => isLeased(state)).map(({ id }) => id);
    const batches = Array.from({ length: Math.ceil(ids.length / WATCHED_MAX) }, (_, at) =>
      ids.slice(at * WATCHED_MAX, (at + 1) * WATCHED_MAX),
    );
    await Promise.all(batches.map((batch) => this.#ask(observeLive(this.#context, () => batch))));
  }

  /** A job's whole item, with its document; undefined when it is gone. */
  item(jobId: string): Promise<Item | undefined> {
    return this.#context.store.get('jobs', jobId);
  }

  async #ask(observer: Observer): Promise<void> {
    const events = await observer.poll();
    const source: Source = observer.source;
    this.#snapshots.dispatch([...events, { kind: 'poll.answered', at: Date.now(), source }]);
  }
}
