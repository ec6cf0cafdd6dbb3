import { describeFault, faultOf, FaultError } from '../model/fault.ts';
import { poolId } from '../model/ids.ts';
import type { EpochMs } from '../model/units.ts';
import type { InterruptionNotice } from '../model/worker.ts';
import { pingBody } from '../protocol/messages.ts';
import { type AgentOptions, attemptPlace, claimContext } from './agent-options.ts';
import { OwnRow } from './own-row.ts';
import { Attempt } from './attempt.ts';
import { DeadMansSwitch } from './dead-mans-switch.ts';
import type { AttemptPlace } from './attempt-context.ts';
import type { Leaving } from './attempt-leaving.ts';
import { claimById, claimNext, type Claimed } from './claim.ts';
import { NoticeWatch } from './notice-watch.ts';
import { PoolWatch } from './pool-watch.ts';

/**
 * The worker of one instance.
 * BOOTING: it has announced itself. IDLE/BUSY: claims a job for each free slot, runs it, claims the next.
 * INTERRUPTED: a notice came; every job is saved and handed back, nothing new is claimed, and EC2 ends the instance.
 * DRAINING: nothing new; it goes when its jobs are done, or as soon as they are saved where an operator wants that.
 * It leaves by itself when idle too long, when too old, when alone for too long, when told to (SIGTERM), or when its row says
 * TERMINATED. It needs no master to work.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #pool: string;
  readonly #attempts = new Map<string, Attempt>();
  /** Jobs that its slots hold or try to claim. */
  readonly #taken = new Set<string>();
  readonly #watchOver: DeadMansSwitch;
  readonly #place: AttemptPlace;
  /** Nothing new is begun. */
  readonly #leaving = new AbortController();
  /** The very end: until then it pings, so that nobody takes it for dead while it saves. */
  readonly #gone = new AbortController();
  /** Somebody told it to go: it waits for nothing more. */
  readonly #told = new AbortController();
  readonly #row: OwnRow;
  readonly #heard: NoticeWatch;
  readonly #pools: PoolWatch;
  /** DRAINING, and why. */
  #draining: string | undefined;
  /** What its row tells beside IDLE and BUSY: since when it works without a master. */
  #autonomy = '';
  #shutdown: string | undefined;
  #firstJobId: string | undefined;
  #idleSinceMs: number;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#firstJobId = options.firstJobId;
    this.#pool = poolId(options.identity.instanceType, options.identity.zone);
    const { ports, deployment, identity, intent, bidUsdPerHour, slots, say } = options;
    this.#pools = new PoolWatch({ ...options, store: ports.store, clock: ports.clock, pool: this.#pool });
    this.#place = attemptPlace(options, {
      usdPerHour: () => this.#pools.usdPerHour,
      hazard: () => this.#pools.hazard,
      spareSlots: () => this.#pools.spareSlots(),
      jobsHere: () => this.#attempts.size,
    });
    this.#heard = new NoticeWatch({
      metadata: ports.metadata,
      clock: ports.clock,
      timings: deployment.timings,
      onNotice: (notice) => this.#noticed(notice),
      onRebalance: () => this.#attempts.forEach((attempt) => attempt.saveNow('rebalance')),
      onSignals: () => this.#row.tellAgain(),
      say,
    });
    this.#row = new OwnRow({
      store: ports.store,
      clock: ports.clock,
      shards: deployment.shards,
      who: {
        id: identity.instanceId,
        pool: this.#pool,
        slots,
        lifecycle: identity.lifecycle,
        serves: options.serves ?? 'queue',
        bidUsdPerHour,
        intent,
        ...(options.version !== undefined && { version: options.version }),
        launchedAt: identity.launchedAt,
      },
      jobs: () => [...this.#attempts.keys()],
      heard: () => ({ notice: this.#heard.notice, signals: this.#heard.signals }),
      say,
      onItem: options.onOwnItem,
    });
    this.#idleSinceMs = options.ports.clock.monotonicMs();
    this.#watchOver = new DeadMansSwitch({
      clock: options.ports.clock,
      timings: options.deployment.timings,
      onAutonomous: (since) => this.#tellAutonomy(since),
      onAlone: (why) => this.#drain(why),
      onOld: (why) => this.shutdown(why),
    });
  }

  /** Runs until it leaves; resolves with the reason. */
  async run(): Promise<string> {
    await this.#register();
    const { deployment } = this.#options;
    const untilGone = [
      this.#forever(deployment.timings.noticePollMs, this.#gone.signal, () => this.#heard.ask()),
      this.#forever(deployment.timings.noticePollMs, this.#gone.signal, () => this.#askForWish()),
      this.#forever(deployment.timings.pingMs, this.#gone.signal, () => this.#ping()),
      this.#forever(deployment.timings.miscPollMs, this.#gone.signal, () => this.#askForMisc()),
    ];
    const slots = Array.from({ length: this.#options.slots }, () => this.#slot());
    await Promise.race([Promise.all(slots), ...untilGone]);
    if (this.#heard.notice !== undefined) await this.#awaitTheEnd();
    this.#gone.abort();
    await Promise.all(untilGone);
    const why = this.#shutdown ?? this.#draining ?? 'left';
    await this.#row.change('TERMINATED', why);
    return why;
  }

  /** In order: jobs are saved and handed back, then it ends. */
  shutdown(why: string): void {
    if (this.#shutdown !== undefined) return;
    this.#shutdown = why;
    this.#told.abort();
    for (const attempt of this.#attempts.values()) attempt.leave({ kind: 'shutdown', why });
    this.#leaving.abort();
  }

  /** Takes nothing new, and goes when what it has is done: work that it can commit by itself is not thrown away. */
  #drain(why: string): void {
    if (this.#leaving.signal.aborted) return;
    this.#draining = why;
    this.#options.say(`${why}: finishes what it has, then ends`);
    this.#leaving.abort();
    void this.#row.change('DRAINING', why);
  }

  async #tellAutonomy(since: EpochMs | undefined): Promise<void> {
    this.#autonomy = since === undefined ? '' : `autonomous since ${new Date(since).toISOString()}`;
    this.#options.say(since === undefined ? 'a master leads again' : `${this.#autonomy}: no master leads; it works on`);
    if (!this.#leaving.signal.aborted) await this.#row.change(this.#row.state, this.#autonomy);
  }

  async #register(): Promise<void> {
    const { ports, identity, slots, say } = this.#options;
    await this.#row.register();
    // Without a price only jobs with a limit are left alone: not worth waiting for.
    await this.#tolerate(() => this.#askForMisc());
    await this.#row.change('IDLE', this.#autonomy);
    this.#idleSinceMs = ports.clock.monotonicMs();
    say(`worker ${identity.instanceId} in ${this.#pool}, ${slots} slot(s)`);
  }

  /** Trouble with AWS is told and tried again; the loop itself ends with its signal only. */
  async #forever(everyMs: number, signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await this.#tolerate(act);
      await this.#options.ports.clock.sleep(everyMs, signal);
    }
  }

  async #tolerate(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      this.#options.say(describeFault(faultOf(error, 'worker')));
    }
  }

  async #ping(): Promise<void> {
    const { ports, identity } = this.#options;
    await ports.pings.send([pingBody({ workerId: identity.instanceId, at: ports.clock.now() })]);
  }

  /**
   * An operator may want it to go: when its jobs have ended, or as soon as they are saved. Level-triggered: read until it is granted.
   * And the leader may have heard something of EC2.
   */
  async #askForWish(): Promise<void> {
    await this.#row.look();
    await this.#heard.told(this.#row.told);
    const { drain } = this.#row;
    if (drain === undefined || this.#heard.notice !== undefined) return;
    const why = `drained by ${drain.by}`;
    this.#drain(why);
    if (drain.jobs === 'give-back') this.shutdown(why);
  }

  async #askForMisc(): Promise<void> {
    await this.#watchOver.observe(await this.#pools.look());
  }

  /** Its jobs run on as long as they may, and then go; nothing new is claimed. */
  async #noticed(notice: InterruptionNotice): Promise<void> {
    for (const attempt of this.#attempts.values()) attempt.leave(this.#becauseOf(notice));
    await this.#row.change('INTERRUPTED', 'EC2 takes it back');
    this.#leaving.abort();
  }

  #becauseOf(notice: InterruptionNotice): Leaving {
    return { kind: 'notice', takeAt: () => this.#heard.notice?.takeAt ?? notice.takeAt };
  }

  /** One slot: claims and runs until the worker leaves. */
  async #slot(): Promise<void> {
    const { ports, deployment, say } = this.#options;
    while (!this.#leaving.signal.aborted) {
      try {
        const claimed = await this.#claim();
        if (claimed !== undefined) {
          await this.#runJob(claimed);
          continue;
        }
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        say(`cannot look for work: ${describeFault(error.fault)}`);
      }
      await this.#rest();
      const jitter = 0.5 + ports.random();
      await ports.clock.sleep(deployment.timings.claimPollMs * jitter, this.#leaving.signal);
    }
  }

  async #rest(): Promise<void> {
    const { ports, deployment } = this.#options;
    if (this.#attempts.size > 0) return;
    // LOST: the leader gave it up while it was silent, and here it is.
    if (['BUSY', 'LOST'].includes(this.#row.state)) await this.#row.change('IDLE', this.#autonomy);
    if (this.#row.state === 'TERMINATED') this.shutdown('its row says that it has ended');
    if (ports.clock.monotonicMs() - this.#idleSinceMs > deployment.timings.idleLimitMs) this.shutdown('idle');
  }

  async #claim(): Promise<Claimed | undefined> {
    const firstJobId = this.#firstJobId;
    this.#firstJobId = undefined;
    const context = claimContext(this.#options, { usdPerHour: this.#pools.usdPerHour, taken: this.#taken });
    const first = firstJobId === undefined ? undefined : await claimById(firstJobId, context);
    return first ?? claimNext(context);
  }

  async #runJob(claimed: Claimed): Promise<void> {
    const { ports, say } = this.#options;
    const attempt = new Attempt(ports, this.#place, claimed);
    const { id, name } = claimed.item.row;
    this.#attempts.set(id, attempt);
    // A notice or a shutdown may have come between the claim and here.
    const { notice } = this.#heard;
    if (notice !== undefined) attempt.leave(this.#becauseOf(notice));
    else if (this.#shutdown !== undefined) attempt.leave({ kind: 'shutdown', why: this.#shutdown });
    try {
      this.#row.beganJob();
      if (notice === undefined)
        await (this.#draining === undefined
          ? this.#row.change('BUSY', this.#autonomy)
          : this.#row.change('DRAINING', this.#draining));
      say(`${name || id}: ${await attempt.run()}`);
    } finally {
      this.#attempts.delete(id);
      this.#taken.delete(id);
      this.#idleSinceMs = ports.clock.monotonicMs();
    }
  }

  /** All is handed back; EC2 ends the instance, and does not charge for an hour that it broke off itself. */
  async #awaitTheEnd(): Promise<void> {
    const { ports, deployment } = this.#options;
    await this.#row.change('INTERRUPTED', 'handed back; EC2 takes it');
    const takeAt = this.#heard.notice?.takeAt ?? 0;
    await ports.clock.sleep(Math.max(0, takeAt - ports.clock.now()) + deployment.timings.leaseMs, this.#told.signal);
  }
}
