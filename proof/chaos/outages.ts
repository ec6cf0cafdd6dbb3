import type { Cloud } from '../../test/support/cloud.ts';
import { pause } from './pause.ts';

interface Outage {
  readonly from: number;
  /** Infinity while it lasts. */
  until: number;
}

/** The embedded AWS as it is killed and started again, on the same port and state; and when it was away. */
export class Outages {
  readonly #cloud: Cloud;
  readonly #outages: Outage[] = [];
  #coming: Promise<void> = Promise.resolve();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  get isUp(): boolean {
    return this.#outages.at(-1)?.until !== Infinity;
  }

  /** Killed now; started again after `downMs`, while the caller goes on. */
  async kill(downMs: number): Promise<void> {
    const outage: Outage = { from: Date.now(), until: Infinity };
    this.#outages.push(outage);
    await this.#cloud.kill();
    this.#coming = pause(downMs)
      .then(() => this.#cloud.restart())
      .then(() => void (outage.until = Date.now()));
    // Heard by `isBack`; until then it is nobody's unhandled rejection.
    this.#coming.catch(() => undefined);
  }

  /** Rejects when it could not be started again. */
  isBack(): Promise<void> {
    return this.#coming;
  }

  /** AWS was away at some moment between the two. */
  touch(from: number, until: number): boolean {
    return this.#outages.some((outage) => outage.from < until && outage.until > from);
  }

  lengthsMs(): readonly number[] {
    return this.#outages.map(({ from, until }) => until - from);
  }
}
