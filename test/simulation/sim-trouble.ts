import { AWS_TIMINGS } from '../../src/engine/model/timings.ts';
import { capacityOf } from '../../src/engine/model/ids.ts';
import type { Rng } from '../../src/engine/model/rng.ts';
import { CALM, type ServiceName, type SimProcess, type Weather } from './sim-process.ts';
import { POOLS, type SimWorld, skewWithin } from './sim-world.ts';

const MINUTE = 60_000;

/** One in so many programs ends as its worker loses table and queue. */
const LAST_MOMENT_ONE_IN = 12;

export interface TroubleOptions {
  readonly world: SimWorld;
  readonly rng: Rng;
  /** Mean time between two troubles is drawn around this. */
  readonly hours: number;
  readonly isTroubled: () => boolean;
  readonly masters: () => readonly SimProcess[];
}

/** All that goes wrong: the market, the weather of the network, and single blows to single processes. */
export class Trouble {
  readonly #world: SimWorld;
  readonly #rng: Rng;
  readonly #options: TroubleOptions;
  kills = 0;

  constructor(options: TroubleOptions) {
    this.#world = options.world;
    this.#rng = options.rng;
    this.#options = options;
  }

  begin(): void {
    const rng = this.#rng.fork('ends');
    this.#world.onProgramEnded = (worker) => {
      if (this.#isTroubled && rng.below(LAST_MOMENT_ONE_IN) === 0) void this.#cutOffAtTheEnd(worker, rng);
    };
    void this.#market();
    void this.#trouble();
    void this.#storms();
  }

  /** How much longer than AWS's the deployment's periods are. */
  get #stretch(): number {
    return this.#world.deployment.timings.leaseMs / AWS_TIMINGS.leaseMs;
  }

  get #isTroubled(): boolean {
    return this.#options.isTroubled();
  }

  /** Prices wander below the bid and now and then exceed it: then all of a pool is taken back. */
  async #market(): Promise<void> {
    const { clock, prices } = this.#world;
    const rng = this.#rng.fork('market');
    for (;;) {
      for (const pool of POOLS) {
        const spike = this.#isTroubled && rng.below(40) === 0;
        const usdPerHour = Number((spike ? 0.06 + rng.next() * 0.05 : 0.025 + rng.next() * 0.02).toFixed(4));
        prices.add([{ pool, at: clock.now(), usdPerHour }]);
        if (!spike) continue;
        for (const instance of this.#world.alive.filter(({ request, isSpot }) => isSpot && request.pool === pool)) {
          this.kills += 1;
          void this.#world.reclaim(instance, rng.below(5) === 0 ? 'untold' : 'told');
        }
      }
      await clock.sleep(20 * MINUTE + rng.below(20 * MINUTE));
    }
  }

  async #storms(): Promise<void> {
    const { clock } = this.#world;
    const rng = this.#rng.fork('storms');
    const usual: Weather = { lostCall: 0.001, lostReply: 0.001, throttled: 0.002, slow: 0.02, slowMsMax: 1_500 };
    while (this.#isTroubled) {
      this.#world.weather = usual;
      await clock.sleep(rng.below(60 * MINUTE));
      this.#world.weather = {
        lostCall: 0.05 * rng.next(),
        lostReply: 0.05 * rng.next(),
        throttled: 0.1 * rng.next(),
        slow: 0.2,
        slowMsMax: 6_000,
      };
      for (const pool of POOLS) {
        if (rng.below(3) === 0) this.#world.dry.add(pool);
        if (rng.below(4) === 0) this.#world.dry.add(capacityOf(pool, 'on-demand'));
      }
      await clock.sleep(rng.below(10 * MINUTE));
      this.#world.dry.clear();
    }
    this.#world.weather = CALM;
    this.#world.dry.clear();
    for (const process of this.#world.processes) process.reconnect();
  }

  async #trouble(): Promise<void> {
    const { clock } = this.#world;
    const rng = this.#rng.fork('trouble');
    const meanMs = (this.#options.hours <= 3 ? 0.5 + rng.below(5) : 2 + rng.below(15)) * MINUTE;
    while (this.#isTroubled) {
      await clock.sleep(-Math.log(1 - rng.next()) * meanMs);
      if (!this.#isTroubled) return;
      this.#oneTrouble(rng);
    }
  }

  #oneTrouble(rng: Rng): void {
    const workers = this.#world.alive.filter(({ process }) => process !== undefined && !process.isDead);
    const worker = workers[rng.below(workers.length)];
    const masters = this.#options.masters();
    const master = masters[rng.below(masters.length)];
    const victim = rng.below(3) > 0 ? worker?.process : master;
    switch (rng.below(9)) {
      case 0:
        if (worker?.isSpot === true)
          this.#kill(() => void this.#world.reclaim(worker, rng.below(3) > 0 ? 'told' : 'untold'));
        return;
      case 1:
        if (worker !== undefined) this.#kill(() => this.#world.fail(worker));
        return;
      case 2: // The agent only: its instance runs on, and costs.
        this.#kill(() => worker?.process?.kill());
        return;
      case 3:
        this.#kill(() => master?.kill());
        return;
      case 4:
      case 5:
        this.kills += 1;
        victim?.dieIn(rng.below(60), rng.below(2) === 0 ? 'before' : 'after');
        return;
      case 6:
        void this.#cutOff(victim, rng);
        return;
      case 7:
        victim?.stopFor(rng.below(120_000) * this.#stretch);
        return;
      default:
        victim?.stepClock(skewWithin(this.#world.deployment.timings, rng));
    }
  }

  #kill(act: () => void): void {
    this.kills += 1;
    act();
  }

  async #cutOff(victim: SimProcess | undefined, rng: Rng): Promise<void> {
    const services: readonly ServiceName[] = ['table', 'queue', 'blobs', 'compute', 'prices', 'imds'];
    const all = rng.below(3) === 0;
    for (const service of services) if (all || rng.below(3) === 0) victim?.cutOff(service);
    await this.#world.clock.sleep(rng.below(5 * MINUTE) * this.#stretch);
    victim?.reconnect();
  }

  /** The worst moment: all is done, and the commit gets through only when the job has long been another's. */
  async #cutOffAtTheEnd(worker: SimProcess, rng: Rng): Promise<void> {
    // As long as its pings come, nobody takes its job from it.
    for (const service of ['table', 'queue'] as const) worker.cutOff(service);
    await this.#world.clock.sleep(this.#world.deployment.timings.leaseMs * (2 + 3 * rng.next()));
    worker.reconnect();
  }
}
