import type { PoolHazard } from '../market/interruption-pace.ts';
import type { Deployment } from '../model/deployment.ts';
import { FaultError } from '../model/fault.ts';
import type { Clock, Item, TableStore } from '../model/ports.ts';
import type { UsdPerHour } from '../model/units.ts';
import type { Lifecycle } from '../model/worker.ts';
import { leaderOf, MISC } from '../protocol/misc-item.ts';
import { figuresOf, NO_FIGURES, type PoolFigures } from '../protocol/pool-figures.ts';

export interface PoolWatchOptions {
  readonly store: Pick<TableStore, 'get' | 'batchGet'>;
  readonly clock: Clock;
  readonly deployment: Deployment;
  readonly pool: string;
  readonly identity: { readonly lifecycle: Lifecycle };
  /** What it costs where it is on-demand; not there while that is not known. */
  readonly onDemandUsdPerHour?: UsdPerHour;
}

/** What the leader publishes of the pools, as a worker of one of them needs it. */
export class PoolWatch {
  readonly #options: PoolWatchOptions;
  #figures: PoolFigures = NO_FIGURES;

  constructor(options: PoolWatchOptions) {
    this.#options = options;
  }

  /** For the jobs' limits and their cost; 0 while unknown. */
  get usdPerHour(): UsdPerHour {
    const { identity, onDemandUsdPerHour = 0, pool } = this.#options;
    return identity.lifecycle === 'on-demand' ? onDemandUsdPerHour : (this.#figures.usdPerHour[pool] ?? 0);
  }

  /** Nobody takes on-demand back; where no leader tells, what is assumed. */
  get hazard(): PoolHazard {
    const { identity, deployment, pool } = this.#options;
    const { meanMs, untoldShare } = this.#figures;
    const known = meanMs[pool] ?? deployment.timings.assumedMtbfMs;
    return { meanMs: identity.lifecycle === 'on-demand' ? Infinity : known, untoldShare };
  }

  /** As it is now: asked by jobs that must go, of which each second counts. */
  async spareSlots(): Promise<number> {
    try {
      return figuresOf(await this.#options.store.get('misc', MISC.prices)).spareSlots;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return 0;
    }
  }

  /** Looks anew. Whether anybody leads. */
  async look(): Promise<boolean> {
    const { store, clock, deployment } = this.#options;
    const items = await store.batchGet('misc', [MISC.prices, MISC.leader]);
    const named = (wanted: string): Item | undefined => items.find(({ name }) => name === wanted);
    const figures = named(MISC.prices);
    if (figures !== undefined) this.#figures = figuresOf(figures);
    const leader = leaderOf(named(MISC.leader));
    return leader !== undefined && leader.until + deployment.timings.skewMarginMs > clock.now();
  }
}
