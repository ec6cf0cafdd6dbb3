import { Ec2Compute } from '../../src/aws/ec2-compute.ts';
import { FaultError } from '../../src/engine/model/fault.ts';
import type { Cloud } from '../../test/support/cloud.ts';
import { type InstanceProcesses, instancesOf } from '../../test/support/instances.ts';
import type { Outages } from './outages.ts';

const LOOK_EVERY_MS = 500;
const ASK_EC2_EVERY_MS = 2_000;

/** What the operating system and EC2 know of the instances, looked at twice a second: the product is not asked. */
export class Watch {
  readonly #cloud: Cloud;
  readonly #outages: Outages;
  readonly #compute: Ec2Compute;
  readonly #timer: NodeJS.Timeout;
  /** When a worker's agent was seen alive last, by instance. */
  readonly #aliveAt = new Map<string, number>();
  /** For how long an instance has been without one, while its AWS was there to end it. */
  readonly #withoutMs = new Map<string, number>();
  readonly #zombies = new Set<string>();
  #running: ReadonlySet<string> = new Set();
  #askedAt = 0;
  #lookedAt = Date.now();

  constructor(cloud: Cloud, outages: Outages) {
    this.#cloud = cloud;
    this.#outages = outages;
    this.#compute = new Ec2Compute(cloud.wired.choice.target, cloud.name);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Instances whose worker lives. */
  alive(): readonly InstanceProcesses[] {
    return [...instancesOf(this.#cloud.world).values()].filter(({ agent }) => agent !== undefined);
  }

  /** Its agent was seen alive after that moment. */
  livedAfter(instanceId: string, at: number): boolean {
    return (this.#aliveAt.get(instanceId) ?? 0) > at;
  }

  /** Instances that went on without a worker for longer than two periods of reconciliation. */
  get zombies(): readonly string[] {
    return [...this.#zombies];
  }

  #look(): void {
    const at = Date.now();
    const passedMs = at - this.#lookedAt;
    this.#lookedAt = at;
    if (at - this.#askedAt >= ASK_EC2_EVERY_MS && this.#outages.isUp) {
      this.#askedAt = at;
      void this.#askEc2();
    }
    const instances = instancesOf(this.#cloud.world);
    const { reconcileMs } = this.#cloud.wired.deployment.timings;
    for (const id of new Set([...instances.keys(), ...this.#running, ...this.#withoutMs.keys()])) {
      const instance = instances.get(id);
      if (instance?.agent !== undefined) this.#aliveAt.set(id, at);
      const goesOn = (instance !== undefined || this.#running.has(id)) && instance?.agent === undefined;
      const withoutMs = (this.#withoutMs.get(id) ?? 0) + (this.#outages.isUp ? passedMs : 0);
      if (!goesOn) this.#withoutMs.delete(id);
      else this.#withoutMs.set(id, withoutMs);
      if (goesOn && withoutMs > 2 * reconcileMs) this.#zombies.add(id);
    }
  }

  async #askEc2(): Promise<void> {
    try {
      const rows = await this.#compute.instances();
      this.#running = new Set(rows.filter(({ state }) => state === 'running').map(({ id }) => id));
    } catch (error) {
      // Killed meanwhile: the last answer stands until it is back.
      if (!(error instanceof FaultError)) throw error;
    }
  }
}
