import { propose, type Operator } from '../decide/plan.ts';
import { whyReadOnly } from '../decide/read-only.ts';
import { auditOfPlan, auditOfProgram, auditOfShell, type AuditStamp } from '../decide/audit-entries.ts';
import type { AuditAnswer, AuditEntry, AuditQuery } from '../model/audit.ts';
import type { Command, Plan, Proposal, StepOutcome } from '../model/command.ts';
import type { Deployment } from '../model/deployment.ts';
import type { Abilities, Engine, OwnMaster, OwnProgram, ShellAnswer } from '../model/engine.ts';
import { uuidV7 } from '../model/ids.ts';
import type { FactsAnswer } from '../model/job-facts.ts';
import type { LogAnswer, LogQuery } from '../model/job-log.ts';
import type { BlobStore } from '../model/blob-store.ts';
import type { Clock, MasterHost, Prices, ShellHost, TableStore } from '../model/ports.ts';
import type { Rng } from '../model/rng.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { auditSeq } from '../protocol/audit-item.ts';
import { readAudit, writeAudit } from './audit.ts';
import { carryOut, onlyTold } from './carry-out.ts';
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
import { ownMaster, stopMaster } from './own-master.ts';
import { pollForever } from './poll.ts';
import { readFacts } from './read-facts.ts';
import { readLog } from './read-log.ts';
import { RightsWatch } from './rights.ts';
import type { SnapshotStore } from './store.ts';

/** The screen is told at most this often: faster than anybody reads, slow enough for a busy fleet. */
const NOTIFY_EVERY_MS = 100;
/** Of a fresh id: what tells lines of one millisecond apart. */
const AUDIT_OWN_CHARACTERS = 12;

export interface OperatorPorts {
  readonly store: TableStore;
  readonly blobs: BlobStore;
  readonly prices: Prices;
  readonly clock: Clock;
  readonly rng: Rng;
  /** This machine, where a master may be started on it. */
  readonly host?: MasterHost | undefined;
  readonly shells?: ShellHost | undefined;
}

export interface OperatorEngineOptions {
  readonly ports: OperatorPorts;
  readonly snapshots: SnapshotStore;
  readonly deployment: Deployment;
  readonly operator: Operator;
  /** false: confirm() returns as soon as the intent is written. */
  readonly wait: boolean;
  /** 'on': plans are shown and confirmed, and nothing is written but the audit. */
  readonly dryRun?: 'on' | 'off';
}

/** The engine of a console and of a mutating verb: observes, plans, and writes what was confirmed. It calls no EC2. */
export class OperatorEngine implements Engine {
  readonly #options: OperatorEngineOptions;
  readonly #stop = new AbortController();
  readonly #rights: RightsWatch;
  #watched: readonly string[] = [];
  #isDryRun: boolean;
  /** Of the newest line that was written. */
  #auditedAt = 0;

  constructor(options: OperatorEngineOptions) {
    this.#options = options;
    const { snapshots, deployment, ports } = options;
    this.#isDryRun = options.dryRun === 'on';
    this.#rights = new RightsWatch(ports, snapshots);
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
    // Whoever only looks need not be asked what he may.
    if (this.#options.operator.mode === 'operator') void this.#rights.run(this.#stop.signal);
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
    const why = whyReadOnly(operator, this.snapshot());
    const isReadOnly = why !== undefined;
    return {
      acts: !isReadOnly,
      ...(isReadOnly && { whyReadOnly: why }),
      startsMaster: ports.host !== undefined,
      dryRun: this.#isDryRun,
    };
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

  setDryRun(mode: 'on' | 'off'): void {
    this.#isDryRun = mode === 'on';
  }

  /** Each act has a line in the audit before anything is done, and one for what came of it. */
  async confirm(plan: Plan): Promise<readonly StepOutcome[]> {
    const { ports, operator, snapshots } = this.#options;
    const isDryRun = this.#isDryRun;
    snapshots.dispatch([{ kind: 'plan.confirmed', at: ports.clock.now(), planId: plan.id, by: operator.name }]);
    await this.#audit(({ at, seq }) => auditOfPlan(plan, operator, { at, seq, isDryRun }));
    if (isDryRun) return onlyTold(plan);
    const outcomes = await carryOut(plan, { ...this.#options, signal: this.#stop.signal });
    snapshots.dispatch([{ kind: 'plan.settled', at: ports.clock.now(), planId: plan.id, title: plan.title, outcomes }]);
    await this.#audit(({ at, seq }) => auditOfPlan(plan, operator, { at, seq, isDryRun, outcomes }));
    // A right may have been taken away since it was last looked for.
    if (outcomes.some(({ state }) => state === 'failed')) await this.#rights.look();
    return outcomes;
  }

  readAudit(query: AuditQuery): Promise<AuditAnswer> {
    const { store, clock } = this.#options.ports;
    return readAudit(store, query, clock.now());
  }

  /** A shell is no write of ours, but whoever opens one may do anything: it is told to the audit like any act. */
  async openShell(workerId: string): Promise<ShellAnswer> {
    const { ports, operator } = this.#options;
    const why = whyReadOnly(operator, this.snapshot());
    if (why !== undefined) return { kind: 'refused', why };
    if (this.#isDryRun) return { kind: 'refused', why: 'dry run: a shell would be opened here' };
    if (ports.shells === undefined) return { kind: 'refused', why: 'no shell can be opened from here' };
    const answer = await ports.shells.shellOn(workerId);
    if ('refusal' in answer) return { kind: 'refused', why: answer.refusal };
    const row = this.snapshot().workers.get(workerId);
    await this.#audit((stamp) => auditOfShell({ id: workerId, rev: row?.rev ?? 0 }, operator, stamp));
    return { kind: 'shell', ...answer };
  }

  async tellProgram(program: OwnProgram): Promise<string> {
    const { operator } = this.#options;
    const why = whyReadOnly(operator, this.snapshot());
    if (why !== undefined) return why;
    if (this.#isDryRun) return `dry run: ${program.argv.join(' ')} would be started here`;
    await this.#audit((stamp) => auditOfProgram(program, operator, stamp));
    return '';
  }

  /** The act goes on where its line cannot be written: that is told as the trouble of this process. */
  async #audit(make: (stamp: AuditStamp) => AuditEntry): Promise<void> {
    const { ports, snapshots } = this.#options;
    // Of two lines in one millisecond the order would be chance.
    const at = Math.max(ports.clock.now(), this.#auditedAt + 1);
    this.#auditedAt = at;
    const own = uuidV7(at, ports.rng).slice(-AUDIT_OWN_CHARACTERS);
    const fault = await writeAudit(ports.store, make({ at, seq: auditSeq(at, own) }));
    if (fault !== undefined)
      snapshots.dispatch([{ kind: 'effect.failed', at: ports.clock.now(), what: 'audit', fault }]);
  }
}
