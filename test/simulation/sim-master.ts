import type { Rng } from '../../src/engine/model/rng.ts';
import { runMaster } from '../../src/engine/run/master.ts';
import { createSnapshotStore } from '../../src/engine/run/store.ts';
import { ReplayCheck } from './replay-check.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimWorld } from './sim-world.ts';

export interface SimMaster {
  readonly process: SimProcess;
  readonly journal: ReplayCheck;
  /** In order, as SIGTERM does it. */
  readonly stop: () => void;
}

/** A master process: the real code, on the world's services as it reaches them. */
export function startMaster(world: SimWorld, name: string, rng: Rng): SimMaster {
  const { table, blobs, prices, compute, pings, events, deployment, invariants } = world;
  const process = world.process('master', name);
  const stop = new AbortController();
  const journal = new ReplayCheck((what) => invariants.violated(`${name}: ${what}`));
  const snapshots = createSnapshotStore(journal);
  journal.watch(snapshots.snapshot);
  void runMaster({
    id: name,
    ports: {
      store: process.reach('table', table),
      blobs: process.reach('blobs', blobs),
      compute: process.reach('compute', compute),
      prices: process.reach('prices', prices),
      pings: process.reach('queue', pings),
      events: process.reach('queue', events),
      clock: process.clock,
      rng,
    },
    deployment,
    snapshots,
    signal: stop.signal,
    say: () => undefined,
  }).catch((error: unknown) =>
    invariants.violated(`master ${name} crashed: ${error instanceof Error ? error.stack : String(error)}`),
  );
  return { process, journal, stop: () => stop.abort() };
}
