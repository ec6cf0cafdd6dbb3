import { type Blob, MemoryBlobs, newBucket } from '../../src/aws/memory/memory-blobs.ts';
import { MemoryCompute } from '../../src/aws/memory/memory-compute.ts';
import { MemoryPrices } from '../../src/aws/memory/memory-prices.ts';
import { MemoryQueue } from '../../src/aws/memory/memory-queue.ts';
import { MemoryTable } from '../../src/aws/memory/memory-table.ts';
import { VirtualClock } from '../../src/aws/memory/virtual-clock.ts';
import type { ConditionalWrite, LaunchRequest } from '../../src/engine/model/command.ts';
import type { Deployment } from '../../src/engine/model/deployment.ts';
import { capacityOf } from '../../src/engine/model/ids.ts';
import type { Compute, LaunchAnswer, Queue } from '../../src/engine/model/ports.ts';
import { type Rng, seededRng } from '../../src/engine/model/rng.ts';
import type { Timings } from '../../src/engine/model/timings.ts';
import { NOTICE_MS } from '../../src/engine/protocol/messages.ts';
import type { FailpointName } from '../../src/engine/worker/failpoints.ts';
import { C5_LARGE, LAB, OTHER_POOL, POOL } from '../support/memory-cloud.ts';
import { NOW } from '../support/snapshots.ts';
import { Deadlines } from './deadlines.ts';
import { Invariants } from './invariants.ts';
import { SimInstance } from './sim-instance.ts';
import { CALM, SimProcess, type Weather } from './sim-process.ts';

export const POOLS = [POOL, OTHER_POOL, 'c5.large/us-east-1c'] as const;

/** EC2's own times: from the answer until the machine runs its agent, and from the wish to end it until it is gone. */
const BOOT_MS = { min: 20_000, span: 40_000 };
const SHUTDOWN_MS = 8_000;
/** A launched instance may be missing from the list for this long. */
const VISIBLE_AFTER_MS = 4_000;
/** Indexes of the tables run behind by up to this; the readers' margin is larger. */
const INDEX_LAG_MS_MAX = 2_000;

/** Two clocks differ by no more than the margin that the protocol allows for. */
export function skewWithin(timings: Timings, rng: Rng): number {
  return Math.round((rng.next() - 0.5) * timings.skewMarginMs);
}

/** What lies in the bucket; what is deleted is told before it is gone, whoever does it. */
class WatchedBlobs extends Map<string, Blob> {
  readonly #onDelete: (key: string) => void;

  constructor(onDelete: (key: string) => void) {
    super();
    this.#onDelete = onDelete;
  }

  override delete(key: string): boolean {
    this.#onDelete(key);
    return super.delete(key);
  }
}

/** All of AWS and every machine of one deployment, on one virtual clock, from one seed. */
export class SimWorld {
  readonly rng: Rng;
  readonly clock = new VirtualClock(NOW, { pure: true });
  readonly deployment: Deployment;
  readonly table: MemoryTable;
  readonly blobs = new MemoryBlobs(undefined, undefined, {
    ...newBucket(() => this.clock.now()),
    blobs: new WatchedBlobs((key) => void this.invariants.blobs.onDelete(key)),
  });
  readonly prices = new MemoryPrices([C5_LARGE]);
  readonly pings: Queue;
  readonly events: Queue;
  readonly compute: Compute;
  readonly invariants: Invariants;
  readonly deadlines: Deadlines;
  readonly instances = new Map<string, SimInstance>();
  /** Whatever runs or ran: masters, workers, operators. */
  readonly processes: SimProcess[] = [];
  /** Who made a write: only the checks read it. */
  readonly writers = new WeakMap<ConditionalWrite, SimProcess>();
  weather: Weather = CALM;
  /** Told of every point that a worker reaches; says whether it dies there. */
  failpoint: (
    point: FailpointName,
    about: { readonly jobId: string; readonly generation: number; readonly on: SimInstance },
  ) => 'lives' | 'dies' = () => 'lives';
  /** Told whose program has just ended, by itself or killed: what it did is about to be committed. */
  onProgramEnded: (worker: SimProcess) => void = () => undefined;
  /** What EC2 has run out of: a pool's spot instances, or its on-demand ones. */
  readonly dry = new Set<string>();
  readonly #ec2: MemoryCompute;
  #processes = 0;

  constructor(seed: number, timings: Timings) {
    this.rng = seededRng(seed);
    this.deployment = { ...LAB, mode: 'aws', shards: 1, readyShards: 1 + this.rng.below(2), timings };
    this.invariants = new Invariants(this);
    this.deadlines = new Deadlines(this);
    const lag = this.rng.fork('lag');
    this.table = new MemoryTable({
      indexLag: { now: () => this.clock.monotonicMs(), nextMs: () => lag.next() ** 3 * INDEX_LAG_MS_MAX },
      onChange: (change) => this.invariants.onChange(change),
    });
    this.pings = this.#queue('ping');
    this.events = this.#queue('events');
    this.#ec2 = new MemoryCompute({
      clock: this.clock,
      bootMs: BOOT_MS.min,
      shutdownMs: SHUTDOWN_MS,
      visibleAfterMs: VISIBLE_AFTER_MS,
      capacity: ({ pool, count, maxUsdPerHour }) =>
        this.dry.has(capacityOf(pool, maxUsdPerHour === undefined ? 'on-demand' : 'spot'))
          ? {
              granted: 0,
              fault: { kind: 'capacity', operation: 'ec2 CreateFleet', target: pool, detail: 'dry', code: '' },
            }
          : { granted: count },
    });
    this.compute = {
      launch: (request) => this.#launch(request),
      terminate: async (ids) => {
        await this.#ec2.terminate(ids);
        for (const id of ids) void this.#shutDown(id);
      },
      instances: () => this.#ec2.instances(),
      createImage: (request) => this.#ec2.createImage(request),
      images: () => this.#ec2.images(),
      retireImage: (id) => this.#ec2.retireImage(id),
    };
  }

  process(kind: SimProcess['kind'], name: string): SimProcess {
    const skewMs = skewWithin(this.deployment.timings, this.rng);
    const rng = this.rng.fork(`process ${this.#processes++}`);
    const process = new SimProcess(
      { name, kind, skewMs },
      {
        clock: this.clock,
        rng,
        weather: () => this.weather,
        noteWriter: (write, writer) => void this.writers.set(write, writer),
      },
    );
    this.processes.push(process);
    return process;
  }

  get alive(): readonly SimInstance[] {
    return [...this.instances.values()].filter(({ isGone }) => !isGone);
  }

  /** EC2 takes it back: with the two minutes' notice on both roads, or, as happens, without any. */
  async reclaim(instance: SimInstance, notice: 'told' | 'untold'): Promise<void> {
    if (notice === 'told' && instance.takeAt === undefined) {
      instance.takeAt = this.clock.now() + NOTICE_MS;
      if (this.rng.below(2) === 0) instance.rebalanceAt = this.clock.now();
      void this.#tell('EC2 Spot Instance Interruption Warning', instance.id, { 'instance-action': 'terminate' });
      await this.clock.sleep(NOTICE_MS);
    }
    if (instance.isGone) return;
    instance.wasTaken = this.#ec2.reclaim(instance.id);
    this.#gone(instance);
  }

  /** The machine dies by itself; EC2 notices, and says so. */
  fail(instance: SimInstance): void {
    if (instance.isGone) return;
    void this.#ec2.terminate([instance.id]);
    this.#gone(instance);
  }

  /** The instance ended itself, as `shutdown` does under InstanceInitiatedShutdownBehavior=terminate. */
  async ended(instance: SimInstance): Promise<void> {
    if (instance.isGone) return;
    await this.#ec2.terminate([instance.id]);
    this.#gone(instance);
  }

  async #launch(request: LaunchRequest): Promise<LaunchAnswer> {
    const answer = await this.#ec2.launch(request);
    for (const id of answer.instanceIds) {
      if (this.instances.has(id)) continue;
      const instance = new SimInstance(this, id, request);
      this.instances.set(id, instance);
      void this.#boot(instance);
    }
    return answer;
  }

  async #boot(instance: SimInstance): Promise<void> {
    await this.clock.sleep(BOOT_MS.min + this.rng.below(BOOT_MS.span));
    if (!instance.isGone) instance.boot();
    void this.#tell('EC2 Instance State-change Notification', instance.id, { state: 'running' });
  }

  async #shutDown(id: string): Promise<void> {
    const instance = this.instances.get(id);
    if (instance === undefined || instance.isGone) return;
    instance.tellToStop();
    await this.clock.sleep(this.rng.below(SHUTDOWN_MS));
    this.#gone(instance);
  }

  #gone(instance: SimInstance): void {
    if (instance.isGone) return;
    instance.die();
    void this.#tell('EC2 Instance State-change Notification', instance.id, { state: 'terminated' });
  }

  /** EventBridge: best effort, late, twice, or never. */
  async #tell(type: string, instanceId: string, detail: Readonly<Record<string, string>>): Promise<void> {
    const time = new Date(this.clock.now()).toISOString();
    const body = JSON.stringify({
      version: '0',
      source: 'aws.ec2',
      'detail-type': type,
      time,
      detail: { 'instance-id': instanceId, ...detail },
    });
    if (this.rng.next() < this.weather.lostCall) return;
    await this.clock.sleep(500 + this.rng.below(2_000));
    await this.events.send([body]);
  }

  /** A standard queue of SQS: at least once, in any order. */
  #queue(name: string): Queue {
    const queue = new MemoryQueue({ clock: this.clock, name });
    const rng = this.rng.fork(`queue ${name}`);
    const later = async (bodies: readonly string[]): Promise<void> => {
      await this.clock.sleep(rng.below(5_000));
      await queue.send(bodies);
    };
    return {
      receive: queue.receive.bind(queue),
      delete: queue.delete.bind(queue),
      depth: queue.depth.bind(queue),
      send: async (bodies) => {
        const dice = rng.next();
        if (dice < 0.03) void later(bodies);
        if (dice < 0.06 && dice >= 0.03) void later(bodies);
        else await queue.send(bodies);
      },
    };
  }
}
