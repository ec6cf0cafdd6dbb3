import { FaultError } from '../../src/engine/model/fault.ts';
import type { TableStore } from '../../src/engine/model/ports.ts';
import type { Rng } from '../../src/engine/model/rng.ts';
import { jobRowOf } from '../../src/engine/protocol/job-item.ts';
import { unholdJob } from '../../src/engine/protocol/operator-job-writes.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimWorld } from './sim-world.ts';

/** One in so many wishes to hold a job is taken back within this time: while its worker is about to grant it. */
const ONE_IN = 2;
const WITHIN_MS = 15_000;

interface Operator {
  readonly process: SimProcess;
  readonly store: TableStore;
}

/** People who hold a job, and think again. */
export class ChangeOfMind {
  readonly #world: SimWorld;
  readonly #rng: Rng;

  constructor(world: SimWorld, rng: Rng) {
    this.#world = world;
    this.#rng = rng;
  }

  async afterHold(jobId: string, operator: () => Operator): Promise<void> {
    if (this.#rng.below(ONE_IN) > 0) return;
    await this.#world.clock.sleep(this.#rng.below(WITHIN_MS));
    const { store, process } = operator();
    try {
      const row = jobRowOf((await store.get('jobs', jobId)) ?? {});
      if (row?.desired.hold === undefined) return;
      const { readyShards } = this.#world.deployment;
      await store.write(unholdJob(row, { at: process.clock.now(), by: 'ana', readyShards }));
    } catch (error) {
      // Who is not answered leaves it: what is held at the end is released then.
      if (!(error instanceof FaultError)) throw error;
    }
  }
}
