import { guardIntent } from '../decide/guard.ts';
import { candidatePools } from '../decide/capacity.ts';
import { settleDoubt } from '../decide/intents.ts';
import { plural } from '../decide/notables.ts';
import { servingCount } from '../decide/plan.ts';
import type { ConditionalWrite, Intent, LaunchRequest } from '../model/command.ts';
import type { EngineEvent } from '../model/event.ts';
import { describeFault, faultOf, isDoubtful } from '../model/fault.ts';
import { parsePoolId } from '../model/ids.ts';
import type { Clock, Compute, Item, LaunchAnswer, TableStore } from '../model/ports.ts';
import type { Snapshot } from '../model/snapshot.ts';
import { intentOf, newIntent, putIntent, settleIntent, type Settlement, startIntent } from '../protocol/intent-item.ts';
import { settingsOf, writeSettings } from '../protocol/misc-item.ts';
import { auditIntent } from './audit.ts';
import { actOnImages } from './image-acts.ts';
import { type NewWorker, registerPending, workerRowOf } from '../protocol/worker-item.ts';

export interface ExecutorOptions {
  readonly store: TableStore;
  readonly compute: Compute;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot;
  readonly dispatch: (events: readonly EngineEvent[]) => void;
  readonly leader: { readonly id: string; readonly epoch: number };
  /** false once the lease is near its end: nothing more is begun. */
  readonly mayAct: () => boolean;
}

/** Carries out intents, one at a time: guard on the newest snapshot, STARTED, the call, the end. Intent before effect. */
export class Executor {
  readonly #options: ExecutorOptions;
  /** Ids that this leader has begun itself; another STARTED one is a doubt left by a dead leader. */
  readonly #begun = new Set<string>();

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  /** The leader's own wish becomes an intent like anybody's, and is carried out at once. */
  async launch(
    wish: { readonly pool: string; readonly count: number; readonly jobs?: readonly string[] },
    id: string,
  ): Promise<void> {
    const { clock, leader } = this.#options;
    const { pool, count, jobs } = wish;
    const action = { verb: 'launch', count, pool, ...(jobs !== undefined && { jobs }) } as const;
    const intent = newIntent({ id, action, by: leader.id, createdAt: clock.now() });
    const item = await this.#write(putIntent(intent));
    if (item !== undefined) await this.carryOut(intent);
  }

  async carryOut(intent: Intent): Promise<void> {
    const { snapshot, clock, mayAct, leader } = this.#options;
    if (!mayAct()) return;
    if (intent.state === 'STARTED') {
      if (!this.#begun.has(intent.id)) await this.#settleDoubt(intent);
      return;
    }
    const refusal = guardIntent(snapshot(), intent);
    if (refusal !== undefined)
      return this.#settle(intent, { state: 'REFUSED', outcome: refusal.sentence, instanceIds: [] });
    const started = await this.#write(
      startIntent(intent.id, { token: intent.id, leaderEpoch: leader.epoch, at: clock.now() }),
    );
    if (started === undefined || !mayAct()) return;
    this.#begun.add(intent.id);
    this.#options.dispatch([{ kind: 'intent.started', at: clock.now(), id: intent.id, token: intent.id }]);
    try {
      if (intent.action.verb === 'launch') await this.#launch(intent, intent.action);
      else if (intent.action.verb === 'terminate') await this.#terminate(intent, intent.action);
      else await this.#onImages(intent);
    } catch (error) {
      // Nobody works on it any more: what became of it is looked up, as after a crash.
      this.#begun.delete(intent.id);
      throw error;
    }
  }

  /** In the pool that was named; else in the cheapest, and where EC2 refuses that one, in the next. */
  async #launch(intent: Intent, action: Extract<Intent['action'], { verb: 'launch' }>): Promise<void> {
    const { snapshot, clock, leader, mayAct } = this.#options;
    const { open, closed } = candidatePools(snapshot(), clock.now());
    // For rescued jobs on-demand was chosen: what spot costs there, or whether it can be had, is nothing to them.
    const candidates =
      action.jobs === undefined
        ? open.filter(({ pool }) => action.pool === undefined || pool === action.pool)
        : [{ pool: action.pool ?? '', bidUsdPerHour: 0 }];
    if (candidates.length === 0) {
      const why = closed.find((line) => line.startsWith(action.pool ?? '')) ?? 'no pool can be asked';
      await this.#settle(intent, { state: 'FAILED', outcome: `nothing launched: ${why}`, instanceIds: [] });
      return;
    }
    if (intent.by !== leader.id && action.jobs === undefined) await this.#raiseTarget(action.count, intent.by);
    const refusals: string[] = [];
    for (const [at, candidate] of candidates.entries()) {
      // A token stands for one request: another pool is another one. What a doubt is settled by is the intent's tag on all of them.
      const token = at === 0 ? intent.id : `${intent.id}-${at}`;
      const { instanceIds, fault } = await this.#ask(intent, {
        ...candidate,
        count: action.count,
        token,
        jobs: action.jobs,
        imageId: action.imageId,
      });
      if (instanceIds.length > 0) {
        const outcome = `${plural(instanceIds.length, 'worker')} launched in ${candidate.pool}`;
        await this.#settle(intent, { state: 'DONE', outcome, instanceIds });
        return;
      }
      if ((fault !== undefined && isDoubtful(fault)) || !mayAct()) {
        // Looked up, as after a crash.
        this.#begun.delete(intent.id);
        return;
      }
      refusals.push(fault === undefined ? `${candidate.pool}: EC2 gave no reason` : describeFault(fault));
    }
    const outcome = `nothing launched: ${refusals.join('; ')}`;
    await this.#settle(intent, { state: 'FAILED', outcome, instanceIds: [] });
  }

  /** One pool is asked; what it gives has its rows before anything else is done. */
  async #ask(
    intent: Intent,
    launch: Pick<LaunchRequest, 'pool' | 'count' | 'token'> & {
      readonly bidUsdPerHour: number;
      readonly jobs: readonly string[] | undefined;
      readonly imageId: string | undefined;
    },
  ): Promise<LaunchAnswer> {
    const { snapshot, compute, clock, leader, dispatch } = this.#options;
    const { pool, bidUsdPerHour, count, token, jobs, imageId } = launch;
    const lifecycle = bidUsdPerHour > 0 ? 'spot' : 'on-demand';
    // One slot: the time that a rescued job needs was measured without a neighbour.
    const slots = jobs !== undefined ? 1 : snapshot().settings.slotsPerWorker;
    const requestedAt = clock.now();
    const answer = await compute
      .launch({
        token,
        intentId: intent.id,
        pool,
        count,
        maxUsdPerHour: bidUsdPerHour > 0 ? bidUsdPerHour : undefined,
        slots,
        ...(jobs !== undefined && { jobs }),
        ...(imageId !== undefined && { imageId }),
        machine: snapshot().types[parsePoolId(pool).instanceType],
      })
      .catch((error: unknown): LaunchAnswer => ({ instanceIds: [], fault: faultOf(error, 'launch') }));
    const at = clock.now();
    dispatch([
      {
        kind: 'launch.answered',
        at,
        intentId: intent.id,
        pool,
        lifecycle,
        instanceIds: answer.instanceIds,
        fault: answer.fault,
      },
    ]);
    const { deployment } = snapshot();
    for (const id of answer.instanceIds) {
      const newborn: NewWorker = {
        id,
        pool,
        slots,
        lifecycle,
        serves: jobs !== undefined ? 'rescued' : 'queue',
        bidUsdPerHour,
        intent: intent.id,
        shards: deployment?.shards ?? 1,
        requestedAt,
        launchedAt: at,
        at,
      };
      await this.#write(registerPending(newborn, leader.epoch));
    }
    return answer;
  }

  async #terminate(intent: Intent, action: Extract<Intent['action'], { verb: 'terminate' }>): Promise<void> {
    const { snapshot } = this.#options;
    // One unknown id would make EC2 refuse them all.
    const ids = action.workerIds.filter((id) => (snapshot().workers.get(id)?.state ?? 'TERMINATED') !== 'TERMINATED');
    // Workers for rescued jobs were never a part of the target.
    const asked = ids.filter((id) => snapshot().workers.get(id)?.serves === 'queue');
    if (action.target === 'lower') await this.#raiseTarget(-asked.length, intent.by);
    await this.#end(intent, ids);
  }

  async #end(intent: Intent, ids: readonly string[]): Promise<void> {
    try {
      const { compute } = this.#options;
      await compute.terminate(ids);
      // EC2 says at once that they are shutting down: their rows and jobs need not wait for the next comparison.
      this.#options.dispatch([
        { kind: 'instances.observed', at: this.#options.clock.now(), rows: await compute.instances() },
      ]);
      await this.#settle(intent, { state: 'DONE', outcome: `terminated ${ids.join(' ')}`, instanceIds: ids });
    } catch (error) {
      const fault = faultOf(error, 'terminate');
      if (isDoubtful(fault)) this.#begun.delete(intent.id);
      else await this.#settle(intent, { state: 'FAILED', outcome: describeFault(fault), instanceIds: [] });
    }
  }

  /** Workers that an operator asked for are meant to stay: the target follows. A change that comes between is not overwritten. */
  async #raiseTarget(by: number, changedBy: string): Promise<void> {
    const { snapshot, clock, dispatch } = this.#options;
    const { settings } = snapshot();
    const targetWorkers =
      by > 0
        ? Math.max(settings.targetWorkers, servingCount(snapshot()) + by)
        : Math.max(0, settings.targetWorkers + by);
    if (targetWorkers === settings.targetWorkers) return;
    const item = await this.#write(writeSettings({ ...settings, targetWorkers, changedBy, changedAt: clock.now() }));
    if (item !== undefined) dispatch([{ kind: 'settings.observed', at: clock.now(), settings: settingsOf(item) }]);
  }

  /** Undefined where it is not known yet what came of it: looked up again, as after a crash. */
  async #onImages(intent: Intent): Promise<void> {
    const { store, compute, clock, snapshot, leader } = this.#options;
    const deployment = snapshot().deployment?.name ?? '';
    const end = await actOnImages(intent, { store, compute, deployment, now: clock.now(), leaderEpoch: leader.epoch });
    if (end === undefined) this.#begun.delete(intent.id);
    else await this.#settle(intent, end);
  }

  async #settleDoubt(intent: Intent): Promise<void> {
    const { snapshot, clock } = this.#options;
    if (intent.action.verb === 'image' || intent.action.verb === 'retire') return this.#onImages(intent);
    const doubt = settleDoubt(snapshot(), intent, clock.now());
    if (doubt.kind === 'terminate') await this.#end(intent, doubt.instanceIds);
    if (doubt.kind === 'found') {
      const outcome = 'found after a change of leader';
      await this.#settle(intent, { state: 'DONE', outcome, instanceIds: doubt.instanceIds });
    }
    if (doubt.kind === 'nothing')
      await this.#settle(intent, { state: 'FAILED', outcome: doubt.outcome, instanceIds: [] });
  }

  async #settle(intent: Intent, end: Pick<Settlement, 'state' | 'outcome' | 'instanceIds'>): Promise<void> {
    const { store, clock, leader, dispatch } = this.#options;
    const at = clock.now();
    const item = await this.#write(settleIntent(intent.id, { ...end, at, leaderEpoch: leader.epoch }));
    if (item === undefined) return;
    dispatch([{ kind: 'intent.settled', at, id: intent.id, state: end.state, outcome: end.outcome }]);
    const fault = await auditIntent(store, intent, { ...end, at, leaderId: leader.id });
    if (fault !== undefined) dispatch([{ kind: 'effect.failed', at: clock.now(), what: 'audit', fault }]);
  }

  /** Every write of the leader is known to its own snapshot at once: it never decides on what it has just changed. */
  async #write(write: ConditionalWrite): Promise<Item | undefined> {
    const { store, dispatch, clock } = this.#options;
    const item = await store.write(write);
    if (item === undefined) return undefined;
    const at = clock.now();
    const worker = write.table === 'workers' ? workerRowOf(item) : undefined;
    if (worker !== undefined) dispatch([{ kind: 'workers.observed', at, rows: [worker] }]);
    const intent = write.table === 'intents' ? intentOf(item) : undefined;
    if (intent !== undefined) dispatch([{ kind: 'intents.observed', at, rows: [intent] }]);
    return item;
  }
}
