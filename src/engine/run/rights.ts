import { FaultError } from '../model/fault.ts';
import { MINUTE_MS } from '../model/units.ts';
import type { Clock, TableStore } from '../model/ports.ts';
import type { MissingRight } from '../model/fault.ts';
import { OPERATOR_TABLES, rightsProbe } from '../protocol/rights-probe.ts';
import type { SnapshotStore } from './store.ts';

/** Rights change seldom, and each look is a write that is paid for: an act that fails looks at once. */
const LOOK_EVERY_MS = 5 * MINUTE_MS;

/** The first right of operators that this identity lacks; undefined where it has them all. Writes nothing. Throws where AWS does not answer. */
export async function missingRight(store: TableStore): Promise<MissingRight | undefined> {
  for (const table of OPERATOR_TABLES) {
    try {
      await store.write(rightsProbe(table));
    } catch (error) {
      if (!(error instanceof FaultError) || error.fault.kind !== 'denied') throw error;
      const { operation, target } = error.fault;
      return { action: operation.trim().replace(' ', ':'), target: target || table };
    }
  }
  return undefined;
}

/** Keeps the snapshot told of what this process's identity may not do. */
export class RightsWatch {
  readonly #ports: { readonly store: TableStore; readonly clock: Clock };
  readonly #snapshots: SnapshotStore;

  constructor(ports: { readonly store: TableStore; readonly clock: Clock }, snapshots: SnapshotStore) {
    this.#ports = ports;
    this.#snapshots = snapshots;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await this.#ports.clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  /** What is known stands while AWS does not answer: that is told by the sources, and says nothing of rights. */
  async look(): Promise<void> {
    const { store, clock } = this.#ports;
    try {
      const missing = await missingRight(store);
      const known = this.#snapshots.snapshot().missingRight;
      if (known?.action === missing?.action && known?.target === missing?.target) return;
      this.#snapshots.dispatch([{ kind: 'rights.observed', at: clock.now(), missing }]);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
    }
  }
}
