import { MemoryFiles } from '../../src/aws/memory/memory-files.ts';
import type { LaunchRequest } from '../../src/engine/model/command.ts';
import { parsePoolId } from '../../src/engine/model/ids.ts';
import { Agent } from '../../src/engine/worker/agent.ts';
import { C5_LARGE } from '../support/memory-cloud.ts';
import { countingSupervisor } from './sim-program.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimWorld } from './sim-world.ts';

/** One in so many agents ends without its instance: what then runs on is a zombie. */
const ZOMBIE_ONE_IN = 12;

/** A machine: a disk, an agent, and the programs that it runs. All of it goes at once. */
export class SimInstance {
  readonly id: string;
  readonly request: LaunchRequest;
  /** By EC2's clock, which charges from here on. */
  readonly bornAt: number;
  takeAt: number | undefined;
  rebalanceAt: number | undefined;
  process: SimProcess | undefined;
  endedMs: number | undefined;
  /** By EC2's clock, which charges until then. */
  endedAt: number | undefined;
  /** When its agent died or left; undefined while it runs or has not begun. */
  agentEndedMs: number | undefined;
  /** The same, by EC2's clock. */
  agentEndedAt: number | undefined;
  /** EC2 took it back. */
  wasTaken = false;
  readonly #world: SimWorld;
  readonly #files = new MemoryFiles();
  #agent: Agent | undefined;

  constructor(world: SimWorld, id: string, request: LaunchRequest) {
    this.#world = world;
    this.id = id;
    this.request = request;
    this.bornAt = world.clock.now();
  }

  get isSpot(): boolean {
    return this.request.maxUsdPerHour !== undefined;
  }

  get isGone(): boolean {
    return this.endedMs !== undefined;
  }

  boot(): void {
    const world = this.#world;
    const { clock, deployment, invariants } = world;
    const process = world.process('worker', this.id);
    this.process = process;
    process.onDeath = () => {
      this.#agentEnded();
    };
    const { instanceType, zone } = parsePoolId(this.request.pool);
    const disk = {
      read: async (file: string) => this.#files.bytes(file),
      write: async (file: string, bytes: Buffer) => this.#files.put(file, bytes),
    };
    const supervisor = countingSupervisor({
      clock,
      files: this.#files,
      isAlive: () => !this.isGone,
      watcher: {
        began: (jobId, step, stepAt) => invariants.programBegan(jobId, { on: this, step, stepAt }),
        ended: (jobId, step) => {
          invariants.programEnded(jobId, this, step);
          world.onProgramEnded(process);
        },
        killsItsInstance: () => world.fail(this),
      },
    });
    this.#agent = new Agent({
      ports: {
        store: process.reach('table', world.table),
        blobs: process.reach('blobs', world.blobs.from(disk)),
        files: process.own(this.#files),
        supervisor,
        clock: process.clock,
        random: world.rng.fork(this.id).next,
        failpoint: (point, about) => {
          if (world.failpoint(point, { ...about, on: this }) === 'lives') return undefined;
          process.kill();
          return new Promise<never>(() => undefined);
        },
        pings: process.reach('queue', world.pings),
        metadata: process.reach('imds', {
          identity: () => Promise.reject(new Error('not asked')),
          interruption: async () => (this.takeAt === undefined ? undefined : { takeAt: this.takeAt }),
          rebalance: async () => (this.rebalanceAt === undefined ? undefined : { at: this.rebalanceAt }),
        }),
      },
      deployment,
      identity: {
        instanceId: this.id,
        instanceType,
        zone,
        region: 'us-east-1',
        lifecycle: this.isSpot ? 'spot' : 'on-demand',
        launchedAt: this.bornAt,
      },
      intent: this.request.intentId,
      bidUsdPerHour: this.request.maxUsdPerHour ?? 0,
      serves: this.request.jobs === undefined ? 'queue' : 'rescued',
      onDemandUsdPerHour: C5_LARGE.onDemandUsdPerHour,
      slots: this.request.slots,
      machine: C5_LARGE,
      queue: 'default',
      jobsRoot: '/jobs',
      environment: {},
      say: () => undefined,
    });
    void this.#agent.run().then(
      () => this.#left(),
      (error: unknown) =>
        invariants.violated(`worker ${this.id} crashed: ${error instanceof Error ? error.stack : error}`),
    );
  }

  /** EC2 asks the operating system to end; the agent gets its SIGTERM. */
  tellToStop(): void {
    this.#agent?.shutdown('SIGTERM');
  }

  /** kill -9 of all that runs on it. */
  die(): void {
    this.endedMs = this.#world.clock.monotonicMs();
    this.endedAt = this.#world.clock.now();
    this.process?.kill();
  }

  #agentEnded(): void {
    this.agentEndedMs ??= this.#world.clock.monotonicMs();
    this.agentEndedAt ??= this.#world.clock.now();
  }

  async #left(): Promise<void> {
    const world = this.#world;
    this.#agentEnded();
    if (world.rng.below(ZOMBIE_ONE_IN) > 0) await world.ended(this);
  }
}
