import { newTurns } from '../decide/new-turns.ts';
import { decideDependency } from '../decide/recovery.ts';
import type { LeaderView, Repair } from '../decide/repair.ts';
import type { EngineEvent } from '../model/event.ts';
import { JOB } from '../model/job-columns.ts';
import { isLeased, type JobRow } from '../model/job.ts';
import type { Clock, Compute, Item, TableStore } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { EpochMs } from '../model/units.ts';
import { decodeJobDocument } from '../protocol/job-document.ts';
import { jobItemOf, jobRowOf } from '../protocol/job-item.ts';
import { workerRowOf } from '../protocol/worker-item.ts';

/** Blocked jobs looked at in one pass: one read of the table (BatchGetItem). */
const UNBLOCK_MAX = 100;

export interface RepairerOptions {
  readonly store: TableStore;
  readonly compute: Compute;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot;
  readonly dispatch: (events: readonly EngineEvent[]) => void;
}

/** Carries out what recovery decided: conditional writes, and the ends of instances that nobody looks after. */
export class Repairer {
  readonly #options: RepairerOptions;
  readonly #refusedAt = new Map<string, EpochMs>();

  constructor(options: RepairerOptions) {
    this.#options = options;
  }

  /** Jobs whose reaping the table refused, for their lease was not over, and when. Of jobs under lease only. */
  refusedAt(): ReadonlyMap<string, EpochMs> {
    const { jobs } = this.#options.snapshot();
    for (const id of this.#refusedAt.keys()) {
      if (!isLeased(jobs.get(id)?.state ?? 'KILLED')) this.#refusedAt.delete(id);
    }
    return this.#refusedAt;
  }

  async repair(repair: Repair): Promise<void> {
    const { store, compute, clock } = this.#options;
    const at = clock.now();
    if (repair.kind === 'instance.end') {
      this.#options.dispatch([{ kind: 'decision.made', at, decision: repair.decision }]);
      await compute.terminate(repair.instanceIds);
      return;
    }
    const item = await store.write(repair.write);
    if (repair.kind === 'job.reap') {
      if (item === undefined) this.#refusedAt.set(repair.jobId, at);
      else this.#refusedAt.delete(repair.jobId);
      this.#options.dispatch([
        {
          kind: 'job.recovered',
          at,
          jobId: repair.jobId,
          cause: repair.cause,
          from: repair.from,
          outcome: item === undefined ? 'conflict' : 'requeued',
        },
      ]);
    }
    if (repair.kind !== 'job.reap' && item !== undefined && repair.decision !== undefined)
      this.#options.dispatch([{ kind: 'decision.made', at, decision: repair.decision }]);
    if (item !== undefined) this.#learnItem(repair.kind, item);
    else await this.#lookAgain(repair);
  }

  /** A condition did not hold: somebody was quicker. The row as it is now settles what follows. */
  async #lookAgain(repair: Exclude<Repair, { kind: 'instance.end' }>): Promise<void> {
    const item = await this.#options.store.get(repair.write.table, repair.write.key);
    if (item !== undefined) this.#learnItem(repair.kind, item);
  }

  #learnItem(kind: Repair['kind'], item: Item): void {
    const at = this.#options.clock.now();
    if (kind === 'worker.write') {
      const row = workerRowOf(item);
      if (row !== undefined) this.#options.dispatch([{ kind: 'workers.observed', at, rows: [row] }]);
    } else {
      const row = jobRowOf(item);
      if (row !== undefined) this.#options.dispatch([{ kind: 'jobs.observed', at, rows: [row] }]);
    }
  }

  /** The list of predecessors lies in the document, which lists do not carry: read for blocked jobs only. */
  async unblock(view: LeaderView): Promise<void> {
    const { jobs, jobCounts } = view.snapshot;
    if (jobCounts.BLOCKED === 0) return;
    const stateOf = jobs.column(JOB.state);
    const blocked: string[] = [];
    for (let at = 0; at < jobs.length && blocked.length < UNBLOCK_MAX; at++) {
      if (stateOf(at) === 'BLOCKED') blocked.push(jobs.idAt(at));
    }
    const items = await this.#options.store.batchGet('jobs', blocked);
    const turning = { ...view, turnFor: newTurns(view.snapshot) };
    for (const item of items) {
      const job = jobItemOf(item);
      const document = job === undefined ? undefined : decodeJobDocument(job.document);
      if (job === undefined || document?.ok !== true) continue;
      await this.#dependOn(job.row, document.value.after, turning);
    }
  }

  async #dependOn(job: JobRow, after: readonly string[], view: LeaderView): Promise<void> {
    const repair = decideDependency(job, after, view);
    if (repair !== undefined) await this.repair(repair);
  }
}
