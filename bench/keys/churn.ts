import { reduce } from '../../src/engine/decide/reduce.ts';
import type { Engine } from '../../src/engine/model/engine.ts';
import type { JobRow } from '../../src/engine/model/job.ts';
import { upsertRows } from '../../src/engine/model/rows.ts';
import { seededRng } from '../../src/engine/model/rng.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';
import { FakeEngine } from '../../test/support/fake-engine.ts';
import { largeSnapshot, makeJob, NOW, workerId } from '../../test/support/snapshots.ts';

const WORKERS = 10_000;
const JOBS = 100_000;
/** Rows that change at once, and how often. */
const CHANGED = 500;
export const TICK_MS = 100;
/** The keys walk over the first rows of the list: so many of the changes are among them, that about half of a screen moves. */
const WALKED = 240;
const CHANGED_IN_SIGHT = 120;
/** As a console reads them: a page of the table at a time. */
const PAGE = 1_000;

/** The engine of the load: 10,000 workers, 100,000 jobs, 500 rows that change at each tick. */
export class ChurningEngine extends FakeEngine implements Engine {
  readonly #rng = seededRng(7);
  #at = NOW;

  constructor() {
    super(loaded());
  }

  tick(): void {
    this.#at += TICK_MS;
    const { jobs } = this.current;
    const rows = Array.from({ length: CHANGED }, (_, changed): JobRow => {
      const row = jobs.at(this.#rng.below(changed < CHANGED_IN_SIGHT ? WALKED : JOBS));
      const tally = { ...row.tally, costUsd: row.tally.costUsd + 0.001 };
      return { ...row, startedAt: row.startedAt || NOW, rev: row.rev + 1, changedAt: this.#at, tally };
    });
    this.set({ ...this.current, at: this.#at, jobs: upsertRows(jobs, rows) } satisfies Snapshot);
  }
}

function loaded(): Snapshot {
  let snapshot = largeSnapshot(WORKERS, 0);
  for (let from = 0; from < JOBS; from += PAGE) {
    const rows = Array.from({ length: PAGE }, (_, at) => jobOf(from + at));
    snapshot = reduce(snapshot, { kind: 'jobs.observed', at: NOW, rows });
  }
  return snapshot;
}

/** Most workers are busy, each with a job of its own. */
function jobOf(number: number): JobRow {
  const isRunning = number < WORKERS && number % 17 !== 0;
  return makeJob(number, isRunning ? { state: 'RUNNING', leaseOwner: workerId(number) } : {});
}
