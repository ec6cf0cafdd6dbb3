import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../clock.ts';
import { type InstanceRecord, type InstanceState, isActive, type StateReason } from '../ec2/records.ts';
import type { Ec2Store } from '../ec2/store.ts';
import { copyLiveFolder } from './folder-copy.ts';
import { type Imds, openImds } from './imds.ts';
import { imdsDocument } from './imds-document.ts';
import { type InstanceFiles, instanceFiles } from './instance-files.ts';
import { INSTANCE_TYPES } from '../instance-types.ts';
import { isAlive, type ProcessId } from './process-table.ts';
import { type Confinement, probeConfinement, startTree } from './process-tree.ts';
import { type Beating, startPulse } from './pulse.ts';
import { type EventBus, ServiceError } from '../service.ts';
import { createTreeEnder } from './tree-ender.ts';

/**
 * Instances as process trees.
 *
 *   pending        recorded; after the boot delay its IMDS is bound and its first process started
 *   running        the tree runs; left when its first process exits, by TerminateInstances, or when EC2 takes it
 *   shutting-down  every process of it is being killed
 *   terminated     nothing of it is left; forgotten after a while, with its folder
 *
 * All of it is in the store before it is done, so that a successor on the same folder carries on: see `start`.
 */
export interface Instances {
  /**
   * Takes up what a predecessor left, also one that was killed: adopts trees that still run and binds their IMDS ports
   * again, finishes what was shutting down, boots what was pending, and ends what cannot be placed.
   */
  start(endpoint: string): Promise<void>;
  launch(record: InstanceRecord, userData: string | undefined): void;
  /** What its folder holds now, kept for an image; the instance goes on. */
  copyTo(id: string, imageId: string): Promise<void>;
  removeCopy(imageId: string): Promise<void>;
  /** Does nothing to an instance that is ending or has ended. */
  end(id: string, reason: StateReason): void;
  onState(listener: (record: InstanceRecord) => void): void;
  stop(options: StopOptions): Promise<void>;
}

export interface StopOptions {
  /** false: instances go on, for a successor to adopt; without one they end themselves. */
  readonly endInstances: boolean;
}

export interface InstancesOptions {
  readonly store: Ec2Store;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly stateDir: string;
  readonly region: string;
  readonly accountId: string;
  /** First on the path of instances: the pinned Node, and cbas. */
  readonly binDirs: readonly string[];
  readonly bootDelayMs?: number;
  /** An instance that has seen no sign of the embedded AWS for so long ends itself. */
  readonly silenceMs?: number;
  /** Absent: what the machine allows, tried once. */
  readonly confinement?: Confinement;
}

const BOOT_DELAY_MS = 1_000;
/**
 * Instances do not come up in one instant, on EC2 neither: each begins to boot this part of the delay after the one before
 * it. Six programs that load at once on two cores are all ready when the last one is; one after another, the first works soon.
 */
const BOOT_APART_OF_DELAY = 1 / 3;
const SILENCE_MS = 60_000;
/** EC2 shows terminated instances for about an hour; nothing here needs them so long. */
const FORGET_AFTER_MS = 10 * 60_000;
/** How soon the end of an adopted tree is noticed: it is no child, so nobody tells. */
const ADOPTED_POLL_MS = 500;
const KILL_RETRY_MS = 1_000;

/** Of the embedded AWS's own environment: where a proof says at which points workers are to die (src/cli/failpoints.ts). */
const FAILPOINTS_VARIABLE = 'CBAS_FAILPOINTS';
const passedOn = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> => {
  const folder = env[FAILPOINTS_VARIABLE];
  return folder === undefined ? {} : { [FAILPOINTS_VARIABLE]: folder };
};

export const USER_SHUTDOWN: StateReason = {
  code: 'Client.UserInitiatedShutdown',
  message: 'Client.UserInitiatedShutdown: User initiated shutdown',
};
const OWN_SHUTDOWN: StateReason = {
  code: 'Client.InstanceInitiatedShutdown',
  message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
};
const unplaced = (why: string): StateReason => ({
  code: 'Server.InternalError',
  message: `Server.InternalError: ${why}`,
});

export function createInstances(options: InstancesOptions): Instances {
  return new LocalInstances(options);
}

class LocalInstances implements Instances {
  readonly #options: InstancesOptions;
  readonly #files: InstanceFiles;
  readonly #ender = createTreeEnder();
  readonly #imds = new Map<string, Imds>();
  readonly #timers = new Map<string, () => void>();
  readonly #ending = new Map<string, Promise<void>>();
  readonly #adopted = new Map<string, ProcessId>();
  readonly #listeners: ((record: InstanceRecord) => void)[] = [];
  #placement: { readonly endpoint: string; readonly confinement: Confinement; readonly beating: Beating } | undefined;
  #poll: NodeJS.Timeout | undefined;
  /** When the instance that was launched last begins to boot. */
  #lastBootAt = 0;
  #stopped = false;

  constructor(options: InstancesOptions) {
    this.#options = options;
    this.#files = instanceFiles(options.stateDir);
  }

  async start(endpoint: string): Promise<void> {
    const { stateDir, silenceMs = SILENCE_MS } = this.#options;
    const confinement = this.#options.confinement ?? (await probeConfinement());
    this.#placement = { endpoint, confinement, beating: startPulse(path.join(stateDir, 'pulse'), silenceMs) };
    this.#poll = setInterval(() => this.#expireAdopted(), ADOPTED_POLL_MS);
    this.#poll.unref();
    await Promise.all([...this.#options.store.instances.values()].map((record) => this.#takeUp(record, endpoint)));
  }

  launch(record: InstanceRecord, userData: string | undefined): void {
    if (this.#placement === undefined) throw new ServiceError('Unavailable', 'EC2 is still starting', 503);
    this.#files.create(record.id, userData, record.imageId);
    this.#enter(record);
    this.#bootLater(record.id);
  }

  copyTo(id: string, imageId: string): Promise<void> {
    return copyLiveFolder(this.#files.folderOf(id), this.#files.imageFolder(imageId));
  }

  async removeCopy(imageId: string): Promise<void> {
    await fs.promises.rm(this.#files.imageFolder(imageId), { recursive: true, force: true });
  }

  end(id: string, reason: StateReason): void {
    const record = this.#options.store.instances.get(id);
    if (record === undefined || !isActive(record)) return;
    this.#timers.get(id)?.();
    this.#enter({ ...record, state: 'shutting-down', stateReason: reason });
    this.#finish(id);
  }

  onState(listener: (record: InstanceRecord) => void): void {
    this.#listeners.push(listener);
  }

  async stop({ endInstances }: StopOptions): Promise<void> {
    if (endInstances) for (const id of [...this.#options.store.instances.keys()]) this.end(id, USER_SHUTDOWN);
    await Promise.all(this.#ending.values());
    this.#stopped = true;
    clearInterval(this.#poll);
    this.#placement?.beating.stop();
    for (const cancel of this.#timers.values()) cancel();
    await Promise.all([...this.#imds.values()].map((imds) => imds.close()));
  }

  async #takeUp(record: InstanceRecord, endpoint: string): Promise<void> {
    const { id, placed, state } = record;
    if (state === 'terminated') return this.#forgetLater(record);
    if (state === 'shutting-down') return this.#finish(id);
    if (placed === undefined) {
      this.#bootLater(id);
      return this.#tell(record);
    }
    if (placed.process === undefined) return this.end(id, unplaced('EC2 stopped while the instance was starting'));
    if (!isAlive(placed.process)) return this.end(id, OWN_SHUTDOWN);
    if (placed.endpoint !== endpoint) return this.end(id, unplaced(`EC2 moved from ${placed.endpoint} to ${endpoint}`));
    try {
      await this.#openImds(id, placed.imdsPort);
    } catch (error) {
      return this.end(id, unplaced(`its metadata port ${placed.imdsPort} cannot be had: ${String(error)}`));
    }
    this.#adopted.set(id, placed.process);
    this.#tell(record);
  }

  #bootLater(id: string): void {
    const { clock, bootDelayMs = BOOT_DELAY_MS } = this.#options;
    const at = clock.now();
    this.#lastBootAt = Math.max(at + bootDelayMs, this.#lastBootAt + bootDelayMs * BOOT_APART_OF_DELAY);
    this.#timers.set(
      id,
      clock.after(this.#lastBootAt - at, () => {
        this.#boot(id).catch((error: unknown) => this.end(id, unplaced(String(error))));
      }),
    );
  }

  async #boot(id: string): Promise<void> {
    const { store, binDirs, region } = this.#options;
    const imds = await this.#openImds(id, 0);
    const record = store.instances.get(id);
    if (record?.state !== 'pending' || this.#placement === undefined || this.#stopped) {
      this.#imds.delete(id);
      return imds.close();
    }
    const { endpoint, confinement, beating } = this.#placement;
    const placed = { imdsPort: imds.port, endpoint };
    store.putInstance({ ...record, placed });
    const folder = this.#files.folderOf(id);
    const { child, id: process } = startTree({
      instanceId: id,
      folder,
      command: this.#files.commandOf(id),
      confinement,
      pulse: beating.pulse,
      env: {
        HOME: folder,
        LANG: 'C.UTF-8',
        PATH: [...binDirs, '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: region,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${imds.port}`,
        ...passedOn(globalThis.process.env),
      },
    });
    child.once('exit', () => {
      if (!this.#stopped) this.end(id, OWN_SHUTDOWN);
    });
    this.#enter({ ...record, placed: { ...placed, process }, state: 'running' });
  }

  async #openImds(id: string, port: number): Promise<Imds> {
    const { clock, store, region, accountId } = this.#options;
    const document = (documentPath: string): string | undefined => {
      const record = store.instances.get(id);
      if (record === undefined) return undefined;
      const architecture = INSTANCE_TYPES.find((type) => type.type === record.type)?.arch ?? 'x86_64';
      const userData = this.#files.userDataOf(id);
      return imdsDocument(documentPath, { record, region, accountId, architecture, userData, at: clock.now() });
    };
    const imds = await openImds({ port, clock, document });
    this.#imds.set(id, imds);
    return imds;
  }

  /** Kills what is left of an instance, until nothing is; then it is terminated. */
  #finish(id: string): void {
    if (this.#ending.has(id)) return;
    this.#adopted.delete(id);
    const ended = this.#killAll(id).then(() => {
      this.#ending.delete(id);
      const record = this.#options.store.instances.get(id);
      if (record === undefined) return;
      this.#enter({ ...record, state: 'terminated', endedAt: this.#options.clock.now() });
      this.#forgetLater({ ...record, endedAt: this.#options.clock.now() });
    });
    this.#ending.set(id, ended);
  }

  async #killAll(id: string): Promise<void> {
    const root = this.#options.store.instances.get(id)?.placed?.process;
    for (;;) {
      try {
        await this.#ender.end(id, root);
        break;
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error));
        await new Promise((resolve) => setTimeout(resolve, KILL_RETRY_MS));
      }
    }
    await this.#imds.get(id)?.close();
    this.#imds.delete(id);
  }

  #forgetLater({ id, endedAt }: InstanceRecord): void {
    const { clock, store } = this.#options;
    const dueMs = (endedAt ?? clock.now()) + FORGET_AFTER_MS - clock.now();
    this.#timers.set(
      id,
      clock.after(dueMs, () => {
        this.#timers.delete(id);
        store.dropInstance(id);
        this.#files.remove(id);
      }),
    );
  }

  #expireAdopted(): void {
    for (const [id, process] of this.#adopted) if (!isAlive(process)) this.end(id, OWN_SHUTDOWN);
  }

  #enter(record: InstanceRecord): void {
    const { store, bus, region, accountId } = this.#options;
    store.putInstance(record);
    const state: InstanceState = record.state;
    bus.put({
      source: 'aws.ec2',
      detailType: 'EC2 Instance State-change Notification',
      detail: { 'instance-id': record.id, state },
      resources: [`arn:aws:ec2:${region}:${accountId}:instance/${record.id}`],
    });
    this.#tell(record);
  }

  #tell(record: InstanceRecord): void {
    for (const listener of this.#listeners) listener(record);
  }
}
