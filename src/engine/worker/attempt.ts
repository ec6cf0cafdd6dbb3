import fs from 'node:fs';
import { describeFault, FaultError } from '../model/fault.ts';
import type { CheckpointPointer, JobItem } from '../model/job.ts';
import type { ProcessEnd, RunningProcess } from '../model/ports.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { blobKeys } from '../protocol/blobs.ts';
import { decodeJobDocument, type JobDocument } from '../protocol/job-document.ts';
import { describeProblems } from '../protocol/shape.ts';
import { endJob, interruptJob, releaseJob, startJob } from '../protocol/worker-job-writes.ts';
import {
  attemptFolders,
  type AttemptFolders,
  type AttemptPlace,
  type AttemptPorts,
  jobEnvironment,
} from './attempt-context.ts';
import { describeEnd, readProgress } from './attempt-report.ts';
import { Checkpointer } from './checkpointer.ts';
import { isFileError, isMachineError } from './files.ts';
import { HeldJob } from './held-job.ts';
import { AttemptLogs, LogShipper } from './job-log.ts';
import { Lease } from './lease.ts';
import {
  collectOutputs,
  fetchCheckpoint,
  readRecord,
  stageInputs,
  StagingError,
  uploadWithManifest,
} from './staging.ts';

/** A failed job that may try again waits at least this, doubled at each attempt, with full jitter. */
const RETRY_BASE_MS = 2_000;
const RETRY_MAX_MS = 15 * 60_000;

/** The end of a program that was not started. */
const NEVER_RAN: ProcessEnd = { exitCode: undefined, signal: undefined, launchFailed: undefined };

export type Leaving =
  { readonly kind: 'notice'; readonly takeAt: EpochMs } | { readonly kind: 'shutdown'; readonly why: string };
export type AttemptOutcome = 'succeeded' | 'failed' | 'retry' | 'released' | 'fenced';

/**
 * One job on one worker, from claim to its end. Every write is fenced by epoch and lease; once the lease is lost the
 * process is killed and nothing more is uploaded or written.
 */
export class Attempt {
  readonly #ports: AttemptPorts;
  readonly #place: AttemptPlace;
  readonly #item: JobItem;
  readonly #job: HeldJob;
  readonly #folders: AttemptFolders;
  readonly #logs: AttemptLogs;
  readonly #lease: Lease;
  readonly #over = new AbortController();
  #process: RunningProcess | undefined;
  #restored: CheckpointPointer | undefined;
  #processStartedMs: number | undefined;
  readonly #leaving = Promise.withResolvers<Leaving>();

  constructor(
    ports: AttemptPorts,
    place: AttemptPlace,
    claimed: { readonly item: JobItem; readonly monotonicMs: number },
  ) {
    const { store, clock, blobs } = ports;
    this.#ports = ports;
    this.#place = place;
    this.#item = claimed.item;
    this.#job = new HeldJob({
      store,
      clock,
      workerId: place.workerId,
      row: claimed.item.row,
      claimedMonotonicMs: claimed.monotonicMs,
      slotUsdPerHour: () => place.usdPerHour() / Math.max(1, place.slots),
      onFenced: () => {
        this.#process?.kill();
        this.#over.abort();
      },
    });
    this.#folders = attemptFolders(place.jobsRoot, this.#job.holder);
    this.#logs = new AttemptLogs(new LogShipper(blobs), this.#folders, this.#job.holder);
    this.#lease = new Lease(
      {
        store,
        clock,
        timings: place.deployment.timings,
        holder: this.#job.holder,
        facts: () => this.#facts(),
        onRow: (row) => this.#job.learn(row),
        onLost: (loss) => this.#job.fence(loss),
      },
      claimed.monotonicMs,
    );
  }

  /** The instance goes, or the worker shuts down: save and hand back. */
  leave(leaving: Leaving): void {
    this.#leaving.resolve(leaving);
  }

  async run(): Promise<AttemptOutcome> {
    const keeping = this.#lease.keep(this.#over.signal);
    try {
      const outcome = await this.#runOrTell();
      return outcome === 'fenced' ? await this.#handBack() : outcome;
    } finally {
      this.#process?.kill();
      this.#over.abort();
      await keeping;
      await fs.promises.rm(this.#folders.root, { recursive: true, force: true });
    }
  }

  async #runOrTell(): Promise<AttemptOutcome> {
    try {
      return await this.#run();
    } catch (error) {
      if (this.#job.isFenced) return 'fenced';
      // A disk that is full or broken is the worker's: the job goes back, and another worker tries.
      if (isMachineError(error))
        return await this.#release('released', `its worker: ${error.message}`, this.#unsavedMs());
      // Files that the job named or made, and that cannot be read or written: its owner is told, the worker goes on.
      if (error instanceof StagingError || isFileError(error))
        return await this.#finish(error.message, 'staging-failed', NEVER_RAN);
      // Trouble of ours or of AWS's is not the job's: it goes back, and another worker tries.
      if (error instanceof FaultError) return await this.#release('released', describeFault(error.fault), 0);
      throw error;
    }
  }

  /**
   * Our lease ran out while AWS did not answer. The leader takes jobs from workers that are gone or silent, and we are
   * neither: a job that nobody took is given back by us, as soon as AWS answers. The fence decides whether it counts.
   */
  async #handBack(): Promise<AttemptOutcome> {
    const why = this.#job.expired;
    if (why === undefined) return 'fenced';
    await this.#process?.ended;
    return this.#release('released', why, this.#unsavedMs());
  }

  async #run(): Promise<AttemptOutcome> {
    const { supervisor, clock } = this.#ports;
    const decoded = decodeJobDocument(this.#item.document);
    if (!decoded.ok)
      return this.#finish(
        `the document cannot be read: ${describeProblems(decoded.problems)}`,
        'staging-failed',
        NEVER_RAN,
      );
    const document = decoded.value;
    await this.#prepare(document);
    const started = await this.#job.settle(() =>
      startJob(this.#job.row, this.#job.holder, { at: clock.now(), restored: this.#restored }),
    );
    if (!started) return 'fenced';
    this.#processStartedMs = clock.monotonicMs();
    const process = supervisor.start({
      argv: document.run.command,
      cwd: this.#folders.work,
      stdout: this.#folders.stdout,
      stderr: this.#folders.stderr,
      env: jobEnvironment({
        own: this.#place.environment,
        folders: this.#folders,
        row: this.#job.row,
        holder: this.#job.holder,
        document,
        restoredGeneration: this.#restored?.generation ?? 0,
        graceMs: this.#place.deployment.timings.graceMs,
      }),
    });
    this.#process = process;
    return this.#supervise(document, process);
  }

  async #supervise(document: JobDocument, process: RunningProcess): Promise<AttemptOutcome> {
    const checkpointer = new Checkpointer({
      ports: this.#ports,
      place: this.#place,
      holder: this.#job.holder,
      folders: this.#folders,
      document,
      process,
      workMs: () => this.#workMs(),
      row: () => this.#job.row,
      onCommitted: (row) => this.#job.learn(row),
      isFenced: () => this.#job.isFenced,
    });
    await checkpointer.begin();
    const watching = new AbortController();
    const saving = checkpointer.keep(watching.signal);
    const shipping = this.#logs.keep(this.#ports.clock, {
      everyMs: this.#place.deployment.timings.heartbeatMs,
      signal: watching.signal,
    });
    const first = await Promise.race([process.ended, this.#leaving.promise]);
    watching.abort();
    await Promise.all([saving, shipping]);
    if (this.#job.isFenced) return 'fenced';
    if ('kind' in first) return this.#goAway(first, checkpointer, process);
    process.kill();
    return first.exitCode === 0 ? this.#succeed(document, first) : this.#fail(document, first);
  }

  async #prepare(document: JobDocument): Promise<void> {
    const { blobs } = this.#ports;
    const { root, work, checkpoint, stdout, stderr } = this.#folders;
    await fs.promises.rm(root, { recursive: true, force: true });
    await fs.promises.mkdir(work, { recursive: true });
    await Promise.all([stdout, stderr].map((file) => fs.promises.writeFile(file, '')));
    await stageInputs(blobs, { id: this.#job.holder.jobId, document }, work);
    for (const pointer of [this.#job.row.checkpoint, this.#item.checkpointBefore]) {
      if (pointer === undefined) continue;
      const bad = await fetchCheckpoint(blobs, pointer, checkpoint);
      if (bad === undefined) {
        this.#restored = pointer;
        return;
      }
      await fs.promises.appendFile(stderr, `cbas: checkpoint ${pointer.generation} cannot be used: ${bad}\n`);
    }
    await fs.promises.rm(checkpoint, { recursive: true, force: true });
    await fs.promises.mkdir(checkpoint, { recursive: true });
  }

  async #succeed(document: JobDocument, end: ProcessEnd): Promise<AttemptOutcome> {
    const { blobs, clock } = this.#ports;
    const outputs = await collectOutputs(document, this.#folders.work);
    const record = await readRecord(document, outputs);
    const manifestKey = blobKeys.outputManifest(this.#job.holder.jobId, this.#job.holder.epoch);
    if (outputs.length > 0) {
      await uploadWithManifest(blobs, {
        holder: this.#job.holder,
        files: outputs,
        prefix: blobKeys.outputs(this.#job.holder.jobId, this.#job.holder.epoch),
        manifestKey,
        manifest: { kind: 'outputs', generation: 0, workMs: this.#workMs(), createdAt: clock.now() },
      });
    }
    await this.#logs.ship();
    if (this.#job.isFenced) return 'fenced';
    const committed = await this.#job.commit(() =>
      endJob(this.#job.row, this.#job.holder, {
        state: 'SUCCEEDED',
        at: clock.now(),
        code: 'succeeded',
        detail: '',
        result: { exitCode: end.exitCode, signal: undefined, manifestKey: outputs.length > 0 ? manifestKey : '' },
        record,
        tally: this.#job.tally(0),
        attempt: this.#job.row.attempt + 1,
      }),
    );
    if (committed) await this.#sweep();
    return committed ? 'succeeded' : 'fenced';
  }

  async #fail(document: JobDocument, end: ProcessEnd): Promise<AttemptOutcome> {
    const { clock, random } = this.#ports;
    const detail = await describeEnd(document.run.command[0] ?? '', end, this.#folders);
    const attempt = this.#job.row.attempt + 1;
    const { attempts, onExit } = document.retry;
    const again =
      attempt < attempts && (onExit.length === 0 || (end.exitCode !== undefined && onExit.includes(end.exitCode)));
    if (!again)
      return this.#finish(
        detail,
        end.launchFailed !== undefined ? 'launch-failed' : end.signal !== undefined ? 'signal' : 'exit',
        end,
      );
    await this.#logs.ship();
    const waitMs = random() * Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** attempt);
    const written = await this.#job.commit(() =>
      releaseJob(this.#job.row, this.#job.holder, {
        at: clock.now(),
        code: 'retry',
        detail: `${detail}; attempt ${attempt} of ${attempts}`,
        tally: this.#job.tally(this.#unsavedMs()),
        attempt,
        readyShards: this.#place.deployment.readyShards,
        notBefore: Math.ceil(clock.now() + waitMs),
      }),
    );
    return written ? 'retry' : 'fenced';
  }

  /** FAILED, for good. */
  async #finish(
    detail: string,
    code: 'exit' | 'signal' | 'launch-failed' | 'staging-failed',
    end: ProcessEnd,
  ): Promise<AttemptOutcome> {
    const { clock } = this.#ports;
    await this.#logs.ship();
    const committed = await this.#job.commit(() =>
      endJob(this.#job.row, this.#job.holder, {
        state: 'FAILED',
        at: clock.now(),
        code,
        detail,
        result: { exitCode: end.exitCode, signal: end.signal, manifestKey: '' },
        record: undefined,
        tally: this.#job.tally(0),
        attempt: this.#job.row.attempt + 1,
      }),
    );
    if (committed) await this.#sweep();
    return committed ? 'failed' : 'fenced';
  }

  async #goAway(leaving: Leaving, checkpointer: Checkpointer, process: RunningProcess): Promise<AttemptOutcome> {
    const { clock } = this.#ports;
    const { timings } = this.#place.deployment;
    const at = clock.now();
    const withinMs =
      leaving.kind === 'notice' ? Math.max(0, leaving.takeAt - timings.noticeReserveMs - at) : timings.graceMs;
    if (
      leaving.kind === 'notice' &&
      !(await this.#job.write(interruptJob(this.#job.row, this.#job.holder, { at, takeAt: leaving.takeAt })))
    )
      return 'fenced';
    const saved = await checkpointer.save('interrupt', withinMs).catch((error: unknown) => {
      if (error instanceof FaultError || isFileError(error)) return false;
      throw error;
    });
    process.kill();
    await process.ended;
    await this.#logs.ship();
    if (this.#job.isFenced) return 'fenced';
    const lostMs = saved ? 0 : this.#unsavedMs();
    const what = saved
      ? 'its work is saved'
      : this.#job.row.checkpoint === undefined
        ? 'nothing was saved'
        : 'its older checkpoint stands';
    if (leaving.kind === 'notice')
      return this.#release('interruption-notice', `${this.#place.pool} was taken back; ${what}`, lostMs);
    return this.#release('released', `${leaving.why}; ${what}`, lostMs);
  }

  async #release(
    code: 'released' | 'interruption-notice',
    detail: string,
    lostMs: DurationMs,
  ): Promise<AttemptOutcome> {
    const { clock } = this.#ports;
    const tally = this.#job.tally(lostMs);
    const written = await this.#job.commit(() =>
      releaseJob(this.#job.row, this.#job.holder, {
        at: clock.now(),
        code,
        detail,
        tally: code === 'interruption-notice' ? { ...tally, interruptions: tally.interruptions + 1 } : tally,
        attempt: this.#job.row.attempt,
        readyShards: this.#place.deployment.readyShards,
        notBefore: 0,
      }),
    );
    return written ? 'released' : 'fenced';
  }

  #workMs(): DurationMs {
    const ran = this.#processStartedMs === undefined ? 0 : this.#ports.clock.monotonicMs() - this.#processStartedMs;
    return (this.#restored?.workMs ?? 0) + ran;
  }

  /** What would have to be done again if the process died now. */
  #unsavedMs(): DurationMs {
    return Math.max(0, this.#workMs() - (this.#job.row.checkpoint?.workMs ?? 0));
  }

  async #facts(): Promise<{ progressPct: number | undefined; atRiskMs: number }> {
    this.#job.countCost();
    return { progressPct: await readProgress(this.#folders), atRiskMs: this.#unsavedMs() };
  }

  /** After the commit: outputs of losing epochs and checkpoints are no longer needed. */
  async #sweep(): Promise<void> {
    const { blobs } = this.#ports;
    const { jobId, epoch } = this.#job.holder;
    const [outputs, checkpoints] = await Promise.all([
      blobs.list(`out/${jobId}/`),
      blobs.list(blobKeys.checkpoints(jobId)),
    ]);
    const losing = outputs.filter(({ key }) => !key.startsWith(blobKeys.outputs(jobId, epoch)));
    const keys = [...losing, ...checkpoints].map(({ key }) => key);
    if (keys.length > 0) await blobs.delete(keys);
  }
}
