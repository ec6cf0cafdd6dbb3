import { FaultError } from '../model/fault.ts';
import type { ProcessEnd } from '../model/ports.ts';
import type { ReasonCode } from '../model/job.ts';
import type { DurationMs } from '../model/units.ts';
import { blobKeys } from '../protocol/blobs.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import { afterLoss, nextAfterStop } from '../protocol/losses.ts';
import { retryAfter } from '../protocol/retry.ts';
import { endJob, releaseJob } from '../protocol/worker-job-writes.ts';
import type { AttemptPlace, AttemptPorts } from './attempt-context.ts';
import type { AttemptFolders } from './attempt-folders.ts';
import type { AttemptOutputs } from './attempt-outputs.ts';
import { describeEnd } from './attempt-report.ts';
import type { HeldJob } from './held-job.ts';
import type { AttemptLogs } from './job-log.ts';
import { readRecord } from './staging.ts';

export type AttemptOutcome = 'succeeded' | 'failed' | 'retry' | 'released' | 'fenced';

/** The end of a program that was not started. */
export const NEVER_RAN: ProcessEnd = { exitCode: undefined, signal: undefined, launchFailed: undefined };

export interface AttemptEndingOptions {
  readonly ports: AttemptPorts;
  readonly place: AttemptPlace;
  readonly job: HeldJob;
  readonly folders: AttemptFolders;
  readonly logs: AttemptLogs;
  readonly outputs: AttemptOutputs;
  /** Work done so far: restored plus run. */
  readonly workMs: () => DurationMs;
  /** Of that, what no checkpoint holds. */
  readonly unsavedMs: () => DurationMs;
}

/** The ways in which an attempt ends while it still holds its job: the commit, a failure, a retry, a release. */
export class AttemptEnding {
  readonly #options: AttemptEndingOptions;

  constructor(options: AttemptEndingOptions) {
    this.#options = options;
  }

  /** Exit 0: outputs, their manifest, and then the commit. */
  async succeed(document: JobDocument, end: ProcessEnd): Promise<AttemptOutcome> {
    const { ports, job, logs, outputs, workMs } = this.#options;
    const { jobId, epoch } = job.holder;
    const files = await outputs.collect(document);
    const record = await readRecord(ports.files, document, files);
    const manifestKey = files.length === 0 ? '' : blobKeys.outputManifest(jobId, epoch);
    if (files.length > 0) await outputs.upload(files, { workMs: workMs(), createdAt: ports.clock.now() });
    await logs.ship();
    if (job.isFenced) return 'fenced';
    const result = { exitCode: end.exitCode, signal: undefined, manifestKey };
    const committed = await job.commit(() =>
      endJob(job.row, job.holder, {
        state: 'SUCCEEDED',
        at: ports.clock.now(),
        code: 'succeeded',
        detail: '',
        next: '',
        result,
        record,
        tally: job.tally(0),
        losses: job.row.losses,
        attempt: job.row.attempt + 1,
      }),
    );
    if (committed) await this.#sweep();
    return committed ? 'succeeded' : 'fenced';
  }

  /** The program failed by itself: again after a while if its owner allows it, otherwise for good. */
  async failOrRetry(document: JobDocument, end: ProcessEnd): Promise<AttemptOutcome> {
    const { ports, place, folders, job, logs, unsavedMs } = this.#options;
    const detail = await describeEnd(document.run.command[0] ?? '', end, { files: ports.files, folders });
    const attempt = job.row.attempt + 1;
    const waitMs = retryAfter(document.retry, { attempt, exitCode: end.exitCode, chance: ports.random() });
    if (waitMs === undefined) {
      const code = end.launchFailed !== undefined ? 'launch-failed' : end.signal !== undefined ? 'signal' : 'exit';
      return this.fail(detail, code, end);
    }
    await logs.ship();
    const written = await job.commit(() =>
      releaseJob(job.row, job.holder, {
        at: ports.clock.now(),
        code: 'retry',
        detail: `${detail}; attempt ${attempt} of ${document.retry.attempts}`,
        tally: job.tally(unsavedMs()),
        losses: job.row.losses,
        attempt,
        readyShards: place.deployment.readyShards,
        notBefore: Math.ceil(ports.clock.now() + waitMs),
      }),
    );
    return written ? 'retry' : 'fenced';
  }

  /** FAILED, unless an operator has it tried again: its checkpoints stay, for that goes on from them. */
  async fail(
    detail: string,
    code: 'exit' | 'signal' | 'launch-failed' | 'staging-failed',
    end: ProcessEnd,
  ): Promise<AttemptOutcome> {
    return this.#endFailed({ code, detail, next: '', end, losses: this.#options.job.row.losses });
  }

  /** Back to the others. `operator`: in order, at somebody's wish; the rest are losses of the worker, which no attempt pays for. */
  async release(
    cause: 'spot' | 'controller' | 'operator',
    detail: string,
    lostMs: DurationMs,
  ): Promise<AttemptOutcome> {
    const { ports, place, job } = this.#options;
    const { losses, stop } =
      cause === 'operator'
        ? { losses: job.row.losses, stop: undefined }
        : afterLoss(job.row, { cause, workerId: job.holder.workerId });
    if (stop !== undefined) {
      const next = nextAfterStop(stop.code);
      return this.#endFailed({ code: stop.code, detail: `${stop.detail}; ${detail}`, next, end: NEVER_RAN, losses });
    }
    const tally = job.tally(lostMs);
    const written = await job.commit(() =>
      releaseJob(job.row, job.holder, {
        at: ports.clock.now(),
        code: cause === 'spot' ? 'interruption-notice' : job.row.desired.hold !== undefined ? 'held' : 'released',
        detail,
        tally: cause === 'spot' ? { ...tally, interruptions: tally.interruptions + 1 } : tally,
        losses,
        attempt: job.row.attempt,
        readyShards: place.deployment.readyShards,
        notBefore: 0,
      }),
    );
    return written ? 'released' : 'fenced';
  }

  async #endFailed(failure: {
    readonly code: ReasonCode;
    readonly detail: string;
    readonly next: string;
    readonly end: ProcessEnd;
    readonly losses: HeldJob['row']['losses'];
  }): Promise<AttemptOutcome> {
    const { ports, job, logs } = this.#options;
    const { code, detail, next, end, losses } = failure;
    await logs.ship();
    const committed = await job.commit(() =>
      endJob(job.row, job.holder, {
        state: 'FAILED',
        at: ports.clock.now(),
        code,
        detail,
        next,
        result: { exitCode: end.exitCode, signal: end.signal, manifestKey: '' },
        record: undefined,
        tally: job.tally(0),
        losses,
        attempt: job.row.attempt + 1,
      }),
    );
    return committed ? 'failed' : 'fenced';
  }

  /** After the commit: outputs of losing epochs and checkpoints are no longer needed. What S3 does not take now, the leader removes later. */
  async #sweep(): Promise<void> {
    const { ports, job } = this.#options;
    const { blobs } = ports;
    const { jobId, epoch } = job.holder;
    try {
      const outputs = await blobs.list(blobKeys.allOutputs(jobId));
      const checkpoints = await blobs.list(blobKeys.checkpoints(jobId));
      const losing = outputs.filter(({ key }) => !key.startsWith(blobKeys.outputs(jobId, epoch)));
      const keys = [...losing, ...checkpoints].map(({ key }) => key);
      if (keys.length > 0) await blobs.delete(keys);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
    }
  }
}
