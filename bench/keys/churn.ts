import type { Engine } from '../../src/engine/model/engine.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { upsertRows } from '../../src/engine/model/rows.ts';
import { seededRng } from '../../src/engine/model/rng.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { FakeEngine } from '../../test/support/fake-engine.ts';
import { largeSnapshot, NOW } from '../../test/support/snapshots.ts';

export const WORKERS = 10_000;
export const JOBS = 100_000;
/** Rows that change at once, and how often. */
export const CHANGED = 500;
export const TICK_MS = 100;
/** Of those, this many are among the rows that a screen shows: the first ones of the list. */
const IN_SIGHT = 20;
const SIGHT = 46;

/** The engine of the load: 10,000 workers, 100,000 jobs, 500 rows that change at each tick. */
export class ChurningEngine extends FakeEngine implements Engine {
  readonly #rng = seededRng(7);
  #at = NOW;

  constructor() {
    super(largeSnapshot(WORKERS, JOBS));
  }

  tick(): void {
    this.#at += TICK_MS;
    const { jobs } = this.current;
    const rows: JobRow[] = [];
    for (let changed = 0; changed < CHANGED; changed++) {
      const position = this.#rng.below(changed < IN_SIGHT ? SIGHT : JOBS);
      const row = jobs.at(position);
      const costUsd = row.tally.costUsd + 0.001;
      const startedAt = row.startedAt || NOW;
      rows.push({ ...row, startedAt, rev: row.rev + 1, changedAt: this.#at, tally: { ...row.tally, costUsd } });
    }
    this.set({ ...this.current, at: this.#at, jobs: upsertRows(jobs, rows) } satisfies Snapshot);
  }
}
