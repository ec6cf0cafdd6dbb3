import { decideCapacity } from '../decide/capacity.ts';
import { openDeadlines } from '../decide/deadline-outlook.ts';
import { decideRecovery } from '../decide/recovery.ts';
import type { LeaderView } from '../decide/repair.ts';
import { decideRescue } from '../decide/rescue.ts';
import { poolFigures } from '../decide/pool-figures.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Decision } from '../model/event.ts';
import { faultOf } from '../model/fault.ts';
import { isLeased } from '../model/job.ts';
import type { BlobStore } from '../model/blob-store.ts';
import type { Clock, Compute, Prices, Queue, TableStore } from '../model/ports.ts';
import type { Rng } from '../model/rng.ts';
import { type EpochMs, MINUTE_MS } from '../model/units.ts';
import { pulseItem } from '../protocol/misc-item.ts';
import { figuresItem } from '../protocol/pool-figures.ts';
import { Executor } from './executor.ts';
import { receiveEvents, receivePings, type LoopContext } from './leader-loops.ts';
import {
  observeIntents,
  observeJobs,
  observeLive,
  observeMisc,
  observePrices,
  observeWorkers,
  type Observer,
  type ObserverContext,
} from './observers.ts';
import { pollForever } from './poll.ts';
import { PulseMaker } from './pulse.ts';
import { RECOUNT_EVERY_MS, recountOwners } from './recount-owners.ts';
import { Repairer } from './repairer.ts';
import type { SnapshotStore } from './store.ts';
import { Sweeper } from './sweeper.ts';
import { UploadSweeper } from './upload-sweeper.ts';

/** Nobody waits for what lost uploads left behind. */
const SWEEP_EVERY_MS = 5 * MINUTE_MS;

export interface LeaderPorts {
  readonly store: TableStore;
  readonly blobs: BlobStore;
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
  readonly #repairer: Repairer;
  readonly #pulse = new PulseMaker();
  #listeningSince: EpochMs = 0;
  #launches = 0;

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
    this.#repairer = new Repairer({ ...ports, snapshot: snapshots.snapshot, dispatch: snapshots.dispatch });
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
    const swept = {
      ...this.#ports,
      snapshot: this.#snapshots.snapshot,
      timings: this.#deployment.timings,
    };
    const [sweeper, uploads] = [new Sweeper(swept), new UploadSweeper(swept)];
    const context: LoopContext = { clock, signal, random: this.#ports.rng.next, dispatch: this.#snapshots.dispatch };
    await Promise.all([
      ...observers.map((observer) => pollForever({ ...observer, ...context })),
      receivePings(this.#ports.pings, context),
      receiveEvents(this.#ports.events, this.#ports.compute, {
        ...context,
        noticeMs: this.#deployment.timings.noticeMs,
      }),
      this.#every(this.#deployment.timings.decideMs, 'decide', () => this.#decide()),
      this.#every(this.#deployment.timings.pulseMs, 'pulse', () => this.#beat()),
      this.#every(RECOUNT_EVERY_MS, 'owners', () => this.#recount()),
      this.#every(SWEEP_EVERY_MS, 'sweep', () => sweeper.sweep()),
      this.#every(SWEEP_EVERY_MS, 'sweep of uploads', () => uploads.sweep()),
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
      observeLive(context, () => this.#measured()),
      instances,
    ];
  }

  /** Jobs with a deadline whose owner gave no estimate: how far they are says how long they take. */
  #measured(): readonly string[] {
    const open = openDeadlines(this.#snapshots.snapshot());
    return open.filter(({ state, workS }) => isLeased(state) && workS === 0).map(({ id }) => id);
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

  async #every(ms: number, what: string, act: () => Promise<void>): Promise<void> {
    while (!this.#lead.signal.aborted) {
      await this.#try(what, act);
      await this.#ports.clock.sleep(ms, this.#lead.signal);
    }
  }

  /** One thing that AWS refuses keeps nothing else from being done: each is tried by itself, and told. */
  async #decide(): Promise<void> {
    const { clock } = this.#ports;
    const snapshot = this.#snapshots.snapshot;
    const view = (): LeaderView => ({
      snapshot: snapshot(),
      now: clock.now(),
      leaderEpoch: this.#lead.epoch,
      listeningSince: this.#listeningSince,
      refusedAt: this.#repairer.refusedAt(),
    });
    for (const repair of decideRecovery(view())) await this.#try(repair.kind, () => this.#repairer.repair(repair));
    await this.#try('dependencies', () => this.#repairer.unblock(view()));
    for (const intent of [...snapshot().intents].filter(({ state }) => state === 'OPEN' || state === 'STARTED'))
      await this.#try(intent.action.verb, () => this.#executor.carryOut(intent));
    await this.#rescue(view());
    const { decision, launches } = decideCapacity(snapshot(), clock.now());
    this.#tell(decision);
    for (const launch of launches) await this.#launch('cap', launch);
  }

  /** Before capacity: a deadline's last moment waits for nothing. */
  async #rescue(view: LeaderView): Promise<void> {
    const { repairs, launches, told } = decideRescue({ ...view, leaderId: this.#lead.id });
    for (const decision of told) this.#tell(decision);
    for (const repair of repairs) await this.#try(repair.kind, () => this.#repairer.repair(repair));
    for (const { pool, jobs, decision } of launches) {
      this.#snapshots.dispatch([{ kind: 'decision.made', at: this.#ports.clock.now(), decision }]);
      await this.#launch('rescue', { pool, count: jobs.length, jobs });
    }
  }

  /** A decision that says the same as the last of its kind is no news. */
  #tell(decision: Decision): void {
    const { topic, about, sentence } = decision;
    if (this.#snapshots.snapshot().decisions[`${topic}:${about}`]?.sentence === sentence) return;
    this.#snapshots.dispatch([{ kind: 'decision.made', at: this.#ports.clock.now(), decision }]);
  }

  async #launch(why: 'cap' | 'rescue', wish: Parameters<Executor['launch']>[0]): Promise<void> {
    this.#launches += 1;
    const id = `${why}-e${this.#lead.epoch}-${this.#launches}-${this.#ports.clock.now()}`;
    await this.#try('launch', () => this.#executor.launch(wish, id));
  }

  async #try(what: string, act: () => Promise<void>): Promise<void> {
    const { clock } = this.#ports;
    try {
      if (this.#lead.mayAct()) await act();
    } catch (error) {
      this.#snapshots.dispatch([{ kind: 'effect.failed', at: clock.now(), what, fault: faultOf(error, what) }]);
    }
  }

  #recount(): Promise<void> {
    const { store, clock } = this.#ports;
    return recountOwners(store, this.#snapshots.snapshot(), clock.now());
  }

  async #beat(): Promise<void> {
    const { store, clock, pings, events } = this.#ports;
    const snapshot = this.#snapshots.snapshot();
    const [ping, event] = await Promise.all([pings.depth(), events.depth()]);
    const pulse = this.#pulse.make(snapshot, this.#lead, { at: clock.now(), queueDepths: { ping, events: event } });
    await store.write(pulseItem(pulse));
    await store.write(figuresItem(poolFigures(snapshot, clock.now()), this.#lead.epoch));
    this.#snapshots.dispatch([{ kind: 'pulse.observed', at: clock.now(), pulse }]);
  }
}
