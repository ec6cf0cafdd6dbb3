import type { CheckpointPointer, DriverName } from '../model/checkpoint.ts';
import type { JobItem } from '../model/job.ts';
import { checkpointManifestOf } from '../protocol/checkpoint-manifest.ts';
import { condemnCheckpoint } from '../protocol/checkpoint-writes.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import { type AttemptPlace, type AttemptPorts, jobEnvironment } from './attempt-context.ts';
import { type AttemptFolders, foldersSeen } from './attempt-folders.ts';
import {
  type CheckpointDriver,
  type DriverJob,
  hostMismatch,
  isRefusal,
  type RestoreRefusal,
  type SavableProcess,
} from './drivers/checkpoint-driver.ts';
import { orReady } from './drivers/or-ready.ts';
import type { HeldJob } from './held-job.ts';
import { fetchCheckpoint, readCheckpoint, stageInputs } from './staging.ts';

export interface BeginningOptions {
  readonly ports: AttemptPorts;
  readonly place: AttemptPlace;
  readonly item: JobItem;
  readonly job: HeldJob;
  readonly folders: AttemptFolders;
  readonly document: JobDocument;
}

/** What a job goes on from. */
export interface Begun {
  /** undefined: from its beginning. */
  readonly from: CheckpointPointer | undefined;
  /** Brought back from memory: it runs already. */
  readonly process: SavableProcess | undefined;
  /** Why a newer checkpoint was not used; empty when none was passed over. */
  readonly trouble: string;
}

type Tried = { readonly process: SavableProcess | undefined } | RestoreRefusal;

/**
 * How a job comes to run: from its newest checkpoint, or the one before it, or its beginning. A generation that is damaged is
 * condemned, for everybody; one that this machine cannot use is passed over.
 */
export class Beginning {
  readonly #options: BeginningOptions;
  readonly #bad: number[];

  constructor(options: BeginningOptions) {
    this.#options = options;
    this.#bad = [...options.item.checkpointBad];
  }

  /** What a driver is told; `generation` is that of the checkpoint it goes on from, 0 for none. */
  jobFor(driver: Pick<CheckpointDriver, 'capabilities'> | undefined, generation: number): DriverJob {
    const { place, job, folders, document } = this.#options;
    const { jobId } = job.holder;
    const env = jobEnvironment({
      own: place.environment,
      folders: driver?.capabilities.samePath === true ? foldersSeen(jobId) : folders,
      row: job.row,
      holder: job.holder,
      document,
      restoredGeneration: generation,
      graceMs: place.deployment.timings.graceMs,
    });
    return { id: jobId, document, folders, env, say: place.say };
  }

  /** Who made the newest checkpoint; undefined when there is none. */
  get newest(): DriverName | undefined {
    const { checkpoint } = this.#options.job.row;
    return checkpoint === undefined ? undefined : (checkpoint.driver ?? 'app');
  }

  /** Folders, inputs, and the state to go on from. */
  async prepare(driver: CheckpointDriver): Promise<Begun> {
    const { ports, place, item, job, folders } = this.#options;
    const { files } = ports;
    await files.removeTree(folders.root);
    const refusals: string[] = [];
    for (const from of [job.row.checkpoint, item.checkpointBefore]) {
      if (from === undefined) continue;
      await this.#emptyFolders();
      const tried = await this.#try(driver, from);
      const trouble = refusals.join('; ');
      if (!('refused' in tried)) return { from, process: tried.process, trouble };
      refusals.push(`checkpoint ${from.generation} cannot be used: ${tried.why}`);
      if (tried.refused === 'bad') await this.#condemn(from);
    }
    await this.#emptyFolders();
    for (const line of refusals) await files.append(folders.stderr, `cbas: ${line}\n`);
    await stageInputs(place.inputs, this.#staged, folders.work);
    return { from: undefined, process: undefined, trouble: refusals.join('; ') };
  }

  /** Starts the program, whose own state, if it has one, lies in its folder. */
  async start(driver: CheckpointDriver, generation: number): Promise<SavableProcess> {
    const job = this.jobFor(driver, generation);
    return this.#watched(driver, job, await driver.start(job));
  }

  async #try(driver: CheckpointDriver, from: CheckpointPointer): Promise<Tried> {
    const { ports, place, folders } = this.#options;
    const manifest = await readCheckpoint(ports.blobs, from);
    if (typeof manifest === 'string') return { refused: 'bad', why: manifest };
    const made = manifest.checkpoint ?? checkpointManifestOf(undefined);
    if (made.driver === 'app' || made.driver === 'none') {
      await stageInputs(place.inputs, this.#staged, folders.work);
      const bad = await fetchCheckpoint(ports, manifest, folders.checkpoint);
      return bad === undefined ? { process: undefined } : { refused: 'bad', why: bad };
    }
    if (made.driver !== driver.name)
      return {
        refused: 'elsewhere',
        why: `it was made by ${made.driver}, and here the job is saved by ${driver.name}`,
      };
    const probe = await place.drivers.probe(driver.name);
    const toolVersion = probe.ok ? probe.toolVersion : '';
    const unfit = hostMismatch(made, { ...place.drivers.host, toolVersion }, driver.capabilities.hostBound);
    if (unfit !== undefined) return { refused: 'elsewhere', why: unfit };
    const folder = `${folders.agent}/fetched`;
    const bad = await fetchCheckpoint(ports, manifest, folder);
    if (bad !== undefined) return { refused: 'bad', why: bad };
    const job = this.jobFor(driver, from.generation);
    const process = await driver.restore(job, { manifest: made, folder });
    return isRefusal(process) ? process : { process: this.#watched(driver, job, process) };
  }

  /** A document that leaves the choice to us may be of a program that saves by itself. */
  #watched(driver: CheckpointDriver, job: DriverJob, process: SavableProcess): SavableProcess {
    const isOpen = job.document.checkpoint.driver === 'auto' && driver.name !== 'app';
    return isOpen ? orReady(process, this.#options.ports.files, job) : process;
  }

  async #condemn({ generation }: CheckpointPointer): Promise<void> {
    const { item, job, ports } = this.#options;
    const older = item.checkpointBefore?.generation === generation ? undefined : item.checkpointBefore;
    const bad = [...this.#bad];
    this.#bad.push(generation);
    await job.settle(() => {
      const isNewest = job.row.checkpoint?.generation === generation;
      return condemnCheckpoint(job.row, job.holder, {
        generation,
        bad,
        stand: isNewest ? older : job.row.checkpoint,
        before: undefined,
        at: ports.clock.now(),
      });
    });
  }

  async #emptyFolders(): Promise<void> {
    const { files } = this.#options.ports;
    const { work, tmp, agent, checkpoint, stdout, stderr } = this.#options.folders;
    for (const folder of [work, tmp, agent, checkpoint]) {
      await files.removeTree(folder);
      await files.makeFolder(folder);
    }
    await Promise.all([stdout, stderr].map((file) => files.write(file, '')));
  }

  get #staged() {
    return { id: this.#options.job.holder.jobId, document: this.#options.document };
  }
}
