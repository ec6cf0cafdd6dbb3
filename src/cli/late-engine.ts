import type { AuditAnswer, AuditQuery } from '../engine/model/audit.ts';
import type { Command, Plan, Proposal, StepOutcome } from '../engine/model/command.ts';
import type { Abilities, Engine, OwnMaster, OwnProgram, ShellAnswer } from '../engine/model/engine.ts';
import type { FactsAnswer } from '../engine/model/job-facts.ts';
import type { LogAnswer, LogQuery } from '../engine/model/job-log.ts';
import { emptySnapshot, type Snapshot } from '../engine/model/snapshot.ts';

/** An engine that is not there yet: the first frame is painted before the AWS clients load. Everything is handed on once it is. */
export class LateEngine implements Engine {
  readonly #empty = emptySnapshot();
  readonly #listeners = new Map<() => void, (() => void) | undefined>();
  #engine: Engine | undefined;
  #watched: readonly string[] = [];
  #dryRun: 'on' | 'off' | undefined;

  attach(engine: Engine): void {
    this.#engine = engine;
    engine.watch(this.#watched);
    if (this.#dryRun !== undefined) engine.setDryRun(this.#dryRun);
    for (const listener of this.#listeners.keys()) {
      this.#listeners.set(listener, engine.subscribe(listener));
      listener();
    }
  }

  snapshot(): Snapshot {
    return this.#engine?.snapshot() ?? this.#empty;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.set(listener, this.#engine?.subscribe(listener));
    return () => {
      this.#listeners.get(listener)?.();
      this.#listeners.delete(listener);
    };
  }

  propose(command: Command): Proposal {
    return this.#engine?.propose(command) ?? { ok: false, refusal: { code: 'no-data', sentence: 'not connected yet' } };
  }

  abilities(): Abilities {
    return this.#engine?.abilities() ?? { acts: true, startsMaster: false, dryRun: this.#dryRun === 'on' };
  }

  setDryRun(mode: 'on' | 'off'): void {
    this.#dryRun = mode;
    this.#engine?.setDryRun(mode);
  }

  async readAudit(query: AuditQuery): Promise<AuditAnswer> {
    return this.#engine?.readAudit(query) ?? { kind: 'failed', why: 'not connected yet' };
  }

  async openShell(workerId: string): Promise<ShellAnswer> {
    return this.#engine?.openShell(workerId) ?? { kind: 'refused', why: 'not connected yet' };
  }

  async tellProgram(program: OwnProgram): Promise<string> {
    return this.#engine?.tellProgram(program) ?? 'not connected yet';
  }

  ownMaster(): OwnMaster | undefined {
    return this.#engine?.ownMaster();
  }

  async stopMaster(): Promise<StepOutcome> {
    return this.#engine?.stopMaster() ?? { text: 'stop the master', state: 'done', detail: 'none was started' };
  }

  async confirm(plan: Plan): Promise<readonly StepOutcome[]> {
    return this.#engine?.confirm(plan) ?? [{ text: plan.title, state: 'failed', detail: 'not connected yet' }];
  }

  watch(jobIds: readonly string[]): void {
    this.#watched = jobIds;
    this.#engine?.watch(jobIds);
  }

  async readLog(query: LogQuery): Promise<LogAnswer> {
    return this.#engine?.readLog(query) ?? { kind: 'failed', why: 'not connected yet' };
  }

  async readFacts(jobId: string): Promise<FactsAnswer> {
    return this.#engine?.readFacts(jobId) ?? { kind: 'failed', why: 'not connected yet' };
  }
}
