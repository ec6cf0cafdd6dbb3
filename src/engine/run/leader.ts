import { decideCapacity } from '../decide/capacity.ts';
import { decideDependency, decideRecovery, type LeaderView, type Repair } from '../decide/recovery.ts';
import { priceNow } from '../decide/reduce-market.ts';
import type { Deployment } from '../model/deployment.ts';
import { faultOf } from '../model/fault.ts';
import { JOB } from '../model/job-columns.ts';
import { isLeased, type JobRow } from '../model/job.ts';
import type { Clock, Compute, Item, Prices, Queue, TableStore } from '../model/ports.ts';
import type { Rng } from '../model/rng.ts';
import type { EpochMs, JsonObject } from '../model/units.ts';
import { decodeJobDocument } from '../protocol/job-document.ts';
import { jobItemOf, jobRowOf } from '../protocol/job-item.ts';
import { pricesItem, pulseItem } from '../protocol/misc-item.ts';
import { workerRowOf } from '../protocol/worker-item.ts';
import { Executor } from './executor.ts';
import { receiveEvents, receivePings, type LoopContext } from './leader-loops.ts';
import {
  observeIntents,
  observeJobs,
  observeMisc,
  observePrices,
  observeWorkers,
  type Observer,
  type ObserverContext,
} from './observers.ts';
import { pollForever } from './poll.ts';
import { PulseMaker } from './pulse.ts';
import type { SnapshotStore } from './store.ts';

/** Blocked jobs looked at in one pass: one read of the table (BatchGetItem). */
const UNBLOCK_MAX = 100;

export interface LeaderPorts {
  readonly store: TableStore;
  readonly compute: Compute;
  readonly prices: Prices;
  readonly pings: Queue;
  readonly events: Queue;
  readonly clock: Clock;
  readonly rng: Rng;
}

export interface Lead {
  readonly id: string;
  readonly epoch: number;
  readonly mayAct: () => boolean;
  readonly signal: AbortSignal;
}

/** One term as leader: rebuilds what it knows from the tables and EC2, then observes, decides and acts until the signal. */
export class LeaderTerm {
  readonly #ports: LeaderPorts;
  readonly #snapshots: SnapshotStore;
  readonly #deployment: Deployment;
  readonly #lead: Lead;
  readonly #executor: Executor;
  readonly #pulse = new PulseMaker();
  #listeningSince: EpochMs = 0;
  #launches = 0;
  /** When the table refused to reap a job, for its lease was not over. Of jobs under lease only. */
  readonly #refusedAt = new Map<string, EpochMs>();

  constructor(options: {
    readonly ports: LeaderPorts;
    readonly snapshots: SnapshotStore;
    readonly deployment: Deployment;
    readonly lead: Lead;
  }) {
    const { ports, snapshots, deployment, lead } = options;
    this.#ports = ports;
    this.#snapshots = snapshots;
    this.#deployment = deployment;
    this.#lead = lead;
    this.#executor = new Executor({
      store: ports.store,
      compute: ports.compute,
      clock: ports.clock,
      snapshot: snapshots.snapshot,
      dispatch: snapshots.dispatch,
      leader: lead,
      mayAct: lead.mayAct,
    });
  }

  async run(): Promise<void> {
    const { clock } = this.#ports;
    const { signal } = this.#lead;
    const observers = this.#observers();
    this.#snapshots.dispatch([
      { kind: 'deployment.observed', at: clock.now(), deployment: this.#deployment, types: [] },
      { kind: 'leader.elected', at: clock.now(), id: this.#lead.id, epoch: this.#lead.epoch },
    ]);
    await this.#learn(observers);
    this.#listeningSince = clock.now();
    const context: LoopContext = { clock, signal, random: this.#ports.rng.next, dispatch: this.#snapshots.dispatch };
    await Promise.all([
      ...observers.map((observer) => pollForever({ ...observer, ...context })),
      receivePings(this.#ports.pings, context),
      receiveEvents(this.#ports.events, this.#ports.compute, context),
      this.#every(this.#deployment.timings.decideMs, () => this.#decide()),
      this.#every(this.#deployment.timings.pulseMs, () => this.#beat()),
    ]);
  }

  #observers(): readonly Observer[] {
    const { store, prices, compute, clock } = this.#ports;
    const context: ObserverContext = {
      store,
      prices,
      deployment: this.#deployment,
      snapshot: this.#snapshots.snapshot,
      now: clock.now,
      dispatch: this.#snapshots.dispatch,
    };
    const instances: Observer = {
      source: 'instances',
      everyMs: this.#deployment.timings.reconcileMs,
      poll: async () => [{ kind: 'instances.observed', at: clock.now(), rows: await compute.instances() }],
    };
    return [
      observeMisc(context),
      observeJobs(context),
      observeWorkers(context),
      observeIntents(context),
      observePrices(context),
      instances,
    ];
  }

  /** Everything once before the first decision: a leader that knows half would do harm. The settings first: they say which prices. */
  async #learn([settings, ...others]: readonly Observer[]): Promise<void> {
    if (settings !== undefined) await this.#learnOf(settings);
    await Promise.all(others.map((observer) => this.#learnOf(observer)));
  }

  async #learnOf({ source, poll }: Observer): Promise<void> {
    const { clock } = this.#ports;
    while (!this.#lead.signal.aborted) {
      try {
        this.#snapshots.dispatch([...(await poll()), { kind: 'poll.answered', at: clock.now(), source }]);
        return;
      } catch (error) {
        const retryAt = clock.now() + 1_000;
        this.#snapshots.dispatch([
          { kind: 'poll.failed', at: clock.now(), source, fault: faultOf(error, `poll of ${source}`), retryAt },
        ]);
        await clock.sleep(1_000, this.#lead.signal);
      }
    }
  }

  async #every(ms: number, act: () => Promise<void>): Promise<void> {
    const { clock } = this.#ports;
    while (!this.#lead.signal.aborted) {
      try {
        if (this.#lead.mayAct()) await act();
      } catch (error) {
        this.#snapshots.dispatch([
          { kind: 'effect.failed', at: clock.now(), what: 'leader', fault: faultOf(error, 'leader') },
        ]);
      }
      await clock.sleep(ms, this.#lead.signal);
    }
  }

  async #decide(): Promise<void> {
    const { clock } = this.#ports;
    const view = (): LeaderView => ({
      snapshot: this.#snapshots.snapshot(),
      now: clock.now(),
      leaderEpoch: this.#lead.epoch,
      listeningSince: this.#listeningSince,
      refusedAt: this.#refusedAt,
    });
    this.#forgetRefusals();
    for (const repair of decideRecovery(view())) {
      if (!this.#lead.mayAct()) return;
      await this.#repair(repair);
    }
    await this.#unblock(view());
    for (const intent of [...this.#snapshots.snapshot().intents].filter(
      ({ state }) => state === 'OPEN' || state === 'STARTED',
    ))
      await this.#executor.carryOut(intent);
    const { decision, launches } = decideCapacity(this.#snapshots.snapshot(), clock.now());
    if (this.#snapshots.snapshot().decisions['capacity:']?.sentence !== decision.sentence)
      this.#snapshots.dispatch([{ kind: 'decision.made', at: clock.now(), decision }]);
    for (const launch of launches) {
      this.#launches += 1;
      await this.#executor.launch(launch, `cap-e${this.#lead.epoch}-${this.#launches}-${clock.now()}`);
    }
  }

  #forgetRefusals(): void {
    const { jobs } = this.#snapshots.snapshot();
    for (const id of this.#refusedAt.keys()) {
      if (!isLeased(jobs.get(id)?.state ?? 'KILLED')) this.#refusedAt.delete(id);
    }
  }

  async #repair(repair: Repair): Promise<void> {
    const { store, compute, clock } = this.#ports;
    const at = clock.now();
    if (repair.kind === 'instance.end') {
      this.#snapshots.dispatch([{ kind: 'decision.made', at, decision: repair.decision }]);
      await compute.terminate(repair.instanceIds);
      return;
    }
    const item = await store.write(repair.write);
    if (repair.kind === 'job.reap') {
      if (item === undefined) this.#refusedAt.set(repair.jobId, at);
      else this.#refusedAt.delete(repair.jobId);
      this.#snapshots.dispatch([
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
    if (repair.kind === 'worker.write' && item !== undefined && repair.decision !== undefined)
      this.#snapshots.dispatch([{ kind: 'decision.made', at, decision: repair.decision }]);
    if (item !== undefined) this.#learnItem(repair.kind, item);
    else await this.#lookAgain(repair);
  }

  /** A condition did not hold: somebody was quicker. The row as it is now settles what follows. */
  async #lookAgain(repair: Exclude<Repair, { kind: 'instance.end' }>): Promise<void> {
    const item = await this.#ports.store.get(repair.write.table, repair.write.key);
    if (item !== undefined) this.#learnItem(repair.kind, item);
  }

  #learnItem(kind: Repair['kind'], item: Item): void {
    const at = this.#ports.clock.now();
    if (kind === 'worker.write') {
      const row = workerRowOf(item);
      if (row !== undefined) this.#snapshots.dispatch([{ kind: 'workers.observed', at, rows: [row] }]);
    } else {
      const row = jobRowOf(item);
      if (row !== undefined) this.#snapshots.dispatch([{ kind: 'jobs.observed', at, rows: [row] }]);
    }
  }

  /** The list of predecessors lies in the document, which lists do not carry: read for blocked jobs only. */
  async #unblock(view: LeaderView): Promise<void> {
    const { jobs, jobCounts } = view.snapshot;
    if (jobCounts.BLOCKED === 0) return;
    const stateOf = jobs.column(JOB.state);
    const blocked: string[] = [];
    for (let at = 0; at < jobs.length && blocked.length < UNBLOCK_MAX; at++) {
      if (stateOf(at) === 'BLOCKED') blocked.push(jobs.idAt(at));
    }
    const items = await this.#ports.store.batchGet('jobs', blocked);
    for (const item of items) {
      const job = jobItemOf(item);
      const document = job === undefined ? undefined : decodeJobDocument(job.document);
      if (job === undefined || document?.ok !== true) continue;
      await this.#dependOn(job.row, document.value.after, view);
    }
  }

  async #dependOn(job: JobRow, after: readonly string[], view: LeaderView): Promise<void> {
    const repair = decideDependency(job, after, view);
    if (repair !== undefined) await this.#repair(repair);
  }

  async #beat(): Promise<void> {
    const { store, clock, pings, events } = this.#ports;
    const snapshot = this.#snapshots.snapshot();
    const [ping, event] = await Promise.all([pings.depth(), events.depth()]);
    const pulse = this.#pulse.make(snapshot, this.#lead, { at: clock.now(), queueDepths: { ping, events: event } });
    const prices: JsonObject = Object.fromEntries(
      Object.entries(snapshot.markets).map(([pool, market]) => [pool, priceNow(market) ?? 0]),
    );
    await store.write(pulseItem(pulse));
    await store.write(pricesItem(prices as Readonly<Record<string, number>>, this.#lead.epoch));
    this.#snapshots.dispatch([{ kind: 'pulse.observed', at: clock.now(), pulse }]);
  }
}
