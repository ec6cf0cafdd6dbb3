import type { VirtualClock } from '../../src/aws/memory/virtual-clock.ts';
import type { ConditionalWrite } from '../../src/engine/model/command.ts';
import { type Fault, FaultError, type FaultKind } from '../../src/engine/model/fault.ts';
import type { Clock } from '../../src/engine/model/ports.ts';
import type { Rng } from '../../src/engine/model/rng.ts';
import type { DurationMs } from '../../src/engine/model/units.ts';

export type ServiceName = 'table' | 'queue' | 'blobs' | 'compute' | 'prices' | 'imds';

/** How bad the world is now, between 0 and 1 each; all 0 while the simulation settles. */
export interface Weather {
  /** The call never arrives, and fails after a while. */
  readonly lostCall: number;
  /** It was carried out, and the caller hears of a fault. */
  readonly lostReply: number;
  readonly throttled: number;
  /** It takes up to `slowMsMax`. */
  readonly slow: number;
  readonly slowMsMax: DurationMs;
}

export const CALM: Weather = { lostCall: 0, lostReply: 0, throttled: 0, slow: 0, slowMsMax: 0 };

/** A call that gets no answer is given up by the SDK after about this long. */
const CALL_TIMEOUT_MS = 3_000;

/** What a process sees of its world. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly rng: Rng;
  readonly weather: () => Weather;
  readonly noteWriter: (write: ConditionalWrite, writer: SimProcess) => void;
}

/** Never settles: what a dead process waits for. */
const NEVER = new Promise<never>(() => undefined);

/**
 * One process of the simulation: real code behind ports that can fail, lag, be cut off or die. Killing it is kill -9: no line
 * of its code runs again, for every promise that it waits for stays open. What it had sent arrives all the same.
 */
export class SimProcess {
  readonly name: string;
  readonly kind: 'master' | 'worker' | 'operator';
  readonly clock: Clock;
  readonly #world: Surroundings;
  readonly #cutOff = new Set<ServiceName>();
  #skewMs: DurationMs;
  #dead = false;
  #stoppedUntilMs = 0;
  /** Calls until it dies in one, counted down; undefined = it does not. */
  #diesIn: { calls: number; readonly when: 'before' | 'after' } | undefined;
  /** When something was done to it, by the world's clock. */
  readonly blows: number[] = [];
  /** Called once when it dies. */
  onDeath: () => void = () => undefined;

  constructor(
    who: { readonly name: string; readonly kind: SimProcess['kind']; readonly skewMs: DurationMs },
    world: Surroundings,
  ) {
    this.name = who.name;
    this.kind = who.kind;
    this.#skewMs = who.skewMs;
    this.#world = world;
    const { clock } = world;
    this.clock = {
      now: () => clock.now() + this.#skewMs,
      monotonicMs: () => clock.monotonicMs(),
      sleep: async (ms, signal) => {
        if (this.#dead) return NEVER;
        await clock.sleep(ms, signal);
        return this.#whenRunning();
      },
    };
  }

  get isDead(): boolean {
    return this.#dead;
  }

  get skewMs(): DurationMs {
    return this.#skewMs;
  }

  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#hit();
    this.onDeath();
  }

  /** Dies in the n-th call from now on, before it is made or after it was carried out. */
  dieIn(calls: number, when: 'before' | 'after'): void {
    this.#hit();
    this.#diesIn = { calls, when };
  }

  /** Stands still, as under SIGSTOP or a long pause of the garbage collector: its timers are late. */
  stopFor(ms: DurationMs): void {
    this.#hit(ms);
    // A second pause within the first ends it no sooner.
    this.#stoppedUntilMs = Math.max(this.#stoppedUntilMs, this.#world.clock.monotonicMs() + ms);
  }

  /** It lives and has not stood still of late. */
  get wasRunning(): boolean {
    return !this.#dead && this.#world.clock.monotonicMs() > this.#stoppedUntilMs + CALL_TIMEOUT_MS;
  }

  stepClock(skewMs: DurationMs): void {
    this.#hit();
    this.#skewMs = skewMs;
  }

  cutOff(service: ServiceName): void {
    this.#hit();
    this.#cutOff.add(service);
  }

  reconnect(): void {
    if (this.#cutOff.size > 0) this.#hit();
    this.#cutOff.clear();
  }

  /** A blow that lasts is noted at both of its ends. */
  #hit(lastsMs: DurationMs = 0): void {
    const now = this.#world.clock.now();
    this.blows.push(now, now + lastsMs);
  }

  get isConnected(): boolean {
    return this.#cutOff.size === 0;
  }

  /** A port as this process reaches it: each of its methods becomes a call over the network. */
  reach<T extends object>(service: ServiceName, port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => {
          if (name === 'write') this.#world.noteWriter(args[0] as ConditionalWrite, this);
          return this.#call(service, String(name), async () =>
            (method as (...args: unknown[]) => unknown).apply(target, args),
          );
        };
      },
    });
  }

  /** A port of its own machine: it cannot fail, but the process may be dead when it answers. */
  own<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          if (this.#dead) return NEVER;
          const result = await ((method as (...args: unknown[]) => unknown).apply(target, args) as Promise<unknown>);
          return this.#dead ? NEVER : result;
        };
      },
    });
  }

  async #call(service: ServiceName, name: string, act: () => Promise<unknown>): Promise<unknown> {
    if (this.#dead || this.#dies('before')) return NEVER;
    const { clock, rng, weather } = this.#world;
    const { lostCall, lostReply, throttled, slow, slowMsMax } = weather();
    const dice = rng.next();
    if (dice < slow) await clock.sleep(rng.below(slowMsMax));
    if (this.#cutOff.has(service) || rng.next() < lostCall) {
      await clock.sleep(rng.below(CALL_TIMEOUT_MS));
      return this.#answer(() => Promise.reject(faulty(service, name, 'unavailable')));
    }
    if (rng.next() < throttled) return this.#answer(() => Promise.reject(faulty(service, name, 'throttled')));
    const answer = act();
    // The answer is looked at below; until then a refusal must not count as unhandled.
    answer.catch(() => undefined);
    if (rng.next() < lostReply) {
      await answer.catch(() => undefined);
      await clock.sleep(rng.below(CALL_TIMEOUT_MS));
      return this.#answer(() => Promise.reject(faulty(service, name, 'timeout')));
    }
    if (dice < slow) {
      await answer.catch(() => undefined);
      await clock.sleep(rng.below(slowMsMax));
    }
    return this.#answer(() => answer);
  }

  async #answer(settle: () => Promise<unknown>): Promise<unknown> {
    try {
      const result = await settle();
      if (this.#dies('after')) return await NEVER;
      await this.#whenRunning();
      return result;
    } catch (error) {
      if (this.#dies('after')) return await NEVER;
      await this.#whenRunning();
      throw error;
    }
  }

  async #whenRunning(): Promise<void> {
    const { clock } = this.#world;
    while (!this.#dead && clock.monotonicMs() < this.#stoppedUntilMs)
      await clock.sleep(this.#stoppedUntilMs - clock.monotonicMs());
    if (this.#dead) await NEVER;
  }

  #dies(when: 'before' | 'after'): boolean {
    if (this.#dead) return true;
    if (this.#diesIn === undefined || this.#diesIn.when !== when) return false;
    if (this.#diesIn.calls-- > 0) return false;
    this.kill();
    return true;
  }
}

function faulty(service: ServiceName, name: string, kind: FaultKind): FaultError {
  const fault: Fault = { kind, operation: `${service} ${name}`, target: '', detail: 'simulated', code: '' };
  return new FaultError(fault);
}
