import { FaultError } from '../model/fault.ts';
import type { Clock, LocalFile } from '../model/ports.ts';
import type { DurationMs } from '../model/units.ts';
import { blobKeys, type Manifest } from '../protocol/blobs.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import type { Holder } from '../protocol/job-transition.ts';
import { isFileError } from './file-errors.ts';
import { globRegExp } from './glob.ts';
import { insist } from './insist.ts';
import { markOf, SentFiles } from './sent-files.ts';
import { collectOutputs, uploadWithManifest } from './staging.ts';
import type { TransferEnds } from './transfer-ends.ts';

/** A folder is looked through this much less often than a log is sent: it may hold many files. */
const LOOK_EVERY = 3;

export interface AttemptOutputsOptions {
  readonly ends: TransferEnds;
  readonly clock: Clock;
  readonly holder: Holder;
  /** Of the program. */
  readonly work: string;
  /** false: the job is no longer ours, and nothing more of it is sent. */
  readonly goesOn: () => boolean;
}

type OutputFile = LocalFile & { readonly output: string };

/** The outputs of one attempt: those that the document wants early go up while the program runs, the others at its end. */
export class AttemptOutputs {
  readonly #options: AttemptOutputsOptions;
  readonly #sent = new SentFiles();
  /** Marks of the files as they were at the last look. */
  #seen = new Map<string, string>();

  constructor(options: AttemptOutputsOptions) {
    this.#options = options;
  }

  /** Sends what is finished while the program runs; until `signal` aborts. */
  async keep(document: JobDocument, options: { readonly everyMs: DurationMs; readonly signal: AbortSignal }) {
    const { everyMs, signal } = options;
    if (!document.outputs.some(({ send }) => send === 'running')) return;
    for (;;) {
      await this.#options.clock.sleep(everyMs * LOOK_EVERY, signal);
      if (signal.aborted) return;
      try {
        await this.look(document, signal);
      } catch (error) {
        // AWS that is away, a file that went away: what was not sent now is sent at the end.
        if (!(error instanceof FaultError) && !isFileError(error)) throw error;
      }
    }
  }

  /** Sends files that have not changed since the last look. Whether they were finished is seen at the end, where what changed is sent again. */
  async look(document: JobDocument, signal?: AbortSignal): Promise<void> {
    const { ends, holder, work, goesOn } = this.#options;
    const patterns = document.outputs
      .filter(({ send }) => send === 'running')
      .map(({ path, name }) => ({ pattern: globRegExp(path), name }));
    const seen = new Map<string, string>();
    for (const file of await ends.files.list(work)) {
      const output = patterns.find(({ pattern }) => pattern.test(file.path))?.name;
      if (output === undefined) continue;
      const mark = await markOf(ends.files, file.absolute);
      seen.set(file.path, mark);
      if (signal?.aborted === true || !goesOn()) return;
      if (mark !== '' && this.#seen.get(file.path) === mark)
        await this.#sent.send(ends, { ...file, output, key: this.#keyOf(holder, file) }, () => goesOn() && signal?.aborted !== true); // prettier-ignore
    }
    this.#seen = seen;
  }

  /** The files that the document's patterns name. An output that matches nothing is an error: a result is missing. */
  collect(document: JobDocument): Promise<readonly OutputFile[]> {
    return collectOutputs(this.#options.ends.files, document, this.#options.work);
  }

  /** Those that are not there yet, then the manifest; tried until it is in, or until the job is no longer ours. */
  async upload(files: readonly OutputFile[], manifest: Pick<Manifest, 'workMs' | 'createdAt'>): Promise<void> {
    const { ends, clock, holder, goesOn } = this.#options;
    const { jobId, epoch } = holder;
    const upload = {
      holder,
      files,
      prefix: blobKeys.outputs(jobId, epoch),
      manifestKey: blobKeys.outputManifest(jobId, epoch),
      manifest: { kind: 'outputs', generation: 0, ...manifest } as const,
      sent: this.#sent,
      goesOn,
    };
    await insist(() => uploadWithManifest(ends, upload), { clock, goesOn });
  }

  #keyOf({ jobId, epoch }: Holder, { path }: LocalFile): string {
    return `${blobKeys.outputs(jobId, epoch)}${path}`;
  }
}
