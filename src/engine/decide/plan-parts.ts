import type { Command, Intent, Plan, PlanStep, Proposal, Refusal } from '../model/command.ts';
import type { MasterHost } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { newIntent, putIntent } from '../protocol/intent-item.ts';
import { hasLeader } from './has-leader.ts';

/** Who asks, and from where: goes with every intent into the audit. */
export interface Operator {
  readonly name: string;
  readonly from: string;
  readonly mode: 'operator' | 'read-only';
}

export interface PlanContext {
  readonly snapshot: Snapshot;
  readonly operator: Operator;
  /** Makes the plan's id and a launch's; chance belongs to the caller. */
  readonly newId: () => string;
  readonly now: number;
  /** Where a master can be started; undefined where none can. */
  readonly host?: Pick<MasterHost, 'machine' | 'commandLine' | 'logFile' | 'running'> | undefined;
}

export function refuse(code: Refusal['code'], sentence: string): Proposal {
  return { ok: false, refusal: { code, sentence } };
}

export type PlanBody = Pick<Plan, 'title' | 'steps'> & Partial<Pick<Plan, 'usdPerHour' | 'usd' | 'losesMs' | 'notes'>>;

export function planned(command: Command, context: PlanContext, body: PlanBody): Proposal {
  return {
    ok: true,
    plan: { id: context.newId(), command, madeAt: context.now, usdPerHour: 0, usd: 0, losesMs: 0, notes: [], ...body },
  };
}

export function openIntent(id: string, action: Intent['action'], { operator, now }: PlanContext): Intent {
  return newIntent({ id, action, by: operator.name, from: operator.from, createdAt: now });
}

export function intentStep(intent: Intent, text: string, note: string): PlanStep {
  return { text, note, effect: { kind: 'table.write', write: putIntent(intent) } };
}

export function leaderNote({ snapshot, now }: PlanContext): readonly string[] {
  return !hasLeader(snapshot, now) ? ['no master runs: this waits until one does (cbas master)'] : [];
}
