import { propose, type Operator } from '../decide/plan.ts';
import { isTerminalIntent } from '../decide/intents.ts';
import type { Command, Effect, Plan, Proposal, StepOutcome } from '../model/command.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Abilities, Engine, OwnMaster } from '../model/engine.ts';
import { describeFault, faultOf } from '../model/fault.ts';
import { uuidV7 } from '../model/ids.ts';
import type { FactsAnswer } from '../model/job-facts.ts';
import type { LogAnswer, LogQuery } from '../model/job-log.ts';
import type { BlobStore, Clock, MasterHost, Prices, TableStore } from '../model/ports.ts';
import type { Rng } from '../model/rng.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { intentOf } from '../protocol/intent-item.ts';
import { jobRowOf } from '../protocol/job-item.ts';
import { settingsOf } from '../protocol/misc-item.ts';
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
import { ownMaster, startMaster, stopMaster } from './own-master.ts';
import { pollForever } from './poll.ts';
import { readFacts } from './read-facts.ts';
import { readLog } from './read-log.ts';
import type { SnapshotStore } from './store.ts';

/** The screen is told at most this often: faster than anybody reads, slow enough for a busy fleet. */
const NOTIFY_EVERY_MS = 100;
/** A command waits this long for the leader's answer; then the intent's id is told, and it goes on by itself. */
const ANSWER_WITHIN_MS = 30_000;
const ANSWER_POLL_MS = 250;

export interface OperatorPorts {
  readonly store: TableStore;
  readonly blobs: BlobStore;
  readonly prices: Prices;
  readonly clock: Clock;
  readonly rng: Rng;
  /** This machine, where a master may be started on it. */
  readonly host?: MasterHost | undefined;
}

export interface OperatorEngineOptions {
  readonly ports: OperatorPorts;
  readonly snapshots: SnapshotStore;
  readonly deployment: Deployment;
  readonly operator: Operator;
  /** false: confirm() returns as soon as the intent is written. */
  readonly wait: boolean;
}

/** The engine of a console and of a mutating verb: observes, plans, and writes what was confirmed. It calls no EC2. */
export class OperatorEngine implements Engine {
  readonly #options: OperatorEngineOptions;
  readonly #stop = new AbortController();
  #watched: readonly string[] = [];

  constructor(options: OperatorEngineOptions) {
    this.#options = options;
    const { snapshots, deployment, ports } = options;
    snapshots.dispatch([{ kind: 'deployment.observed', at: ports.clock.now(), deployment, types: [] }]);
  }

  /** Starts the pollers; they run until `stop`. */
  start(): void {
    const { ports, snapshots, deployment } = this.#options;
    const context: ObserverContext = {
      store: ports.store,
      prices: ports.prices,
      deployment,
      snapshot: snapshots.snapshot,
      now: ports.clock.now,
      dispatch: snapshots.dispatch,
    };
    const observers = [
      observeMisc(context),
      observeJobs(context),
      observeWorkers(context),
      observeIntents(context),
      this.#onceSettingsAreRead(observePrices(context)),
      observeLive(context, () => this.#watched),
    ];
    for (const observer of observers) {
      void pollForever({
        ...observer,
        clock: ports.clock,
        signal: this.#stop.signal,
        random: ports.rng.next,
        dispatch: snapshots.dispatch,
      });
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Prices are asked for pools, and pools stand in the settings: asked before, the first answer would be to no question. */
  #onceSettingsAreRead(observer: Observer): Observer {
    const { api, snapshot } = this.#options.snapshots;
    const areRead = (): boolean => {
      const { misc } = snapshot().sources;
      return misc !== undefined && (misc.observedAt > 0 || misc.fault !== undefined);
    };
    const read = new Promise<void>((resolve) => {
      if (areRead()) return resolve();
      const unsubscribe = api.subscribe(() => {
        if (!areRead()) return;
        unsubscribe();
        resolve();
      });
    });
    return { ...observer, poll: () => read.then(observer.poll) };
  }

  snapshot(): Snapshot {
    return this.#options.snapshots.snapshot();
  }

  subscribe(listener: () => void): () => void {
    let timer: NodeJS.Timeout | undefined;
    let last = 0;
    const tell = (): void => {
      timer = undefined;
      last = performance.now();
      listener();
    };
    const unsubscribe = this.#options.snapshots.api.subscribe(() => {
      timer ??= setTimeout(tell, Math.max(0, NOTIFY_EVERY_MS - (performance.now() - last)));
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }

  watch(jobIds: readonly string[]): void {
    this.#watched = jobIds;
  }

  readLog(query: LogQuery): Promise<LogAnswer> {
    return readLog(this.#options.ports.blobs, query);
  }

  readFacts(jobId: string): Promise<FactsAnswer> {
    return readFacts(this.#options.ports, jobId);
  }

  abilities(): Abilities {
    const { operator, ports } = this.#options;
    return { acts: operator.mode === 'operator', startsMaster: ports.host !== undefined };
  }

  ownMaster(): OwnMaster | undefined {
    return ownMaster(this.#options.ports.host);
  }

  stopMaster(): Promise<StepOutcome> {
    return stopMaster(this.#options.ports.host);
  }

  propose(command: Command): Proposal {
    const { ports, operator, snapshots } = this.#options;
    const now = ports.clock.now();
    const proposal = propose(command, {
      snapshot: this.snapshot(),
      operator,
      now,
      newId: () => uuidV7(now, ports.rng),
      host: ports.host,
    });
    if (proposal.ok) snapshots.dispatch([{ kind: 'plan.proposed', at: now, plan: proposal.plan, by: operator.name }]);
    return proposal;
  }

  async confirm(plan: Plan): Promise<readonly StepOutcome[]> {
    const { ports, operator, snapshots } = this.#options;
    snapshots.dispatch([{ kind: 'plan.confirmed', at: ports.clock.now(), planId: plan.id, by: operator.name }]);
    const outcomes: StepOutcome[] = [];
    for (const { text, effect } of plan.steps) outcomes.push(await this.#carryOut(text, effect));
    snapshots.dispatch([{ kind: 'plan.settled', at: ports.clock.now(), planId: plan.id, title: plan.title, outcomes }]);
    return outcomes;
  }

  async #carryOut(text: string, effect: Effect): Promise<StepOutcome> {
    if (effect.kind === 'master.start') return { text, ...(await this.#startMaster(effect.id)) };
    if (effect.kind !== 'table.write') return { text, state: 'failed', detail: 'only the leader does this' };
    const { write } = effect;
    const { ports, snapshots } = this.#options;
    try {
      const item = await ports.store.write(write);
      const at = ports.clock.now();
      if (item === undefined)
        return { text, state: 'conflict', detail: 'it has changed since it was shown; look again' };
      if (write.table === 'jobs') {
        const row = jobRowOf(item);
        if (row !== undefined) snapshots.dispatch([{ kind: 'jobs.observed', at, rows: [row] }]);
      }
      if (write.table === 'misc') snapshots.dispatch([{ kind: 'settings.observed', at, settings: settingsOf(item) }]);
      if (write.table === 'intents') return await this.#awaitIntent(text, write.key);
      return { text, state: 'done', detail: '' };
    } catch (error) {
      return { text, state: 'failed', detail: describeFault(faultOf(error, text)) };
    }
  }

  async #startMaster(id: string): Promise<Omit<StepOutcome, 'text'>> {
    const { host, clock } = this.#options.ports;
    if (host === undefined) return { state: 'failed', detail: 'no master can be started from here' };
    try {
      return await startMaster({ host, clock, snapshot: () => this.snapshot(), signal: this.#stop.signal }, id);
    } catch (error) {
      // Its log cannot be written, or the machine has no room for another process.
      return { state: 'failed', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async #awaitIntent(text: string, id: string): Promise<StepOutcome> {
    const { ports, snapshots, wait } = this.#options;
    const deadline = ports.clock.monotonicMs() + (wait ? ANSWER_WITHIN_MS : 0);
    for (;;) {
      const item = await ports.store.get('intents', id);
      const intent = item === undefined ? undefined : intentOf(item);
      if (intent !== undefined)
        snapshots.dispatch([{ kind: 'intents.observed', at: ports.clock.now(), rows: [intent] }]);
      if (intent !== undefined && isTerminalIntent(intent.state)) {
        return { text, state: intent.state === 'DONE' ? 'done' : 'failed', detail: intent.outcome };
      }
      if (ports.clock.monotonicMs() >= deadline)
        return { text, state: 'asked', detail: `not answered yet: intent ${id}` };
      await ports.clock.sleep(ANSWER_POLL_MS, this.#stop.signal);
    }
  }
}
