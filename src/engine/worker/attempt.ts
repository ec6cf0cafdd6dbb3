import { describeFault, FaultError } from '../model/fault.ts';
import type { CheckpointPointer, JobItem } from '../model/job.ts';
import type { RunningProcess } from '../model/ports.ts';
import type { DurationMs, EpochMs } from '../model/units.ts';
import { decodeJobDocument, type JobDocument } from '../protocol/job-document.ts';
import { describeProblems } from '../protocol/shape.ts';
import { interruptJob, startJob } from '../protocol/worker-job-writes.ts';
import {
  attemptFolders,
  type AttemptFolders,
  type AttemptPlace,
  type AttemptPorts,
  jobEnvironment,
} from './attempt-context.ts';
import { AttemptEnding, type AttemptOutcome, NEVER_RAN } from './attempt-ending.ts';
import { readProgress } from './attempt-report.ts';
import { Checkpointer } from './checkpointer.ts';
import { isFileError, isMachineError } from './file-errors.ts';
import { HeldJob } from './held-job.ts';
import { AttemptLogs, LogShipper } from './job-log.ts';
import { Lease } from './lease.ts';
import { fetchCheckpoint, stageInputs, StagingError } from './staging.ts';

/** Why a job is to leave its worker before its program has ended. */
export type Leaving =
  | { readonly kind: 'notice'; readonly takeAt: EpochMs }
  | { readonly kind: 'shutdown'; readonly why: string }
  | { readonly kind: 'hold'; readonly by: string }
  | { readonly kind: 'rescue' };

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
  readonly #ending: AttemptEnding;
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
    const { store, clock, blobs, files } = ports;
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
    this.#logs = new AttemptLogs(new LogShipper(blobs, files), this.#folders, this.#job.holder);
    this.#ending = new AttemptEnding({
      ports,
      place,
      job: this.#job,
      folders: this.#folders,
      logs: this.#logs,
      workMs: () => this.#workMs(),
      unsavedMs: () => this.#unsavedMs(),
    });
    this.#lease = new Lease(
      {
        store,
        clock,
        timings: place.deployment.timings,
        holder: this.#job.holder,
        facts: () => this.#facts(),
        onRow: (row) => {
          this.#job.learn(row);
          if (row.desired.hold !== undefined) this.leave({ kind: 'hold', by: row.desired.hold.by });
          else if (place.lifecycle === 'spot' && (row.rescue?.goAt ?? 0) > 0) this.leave({ kind: 'rescue' });
        },
        onLost: (loss) => this.#job.fence(loss),
      },
      claimed.monotonicMs,
    );
  }

  /** The instance goes, the worker shuts down, an operator wants it held, or on-demand takes over: save and hand back. The first reason counts. */
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
      await this.#ports.files.removeTree(this.#folders.root);
    }
  }

  async #runOrTell(): Promise<AttemptOutcome> {
    try {
      return await this.#run();
    } catch (error) {
      if (this.#job.isFenced) return 'fenced';
      // A disk that is full or broken is the worker's: the job goes back, and another worker tries.
      if (isMachineError(error))
        return await this.#ending.release('controller', `its worker: ${error.message}`, this.#unsavedMs());
      // Files that the job named or made, and that cannot be read or written: its owner is told, the worker goes on.
      if (error instanceof StagingError || isFileError(error))
        return await this.#ending.fail(error.message, 'staging-failed', NEVER_RAN);
      // Trouble of ours or of AWS's is not the job's: it goes back, and another worker tries.
      if (error instanceof FaultError)
        return await this.#ending.release('controller', describeFault(error.fault), this.#unsavedMs());
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
    return this.#ending.release('controller', why, this.#unsavedMs());
  }

  async #run(): Promise<AttemptOutcome> {
    const { supervisor, clock } = this.#ports;
    const decoded = decodeJobDocument(this.#item.document);
    if (!decoded.ok)
      return this.#ending.fail(
        `the document cannot be read: ${describeProblems(decoded.problems)}`,
        'staging-failed',
        NEVER_RAN,
      );
    const document = decoded.value;
    await this.#prepare(document);
    const started = await this.#job.settle(() =>
      startJob(this.#job.row, this.#job.holder, { at: clock.now(), restored: this.#restored }),
    );
    if (started && this.#lease.isOver) this.#job.fence({ kind: 'expired', why: 'this machine stood still' });
    if (!started || this.#job.isFenced) return 'fenced';
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
    return first.exitCode === 0 ? this.#ending.succeed(document, first) : this.#ending.failOrRetry(document, first);
  }

  async #prepare(document: JobDocument): Promise<void> {
    const { blobs, files } = this.#ports;
    const { root, work, checkpoint, stdout, stderr } = this.#folders;
    await files.removeTree(root);
    await files.makeFolder(work);
    await Promise.all([stdout, stderr].map((file) => files.write(file, '')));
    await stageInputs(blobs, { id: this.#job.holder.jobId, document }, work);
    for (const pointer of [this.#job.row.checkpoint, this.#item.checkpointBefore]) {
      if (pointer === undefined) continue;
      const bad = await fetchCheckpoint(this.#ports, pointer, checkpoint);
      if (bad === undefined) {
        this.#restored = pointer;
        return;
      }
      await files.append(stderr, `cbas: checkpoint ${pointer.generation} cannot be used: ${bad}\n`);
    }
    await files.removeTree(checkpoint);
    await files.makeFolder(checkpoint);
  }

  async #goAway(leaving: Leaving, checkpointer: Checkpointer, process: RunningProcess): Promise<AttemptOutcome> {
    const { clock } = this.#ports;
    const { timings } = this.#place.deployment;
    const at = clock.now();
    const { takeAt } = leaving.kind === 'notice' ? leaving : { takeAt: 0 };
    const withinMs = {
      notice: Math.max(0, takeAt - timings.noticeReserveMs - at),
      shutdown: timings.graceMs,
      // Nobody is in a hurry: it gets the time that a program has for any checkpoint.
      hold: timings.checkpointAckMs,
      rescue: timings.checkpointAckMs,
    }[leaving.kind];
    if (takeAt > 0 && !(await this.#tellNotice(takeAt))) return 'fenced';
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
      return this.#ending.release('spot', `${this.#place.pool} was taken back; ${what}`, lostMs);
    const why =
      leaving.kind === 'hold'
        ? `held by ${leaving.by}`
        : leaving.kind === 'rescue'
          ? 'goes over to on-demand, to meet its deadline'
          : leaving.why;
    return this.#ending.release('operator', `${why}; ${what}`, lostMs);
  }

  /** RUNNING -> INTERRUPTING is for the eyes of others: the little time there is goes to saving, whether AWS answers or not. */
  async #tellNotice(takeAt: EpochMs): Promise<boolean> {
    const notice = { at: this.#ports.clock.now(), takeAt };
    try {
      return await this.#job.write(interruptJob(this.#job.row, this.#job.holder, notice));
    } catch (error) {
      if (error instanceof FaultError) return true;
      throw error;
    }
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
    return { progressPct: await readProgress(this.#ports.files, this.#folders), atRiskMs: this.#unsavedMs() };
  }
}
