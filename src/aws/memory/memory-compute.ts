import type { LaunchRequest } from '../../engine/model/command.ts';
import { type Fault, FaultError } from '../../engine/model/fault.ts';
import type { ImageRequest, ImageRow } from '../../engine/model/image.ts';
import type { Clock, Compute, LaunchAnswer } from '../../engine/model/ports.ts';
import type { DurationMs } from '../../engine/model/units.ts';
import type { InstanceRow } from '../../engine/model/worker.ts';
import { type FaultHook, guarded, memoryFault, NO_FAULTS, type Operation } from './faults.ts';

/** How many of the asked instances a pool gives now, and why not all. */
export type Capacity = (request: LaunchRequest) => { readonly granted: number; readonly fault?: Fault };

export interface MemoryComputeOptions {
  readonly clock: Clock;
  readonly capacity?: Capacity;
  /** pending -> running. */
  readonly bootMs?: DurationMs;
  /** shutting-down -> terminated. */
  readonly shutdownMs?: DurationMs;
  /** A new instance is not listed before this: EC2 is eventually consistent. */
  readonly visibleAfterMs?: DurationMs;
  readonly hook?: FaultHook;
}

/** EC2 shows what it terminated for about this long. */
const TERMINATED_SHOWN_MS = 3_600_000;

interface Instance {
  readonly id: string;
  readonly request: LaunchRequest;
  readonly launchedAtMs: DurationMs;
  readonly launchedAt: number;
  endedAtMs: DurationMs | undefined;
  /** As EC2 tells it: not of what it took back. */
  endedAt: number;
  reason: string;
}

/** One deployment's instances, as records only: nothing runs in them. */
export class MemoryCompute implements Compute {
  readonly #options: MemoryComputeOptions;
  readonly #instances = new Map<string, Instance>();
  readonly #images = new Map<string, ImageRow>();
  #imagesMade = 0;
  readonly #answers = new Map<string, { readonly asked: string; readonly answer: LaunchAnswer }>();

  constructor(options: MemoryComputeOptions) {
    this.#options = options;
  }

  launch(request: LaunchRequest): Promise<LaunchAnswer> {
    return this.#run('launch', request.pool, (operation) => {
      const asked = JSON.stringify(request);
      const before = this.#answers.get(request.token);
      if (before !== undefined && before.asked !== asked)
        throw new FaultError(memoryFault('conflict', operation, 'the same token with another request'));
      if (before !== undefined) return before.answer;
      const { granted, fault } = this.#options.capacity?.(request) ?? { granted: request.count };
      const instanceIds = Array.from({ length: Math.min(granted, request.count) }, () => this.#create(request));
      const answer = { instanceIds, fault: instanceIds.length < request.count ? fault : undefined };
      this.#answers.set(request.token, { asked, answer });
      return answer;
    });
  }

  /** All or none: one id that is not known refuses them all. Those that have ended already stay as they are. */
  terminate(instanceIds: readonly string[]): Promise<void> {
    return this.#run('terminate', instanceIds.join(' '), (operation) => {
      const unknown = instanceIds.filter((id) => !this.#instances.has(id));
      if (unknown.length > 0)
        throw new FaultError(memoryFault('not-found', operation, `no instance ${unknown.join(' ')}`));
      for (const id of instanceIds) this.#end(id, 'Client.UserInitiatedShutdown');
    });
  }

  instances(): Promise<readonly InstanceRow[]> {
    const { clock, visibleAfterMs = 0, shutdownMs = 0 } = this.#options;
    return this.#run('instances', '', () => {
      const now = clock.monotonicMs();
      return [...this.#instances.values()]
        .filter(
          ({ launchedAtMs, endedAtMs }) =>
            now - launchedAtMs >= visibleAfterMs && now - (endedAtMs ?? now) <= TERMINATED_SHOWN_MS + shutdownMs,
        )
        .map((instance) => this.#row(instance, now));
    });
  }

  createImage(request: ImageRequest): Promise<string> {
    return this.#run('createImage', request.instanceId, (operation) => {
      if (!this.#instances.has(request.instanceId))
        throw new FaultError(memoryFault('not-found', operation, `no instance ${request.instanceId}`));
      if ([...this.#images.values()].some(({ name }) => name === request.name))
        throw new FaultError(memoryFault('conflict', operation, `there is an image ${request.name}`));
      const number = ++this.#imagesMade;
      const id = `ami-${number.toString(16).padStart(17, '0')}`;
      const { intentId, ...of } = request;
      const row = { ...of, id, intent: intentId, state: 'available', sizeGb: 8, snapshotIds: [`snap-${number}`] } as const;
      this.#images.set(id, { ...row, createdAt: this.#options.clock.now() });
      return id;
    }); // prettier-ignore
  }

  images(): Promise<readonly ImageRow[]> {
    return this.#run('images', '', () => [...this.#images.values()]);
  }

  retireImage(imageId: string): Promise<void> {
    return this.#run('retireImage', imageId, () => void this.#images.delete(imageId));
  }

  /** Takes a spot instance back, as EC2 does. false when there is none of this id that lives. */
  reclaim(id: string): boolean {
    return this.#end(id, 'Server.SpotInstanceTermination');
  }

  #create(request: LaunchRequest): string {
    const { clock } = this.#options;
    const id = `i-${(this.#instances.size + 1).toString(16).padStart(17, '0')}`;
    this.#instances.set(id, {
      id,
      request,
      launchedAtMs: clock.monotonicMs(),
      launchedAt: clock.now(),
      endedAtMs: undefined,
      endedAt: 0,
      reason: '',
    });
    return id;
  }

  #end(id: string, reason: string): boolean {
    const instance = this.#instances.get(id);
    if (instance === undefined || instance.endedAtMs !== undefined) return false;
    instance.endedAtMs = this.#options.clock.monotonicMs();
    if (reason.startsWith('Client.')) instance.endedAt = this.#options.clock.now();
    instance.reason = reason;
    return true;
  }

  #row({ id, request, launchedAtMs, launchedAt, endedAtMs, endedAt, reason }: Instance, now: DurationMs): InstanceRow {
    const { bootMs = 0, shutdownMs = 0 } = this.#options;
    const spot = request.maxUsdPerHour !== undefined;
    const state =
      endedAtMs !== undefined
        ? now - endedAtMs >= shutdownMs
          ? 'terminated'
          : 'shutting-down'
        : now - launchedAtMs >= bootMs
          ? 'running'
          : 'pending';
    return { id, pool: request.pool, state, launchedAt, spot, intent: request.intentId, stateReason: reason, endedAt };
  }

  #run<T>(name: string, target: string, act: (operation: Operation) => T): Promise<T> {
    const operation: Operation = { port: 'compute', name, target };
    return guarded(this.#options.hook ?? NO_FAULTS, operation, () => act(operation));
  }
}
