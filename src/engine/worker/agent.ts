import { describeFault, faultOf, FaultError } from '../model/fault.ts';
import { poolId } from '../model/ids.ts';
import type { Deployment } from '../model/deployment.ts';
import type { InstanceMetadata, Queue } from '../model/ports.ts';
import type { InstanceType } from '../model/market.ts';
import { type InterruptionNotice, type WorkerPhases, type WorkerRow, type WorkerState } from '../model/worker.ts';
import { pingBody } from '../protocol/messages.ts';
import { MISC, pricesOf } from '../protocol/misc-item.ts';
import { changeWorker, registerBooting, workerRowOf } from '../protocol/worker-item.ts';
import { Attempt } from './attempt.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';
import { claimById, claimNext, type Claimed, type ClaimContext } from './claim.ts';

/** Prices for the jobs' limits and their cost. */
const PRICE_POLL_MS = 10_000;

export interface AgentPorts extends AttemptPorts {
  readonly pings: Queue;
  readonly metadata: InstanceMetadata;
}

export interface AgentOptions {
  readonly ports: AgentPorts;
  readonly deployment: Deployment;
  readonly identity: {
    readonly instanceId: string;
    readonly instanceType: string;
    readonly zone: string;
    readonly region: string;
  };
  readonly intent: string;
  readonly bidUsdPerHour: number;
  readonly slots: number;
  /** What the machine is; shared evenly by the slots. */
  readonly machine: Pick<InstanceType, 'vcpus' | 'memoryMb' | 'arch' | 'gpus'>;
  readonly queue: string;
  /** A job that came with the launch, tried before any other; undefined when none did. */
  readonly firstJobId?: string;
  readonly jobsRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly say: (line: string) => void;
}

/**
 * The worker of one instance.
 * BOOTING: it has announced itself. IDLE/BUSY: claims a job for each free slot, runs it, claims the next.
 * INTERRUPTED: a notice came; every job is saved and handed back, nothing new is claimed, and EC2 ends the instance.
 * It leaves by itself when idle too long, when told to (SIGTERM), or when its row says TERMINATED. It needs no master.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #pool: string;
  readonly #attempts = new Map<string, Attempt>();
  /** Jobs that its slots hold or try to claim. */
  readonly #taken = new Set<string>();
  /** Nothing new is begun. */
  readonly #leaving = new AbortController();
  /** The very end: until then it pings, so that nobody takes it for dead while it saves. */
  readonly #gone = new AbortController();
  /** Somebody told it to go: it waits for nothing more. */
  readonly #told = new AbortController();
  #row: WorkerRow | undefined;
  #phases: WorkerPhases;
  #notice: InterruptionNotice | undefined;
  #shutdown: string | undefined;
  #firstJobId: string | undefined;
  #usdPerHour = 0;
  #idleSinceMs: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#firstJobId = options.firstJobId;
    this.#pool = poolId(options.identity.instanceType, options.identity.zone);
    const at = options.ports.clock.now();
    this.#phases = { requestedAt: 0, pendingAt: 0, bootingAt: at, readyAt: 0, firstJobAt: 0, endedAt: 0 };
    this.#idleSinceMs = options.ports.clock.monotonicMs();
  }

  /** Runs until it leaves; resolves with the reason. */
  async run(): Promise<string> {
    await this.#register();
    const { deployment } = this.#options;
    const untilGone = [
      this.#forever(deployment.timings.pingMs, this.#gone.signal, () => this.#ping()),
      this.#forever(PRICE_POLL_MS, this.#gone.signal, () => this.#askForPrice()),
    ];
    const untilLeaving = [
      this.#forever(deployment.timings.noticePollMs, this.#leaving.signal, () => this.#askForNotice()),
      ...Array.from({ length: this.#options.slots }, () => this.#slot()),
    ];
    await Promise.race([Promise.all(untilLeaving), ...untilGone]);
    if (this.#notice !== undefined) await this.#awaitTheEnd();
    this.#gone.abort();
    await Promise.all(untilGone);
    await this.#change('TERMINATED', this.#shutdown ?? 'left');
    return this.#shutdown ?? 'left';
  }

  /** In order: jobs are saved and handed back, then it ends. */
  shutdown(why: string): void {
    if (this.#shutdown !== undefined) return;
    this.#shutdown = why;
    this.#told.abort();
    for (const attempt of this.#attempts.values()) attempt.leave({ kind: 'shutdown', why });
    this.#leaving.abort();
  }

  async #register(): Promise<void> {
    const { ports, deployment, identity, slots, bidUsdPerHour, intent, say } = this.#options;
    const at = ports.clock.now();
    for (;;) {
      try {
        const item = await ports.store.write(
          registerBooting({
            id: identity.instanceId,
            pool: this.#pool,
            slots,
            bidUsdPerHour,
            intent,
            shards: deployment.shards,
            requestedAt: at,
            at,
          }),
        );
        const row = workerRowOf(item ?? (await ports.store.get('workers', identity.instanceId)) ?? {});
        if (row !== undefined) {
          this.#row = row;
          this.#phases = { ...row.phases, bootingAt: at };
          break;
        }
      } catch (error) {
        if (!(error instanceof FaultError)) throw error;
        say(`cannot register yet: ${describeFault(error.fault)}`);
      }
      await ports.clock.sleep(1_000);
    }
    this.#phases = { ...this.#phases, readyAt: ports.clock.now() };
    // Without a price only jobs with a limit are left alone: not worth waiting for.
    await this.#tolerate(() => this.#askForPrice());
    await this.#change('IDLE', '');
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

  async #askForPrice(): Promise<void> {
    const prices = pricesOf(await this.#options.ports.store.get('misc', MISC.prices));
    this.#usdPerHour = prices[this.#pool] ?? this.#usdPerHour;
  }

  async #askForNotice(): Promise<void> {
    const { ports, say } = this.#options;
    if (this.#notice !== undefined) return;
    const interruption = await ports.metadata.interruption();
    if (interruption === undefined) return;
    this.#notice = { noticedAt: ports.clock.now(), takeAt: interruption.takeAt, source: 'imds' };
    say(`notice: EC2 takes this instance back at ${new Date(interruption.takeAt).toISOString()}`);
    for (const attempt of this.#attempts.values()) attempt.leave({ kind: 'notice', takeAt: interruption.takeAt });
    await this.#change('INTERRUPTED', 'EC2 takes it back');
    this.#leaving.abort();
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
    if (this.#row?.state === 'BUSY') await this.#change('IDLE', '');
    if (this.#row?.state === 'TERMINATED') this.shutdown('its row says that it has ended');
    if (ports.clock.monotonicMs() - this.#idleSinceMs > deployment.timings.idleLimitMs) this.shutdown('idle');
  }

  async #claim(): Promise<Claimed | undefined> {
    const firstJobId = this.#firstJobId;
    this.#firstJobId = undefined;
    const context = this.#claimContext();
    const first = firstJobId === undefined ? undefined : await claimById(firstJobId, context);
    return first ?? claimNext(context);
  }

  #claimContext(): ClaimContext {
    const { ports, deployment, identity, slots, machine, queue } = this.#options;
    return {
      store: ports.store,
      clock: ports.clock,
      random: ports.random,
      deployment,
      workerId: identity.instanceId,
      pool: this.#pool,
      region: identity.region,
      queue,
      slot: {
        type: identity.instanceType,
        arch: machine.arch,
        gpus: machine.gpus,
        vcpus: machine.vcpus / slots,
        memoryMb: machine.memoryMb / slots,
      },
      usdPerHour: this.#usdPerHour,
      taken: this.#taken,
    };
  }

  async #runJob(claimed: Claimed): Promise<void> {
    const { ports, say } = this.#options;
    const attempt = new Attempt(ports, this.#place(), claimed);
    const { id, name } = claimed.item.row;
    this.#attempts.set(id, attempt);
    // A notice or a shutdown may have come between the claim and here.
    if (this.#notice !== undefined) attempt.leave({ kind: 'notice', takeAt: this.#notice.takeAt });
    else if (this.#shutdown !== undefined) attempt.leave({ kind: 'shutdown', why: this.#shutdown });
    try {
      if (this.#phases.firstJobAt === 0) this.#phases = { ...this.#phases, firstJobAt: ports.clock.now() };
      if (this.#notice === undefined) await this.#change('BUSY', '');
      say(`${name || id}: ${await attempt.run()}`);
    } finally {
      this.#attempts.delete(id);
      this.#taken.delete(id);
      this.#idleSinceMs = ports.clock.monotonicMs();
    }
  }

  #place(): AttemptPlace {
    const { deployment, identity, slots, jobsRoot, environment } = this.#options;
    return {
      deployment,
      workerId: identity.instanceId,
      pool: this.#pool,
      slots,
      jobsRoot,
      environment,
      usdPerHour: () => this.#usdPerHour,
    };
  }

  /** One write after the other: a later state never overtakes an earlier one. */
  #change(state: WorkerState, detail: string): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeChange(state, detail));
    return this.#writing;
  }

  async #writeChange(state: WorkerState, detail: string): Promise<void> {
    const { ports, say } = this.#options;
    const row = this.#row;
    if (row === undefined || row.state === 'TERMINATED') return;
    const at = ports.clock.now();
    const phases = state === 'TERMINATED' ? { ...this.#phases, endedAt: at } : this.#phases;
    try {
      const item = await ports.store.write(
        changeWorker(row, { state, jobs: [...this.#attempts.keys()], phases, notice: this.#notice, detail, at }),
      );
      const next = workerRowOf(item ?? (await ports.store.get('workers', row.id)) ?? {});
      if (next !== undefined) this.#row = next;
    } catch (error) {
      // The row is for the eyes of others: the work itself is fenced by the jobs' own items.
      if (!(error instanceof FaultError)) throw error;
      say(`cannot tell that it is ${state}: ${describeFault(error.fault)}`);
    }
  }

  /** All is handed back; EC2 ends the instance, and does not charge for an hour that it broke off itself. */
  async #awaitTheEnd(): Promise<void> {
    const { ports, deployment } = this.#options;
    await this.#change('INTERRUPTED', 'handed back; EC2 takes it');
    const takeAt = this.#notice?.takeAt ?? 0;
    await ports.clock.sleep(Math.max(0, takeAt - ports.clock.now()) + deployment.timings.leaseMs, this.#told.signal);
  }
}
