import type { Command, Plan, Proposal, StepOutcome } from '../../src/engine/model/command.ts';
import type { AuditAnswer, AuditQuery } from '../../src/engine/model/audit.ts';
import type { Abilities, Engine, OwnMaster, OwnProgram, ShellAnswer } from '../../src/engine/model/engine.ts';
import type { FactsAnswer } from '../../src/engine/model/job-facts.ts';
import type { LogAnswer, LogQuery } from '../../src/engine/model/job-log.ts';
import { FACTS } from './logs.ts';
import type { Snapshot } from '../../src/engine/model/snapshot.ts';

/** An engine that knows what it is told and remembers what it was asked. */
export class FakeEngine implements Engine {
  readonly listeners = new Set<() => void>();
  readonly proposed: Command[] = [];
  readonly confirmed: Plan[] = [];
  watched: readonly string[] = [];
  refusal: string | undefined;
  /** What comes of the next plan; undefined = all of it is done. */
  outcomes: readonly StepOutcome[] | undefined;
  current: Snapshot;

  constructor(snapshot: Snapshot) {
    this.current = snapshot;
  }

  snapshot(): Snapshot {
    return this.current;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  set(snapshot: Snapshot): void {
    this.current = snapshot;
    for (const listener of this.listeners) listener();
  }

  propose(command: Command): Proposal {
    this.proposed.push(command);
    if (this.refusal !== undefined) return { ok: false, refusal: { code: 'nothing-to-do', sentence: this.refusal } };
    return { ok: true, plan: planFor(command, this.current.at) };
  }

  confirm(plan: Plan): Promise<readonly StepOutcome[]> {
    this.confirmed.push(plan);
    return Promise.resolve(this.outcomes ?? plan.steps.map((step) => ({ text: step.text, state: 'done' as const, detail: '' }))); // prettier-ignore
  }

  watch(jobIds: readonly string[]): void {
    this.watched = jobIds;
  }

  /** By "<jobId> <epoch or newest> <stream>"; what is not there wrote nothing. */
  readonly logs = new Map<string, LogAnswer>();
  readonly logsAsked: LogQuery[] = [];
  facts: FactsAnswer = FACTS;
  readonly factsAsked: string[] = [];

  readLog(query: LogQuery): Promise<LogAnswer> {
    this.logsAsked.push(query);
    const answer = this.logs.get(`${query.jobId} ${query.epoch ?? 'newest'} ${query.stream}`);
    if (answer?.kind === 'log' && answer.tail.tag === query.known)
      return Promise.resolve({ kind: 'same', epochs: answer.epochs });
    return Promise.resolve(answer ?? { kind: 'nothing', epochs: [] });
  }

  able: Abilities = { acts: true, startsMaster: true, dryRun: false };
  master: OwnMaster | undefined;
  stopped: StepOutcome = { text: 'stop the master', state: 'done', detail: '' };

  abilities(): Abilities {
    return this.able;
  }

  setDryRun(mode: 'on' | 'off'): void {
    this.able = { ...this.able, dryRun: mode === 'on' };
  }

  audit: AuditAnswer = { kind: 'audit', entries: [], cut: false };
  shell: ShellAnswer = { kind: 'refused', why: 'the AWS command line is not on this machine (aws)' };
  readonly shellsAsked: string[] = [];

  readonly auditsAsked: AuditQuery[] = [];

  readAudit(query: AuditQuery): Promise<AuditAnswer> {
    this.auditsAsked.push(query);
    return Promise.resolve(this.audit);
  }

  readonly programsTold: OwnProgram[] = [];
  programRefusal = '';

  tellProgram(program: OwnProgram): Promise<string> {
    this.programsTold.push(program);
    return Promise.resolve(this.programRefusal);
  }

  openShell(workerId: string): Promise<ShellAnswer> {
    this.shellsAsked.push(workerId);
    return Promise.resolve(this.shell);
  }

  ownMaster(): OwnMaster | undefined {
    return this.master;
  }

  stopMaster(): Promise<StepOutcome> {
    return Promise.resolve(this.stopped);
  }

  readFacts(jobId: string): Promise<FactsAnswer> {
    this.factsAsked.push(jobId);
    return Promise.resolve(this.facts);
  }
}

function targetsOf(command: Command): readonly string[] {
  switch (command.kind) {
    case 'workers.launch':
      return [`${command.count} in ${command.pool ?? 'any pool'}`];
    case 'owner.set':
      return [command.owner];
    case 'bid.set':
    case 'bid.undo':
    case 'workers.roll':
      return [command.pool];
    case 'jobs.kill':
    case 'jobs.checkpoint':
    case 'jobs.hold':
    case 'jobs.release':
    case 'jobs.retry':
    case 'jobs.set':
    case 'jobs.image':
      return command.jobIds;
    case 'images.retire':
      return command.imageIds;
    case 'workers.terminate':
    case 'workers.checkpoint':
    case 'workers.drain':
      return command.workerIds;
    case 'jobs.submit':
      return command.jobs.map((_, at) => `job ${at}`);
    case 'master.start':
      return ['a master'];
    case 'deployment.end':
    case 'deployment.open':
      return ['everything'];
  }
}

const VERBS: Readonly<Record<Command['kind'], string>> = {
  'workers.launch': 'launch',
  'workers.terminate': 'terminate',
  'workers.drain': 'drain',
  'workers.roll': 'roll',
  'bid.undo': 'undo the bid of',
  'jobs.set': 'set',
  'jobs.submit': 'submit',
  'bid.set': 'bid',
  'owner.set': 'quota',
  'jobs.kill': 'kill',
  'jobs.checkpoint': 'checkpoint',
  'jobs.hold': 'hold',
  'jobs.release': 'release',
  'jobs.retry': 'retry',
  'jobs.image': 'image',
  'images.retire': 'retire',
  'workers.checkpoint': 'checkpoint',
  'master.start': 'start',
  'deployment.end': 'end',
  'deployment.open': 'open',
};

export function planFor(command: Command, at: number): Plan {
  const targets = targetsOf(command);
  const verb = VERBS[command.kind];
  return {
    id: `plan-${verb}-${targets.join('+')}`,
    command,
    title: `${verb} ${targets[0] ?? ''}${targets.length > 1 ? ` and ${targets.length - 1} more` : ''}`,
    madeAt: at,
    steps: targets.map((target) => ({
      text: `${verb} ${target}`,
      note: 'about 4 s',
      targets: [{ id: target, rev: 1, state: 'RUNNING' }],
      effect: { kind: 'ec2.terminate', instanceIds: [target], intentId: 'x' },
    })),
    usdPerHour: -0.034,
    usd: 0,
    losesMs: 38_000,
    notes: ['It goes on elsewhere from 74 %; its deadline is kept, slack 51 m.'],
  };
}
