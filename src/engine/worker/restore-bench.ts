import { describeFault, FaultError } from '../model/fault.ts';
import type { Item, TableStore } from '../model/ports.ts';
import { blobKeys } from '../protocol/blobs.ts';
import { decodeJobDocument } from '../protocol/job-document.ts';
import { jobItemOf } from '../protocol/job-item.ts';
import {
  type RestoreTestWish,
  restoreTestResultOf,
  restoreTestWishOf,
  tellAbilities,
  tellRestoreTest,
} from '../protocol/worker-abilities.ts';
import { probeAll } from './drivers/machine-drivers.ts';
import { isFileError } from './file-errors.ts';
import { type RestoreTest, testRestore, type TestOutcome } from './restore-test.ts';

export interface RestoreBenchOptions {
  readonly store: TableStore;
  readonly ports: RestoreTest['ports'];
  readonly place: RestoreTest['place'];
  readonly workerId: string;
}

/** Tells what this worker's machine can restore, and restores for a test what its row asks for: one after the other. */
export class RestoreBench {
  readonly #options: RestoreBenchOptions;
  #working: Promise<void> = Promise.resolve();
  #takenAt = 0;
  #hasTold = false;

  constructor(options: RestoreBenchOptions) {
    this.#options = options;
  }

  /** The worker's own item, as it is read every few seconds. */
  look(item: Item): void {
    if (!this.#hasTold) this.#next(() => this.#tell());
    this.#hasTold = true;
    const wish = restoreTestWishOf(item);
    if (wish === undefined || wish.at <= this.#takenAt) return;
    this.#takenAt = wish.at;
    // Done before, by this worker under an earlier process.
    if (restoreTestResultOf(item)?.at !== wish.at) this.#next(() => this.#test(wish));
  }

  /** When all that it was asked for is done. */
  get settled(): Promise<void> {
    return this.#working;
  }

  #next(act: () => Promise<void>): void {
    this.#working = this.#working.then(act).catch((error: unknown) => {
      if (!(error instanceof FaultError) && !isFileError(error)) throw error;
      this.#options.place.say(error instanceof FaultError ? describeFault(error.fault) : error.message);
    });
  }

  async #tell(): Promise<void> {
    const { store, place, workerId } = this.#options;
    const probes = await probeAll(place.drivers);
    const drivers = probes.map(({ name, probe }) => [
      name,
      probe.ok ? { toolVersion: probe.toolVersion, why: '' } : { toolVersion: '', why: probe.why },
    ]);
    await store.write(tellAbilities(workerId, { host: place.drivers.host, drivers: Object.fromEntries(drivers) }));
  }

  async #test(wish: RestoreTestWish): Promise<void> {
    const { store, workerId } = this.#options;
    const outcome = await this.#outcome(wish).catch((error: unknown): TestOutcome => {
      if (error instanceof FaultError) return { ok: false, told: describeFault(error.fault) };
      if (isFileError(error)) return { ok: false, told: `this worker could not: ${error.message}` };
      throw error;
    });
    const { jobId, generation, at } = wish;
    await store.write(tellRestoreTest(workerId, { jobId, generation, at, ...outcome }));
  }

  async #outcome({ jobId, generation }: RestoreTestWish): Promise<TestOutcome> {
    const { store, ports, place } = this.#options;
    const item = jobItemOf((await store.get('jobs', jobId)) ?? {});
    const document = item === undefined ? undefined : decodeJobDocument(item.document);
    if (item === undefined || document?.ok !== true) return { ok: false, told: 'the job cannot be read' };
    const pointer = { generation, manifestKey: blobKeys.checkpointManifest(jobId, generation) };
    return testRestore({ ports, place, row: item.row, document: document.value, pointer });
  }
}
