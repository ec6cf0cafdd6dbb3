import type { InstanceType, PricePoint } from '../../engine/model/market.ts';
import type { Prices } from '../../engine/model/ports.ts';
import type { EpochMs } from '../../engine/model/units.ts';
import { type FaultHook, guarded, NO_FAULTS } from './faults.ts';

/** A market that is what it was told. */
export class MemoryPrices implements Prices {
  readonly #types: ReadonlyMap<string, InstanceType>;
  readonly #hook: FaultHook;
  readonly #points: PricePoint[] = [];

  constructor(types: readonly InstanceType[], hook: FaultHook = NO_FAULTS) {
    this.#types = new Map(types.map((type) => [type.type, type]));
    this.#hook = hook;
  }

  add(points: readonly PricePoint[]): void {
    this.#points.push(...points);
    this.#points.sort((a, b) => a.at - b.at);
  }

  /** Newest first, as EC2 answers; of what lies before `since` the newest only, which was in force then. */
  history(pools: readonly string[], since: EpochMs): Promise<readonly PricePoint[]> {
    return this.#run('history', () =>
      [...new Set(pools)]
        .flatMap((pool) => {
          const all = this.#points.filter((point) => point.pool === pool);
          const inForce = all.filter(({ at }) => at <= since).at(-1);
          return [...(inForce === undefined ? [] : [inForce]), ...all.filter(({ at }) => at > since)];
        })
        .sort((a, b) => b.at - a.at),
    );
  }

  types(instanceTypes: readonly string[]): Promise<readonly InstanceType[]> {
    return this.#run('types', () => [...new Set(instanceTypes)].flatMap((name) => this.#types.get(name) ?? []));
  }

  #run<T>(name: string, act: () => T): Promise<T> {
    return guarded(this.#hook, { port: 'prices', name, target: '' }, act);
  }
}
