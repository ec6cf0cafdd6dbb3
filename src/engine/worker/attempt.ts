import { describeFault, FaultError } from '../model/fault.ts';
import type { CheckpointPointer, DriverChoice } from '../model/checkpoint.ts';
import type { JobItem, JobRow } from '../model/job.ts';
import type { DurationMs } from '../model/units.ts';
import { decodeJobDocument, logBytesOf } from '../protocol/job-document.ts';
import { describeProblems } from '../protocol/shape.ts';
import { epochOf } from '../protocol/checkpoint-item.ts';
import { startJob } from '../protocol/worker-job-writes.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';
import { attemptFolders, type AttemptFolders } from './attempt-folders.ts';
import { AttemptEnding, type AttemptOutcome, NEVER_RAN } from './attempt-ending.ts';
import { AttemptOutputs } from './attempt-outputs.ts';
import { readProgress } from './attempt-report.ts';
import { goAway, type Leaving } from './attempt-leaving.ts';
import { Beginning } from './beginning.ts';
import type { SavableProcess } from './drivers/checkpoint-driver.ts';
import { isFileError, isMachineError } from './file-errors.ts';
import { HeldJob } from './held-job.ts';
import { AttemptLogs } from './job-log.ts';
import { Lease } from './lease.ts';
import { type LeavingProgram, ProgramRun } from './program-run.ts';
import { StagingError } from './staging.ts';

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
  readonly #outputs: AttemptOutputs;
  readonly #lease: Lease;
  readonly #ending: AttemptEnding;
  readonly #over = new AbortController();
  #process: SavableProcess | undefined;
  #restored: CheckpointPointer | undefined;
  #processStartedMs: number | undefined;
  readonly #leaving = Promise.withResolvers<Leaving>();
  readonly #hurry = new AbortController();
  #isLeaving = false;
  #asked: 'rebalance' | undefined;

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
    this.#logs = new AttemptLogs({
      blobs,
      files,
      folders: this.#folders,
      holder: this.#job.holder,
      bytesMax: logBytesOf(claimed.item.document),
    });
    this.#outputs = new AttemptOutputs({
      ends: { blobs, files },
      clock,
      holder: this.#job.holder,
      work: this.#folders.work,
      goesOn: () => !this.#job.isFenced,
    });
    this.#ending = new AttemptEnding({
      ports,
      place,
      job: this.#job,
      folders: this.#folders,
      logs: this.#logs,
      outputs: this.#outputs,
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
    // A notice leaves time; who has another reason to go does not wait for its end.
    if (this.#isLeaving) this.#hurry.abort();
    this.#isLeaving = true;
    this.#leaving.resolve(leaving);
  }

  /** Has it saved at the next look, and lets it run on. */
  saveNow(reason: 'rebalance'): void {
    this.#asked = reason;
  }

  #takeAsked(): 'rebalance' | undefined {
    const asked = this.#asked;
    this.#asked = undefined;
    return asked;
  }

  async run(): Promise<AttemptOutcome> {
    const keeping = this.#lease.keep(this.#over.signal);
    try {
      const outcome = await this.#runOrTell();
      return outcome === 'fenced' ? await this.#handBack() : outcome;
    } finally {
      this.#process?.kill();
      await this.#process?.close();
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
    const { clock } = this.#ports;
    const decoded = decodeJobDocument(this.#item.document);
    if (!decoded.ok)
      return this.#ending.fail(
        `the document cannot be read: ${describeProblems(decoded.problems)}`,
        'staging-failed',
        NEVER_RAN,
      );
    const document = decoded.value;
    const [ports, place, job, folders] = [this.#ports, this.#place, this.#job, this.#folders];
    const beginning = new Beginning({ ports, place, item: this.#item, job, folders, document });
    const chosen = await place.drivers.choose(beginning.jobFor(undefined, 0), beginning.newest);
    if (!chosen.ok) return this.#ending.fail(chosen.why, 'launch-failed', NEVER_RAN);
    const { driver, choice } = chosen;
    const { from, process, trouble } = await beginning.prepare(driver);
    this.#restored = from;
    if (process !== undefined) this.#began(process);
    await this.#reach('fetched', from);
    const started = await job.settle(() =>
      startJob(job.row, job.holder, { at: clock.now(), restored: from, saving: withPace(choice, job.row), trouble }),
    );
    // A machine that stood still for the whole lease must not start what another may be running.
    if (started && this.#lease.isOver) job.fence({ kind: 'expired', why: 'this machine stood still' });
    if (!started || job.isFenced) return 'fenced';
    await this.#reach('restored', from);
    const run = new ProgramRun({
      ports,
      place,
      job,
      folders,
      document,
      beginning,
      driver,
      choice,
      leaving: this.#leaving.promise,
      hurry: this.#hurry.signal,
      asked: () => this.#takeAsked(),
      logs: this.#logs,
      outputs: this.#outputs,
      over: this.#over.signal,
      workMs: () => this.#workMs(),
      begin: (pending) => this.#lease.begin(pending, this.#over.signal),
      onBegan: (begun) => this.#began(begun),
    });
    const end = await run.untilEnd(process, from?.generation ?? 0);
    if (end === 'fenced') return end;
    if (end.kind === 'leaving') return this.#leave(end);
    if (end.how.lost !== undefined) return this.#ending.release('controller', end.how.lost, this.#unsavedMs());
    return end.how.exitCode === 0
      ? this.#ending.succeed(document, end.how)
      : this.#ending.failOrRetry(document, end.how);
  }

  async #reach(point: 'fetched' | 'restored', from: CheckpointPointer | undefined): Promise<void> {
    if (from === undefined) return;
    await this.#ports.failpoint?.(point, { jobId: this.#job.holder.jobId, generation: from.generation });
  }

  #began(process: SavableProcess): void {
    this.#process = process;
    this.#processStartedMs ??= this.#ports.clock.monotonicMs();
  }

  #leave({ leaving, checkpointer, process }: LeavingProgram): Promise<AttemptOutcome> {
    return goAway({
      ports: this.#ports,
      place: this.#place,
      job: this.#job,
      ending: this.#ending,
      logs: this.#logs,
      leaving,
      checkpointer,
      process,
      unsavedMs: () => this.#unsavedMs(),
    });
  }

  #workMs(): DurationMs {
    const ran = this.#processStartedMs === undefined ? 0 : this.#ports.clock.monotonicMs() - this.#processStartedMs;
    return (this.#restored?.workMs ?? 0) + ran;
  }

  /** What would have to be done again if the process died now. */
  #unsavedMs(): DurationMs {
    const own = this.#job.row.checkpoint;
    // A checkpoint of before that this machine could not use saves nothing of what runs here.
    const saved = own !== undefined && epochOf(own.generation) === this.#job.holder.epoch ? own : this.#restored;
    return Math.max(0, this.#workMs() - (saved?.workMs ?? 0));
  }

  async #facts(): Promise<{ progressPct: number | undefined; atRiskMs: number }> {
    this.#job.countCost();
    return { progressPct: await readProgress(this.#ports.files, this.#folders), atRiskMs: this.#unsavedMs() };
  }
}

/** What was measured of it elsewhere goes on being known. */
function withPace(choice: DriverChoice, { saving }: JobRow): DriverChoice {
  return saving?.driver === choice.driver && saving.pace !== undefined ? { ...choice, pace: saving.pace } : choice;
}
