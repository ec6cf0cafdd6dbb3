import type { Deployment } from '../model/deployment.ts';
import type { BlobStore } from '../model/blob-store.ts';
import type { Clock, Files, Supervisor, TableStore } from '../model/ports.ts';
import type { JobRow } from '../model/job.ts';
import type { PoolHazard } from '../market/interruption-pace.ts';
import type { Lifecycle } from '../model/worker.ts';
import type { Holder } from '../protocol/job-transition.ts';
import type { JobDocument } from '../protocol/job-document.ts';
import type { AttemptFolders } from './attempt-folders.ts';
import type { Drivers } from './drivers/drivers.ts';
import type { InputCache } from './input-cache.ts';
import type { Failpoint } from './failpoints.ts';

export interface AttemptPorts {
  readonly store: TableStore;
  readonly blobs: BlobStore;
  readonly files: Files;
  readonly supervisor: Supervisor;
  readonly clock: Clock;
  readonly random: () => number;
  /** For proofs alone: absent where nothing is to be proven. */
  readonly failpoint?: Failpoint | undefined;
}

/** Variables that the agent passes on. No AWS variable is among them: a job holds no keys unless its document gives some. */
const PASSED_ON = ['PATH', 'LANG', 'TZ', 'CBAS_LOCAL_INSTANCE'] as const;

/** An SDK in a job would find the worker's role by itself, and act as the worker by accident. A document may say otherwise. */
const NO_ROLE = { AWS_EC2_METADATA_DISABLED: 'true' } as const;

/** A job's environment, built from nothing: a few names of the agent's, then the document's, then the contract's. */
export function jobEnvironment(options: {
  readonly own: Readonly<Record<string, string | undefined>>;
  readonly folders: AttemptFolders;
  readonly row: JobRow;
  readonly holder: Holder;
  readonly document: JobDocument;
  readonly restoredGeneration: number;
  readonly graceMs: number;
}): Readonly<Record<string, string>> {
  const { own, folders, row, holder, document, restoredGeneration, graceMs } = options;
  const passed = Object.fromEntries(PASSED_ON.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]])));
  return {
    ...passed,
    HOME: folders.work,
    TMPDIR: folders.tmp,
    ...NO_ROLE,
    ...document.run.env,
    CBAS_JOB_ID: holder.jobId,
    CBAS_JOB_NAME: row.name,
    CBAS_ATTEMPT: String(row.attempt + 1),
    CBAS_EPOCH: String(holder.epoch),
    // All that the program ever starts has it, and is found by it at the end.
    CBAS_RUN: `${holder.jobId}-e${holder.epoch}`,
    CBAS_WORK_DIR: folders.work,
    CBAS_CHECKPOINT_DIR: folders.checkpoint,
    CBAS_RESTORED: restoredGeneration > 0 ? '1' : '0',
    CBAS_RESTORED_GENERATION: String(restoredGeneration),
    CBAS_CHECKPOINT_SIGNAL: document.checkpoint.signal === 'none' ? '' : document.checkpoint.signal,
    CBAS_PROGRESS_FILE: folders.progress,
    CBAS_GRACE_SECONDS: String(Math.round(graceMs / 1_000)),
  };
}

/** What an attempt needs to know of where it runs. */
export interface AttemptPlace {
  readonly deployment: Deployment;
  readonly workerId: string;
  readonly pool: string;
  readonly lifecycle: Lifecycle;
  readonly slots: number;
  readonly jobsRoot: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What an hour of the worker costs now; 0 while unknown. */
  readonly usdPerHour: () => number;
  /** How often EC2 takes an instance of its pool back. */
  readonly hazard: () => PoolHazard;
  /** Slots elsewhere that have nothing to do, as the leader last told; 0 where nobody tells. */
  readonly spareSlots: () => Promise<number>;
  /** Jobs that run here now: they leave through one road. */
  readonly jobsHere: () => number;
  readonly drivers: Drivers;
  readonly inputs: InputCache;
  /** For whoever keeps the worker. */
  readonly say: (line: string) => void;
}
